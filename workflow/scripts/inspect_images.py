"""The verdict on all images, what was measured of them, and which of them a person should see."""

import pandas as pd

from radfuse.errors import StudyError
from radfuse.imaging import inspection, quality
from radfuse.jobs.job import job
from radfuse.tables import write_table


def main(sources: list[str], inspected: str, images: str, simulated: bool) -> None:
    """`sources` are the records of all images: that they are there is that all were accepted."""
    records = inspection.read_records(sources)
    problems = [problem for _, problem in inspection.twins(records)]
    if problems:
        raise StudyError(*problems)
    none = pd.DataFrame(columns=list(inspection.COLUMNS))
    inspection.write_problems(none, inspected, simulated)
    write_table(
        quality.describe_images(records),
        images,
        title="What was measured of every image.",
        columns=quality.COLUMNS,
        simulated=simulated,
        notes=[
            "An image stands out where its modified z-score among the images of its sequence is "
            f"above {quality.MODIFIED_Z} (Iglewicz and Hoaglin 1993), or a Dice coefficient below "
            f"{quality.LOW_DICE}. Standing out is no fault, and changes nothing: look at it.",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            sources=snakemake.input.sources,
            inspected=output.inspected,
            images=output.images,
            simulated=snakemake.params.simulated,
        )
