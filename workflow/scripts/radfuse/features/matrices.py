"""Feature matrices from the feature files of single images."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd


def feature_names(sequence: str, count: int) -> list[str]:
    return [f"{sequence}_{index:04d}" for index in range(count)]


def assemble(
    files: Mapping[str, Mapping[str, str]], reader: str, sequences: Sequence[str]
) -> pd.DataFrame:
    """Patients with that reader's patch on at least one sequence x all features; else missing.

    `files` are the feature files by patient and sequence.
    """
    rows: dict[str, dict[str, np.ndarray]] = {}
    length = 0
    for patient in sorted(files):
        for sequence, path in files[patient].items():
            with np.load(path) as stored:
                length = len(stored[stored.files[0]])
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


def by_place(files: Sequence[str]) -> dict[str, dict[str, str]]:
    """Feature files .../{patient}/{modality}/{sequence}.npz by patient and sequence."""
    found: dict[str, dict[str, str]] = {}
    for path in map(Path, files):
        found.setdefault(path.parts[-3], {})[path.stem] = str(path)
    return found
