"""The readings that the models use, of the patients of a cohort file, in a file of their own.

What reads this and not the sheet does not run again for the other reader's readings.
"""

from radfuse.inputs.enrolment import readings_of
from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.tables import read_table


def main(radiology: str, cohort: str, reader: str, readings: str) -> None:
    """`readings` gets the reader's rows of the patients in `cohort`, as the sheet has them."""
    rows = readings_of(read_sheet(radiology), read_table(cohort)["patient"], reader)
    rows.to_csv(readings, sep="\t", index=False, lineterminator="\n")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            radiology=snakemake.input.radiology,
            cohort=snakemake.input.cohort,
            reader=snakemake.params.reader,
            readings=output.radiology,
        )
