"""The training cohort in files of its own: all that anything is fitted on, and nobody else.

What is fitted reads these and never the sheets, so that no other patient can reach a model, and a
new patient of another cohort makes no model run again.
"""

from collections.abc import Mapping

from radfuse.cohort import training
from radfuse.enrolment import read_enrolment, readings_of
from radfuse.job import job
from radfuse.sheets import read_sheet
from radfuse.tables import write_table

COLUMNS = {
    "patient": "patient identifier",
    "outcome": "1 = positive, 0 = negative",
}


def main(
    patients: str,
    images: str | None,
    radiology: str | None,
    settings: Mapping,
    reader: str,
    simulated: bool,
    training_cohort: str,
    readings: str | None,
) -> None:
    """`settings` are those of `enrolment.enrol`; `reader` is the one whose readings the models use.

    `readings` gets that reader's rows of the training patients, as the sheet has them.
    """
    train = training(read_enrolment(patients, images, **settings).split)
    write_table(
        train.reset_index(),
        training_cohort,
        title="The training cohort: the patients that the models are fitted on.",
        columns=COLUMNS,
        simulated=simulated,
    )
    if radiology:
        rows = readings_of(read_sheet(radiology), train.index, reader)
        rows.to_csv(readings, sep="\t", index=False, lineterminator="\n")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            patients=snakemake.input.patients,
            images=snakemake.input.get("images"),
            radiology=snakemake.input.get("radiology"),
            settings=snakemake.params.settings,
            reader=snakemake.params.reader,
            simulated=snakemake.params.simulated,
            training_cohort=output.training,
            readings=getattr(output, "radiology", None),
        )
