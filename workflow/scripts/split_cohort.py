"""Assign every analysed patient to a cohort, once, stratified by outcome; write the ledger."""

import pandas as pd

from radfuse.cohort import exclusions, ledger, outcomes, split_cohorts
from radfuse.job import logged
from radfuse.sheets import read_sheet
from radfuse.tables import write_table

SPLIT_COLUMNS = {
    "patient": "patient identifier",
    "outcome": "1 = positive, 0 = negative, blank = unlabelled",
    "cohort": "train, test, external or unlabelled",
}
COUNTS_COLUMNS = {
    "step": "registered, excluded, unlabelled, analysed, then the cohorts",
    "cohort": "the cohort, where the step is one",
    "reason": "why patients were left out",
    "n": "patients",
    "events": "patients with the positive outcome",
}


def main(
    patients: str,
    images: str | None,
    modalities: list[dict],
    missing_sequence: str,
    outcome: dict,
    test_fraction: float,
    seed: int,
    simulated: bool,
    split: str,
    counts: str,
) -> None:
    sheet = read_sheet(patients)
    columns = ["patient", "modality", "sequence", "exclude"]
    rows = read_sheet(images).reindex(columns=columns, fill_value="") if images else None
    excluded = exclusions(sheet, rows, modalities, missing_sequence)
    registered = outcomes(sheet, outcome)
    analysed = registered.drop(list(excluded))
    assigned = sheet.set_index("patient").get("cohort", pd.Series(dtype=object))
    cohorts = split_cohorts(analysed, assigned, test_fraction=test_fraction, seed=seed)
    write_table(
        cohorts,
        split,
        title="Cohort of every analysed patient.",
        columns=SPLIT_COLUMNS,
        simulated=simulated,
        notes=[
            f"Of the patients without a cohort, {test_fraction:.0%} of each outcome class are test "
            f"(seed {seed}).",
            "New patients can move others between the cohorts: to keep this split for good, copy "
            "it into the column `cohort` of the patients sheet.",
        ],
    )
    write_table(
        ledger(registered, excluded, cohorts),
        counts,
        title="Ledger of patients and events at every step.",
        columns=COUNTS_COLUMNS,
        simulated=simulated,
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            patients=snakemake.input.patients,
            images=snakemake.input.get("images"),
            modalities=snakemake.params.modalities,
            missing_sequence=snakemake.params.missing_sequence,
            outcome=snakemake.params.outcome,
            **snakemake.params.split,
            simulated=snakemake.params.simulated,
            split=snakemake.output.split,
            counts=snakemake.output.counts,
        )
