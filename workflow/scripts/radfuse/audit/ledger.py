"""One ledger of counts: what the tables say, and what their numbers say, of the same cohort."""

from collections.abc import Sequence
from dataclasses import dataclass

from radfuse.audit import finding
from radfuse.audit.explaining import Explained
from radfuse.audit.facts import Statement
from radfuse.audit.finding import Finding, verdict

ALL = "all"  # the cohort of all patients


@dataclass(frozen=True)
class Entry:
    """How many patients of a cohort are positive, by one source; `recovered` from its rows."""

    source: str
    cohort: str
    n: int
    events: int | None
    recovered: bool

    @property
    def text(self) -> str:
        positive = "?" if self.events is None else self.events
        return f"{self.source}: {positive} of {self.n}"


def entries(pairs: Sequence[tuple[Statement, Explained | None]]) -> list[Entry]:
    """The ledger: every statement that its rows do not refute, what the rows of others give, and
    the totals of tables that cover all cohorts."""
    sizes = cohort_sizes([statement for statement, _ in pairs])
    found = []
    for statement, explained in pairs:
        if explained:
            n, events = explained.n, explained.events
        elif statement.n is not None:
            n, events = statement.n, statement.events
        else:
            continue
        cohort = statement.cohort if sizes.get(statement.cohort) == n else named(n, sizes)
        if cohort:
            found.append(Entry(statement.table, cohort, n, events, explained is not None))
    certain = {(e.source, e.cohort, e.n, e.events) for e in found if e.recovered}
    kept = [
        entry
        for entry in dict.fromkeys(found)
        if entry.recovered or (entry.source, entry.cohort, entry.n, entry.events) not in certain
    ]
    return [*kept, *totals(kept, sizes)]


def cohort_sizes(statements: Sequence[Statement]) -> dict[str, int]:
    """The stated number of patients of each cohort, the first that is stated, and of all."""
    sizes: dict[str, int] = {}
    for statement in statements:
        if statement.n is not None:
            sizes.setdefault(statement.cohort, statement.n)
    parts = [n for cohort, n in sizes.items() if cohort != ALL]
    sizes.setdefault(ALL, sum(parts))
    return sizes


def named(n: int, sizes: dict[str, int]) -> str:
    """The cohort of this size, or none."""
    return next((cohort for cohort, size in sizes.items() if size == n), "")


def totals(found: Sequence[Entry], sizes: dict[str, int]) -> list[Entry]:
    """The sums over the cohorts of sources that name the positives of every one of them."""
    cohorts = set(sizes) - {ALL}
    sums = []
    for source in dict.fromkeys(entry.source for entry in found):
        own: dict[str, Entry] = {}
        for entry in found:
            known = entry.cohort != ALL and entry.events is not None
            # what the rows give goes before what is stated
            if entry.source == source and known and (entry.recovered or entry.cohort not in own):
                own[entry.cohort] = entry
        if len(cohorts) > 1 and set(own) == cohorts:
            n, events = (sum(getattr(e, name) for e in own.values()) for name in ("n", "events"))
            recovered = all(entry.recovered for entry in own.values())
            sums.append(Entry(f"{source}, summed", ALL, n, events, recovered))
    return sums


def check_ledger(pairs: Sequence[tuple[Statement, Explained | None]]) -> list[Finding]:
    """For each cohort, whether all sources agree on how many of its patients are positive."""
    ledger = entries(pairs)
    findings = []
    for cohort in dict.fromkeys(entry.cohort for entry in ledger):
        own = [entry for entry in ledger if entry.cohort == cohort and entry.events is not None]
        counts = {(entry.n, entry.events) for entry in own}
        if len(own) < 2:
            continue
        findings.append(
            Finding(
                *("all tables", cohort, "", finding.ACROSS),
                "; ".join(dict.fromkeys(e.text for e in own if not e.recovered)),
                "; ".join(dict.fromkeys(e.text for e in own if e.recovered)),
                verdict(len(counts) == 1),
                sentence(sorted(counts)),
                *(counts.pop() if len(counts) == 1 else ()),
            )
        )
    return findings


def sentence(counts: list[tuple[int, int]]) -> str:
    if len(counts) == 1:
        return ""
    positive = ", ".join(f"{events} of {n}" for n, events in counts)
    return f"the same patients are counted differently: {positive} are positive"
