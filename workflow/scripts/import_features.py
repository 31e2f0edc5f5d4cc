"""A modality's features from the user's own table (from PyRadiomics, say) in place of images."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radfuse.errors import StudyError
from radfuse.job import job, logger
from radfuse.sheets import nearest
from radfuse.tables import read_table

NO_FEATURES = "diagnostics_"  # columns of PyRadiomics that describe the image


def read_features(path: str) -> pd.DataFrame:
    """Patients x features of a TSV, CSV or Parquet file with a column `patient`.

    Raises StudyError: E02 where it cannot be read or has no such column, E03 patients twice, E05
    columns that are not numbers.
    """
    suffix = Path(path).suffix.lower()
    try:
        if suffix == ".parquet":
            table = pd.read_parquet(path).reset_index()
        else:
            mark = "," if suffix == ".csv" else "\t"
            table = pd.read_csv(path, sep=mark, dtype={"patient": str}, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise StudyError(f"E02 sheet: {path} cannot be read ({error}).") from None
    if "patient" not in table:
        raise StudyError(
            f"E02 sheet: {path} has no column 'patient'{nearest('patient', table.columns)}"
        )
    table = table.drop(columns=["index"], errors="ignore")
    left_out = [name for name in table.columns if name.startswith(NO_FEATURES)]
    if left_out:
        logger.info("%s: %d columns %s* are no features", path, len(left_out), NO_FEATURES)
    table = (
        table.drop(columns=left_out).set_index(table["patient"].astype(str)).drop(columns="patient")
    )
    twice = sorted(set(table.index[table.index.duplicated()]))
    problems = [f"E03 sheet: {path}: patient {name} has several rows; keep one." for name in twice]
    problems += [
        f"E05 value: {path}: column '{name}' holds text; features are numbers."
        for name in table.columns
        if not pd.api.types.is_numeric_dtype(table[name])
    ]
    if problems:
        raise StudyError(*problems)
    return table.astype(float).rename_axis("patient")


def main(tables: Mapping[str, str], patients: str, features: str, repeats: str) -> None:
    """`tables` by role: table (of reader 1's outlines), repeat, reader2. Patients who are not
    in the table `patients` are left out. Raises StudyError as `read_features`, and E03 for patients
    without a row, E02 where a repeat has other columns.
    """
    frames = {role: read_features(path) for role, path in tables.items()}
    first = frames.pop("table")
    wanted = read_table(patients)["patient"].tolist()
    problems = [
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
    first.loc[wanted].sort_index().to_parquet(features)
    again = [
        frame.loc[sorted(set(frame.index) & set(wanted)), first.columns]
        .reset_index()
        .assign(reader=role)
        for role, frame in frames.items()
    ]
    none = first.iloc[:0].reset_index().assign(reader="")
    both = pd.concat(again, ignore_index=True) if again else none
    both[["patient", "reader", *first.columns]].to_parquet(repeats, index=False)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            tables=dict(snakemake.params.tables),
            patients=snakemake.input.patients,
            features=output.features,
            repeats=output.repeats,
        )
