"""Tables: TSV with a header file beside each, which says what the columns mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.marking import sentence

NOT_FOR = "Not for: "


def header_path(path: str | Path) -> Path:
    """The header file that belongs to a table: `performance.tsv` has `performance.header.txt`."""
    return Path(path).with_suffix(".header.txt")


# columns of names and words, which stay text however much like a number they look (007, 1e5)
NAMES = (
    "patient", "center", "modality", "sequence", "feature", "variable", "characteristic", "level",
    "label", "meaning", "reason",
)  # fmt: skip


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table that radfuse wrote; names stay text, an empty field is missing."""
    return pd.read_csv(
        path, sep="\t", dtype=dict.fromkeys(NAMES, str), keep_default_na=False, na_values=[""]
    )


def write_table(
    frame: pd.DataFrame,
    path: str | Path,
    *,
    title: str,
    columns: Mapping[str, str],
    simulated: bool | str,
    notes: Sequence[str] = (),
    not_for: str = "",
) -> None:
    """Write `frame` as TSV and its header file: title, notes and the meaning of each column.

    `simulated` is the study's mark (see `marking`); `not_for` says what the numbers must not be
    used for.

    Raises ValueError when `columns` and the frame's columns differ: an unexplained column, or an
    explained one that is missing, is a defect.
    """
    if list(frame.columns) != list(columns):
        raise ValueError(f"{path}: columns {list(frame.columns)}, described {list(columns)}")
    warning = f"{NOT_FOR}{not_for}" if not_for else ""
    lines = [title, *filter(None, [sentence(simulated), *notes, warning]), ""]
    lines += [f"{name}: {meaning}" for name, meaning in columns.items()]
    header_path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    frame.to_csv(path, sep="\t", index=False, float_format="%.12g", lineterminator="\n")
