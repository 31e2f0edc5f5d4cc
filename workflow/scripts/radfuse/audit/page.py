"""The audit as a page: what does not add up first, then whose patients, then every table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radfuse.audit import finding
from radfuse.audit.finding import AGREES, DISAGREES, UNKNOWN, Finding
from radfuse.formatting import COHORT_NAMES
from radfuse.report.templates import environment

PHRASES = {
    finding.COUNTS: "no whole counts of its patients give the printed numbers",
    finding.P: "the printed P is not that of the printed numbers",
    finding.COHERENCE: "interval and P do not go together",
    finding.TEST: "Welch’s t-test, which allows for unequal SDs, comes to the opposite conclusion",
    finding.PERCENTAGE: "percentages are not whole counts of the stated group",
    finding.AUC: "no ROC curve has both the printed area and the printed point",
    finding.THRESHOLD: "the threshold is not the one of largest J",
}
REASONED = (finding.COUNTS, finding.COHERENCE, finding.PERCENTAGE, finding.AUC, finding.THRESHOLD)
WHOLE = (finding.PATIENTS, finding.ACROSS)


@dataclass(frozen=True)
class Printed:
    """One printed table on the page: its findings about rows, by verdict."""

    id: str
    title: str
    by_verdict: dict[str, list[Finding]]


def cohort_name(cohort: str) -> str:
    return COHORT_NAMES.get(cohort, "All patients" if cohort == "all" else cohort)


def headlines(findings: Sequence[Finding]) -> list[tuple[str, list[str]]]:
    """What disagrees, in sentences, each with its particulars. Whole tables first, then rows."""
    wrong = [each for each in findings if each.verdict == DISAGREES]
    lines = []
    for each in wrong:
        if each.check == finding.PATIENTS:
            cohort = cohort_name(each.cohort).lower()
            start = f"{each.table} is said to describe the {cohort}, {each.published}"
            lines.append((f"{start}; its rows come from {each.recomputed}.", [each.explanation]))
    for each in wrong:
        if each.check == finding.ACROSS:
            lines.append((f"{cohort_name(each.cohort)}: {each.explanation}.", sources(each)))
    groups: dict[tuple[str, str], list[Finding]] = {}
    for each in wrong:
        if each.check not in WHOLE:
            groups.setdefault((each.table, each.check), []).append(each)
    for (table, check), rows in groups.items():
        noun = "row" if len(rows) == 1 else "rows"
        several = len({each.cohort for each in findings if each.table == table}) > 1
        names = [each.row + (f" ({each.cohort})" if several else "") for each in rows]
        details = [f"{n}: {particulars(row)}" for n, row in zip(names, rows, strict=True)]
        lines.append((f"{table}: {PHRASES[check]} in {len(rows)} {noun}.", details))
    return lines


def particulars(each: Finding) -> str:
    """What is printed, and the value that it should be or the reason why it cannot be right."""
    if each.check in REASONED:
        return f"{each.published}: {each.explanation}"
    return f"{each.published} → {each.recomputed}"


def sources(each: Finding) -> list[str]:
    """The sources of a ledger's line: what is stated, and what was recovered."""
    parts = (("stated: ", each.published), ("recovered from the rows: ", each.recomputed))
    return [start + text for start, text in parts if text]


def tables_of(findings: Sequence[Finding]) -> list[Printed]:
    """The findings about rows by printed table and verdict."""
    rows = [each for each in findings if each.check not in WHOLE]
    return [
        Printed(
            f"table-{number}",
            table,
            {
                verdict: [each for each in rows if (each.table, each.verdict) == (table, verdict)]
                for verdict in (DISAGREES, UNKNOWN, AGREES)
            },
        )
        for number, table in enumerate(dict.fromkeys(each.table for each in rows), start=1)
    ]


def render(citation: str, findings: Sequence[Finding], files: Sequence[tuple[str, str]]) -> str:
    """The page. All text is escaped; `files` are (text, address) of what lies beside it."""
    pages = environment()
    pages.filters["cohort"] = cohort_name
    counts: Mapping[str, int] = {
        verdict: sum(each.verdict == verdict for each in findings)
        for verdict in (AGREES, DISAGREES, UNKNOWN)
    }
    return pages.get_template("audit.html.j2").render(
        citation=citation,
        total=len(findings),
        counts=counts,
        headlines=headlines(findings),
        patients=[each for each in findings if each.check in WHOLE],
        tables=tables_of(findings),
        files=files,
    )
