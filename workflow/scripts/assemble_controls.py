"""One matrix per modality and negative control: patients x (sequence, feature)."""

from collections.abc import Mapping, Sequence

from radfuse.features.matrices import assemble, by_place
from radfuse.inputs.controls import CONTROLS
from radfuse.jobs.job import job


def main(files: Sequence[str], sequences: Sequence[str], features: Mapping[str, str]) -> None:
    """`files` as of `assemble_features`; `features` are the paths to write, by control."""
    by_patient = by_place(files)
    for control, path in features.items():
        assemble(by_patient, control, sequences).to_parquet(path)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            files=snakemake.input.files,
            sequences=snakemake.params.sequences,
            features={control: getattr(output, control) for control in CONTROLS},
        )
