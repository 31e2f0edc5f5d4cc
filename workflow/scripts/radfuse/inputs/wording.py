"""What people write for an outcome, for no value and for no reason, and what it would mean here."""

import unicodedata
from collections.abc import Sequence

import pandas as pd

from radfuse.inputs.cohort import NOT_STATED
from radfuse.inputs.sheets import nearest

# words that mean "missing" or "no" to people, and would mean a value or a reason here
NO_WORDS = {
    *("na", "nan", "n/a", "n.a.", "null", ".", "?", "-", "--"),
    *("#n/a", "#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!"),  # of a spreadsheet
}
MISSING_WORDS = NO_WORDS | {
    *("unk", "unknown", "missing", "pending", "tbd", "not available", "not known"),
}
CALLS = {"yes", "no", "y", "n", "true", "false", "positive", "negative", "pos", "neg"}
NO_REASONS = NO_WORDS | {  # but `missing` is one
    *("no", "n", "0", "0.0", "false", "none", "keep", "include", "included"),
    *("yes", "y", "1", "1.0", "true"),
}


def check_outcome(values: Sequence[str], path: str, outcome: dict, applied: bool) -> list[str]:
    """Positive values that never occur, and values that look like one, or like a missing one."""
    column, positive = outcome["column"], outcome["positive"]
    problems = [
        f"E04 outcome: positive value '{value}' is nowhere in {path} column '{column}', "
        f"which holds {', '.join(values) or 'nothing'}{nearest(value, values)}"
        for value in positive
        if value not in values and not applied
    ]
    words = [value for value in values if value.casefold() in CALLS]
    if words and {"0", "1"} & set(values):
        problems.append(
            f"E04 outcome: {path} column '{column}' holds {', '.join(values)}, numbers and words "
            f"for one thing, of which only {', '.join(positive)} would count as positive; write "
            "all in one way."
        )
    for value in [value for value in values if value not in positive]:
        twin = next((p for p in positive if same_value(p, value)), None)
        if twin:
            problems.append(
                f"E04 outcome: {path} column '{column}' holds '{value}' and the config's positive "
                f"value is '{twin}', which differ in spelling alone (case, blanks, decimals, "
                "characters that do not show); write both the same way."
            )
        elif as_read(value) in MISSING_WORDS:
            problems.append(
                f"E04 outcome: {path} column '{column}' holds '{value}', which would count as a "
                "non-event; leave the field blank where the outcome is not known."
            )
    return problems


def same_value(a: str, b: str) -> bool:
    """Whether two texts are the same word to a reader, or the same number."""
    if as_read(a) == as_read(b):
        return True
    numbers = pd.to_numeric(pd.Series([a, b]), errors="coerce")
    return bool(numbers.notna().all() and numbers[0] == numbers[1])


def as_read(text: str) -> str:
    """A text as it is read: without case, doubled blanks and characters that do not show."""
    shown = unicodedata.normalize("NFKC", text)
    shown = "".join(mark for mark in shown if unicodedata.category(mark) != "Cf")
    return " ".join(shown.casefold().split())


def check_spellings(values: pd.Series, path: str) -> list[str]:
    """One word under several spellings, which would count as several; `values` has the column's
    name."""
    named = pd.Series(sorted(set(values) - {""}), dtype=str)
    return [
        f"E03 sheet: {path} column '{values.name}' holds {' and '.join(map(repr, twins))}, which "
        "differ in spelling alone (case, blanks, characters that look alike or do not show); write "
        "one."
        for _, twins in named.groupby(named.map(as_read))
        if len(twins) > 1
    ]


def check_categories(values: pd.Series, path: str) -> list[str]:
    """Categories in several spellings, and what stands for no value; a dash may mean negative."""
    return check_spellings(values, path) + [
        f"E05 value: {path} column '{values.name}' holds '{value}', which would count as a "
        "category of its own; leave the field blank where the value is not known."
        for value in sorted(set(values) - {""})
        if as_read(value) in NO_WORDS - {"-", "--"}
    ]


def check_centers(centers: pd.Series, path: str) -> list[str]:
    """One centre under several spellings, and one that is called as none is."""
    problems = check_spellings(centers, path)
    if NOT_STATED in set(centers.map(as_read)):
        problems.append(
            f"E03 sheet: {path} column 'center' holds '{NOT_STATED}', as the tables call a centre "
            "that is not known; leave the field blank."
        )
    return problems


def check_reasons(sheet: pd.DataFrame, path: str, keys: list[str]) -> list[str]:
    """`exclude` takes a reason: a bare yes or no, or a dash, would exclude as well."""
    bare = sheet[sheet["exclude"].map(as_read).isin(NO_REASONS)]
    return [
        f"E05 value: {path}: {' '.join(row[keys])}: exclude is '{row['exclude']}'; write the "
        "reason, or leave it blank to keep the row."
        for _, row in bare.iterrows()
    ]
