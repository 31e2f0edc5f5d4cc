"""The training cohort in a file of its own: who everything is fitted on, and nobody else.

What is fitted reads this and never the sheets, so that no other patient can reach a model, and a
new patient of another cohort makes no model run again.
"""

from collections.abc import Mapping

from radfuse.inputs.cohort import training
from radfuse.inputs.enrolment import read_enrolment
from radfuse.jobs.job import job
from radfuse.tables import write_table

COLUMNS = {
    "patient": "patient identifier",
    "outcome": "1 = positive, 0 = negative",
}


def main(
    patients: str,
    images: str | None,
    settings: Mapping,
    simulated: bool,
    training_cohort: str,
) -> None:
    """`settings` are those of `enrolment.enrol`."""
    train = training(read_enrolment(patients, images, **settings).split)
    write_table(
        train.reset_index(),
        training_cohort,
        title="The training cohort: the patients that the models are fitted on.",
        columns=COLUMNS,
        simulated=simulated,
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            patients=snakemake.input.patients,
            images=snakemake.input.get("images"),
            settings=snakemake.params.settings,
            simulated=snakemake.params.simulated,
            training_cohort=output.training,
        )
