"""One matrix per modality: patients x (sequence, feature), and the same for the repeated masks."""

from collections.abc import Sequence

import pandas as pd

from radfuse.errors import StudyError
from radfuse.features.matrices import assemble, by_place
from radfuse.imaging.inspection import read_records, twins
from radfuse.jobs.job import job


def main(
    files: Sequence[str],
    sources: Sequence[str],
    sequences: Sequence[str],
    features: str,
    repeats: str,
) -> None:
    """`files` are results/features/{patient}/{modality}/{sequence}.npz, `sources` the records of
    their images. Raises StudyError E19 where two are the same: one patient would count twice.
    """
    problems = [problem for _, problem in twins(read_records(sources))]
    if problems:
        raise StudyError(*problems)
    by_patient = by_place(files)
    assemble(by_patient, "reader1", sequences).to_parquet(features)
    repeated = [
        assemble(by_patient, reader, sequences).reset_index().assign(reader=reader)
        for reader in ("repeat", "reader2")
    ]
    both = pd.concat(repeated, ignore_index=True)
    order = ["patient", "reader", *both.columns.drop(["patient", "reader"])]
    both[order].to_parquet(repeats, index=False)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            files=snakemake.input.files,
            sources=snakemake.input.sources,
            sequences=snakemake.params.sequences,
            features=output.features,
            repeats=output.repeats,
        )
