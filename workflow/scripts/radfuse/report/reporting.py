"""Result tables made to read.

Nothing is computed here that a result file holds; values are only chosen, rounded and named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from radfuse.formatting import (
    COHORT_NAMES,
    PROTOCOLS,
    count,
    interval,
    is_missing,
    model_label,
    number,
    p_value,
    percent,
    positives,
)
from radfuse.report.columns import BOUNDS, COUNTS, MODELS, P_VALUES, SHARES, TITLES, WITHOUT_POWERS


@dataclass(frozen=True)
class Table:
    """A table to print: `blocks` are (heading, rows) with rows of text; "" is no heading."""

    title: str
    columns: list[str]
    numeric: list[bool]
    blocks: list[tuple[str, list[list[str]]]]
    links: list[tuple[str, str]] = field(default_factory=list)  # text, relative address
    folded: bool = False

    @property
    def size(self) -> int:
        return sum(len(rows) for _, rows in self.blocks)


def bounds_of(column: str, columns: Sequence[str]) -> tuple[str, str] | None:
    """The two columns that hold a column's interval, if it has one."""
    low, high = BOUNDS.get(column, (f"{column}_low", f"{column}_high"))
    return (low, high) if low in columns and high in columns else None


def heading(column: str, has_interval: bool) -> str:
    if column in TITLES:
        return TITLES[column]
    words = column.replace("_", " ")
    return words[:1].upper() + words[1:] + (" (95% CI)" if has_interval else "")


def cell(row: Mapping, column: str, limits: tuple[str, str] | None, digits: int = 3) -> str:
    """One value as text, by what its column's name says it is."""
    value = row[column]
    if is_missing(value):
        return ""
    if limits:
        return interval(value, row[limits[0]], row[limits[1]])
    if column in MODELS:
        return model_label(str(value))
    if isinstance(value, str):
        return value
    if column in COUNTS or column.startswith("n_"):
        return count(value)
    if column in SHARES:
        return percent(value)
    if column in P_VALUES:
        return p_value(value)
    # a thousandth is worth a power of ten where thousandths count
    return number(value, digits, powers=digits >= 3 and column not in WITHOUT_POWERS)


def display(
    frame: pd.DataFrame,
    title: str,
    *,
    hide: Sequence[str] = (),
    links: Sequence[tuple[str, str]] = (),
    folded: bool = False,
    digits: int = 3,
    ledger: bool = False,
) -> Table:
    """A result table for reading: bounds join their estimate; cohorts become headings, and
    protocols where there are several.

    Where n and events are the same in every row of each block they stand in its heading (or in
    the title) and not in every row, but for a `ledger`, which is about them. Where
    nothing is missing nothing is said about it.
    """
    columns = list(frame.columns)
    limits = {column: bounds_of(column, columns) for column in columns}
    bounds = {bound for pair in limits.values() if pair for bound in pair}
    by_cohort = "cohort" in columns and "cohort" not in hide
    keys = ["cohort"] * by_cohort
    if by_cohort and "protocol" in columns and len(set(frame["protocol"])) > 1:
        keys += ["protocol"]
    parts = list(frame.groupby(keys, sort=False)) if keys else [(("",), frame)]
    parts.sort(
        key=lambda part: list(COHORT_NAMES).index(part[0][0]) if part[0][0] in COHORT_NAMES else 0
    )
    counted = not ledger and {"n", "events"} <= set(columns) and len(frame) > 0
    if counted:
        counted = all(len(part[["n", "events"]].drop_duplicates()) == 1 for _, part in parts)
    apart = {"cohort", "protocol", *hide, *bounds} | ({"n", "events"} if counted else set())
    if "missing" in columns and not frame["missing"].any():
        apart |= {"missing"}
    shown = [column for column in columns if column not in apart]
    blocks = []
    for group, part in parts:
        sizes = positives(part["n"].iloc[0], part["events"].iloc[0]) if counted else ""
        if not by_cohort:
            title = f"{title} ({sizes})" if sizes else title
        names = [COHORT_NAMES.get(group[0], str(group[0])), *map(PROTOCOLS.get, group[1:])]
        name = ", ".join(names)
        rows = [[cell(row, c, limits[c], digits) for c in shown] for row in part.to_dict("records")]
        blocks.append((f"{name} ({sizes})" if sizes and name else name, rows))
    return Table(
        title,
        [heading(column, limits[column] is not None) for column in shown],
        [pd.api.types.is_numeric_dtype(frame[column]) for column in shown],
        blocks,
        list(links),
        folded,
    )


def summaries_of(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table of groups compared, as printed: level rows indented below their variable's row.

    `name` is the column that names the variable. The groups' summaries stay as text; the numbers
    that they are made of (`<group>_mean` and so on) are left out.
    """
    pieces = ("n", "mean", "sd", "median", "q1", "q3", "count", "percent")
    apart = {f"{group}_{piece}" for group in frame.columns for piece in pieces} | {"level"}
    printed = frame[[column for column in frame.columns if column not in apart]].copy()
    level = frame["level"].fillna("").astype(str)
    printed[name] = frame[name].where(level == "", "\u2003" + level)
    return printed


def stability_summary(stability: pd.DataFrame) -> pd.DataFrame:
    """Features kept and dropped per sequence, with the medians of both ICCs and the pairs."""
    rows = []
    for sequence, features in stability.groupby("sequence", sort=False):
        kept = int((features["stable"] == "yes").sum())
        row = {
            "sequence": sequence,
            "features": count(len(features)),
            "stable": f"{kept} ({percent(kept / len(features))})",
        }
        for kind in ("intra", "inter"):
            first, middle, third = features[kind].astype(float).quantile([0.25, 0.5, 0.75])
            row[f"{kind}-reader pairs"] = count(features[f"n_{kind}"].max())
            row[f"{kind}-reader ICC, median (IQR)"] = interval(middle, first, third, 2)
        reasons = features.loc[features["stable"] != "yes", "reason"].astype(object)
        dropped = reasons.fillna("no reason given").value_counts(sort=False).sort_index()
        row["dropped because"] = "; ".join(f"{reason}: {n}" for reason, n in dropped.items())
        rows.append({**row, "n": features["n"].iloc[0], "events": features["events"].iloc[0]})
    return pd.DataFrame(rows)


def at_thresholds(
    decision_curve: pd.DataFrame, column: str, thresholds: Sequence[float]
) -> pd.DataFrame:
    """A column of the curves at the tabulated thresholds nearest to `thresholds`, a column each."""
    tabulated = sorted(decision_curve["threshold"].unique())
    nearest = list(dict.fromkeys(min(tabulated, key=lambda t: abs(t - x)) for x in thresholds))
    rows = decision_curve[decision_curve["threshold"].isin(nearest)]
    keys, names = ["cohort", "model", "n", "events"], [f"at {each:g}" for each in nearest]
    if rows[column].isna().all():
        return pd.DataFrame(columns=[*keys, *names])
    wide = rows.pivot_table(column, keys, "threshold", sort=False)[nearest]
    return wide.set_axis(names, axis=1).reset_index()
