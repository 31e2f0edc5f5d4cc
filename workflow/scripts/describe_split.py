"""Is the split balanced? Radiological characteristics of the training against the test cohort."""

from collections.abc import Sequence

import pandas as pd

from radfuse.descriptive import as_codes, categorical_rows, column_meanings, numeric_row
from radfuse.job import job
from radfuse.radiology import Characteristic, reader_values
from radfuse.sheets import read_sheet
from radfuse.tables import read_table, write_table

GROUPS = ("train", "test")
COLUMNS = {
    "characteristic": "the characteristic",
    "level": "its level; blank in the row that holds the test",
    "n": "patients of both cohorts with a value",
    "events": "positive ones among them",
    **column_meanings(GROUPS, ("training cohort", "test cohort")),
}


def balance_table(
    values: pd.DataFrame, split: pd.DataFrame, dictionary: Sequence[Characteristic]
) -> pd.DataFrame:
    """`values` as of `radiology.reader_values`; `split` has patient, outcome, cohort."""
    labelled = split[split["outcome"].notna()].set_index("patient").sort_index()
    members = [labelled[labelled["cohort"] == group].index for group in GROUPS]
    rows = []
    for entry in dictionary:
        groups = [values[entry["name"]].reindex(patients) for patients in members]
        if entry["type"] == "continuous":
            found = [numeric_row([group.to_numpy(float) for group in groups], GROUPS)]
        else:
            levels = {str(code): meaning for code, meaning in entry["levels"].items()}
            codes = [as_codes(group, list(levels)).to_numpy() for group in groups]
            found = categorical_rows(codes, levels, GROUPS)
        known = [patient for group in groups for patient in group.dropna().index]
        total = {"n": len(known), "events": int(labelled.loc[known, "outcome"].sum())}
        rows += [{"characteristic": entry["label"], **total, **row} for row in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(
    radiology: str,
    split: str,
    modality: str,
    dictionary: Sequence[Characteristic],
    reader: str,
    simulated: bool,
    table: str,
) -> None:
    values = reader_values(read_sheet(radiology), modality, reader, dictionary)
    write_table(
        balance_table(values, read_table(split), dictionary),
        table,
        title=f"Balance of the split: characteristics on {modality}, training against test cohort.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="drawing again until it pleases. P depends on the size of the cohorts, the "
        "SMD does not.",
        notes=[f"Reader {reader}."],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            radiology=snakemake.input.radiology,
            split=snakemake.input.split,
            modality=snakemake.wildcards.modality,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
