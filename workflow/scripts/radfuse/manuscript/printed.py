"""A table as a journal prints it: title, header, rows of text, and footnotes that explain them.

One form for every document. The text of each value is that of `reporting.display`, which the
report's page uses too; here marks and footnotes join it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from radfuse.formatting import model_label
from radfuse.marking import FICTITIOUS_MODELS, SIMULATED
from radfuse.report.reporting import Table
from radfuse.tables import NOT_FOR, header_path

NONE = "–"  # in a field that has no value
ABBREVIATIONS = {
    "AIC": "Akaike information criterion",
    "AUC": "area under the receiver operating characteristic curve",
    "CI": "confidence interval",
    "CT": "computed tomography",
    "DLRR": "model of the selected characteristics and the deep-learning radiomics score",
    "DLRS": "deep-learning radiomics score",
    "ECE": "expected calibration error",
    "F1": "harmonic mean of PPV and sensitivity",
    "FN": "false negatives",
    "FP": "false positives",
    "ICC": "intraclass correlation coefficient",
    "ICI": "integrated calibration index",
    "IQR": "interquartile range",
    "LASSO": "least absolute shrinkage and selection operator",
    "LR": "likelihood ratio",
    "MRI": "magnetic resonance imaging",
    "NPV": "negative predictive value",
    "OR": "odds ratio",
    "PPV": "positive predictive value",
    "PR-AUC": "area under the precision-recall curve",
    "R": "radiological model",
    "ROC": "receiver operating characteristic",
    "SE": "standard error",
    "SHAP": "Shapley additive explanations",
    "SMD": "absolute standardised mean difference",
    "TN": "true negatives",
    "TP": "true positives",
    "VIF": "variance inflation factor",
}
MODEL = re.compile(r"\b(?:R|DLRS|DLRR)_[A-Za-z]\w*")  # as files name it
# R is an abbreviation before a modality only: R², and R's quantiles, are others
PATTERNS = {"R": r"(?<![\w-])R (?=[A-Z])"}


@dataclass(frozen=True)
class Printed:
    """A table to print. `blocks` are (heading, rows) with rows of text; "" is no heading."""

    key: str
    title: str
    columns: list[str]
    blocks: list[tuple[str, list[list[str]]]]
    notes: list[str]
    sources: list[str]  # the files its values stand in, as results/...
    heads: list[tuple[str, int]] = field(default_factory=list)  # over so many columns each
    supplement: bool = False
    number: str = ""  # "Table 2", "Table S5"

    @property
    def texts(self) -> Iterable[str]:
        """All that is printed but the footnotes."""
        cells = (row for _, rows in self.blocks for row in rows)
        headings = (heading for heading, _ in self.blocks)
        heads = (text for text, _ in self.heads)
        return chain([self.title], heads, self.columns, headings, chain.from_iterable(cells))


def printed(
    key: str,
    table: Table,
    sources: Sequence[str | Path],
    notes: Sequence[str] = (),
    supplement: bool = False,
) -> Printed:
    """A table of the report as a journal prints it, with the notes of its files' headers."""
    own = [note for source in sources for note in header_notes(source)]
    files = [str(source) for source in sources]
    return Printed(
        key, table.title, table.columns, table.blocks, [*notes, *own], files, supplement=supplement
    )


def header_notes(path: str | Path) -> list[str]:
    """What the header file of a table says of all of it, and not of one column; none without.

    What its numbers are not for is told to who works with them; a paper says it in its discussion.
    """
    header = header_path(path)
    if not header.is_file():
        return []
    head = header.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    marks = (SIMULATED, FICTITIOUS_MODELS, NOT_FOR)
    told = [line for line in head[1:] if not line.startswith(marks)]
    return [MODEL.sub(lambda found: model_label(found[0]), line) for line in told]


def abbreviations(texts: Iterable[str]) -> str:
    """`AUC, area under ...; CI, confidence interval.` of those that stand in the texts; or ""."""
    text = "\n".join(texts)
    found = {
        short: meaning
        for short, meaning in ABBREVIATIONS.items()
        if re.search(PATTERNS.get(short, rf"(?<![\w-]){short}(?![\w-])"), text)
    }
    # a meaning may need another: F1 is made of PPV
    for short, meaning in ABBREVIATIONS.items():
        if any(re.search(rf"\b{short}\b", other) for other in list(found.values())):
            found.setdefault(short, meaning)
    return "; ".join(f"{short}, {found[short]}" for short in sorted(found)) + "." * bool(found)


def finished(tables: Sequence[Printed]) -> list[Printed]:
    """The tables numbered, the main ones first, each with its abbreviations explained last."""
    result = []
    for supplement in (False, True):
        chosen = [table for table in tables if table.supplement == supplement]
        for place, table in enumerate(chosen, start=1):
            notes = [*table.notes, abbreviations([*table.texts, *table.notes])]
            number = f"Table {'S' * supplement}{place}"
            result.append(replace(table, number=number, notes=[note for note in notes if note]))
    return result
