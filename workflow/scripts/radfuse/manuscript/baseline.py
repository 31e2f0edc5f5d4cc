"""Tables of groups compared, as a journal prints them: the groups side by side, tests as marks."""

from collections.abc import Sequence

import pandas as pd

from radfuse.formatting import COHORT_NAMES, count, is_missing, number, p_value
from radfuse.manuscript.printed import NONE, Printed, header_notes
from radfuse.manuscript.results import Results
from radfuse.report.forms import form_of

LETTERS = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿ"
SUMMARIES = (
    "Mean ± standard deviation, or median (lower and upper quartile) where a group is not normal "
    "by the Shapiro-Wilk test; number (%) of patients with a value."
)
INDENT = "\u2003"


class Marks:
    """Letters for the tests that a table's P values come from, in the order they appear."""

    def __init__(self) -> None:
        self.letters: dict[str, str] = {}

    def p(self, row: pd.Series) -> str:
        if is_missing(row["p"]):
            return ""
        letter = self.letters.setdefault(row["method"], LETTERS[len(self.letters)])
        return p_value(row["p"]) + letter

    @property
    def note(self) -> str:
        told = "; ".join(f"{letter} {method}" for method, letter in self.letters.items())
        return f"Tests: {told}." if told else ""


def comparison_rows(
    parts: Sequence[pd.DataFrame], name: str, groups: Sequence[str], marks: Marks
) -> list[list[str]]:
    """A row per variable and level; of each part (a cohort) its groups, P and SMD side by side.

    Every part has the same variables and levels in the same order.
    """
    rows = []
    for place in range(len(parts[0])):
        first = parts[0].iloc[place]
        top = is_missing(first["level"])
        cells = [str(first[name]) if top else INDENT + str(first["level"])]
        for part in parts:
            row = part.iloc[place]
            cells += ["" if is_missing(row[group]) else str(row[group]) for group in groups]
            cells += [marks.p(row), number(row["smd"])]
        headed = top and not any(cells[1:])
        # a categorical variable's own row has no summaries: its levels have
        blank = "" if headed or not top or is_categorical(parts[0], first, name) else NONE
        rows.append([cells[0], *(cell or blank for cell in cells[1:])])
    return rows


def is_categorical(part: pd.DataFrame, row: pd.Series, name: str) -> bool:
    return bool(part.loc[part[name] == row[name], "level"].notna().any())


def missing_note(parts: dict[str, pd.DataFrame], name: str) -> str:
    told = [
        f"{row[name]} {count(row['missing'])}" + (f" ({label})" if label else "")
        for label, part in parts.items()
        for _, row in part[part["level"].isna() & (part["missing"] > 0)].iterrows()
    ]
    return f"Missing values: {'; '.join(told)}." if told else ""


def baseline(results: Results) -> list[Printed]:
    """Clinical variables by outcome, the cohorts side by side."""
    frame = results.frame("baseline")
    if frame.empty:
        return []
    parts = dict(list(frame.groupby("cohort", sort=False)))
    columns, heads = ["Variable"], [("", 1)]
    for cohort in parts:
        n, events = results.sizes[cohort]
        columns += [f"Negative (n = {n - events})", f"Positive (n = {events})", "P", "SMD"]
        heads.append((f"{COHORT_NAMES[cohort]} (n = {n})", 4))
    marks = Marks()
    rows = comparison_rows(list(parts.values()), "variable", ("negative", "positive"), marks)
    labelled = {COHORT_NAMES[cohort].lower(): part for cohort, part in parts.items()}
    notes = [f"Positive, {results.positive}.", SUMMARIES, marks.note]
    notes += [missing_note(labelled, "variable"), *header_notes(results.paths["baseline"])]
    title, source = form_of("baseline").title, [str(results.paths["baseline"])]
    return [Printed("baseline", title, columns, [("", rows)], notes, source, heads)]


def split_balance(results: Results, modality: str) -> list[Printed]:
    """Training against test cohort, per characteristic of one modality."""
    key = f"split_balance_{modality}"
    frame = results.frame(key)
    if frame.empty:
        return []
    groups = [group for group in ("train", "test") if group in frame]
    marks = Marks()
    rows = comparison_rows([frame], "characteristic", groups, marks)
    sizes = [
        f"{COHORT_NAMES[group]} (n = {results.sizes.get(group, (0, 0))[0]})" for group in groups
    ]
    notes = [SUMMARIES, marks.note, missing_note({"": frame}, "characteristic")]
    notes += header_notes(results.paths[key])
    title = form_of(key).title
    columns = ["Characteristic", *sizes, "P", "SMD"]
    source = [str(results.paths[key])]
    return [Printed(key, title, columns, [("", rows)], notes, source, supplement=True)]


def external_balance(results: Results) -> list[Printed]:
    """Training against external cohort: outcome and clinical variables, then each modality."""
    key = "external_balance"
    frame = results.frame(key)
    if frame.empty:
        return []
    groups = ["train", "external"]
    marks = Marks()
    blocks = [
        (f"{modality} characteristics" if modality else "", part)
        for modality, part in frame.groupby(frame["modality"].fillna(""), sort=False)
    ]
    rows = [(head, comparison_rows([part], "variable", groups, marks)) for head, part in blocks]
    sizes = [f"{COHORT_NAMES[group]} (n = {results.sizes[group][0]})" for group in groups]
    notes = [f"Positive, {results.positive}.", SUMMARIES, marks.note]
    notes += [missing_note(dict(blocks), "variable")]
    notes += header_notes(results.paths[key])
    title = form_of(key).title
    columns = ["Variable", *sizes, "P", "SMD"]
    source = [str(results.paths[key])]
    return [Printed(key, title, columns, rows, notes, source, supplement=True)]
