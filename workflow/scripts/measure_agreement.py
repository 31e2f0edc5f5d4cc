"""Agreement of the two radiologists on every characteristic of one modality."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from radfuse.inputs.radiology import Characteristic, reader_values
from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job, logger
from radfuse.statistics.descriptive import as_codes
from radfuse.statistics.reliability import Agreement, cohen_kappa, intraclass
from radfuse.tables import read_table, write_table

COLUMNS = {
    "characteristic": "the characteristic",
    "n": "patients whom both readers read, of all cohorts",
    "events": "positive ones among them",
    "statistic": "Cohen's kappa, quadratically weighted where ordered; ICC(2,1) where continuous",
    "estimate": "its value; blank where undefined (nobody read twice, or no variation)",
    "low": "lower 95% limit (kappa: large samples, held within -1 and 1; ICC: Satterthwaite)",
    "high": "upper 95% limit",
    "prevalence_reader1": "share that reader 1 put at any level but the first; blank: continuous",
    "prevalence_reader2": "share that reader 2 did",
    "agreement": "share on which the readers chose the same level; blank where continuous",
    "mean_difference": "mean of reader 2 minus reader 1; blank unless continuous",
}
KAPPA = {"binary": None, "nominal": None, "ordinal": "quadratic"}


def measured_row(first: pd.Series, second: pd.Series) -> tuple[Agreement, dict]:
    """ICC of a continuous characteristic."""
    ratings = np.column_stack([first, second]).astype(float)[:, :, None]
    icc = intraclass(ratings)
    estimates = Agreement(*(float(part[0]) for part in (icc.estimate, icc.low, icc.high)))
    difference = float((second - first).mean()) if len(first) else np.nan
    return estimates, {"statistic": "ICC(2,1)", "mean_difference": difference}


def categorical_row(
    first: pd.Series, second: pd.Series, entry: Characteristic
) -> tuple[Agreement, dict]:
    """Kappa of a binary, nominal or ordinal characteristic."""
    levels = [str(code) for code in entry["levels"]]
    if (
        entry["type"] != "nominal"
    ):  # ordered as the models have them, whatever the dictionary's order
        levels.sort(key=float)
    codes = [as_codes(reader, levels) for reader in (first, second)]
    weights = KAPPA[entry["type"]]
    row: dict[str, object] = {"statistic": f"{weights} weighted kappa" if weights else "kappa"}
    if len(first):
        row["agreement"] = float((codes[0] == codes[1]).mean())
        for reader, chosen in enumerate(codes, start=1):
            row[f"prevalence_reader{reader}"] = float((chosen != levels[0]).mean())
    kappa = cohen_kappa(list(codes[0]), list(codes[1]), levels, weights)
    # the large-sample interval is symmetric and may pass 1, which kappa cannot
    return replace(kappa, low=max(kappa.low, -1.0), high=min(kappa.high, 1.0)), row


def agreement_table(
    reader1: pd.DataFrame,
    reader2: pd.DataFrame,
    outcome: pd.Series,
    dictionary: Sequence[Characteristic],
) -> pd.DataFrame:
    """`reader1` and `reader2` as of `radiology.reader_values`; `outcome` of the study's patients.

    A patient counts for a characteristic that both readers filled in.
    """
    patients = [p for p in reader1.index if p in reader2.index and p in outcome.index]
    rows = []
    for entry in dictionary:
        name = entry["name"]
        first, second = reader1.loc[patients, name], reader2.loc[patients, name]
        both = first.notna() & second.notna()
        first, second = first[both], second[both]
        if entry["type"] == "continuous":
            estimates, row = measured_row(first, second)
        else:
            estimates, row = categorical_row(first, second, entry)
        events = int(outcome.loc[first.index].sum())
        counts = {"characteristic": entry["label"], "n": len(first), "events": events}
        rows.append({**counts, **row, **vars(estimates)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(
    radiology: str,
    split: str,
    modality: str,
    dictionary: Sequence[Characteristic],
    simulated: bool,
    table: str,
) -> None:
    sheet = read_sheet(radiology)
    readers = [reader_values(sheet, modality, reader, dictionary) for reader in ("1", "2")]
    outcome = read_table(split).set_index("patient")["outcome"]
    agreement = agreement_table(*readers, outcome, dictionary)
    if (agreement["n"] == 0).all():
        logger.warning("%s: no patient was read by both readers; the estimates are blank", modality)
    write_table(
        agreement,
        table,
        title=f"Agreement of readers 1 and 2 on {modality}.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="how well readers find the outcome: they may agree and both be wrong. Kappa "
        "falls where a level is rare.",
        notes=["Descriptive: all patients of the study, whatever their cohort."],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            radiology=snakemake.input.radiology,
            split=snakemake.input.split,
            modality=snakemake.wildcards.modality,
            dictionary=snakemake.params.dictionary,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
