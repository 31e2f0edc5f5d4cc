"""Whether the patients that a table is said to describe are those that its numbers come from."""

from radfuse.audit import finding
from radfuse.audit.explaining import Explained
from radfuse.audit.facts import Statement
from radfuse.audit.finding import AGREES, DISAGREES, UNKNOWN, Finding
from radfuse.formatting import positives


def believable(statement: Statement, explained: Explained | None) -> Explained | None:
    """The numbers behind a table's rows where the rows tell: those stated, or clearly others."""
    if explained is None:
        return None
    stated = (statement.n, statement.events) == (explained.n, explained.events)
    return explained if stated or explained.convincing else None


def patients_finding(statement: Statement, explained: Explained | None, what: str) -> Finding:
    """The numbers that explain a table's rows, beside those that it states.

    `what` names the printed numbers that were explained.
    """
    place = (statement.table, statement.cohort, "", finding.PATIENTS, statement.stated)
    if explained is None:
        return Finding(*place, "", UNKNOWN, f"no numbers of patients give the printed {what}")
    recomputed = positives(explained.n, explained.events)
    text = f"{explained.n} patients, {explained.events} positive, give the printed {what} of "
    text += f"{explained.rows} of {explained.of} rows{stated_rows(statement, explained)}"
    text += next_best(explained)
    if (statement.n, statement.events) == (explained.n, explained.events):
        return Finding(*place, recomputed, AGREES, text, explained.n, explained.events)
    if not explained.convincing:
        return Finding(*place, "", UNKNOWN, f"{text}: too few to tell")
    same = statement.n in (None, explained.n) and statement.events is None
    verdict = AGREES if same else DISAGREES
    return Finding(*place, recomputed, verdict, text, explained.n, explained.events)


def stated_rows(statement: Statement, explained: Explained) -> str:
    """How many rows the stated numbers give, where they are others."""
    if statement.n is None or (statement.n, statement.events) == (explained.n, explained.events):
        return ""
    if statement.n != explained.n:
        rows = explained.stated_n_rows or "none"
        return f"; the stated {statement.n}, with any number of positives, {rows}"
    if statement.events is None:
        return ""
    return f"; the stated {statement.events} positive, {explained.stated_rows or 'none'}"


def next_best(explained: Explained) -> str:
    if explained.runner_up is None:
        return ""
    n, events = explained.runner_up
    return f"; the next best, {n} with {events} positive, {explained.runner_up_rows}"
