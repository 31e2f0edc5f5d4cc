"""What one check of one printed row found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

AGREES = "agrees"
DISAGREES = "disagrees"
UNKNOWN = "cannot be checked"

# The checks, in the order in which a page shows them.
PATIENTS = "patients"
ACROSS = "across tables"
COUNTS = "counts"
P = "P value"
COHERENCE = "interval and P"
TEST = "choice of test"
PERCENTAGE = "percentage"
AUC = "AUC"
THRESHOLD = "threshold"

COLUMNS = {
    "table": "the printed table",
    "cohort": "the cohort that it says it describes",
    "row": "its row; blank where the whole table is meant",
    "check": "what was checked; docs/audit.md says how",
    "published": "what is printed",
    "recomputed": "what follows from the other printed numbers",
    "verdict": f"{AGREES}, {DISAGREES} or {UNKNOWN}",
    "explanation": "why",
    "n": "patients that the recomputed numbers rest on",
    "events": "positive patients among them",
}


@dataclass(frozen=True)
class Finding:
    """One row of the audit; `n` and `events` are None where nothing was recovered."""

    table: str
    cohort: str
    row: str
    check: str
    published: str
    recomputed: str
    verdict: str
    explanation: str = ""
    n: int | None = None
    events: int | None = None


def as_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """The findings as the table `audit.tsv`."""
    frame = pd.DataFrame([asdict(finding) for finding in findings], columns=list(COLUMNS))
    return frame.astype({"n": "Int64", "events": "Int64"})


def verdict(agrees: bool) -> str:
    return AGREES if agrees else DISAGREES


def exact_p(p: float) -> str:
    """P to four decimals, so that a misprint shows."""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"
