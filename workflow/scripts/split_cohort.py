"""Assign every analysed patient to a cohort, once, stratified by outcome; write the ledger."""

from collections.abc import Mapping

from radfuse.inputs.enrolment import ledger, read_enrolment
from radfuse.jobs.job import job
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


def split_notes(split: Mapping | None) -> list[str]:
    if split is None:
        return ["Models of another study are applied to these patients; none of them trains."]
    return [
        f"Of the patients without a cohort, {split['test_fraction']:.0%} of each outcome class are "
        f"test (seed {split['seed']}).",
        "New patients can move others between the cohorts: to keep this split for good, copy it "
        "into the column `cohort` of the patients sheet.",
    ]


def main(
    patients: str,
    images: str | None,
    settings: Mapping,
    simulated: bool,
    split: str,
    counts: str,
) -> None:
    """`settings` are those of `enrolment.enrol`."""
    enrolment = read_enrolment(patients, images, **settings)
    write_table(
        enrolment.split,
        split,
        title="Cohort of every analysed patient.",
        columns=SPLIT_COLUMNS,
        simulated=simulated,
        notes=split_notes(settings["split"]),
    )
    write_table(
        ledger(enrolment),
        counts,
        title="Ledger of patients and events at every step.",
        columns=COUNTS_COLUMNS,
        simulated=simulated,
        not_for="the outcome's frequency outside the study, which depends on how its patients"
        " were found.",
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            patients=snakemake.input.patients,
            images=snakemake.input.get("images"),
            settings=snakemake.params.settings,
            simulated=snakemake.params.simulated,
            split=output.split,
            counts=output.counts,
        )
