"""Cohorts compared on one variable."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.radiology import Characteristic
from radfuse.statistics.descriptive import as_codes, categorical_rows, numeric_row


def levels_of(entry: Characteristic) -> dict[str, str] | None:
    """The levels of a characteristic (code: meaning); None where it is continuous."""
    if entry["type"] == "continuous":
        return None
    return {str(code): meaning for code, meaning in entry["levels"].items()}


def balance_rows(
    values: pd.Series,
    levels: Mapping[str, str] | None,
    split: pd.DataFrame,
    cohorts: Sequence[str],
) -> list[dict]:
    """Two cohorts side by side: one row of a number, a head and a row per level of a category.

    `values` by patient, missing where there is none: numbers, or codes of `levels` (code:
    meaning). `split` has outcome (1, 0, missing) and cohort by patient; patients without an outcome
    are left out. The rows are those of `descriptive`, with `n` patients of both cohorts who have a
    value and `events` among them.
    """
    labelled = split[split["outcome"].notna()].sort_index()
    parts = [values.reindex(labelled.index[labelled["cohort"] == name]) for name in cohorts]
    if levels is None:
        rows = [numeric_row([part.to_numpy(float) for part in parts], cohorts)]
    else:
        codes = [as_codes(part, list(levels)).to_numpy() for part in parts]
        rows = categorical_rows(codes, dict(levels), cohorts)
    known = [patient for part in parts for patient in part.dropna().index]
    total = {"n": len(known), "events": int(labelled.loc[known, "outcome"].sum())}
    return [{**total, **row} for row in rows]
