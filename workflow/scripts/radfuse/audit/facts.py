"""A published study as a folder: `tables.tsv` says what its printed tables are, TSVs hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radfuse.audit.printed import NOTHING, Printed, parse
from radfuse.errors import StudyError
from radfuse.inputs.sheets import nearest, read_sheet

INDEX = "tables.tsv"
CITATION = "citation.txt"
REQUIRED = ("table", "file", "kind", "cohort", "n", "events")
THRESHOLDS = ("", "own", "youden")
KINDS = ("odds_ratios", "performance", "means", "percentages")
RATES = ("accuracy", "sensitivity", "specificity", "ppv", "npv", "f1")
ODDS = ("characteristic", "univariate_or", "univariate_low", "univariate_high")


@dataclass(frozen=True)
class Statement:
    """One table, or the text, on one cohort: how many patients it says, and where its rows are.

    `file` and `kind` are blank for text. `negative` and `positive` name the groups' columns.
    `threshold` is `youden` where the study says that it maximised J on this cohort, `own` where
    the threshold was chosen on this cohort and nothing says how, else blank.
    """

    table: str
    file: str
    kind: str
    cohort: str
    n: int | None
    events: int | None
    negative: str = ""
    positive: str = ""
    threshold: str = ""

    @property
    def stated(self) -> str:
        if self.n is None:
            return "not stated"
        positive = "" if self.events is None else f", {self.events} positive"
        return f"n = {self.n}{positive}"


@dataclass(frozen=True)
class Publication:
    """A published study: what it says of its patients, and its printed rows as text by file."""

    citation: str
    statements: list[Statement]
    rows: Mapping[str, pd.DataFrame]

    @property
    def largest(self) -> int:
        """The largest number of patients that is stated anywhere."""
        return max(statement.n for statement in self.statements if statement.n is not None)

    def rows_of(self, statement: Statement) -> pd.DataFrame:
        """The printed rows of a statement; those of its cohort where the file has several."""
        rows = self.rows[statement.file]
        return rows[rows["cohort"] == statement.cohort] if "cohort" in rows else rows


def fact_files(folder: str | Path) -> list[str]:
    """The files of a published study that an audit reads, as far as its index tells."""
    index, citation = Path(folder) / INDEX, Path(folder) / CITATION
    files = [index, *([citation] if citation.is_file() else [])]
    if index.is_file():
        sheet = read_sheet(index)
        names = [name for name in dict.fromkeys(sheet.get("file", [])) if name]
        files += [Path(folder) / name for name in names]
    return [path.as_posix() for path in files]


def load_publication(folder: str | Path) -> Publication:
    """Read and check a published study. Raises StudyError E02 or E05 with every problem."""
    index = Path(folder) / INDEX
    sheet = read_sheet(index)
    problems = missing_columns(sheet, REQUIRED, index)
    if problems:
        raise StudyError(*problems)
    statements = []
    for number, row in enumerate(sheet.to_dict("records"), start=2):
        problems += check_row(row, f"{index} row {number}")
        if not problems:
            counts = {name: int(row[name]) if row[name] else None for name in ("n", "events")}
            fields = {name: row.get(name, "") for name in Statement.__dataclass_fields__}
            statements.append(Statement(**{**fields, **counts}))
    if not problems and not any(statement.n for statement in statements):
        problems.append(f"E05 value: {index}: no row states a number of patients `n`; add one.")
    if problems:
        raise StudyError(*problems)
    rows = {
        name: read_sheet(Path(folder) / name)
        for name in dict.fromkeys(statement.file for statement in statements)
        if name
    }
    for statement in statements:
        if statement.file:
            needed, path = needed_columns(statement), Path(folder) / statement.file
            problems += missing_columns(rows[statement.file], needed, path)
            problems += no_numbers(rows[statement.file], statement, path)
    if problems:
        raise StudyError(*dict.fromkeys(problems))
    citation = Path(folder) / CITATION
    text = citation.read_text(encoding="utf-8").strip() if citation.is_file() else ""
    return Publication(text or Path(folder).name, statements, rows)


def missing_columns(sheet: pd.DataFrame, columns: tuple[str, ...], path: Path) -> list[str]:
    return [
        f"E02 sheet: {path} has no column '{name}'{nearest(name, sheet.columns)}"
        for name in columns
        if name not in sheet
    ]


def check_row(row: Mapping[str, str], place: str) -> list[str]:
    """What is wrong in one row of the index."""
    problems = []
    if row["file"] and row["kind"] not in KINDS:
        problems.append(
            f"E05 value: {place}: the kind '{row['kind']}' is none of {', '.join(KINDS)}"
            f"{nearest(row['kind'], KINDS)}"
        )
    if row.get("threshold", "") not in THRESHOLDS:
        problems.append(f"E05 value: {place}: threshold '{row['threshold']}' is not own or youden.")
    for name in ("n", "events"):
        if row[name] and not (row[name].isdecimal() and int(row[name]) > 0):
            problems.append(f"E05 value: {place}: {name} '{row[name]}' is no count of patients.")
    if problems:
        return problems
    if row["n"] and row["events"] and int(row["events"]) >= int(row["n"]):
        problems.append(
            f"E05 value: {place}: {row['events']} positive of {row['n']} patients; there must be "
            "negative ones too."
        )
    if row["kind"] in ("means", "percentages"):
        problems += [
            f"E05 value: {place}: a table of {row['kind']} needs '{name}'."
            for name in ("n", "events", "negative", "positive")
            if not row.get(name)
        ]
    return problems


def needed_columns(statement: Statement) -> tuple[str, ...]:
    """The columns that a table of this kind must have."""
    groups = (statement.negative, statement.positive)
    if statement.kind == "odds_ratios":
        return ODDS
    if statement.kind == "performance":
        return ("model", "sensitivity", "specificity")
    if statement.kind == "percentages":
        return ("variable", "level", *(f"{statement.cohort}_{group}_percent" for group in groups))
    pieces = [f"{group}_{piece}" for group in groups for piece in ("mean", "sd")]
    return ("variable", *(f"{statement.cohort}_{piece}" for piece in pieces))


def numeric_columns(statement: Statement, sheet: pd.DataFrame) -> list[str]:
    """The columns of a table that hold printed numbers."""
    if statement.kind == "performance":
        return [name for name in ("auc", *RATES) if name in sheet]
    texts = {"characteristic", "levels", "variable", "level", "cohort", "model"}
    return [name for name in sheet.columns if name not in texts]


def no_numbers(sheet: pd.DataFrame, statement: Statement, path: Path) -> list[str]:
    """Cells that should hold a number and do not."""
    problems = []
    for name in numeric_columns(statement, sheet):
        for number, text in enumerate(sheet[name], start=2):
            try:
                parse(text, f"{path} row {number}, {name}")
            except StudyError as error:
                problems += error.problems
    return problems


def printed(row: Mapping[str, str], column: str) -> Printed:
    """One printed number of a row; NOTHING where the table has no such column."""
    return parse(row[column]) if column in row else NOTHING
