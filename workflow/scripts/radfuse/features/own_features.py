"""A modality's features from the user's own tables (from PyRadiomics, say) in place of images."""

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from radfuse.errors import StudyError
from radfuse.formatting import counted
from radfuse.inputs.sheets import nearest
from radfuse.jobs.job import logger

NO_FEATURES = "diagnostics_"  # columns of PyRadiomics that describe the image
TAKEN = {
    "reader": "says whose outline it was",
    "cohort": "says which cohort a patient is in",
    "exclude": "says why a patient is left out",
}


def read_names(path: str, mark: str) -> list[str]:
    """The columns' names of a TSV or CSV file, "" where one has none.

    Raises StudyError E02 where a name stands twice, or nothing but semicolons separates them.
    """
    header = pd.read_csv(
        path,
        sep=mark,
        header=None,
        nrows=1,
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
    )
    names = header.iloc[0].tolist()
    if len(names) == 1 and ";" in names[0]:
        raise StudyError(
            f"E02 sheet: {path} is separated by semicolons; save it with commas, and with points "
            "as decimal marks."
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise StudyError(
            *[f"E02 sheet: {path} names the column '{name}' twice; keep one." for name in twice]
        )
    return names


def read_table_of(path: str) -> pd.DataFrame:
    """A file's rows under its columns' names, of which "" is none. `patient` is text.

    Raises StudyError E02 where the file cannot be read or has no column `patient`.
    """
    suffix = Path(path).suffix.lower()
    try:
        if suffix == ".parquet":
            table = pd.read_parquet(path).reset_index().drop(columns="index", errors="ignore")
        else:
            mark = "," if suffix == ".csv" else "\t"
            names = read_names(path, mark)
            ids = {"patient": str} if "patient" in names else {}
            table = pd.read_csv(path, sep=mark, converters=ids, encoding="utf-8-sig")
            table.columns = names  # a name less than fields: pandas takes the first as row names
    except (OSError, ValueError) as error:
        raise StudyError(f"E02 sheet: {path} cannot be read ({error}).") from None
    if "patient" not in table:
        raise StudyError(
            f"E02 sheet: {path} has no column 'patient'{nearest('patient', table.columns)}"
        )
    return table.assign(patient=table["patient"].astype(str).str.strip())


def read_matrix(path: str, outcome: str) -> pd.DataFrame:
    """Patients x features of a TSV, CSV or Parquet file with a column `patient`.

    `outcome` is the outcome's column in the patients' sheet, which no feature may be called.
    Raises StudyError with all that is wrong: E02 where it cannot be read, has no such column or no
    feature, or names a column twice; E03 patients twice; E05 columns that are no features, and
    values that are no numbers.
    """
    table = read_table_of(path)
    left_out = [name for name in table.columns if not name or name.startswith(NO_FEATURES)]
    if left_out:
        logger.info(
            "%s: no features: %s (without a name, or %s*)",
            *(path, counted(len(left_out), "column"), NO_FEATURES),
        )
    table = table.drop(columns=left_out).set_index("patient")
    twice = sorted(set(table.index[table.index.duplicated()]))
    problems = [f"E03 sheet: {path}: patient {name} has several rows; keep one." for name in twice]
    taken = {outcome: "is the outcome", "outcome": "is the outcome", **TAKEN}
    for name in table.columns:
        if name in taken:
            problems.append(
                f"E05 value: {path}: column '{name}' {taken[name]} and is no feature; remove it."
            )
            continue
        numbers = pd.to_numeric(table[name], errors="coerce")
        words = table[name][numbers.isna() & table[name].notna()]
        if len(words):
            told = ", ".join(f"'{word}' of {patient}" for patient, word in words[:5].items())
            problems.append(
                f"E05 value: {path}: column '{name}' holds text for {len(words)} of {len(table)} "
                f"patients ({told}); features are numbers: leave the field empty where there is "
                "none."
            )
        endless = np.isinf(numbers.to_numpy(dtype=float))
        if endless.any():
            problems.append(
                f"E05 value: {path}: column '{name}' is infinite for {endless.sum()} of "
                f"{len(table)} patients ({', '.join(table.index[endless][:5])}); leave the field "
                "empty where there is no number."
            )
    if table.columns.empty:
        problems.append(f"E02 sheet: {path} has no column of a feature.")
    if problems:
        raise StudyError(*problems)
    return table.astype(float)


def read_features(
    tables: Mapping[str, str], wanted: Collection[str], outcome: str
) -> dict[str, pd.DataFrame]:
    """Patients x features of every table of one modality, whoever else is in them.

    `tables` by role: table (of reader 1's outlines), repeat, reader2. `wanted` are the patients who
    need a row in the first. Raises StudyError as `read_matrix`, of all tables; E03 for patients
    without a row, E02 where a repeat has other columns.
    """
    frames, problems = {}, []
    for role, path in tables.items():
        try:
            frames[role] = read_matrix(path, outcome)
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError(*problems)
    first = frames["table"]
    problems += [
        f"E03 sheet: {tables['table']}: patient {name} has no row; add it, or give the patient a "
        "reason in 'exclude'."
        for name in wanted
        if name not in first.index
    ]
    for role, frame in frames.items():
        odd = sorted(set(frame.columns) ^ set(first.columns))
        if odd:
            problems.append(
                f"E02 sheet: {tables[role]} and {tables['table']} differ in {len(odd)} columns "
                f"({', '.join(odd[:5])}); both need the same features."
            )
    if problems:
        raise StudyError(*problems)
    return frames
