"""One matrix per modality: patients x (sequence, feature), and the same for the repeated masks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from radfuse.errors import StudyError
from radfuse.inspection import read_records, twins
from radfuse.job import job


def feature_names(sequence: str, count: int) -> list[str]:
    return [f"{sequence}_{index:04d}" for index in range(count)]


def assemble(
    files: Mapping[str, Mapping[str, str]], reader: str, sequences: Sequence[str]
) -> pd.DataFrame:
    """Patients with that reader's mask on at least one sequence x all features; else missing.

    `files` are the feature files by patient and sequence.
    """
    rows: dict[str, dict[str, np.ndarray]] = {}
    length = 0
    for patient in sorted(files):
        for sequence, path in files[patient].items():
            with np.load(path) as stored:
                length = len(stored["reader1"])
                if reader in stored:
                    rows.setdefault(patient, {})[sequence] = stored[reader]
    missing = np.full(length, np.nan, dtype=np.float32)
    matrix = [
        np.concatenate([by_sequence.get(sequence, missing) for sequence in sequences])
        for by_sequence in rows.values()
    ]
    columns = [name for sequence in sequences for name in feature_names(sequence, length)]
    values = np.stack(matrix) if matrix else np.empty((0, len(columns)), dtype=np.float32)
    return pd.DataFrame(values, index=pd.Index(rows, name="patient", dtype=object), columns=columns)


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
    by_patient: dict[str, dict[str, str]] = {}
    for path in map(Path, files):
        by_patient.setdefault(path.parts[-3], {})[path.stem] = str(path)
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
