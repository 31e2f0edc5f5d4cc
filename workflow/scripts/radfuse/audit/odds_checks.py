"""Tables of odds ratios: the counts behind them, whose patients they are, P and interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from radfuse.audit import finding, two_by_two
from radfuse.audit.explaining import Explained, explain
from radfuse.audit.facts import Publication, Statement, printed
from radfuse.audit.finding import AGREES, DISAGREES, UNKNOWN, Finding
from radfuse.audit.patients import believable, patients_finding
from radfuse.audit.printed import Printed
from radfuse.formatting import interval

TWO = ("", "2")  # what the column `levels` says of a row that may be a 2 x 2 table
# How the halves of an interval, over 1.96, compare with Wald's standard error: measured on 2 x 2
# tables of 30 to 400 patients (tests/library/audit/test_two_by_two.py asks it of others).
WIDE = 1.01  # the wider half is never narrower than the standard error
NARROW = 1.17  # the narrower one is at most this times as wide
LOPSIDED = 1.5  # wider half over narrower, from which on
NARROW_OF_LOPSIDED = 0.95  # the narrower one is narrower than the standard error (0.89 measured)


@dataclass(frozen=True)
class Row:
    """One printed odds ratio with its interval and P."""

    name: str
    odds_ratio: Printed
    low: Printed
    high: Printed
    p: Printed
    two_levels: str  # "2": it says so; "": nobody says; otherwise it has others

    @property
    def text(self) -> str:
        p = "" if self.p.missing else f", P {self.p.text}"
        return f"{self.odds_ratio.text} ({self.low.text}–{self.high.text}){p}"

    @property
    def complete(self) -> bool:
        return not any(each.missing for each in (self.odds_ratio, self.low, self.high))

    @property
    def searched(self) -> bool:
        numbers = all(each.bounded for each in (self.odds_ratio, self.low, self.high))
        return numbers and self.two_levels in TWO and self.odds_ratio.high > 0


def rows_of(publication: Publication, statement: Statement, prefix: str) -> list[Row]:
    names = [f"{prefix}_{piece}" for piece in ("or", "low", "high", "p")]
    return [
        Row(row["characteristic"], *(printed(row, name) for name in names), row.get("levels", ""))
        for row in publication.rows_of(statement).to_dict("records")
    ]


def check_odds_ratios(
    publication: Publication, statement: Statement, sizes: Sequence[int]
) -> tuple[list[Finding], Explained | None]:
    """All findings of one table of odds ratios, and the numbers of patients that explain it."""
    rows = [row for row in rows_of(publication, statement, "univariate") if row.complete]
    found = [
        two_by_two.solutions(row.odds_ratio, row.low, row.high, sizes) if row.searched else None
        for row in rows
    ]
    method, explained = best_method([each for each in found if each is not None], statement)
    tables = [each[method] if each is not None else None for each in found]
    if explained:
        exact = [exact_table(*pair, explained, method) for pair in zip(rows, tables, strict=True)]
        explained = replace(explained, rows=sum(table is not None for table in exact))
    findings = [patients_finding(statement, explained, f"odds ratios and {method} intervals")]
    believed = believable(statement, explained)
    for row, own in zip(rows, tables, strict=True):
        findings += check_row(row, statement, own, believed, method)
        findings += coherence(row, statement, "")
    for row in rows_of(publication, statement, "multivariate"):
        findings += coherence(row, statement, " (multivariable)")
    return findings, believed


def best_method(
    found: Sequence[Mapping[str, np.ndarray]], statement: Statement
) -> tuple[str, Explained | None]:
    """The kind of interval that explains more rows, and the numbers of patients behind it."""
    by_method = {}
    for method in two_by_two.METHODS:
        rows = [two_by_two.keys(tables[method]) for tables in found]
        by_method[method] = explain(rows, statement.n, statement.events)
    method = max(by_method, key=lambda name: by_method[name].rows if by_method[name] else 0)
    return method, by_method[method]


def exact_table(
    row: Row, tables: np.ndarray | None, explained: Explained, method: str
) -> np.ndarray | None:
    """The table of the explaining numbers that has the printed limits to the last digit."""
    if tables is None:
        return None
    for table in two_by_two.with_counts(tables, explained.n, explained.events):
        if two_by_two.is_exact(table, method, row.low, row.high):
            return table
    return None


def check_row(
    row: Row,
    statement: Statement,
    tables: np.ndarray | None,
    explained: Explained | None,
    method: str,
) -> list[Finding]:
    """The counts behind one row, and whether its P is theirs."""

    def made(check: str, recomputed: str, verdict: str, explanation: str = "", known=True):
        key = (explained.n, explained.events) if known and explained else (None, None)
        text = row.p.text if check == finding.P else row.text
        return Finding(
            *(statement.table, statement.cohort, row.name, check, text, recomputed, verdict),
            *(explanation, *key),
        )

    if tables is None:
        text = "not a comparison of two levels, so that its counts cannot be recovered"
        return [made(finding.COUNTS, "", UNKNOWN, text, known=False)]
    if explained is None:
        text = "no numbers of patients explain enough rows of this table"
        return [made(finding.COUNTS, "", UNKNOWN, text, known=False)]
    table = exact_table(row, tables, explained, method)
    if table is None:
        verdict = DISAGREES if row.two_levels == "2" else UNKNOWN
        return [made(finding.COUNTS, "", verdict, unexplained(row, tables, explained))]
    a, events, c, negatives = (int(count) for count in table)
    estimate = float(np.exp(two_by_two.log_odds_ratio(table[None])[0]))
    limits = interval(estimate, *two_by_two.limits(table, method))
    counts = f"{a}/{events} against {c}/{negatives}: {limits}"
    results = [made(finding.COUNTS, counts, AGREES)]
    if not row.p.missing:
        p = float(two_by_two.wald_p(table[None])[0])
        agrees = bool(row.p.fits(p))
        text = "" if agrees else "the P of these counts is another one; misprinted or cut short"
        results.append(made(finding.P, finding.exact_p(p), finding.verdict(agrees), text))
    return results


def unexplained(row: Row, tables: np.ndarray, explained: Explained) -> str:
    """Why a row has no counts on the patients that explain the others."""
    numbers = f"{explained.n} patients, {explained.events} positive"
    text = f"no whole counts of {numbers} give these numbers"
    if row.two_levels != "2":
        text += ": more than two levels or a measurement, or misprinted"
    fewer = two_by_two.share_of_missing(two_by_two.keys(tables), explained.n, explained.events)
    if fewer:
        text += f"; {fewer[0]} of them, {fewer[1]} positive, would, were the others missing"
    return text


def coherence(row: Row, statement: Statement, suffix: str) -> list[Finding]:
    """Whether an interval and its P can come from one fit.

    A profile likelihood interval is wider than Wald's on one side and, where it is lopsided,
    narrower on the other: so its halves bound the standard error behind P.
    """
    if not row.complete or row.p.missing or row.odds_ratio.low <= 0 or row.low.high <= 0:
        return []
    place = (statement.table, statement.cohort, row.name + suffix, finding.COHERENCE, row.text)
    estimate = row.odds_ratio.value
    if not row.low.low <= estimate <= row.high.high:
        text = "the interval does not hold its own estimate"
        return [Finding(*place, "", DISAGREES, text)]
    excludes_one = row.low.value > 1 or row.high.value < 1
    significant = row.p.high <= 0.05 if row.p.bounded else row.p.value <= 0.05
    clear = not (row.p.low < 0.05 < row.p.high) and 1 not in (row.low.value, row.high.value)
    p_range = p_of_interval(row)
    recomputed = f"P from {p_range[0]:.3f} to {p_range[1]:.3f}"
    if not row.p.meets(*p_range):
        text = "no standard error gives both this interval and this P: one of them is misprinted"
        return [Finding(*place, recomputed, DISAGREES, text)]
    if clear and excludes_one != significant:
        text = (
            f"the interval {'excludes' if excludes_one else 'includes'} 1 and P is "
            f"{'below' if significant else 'not below'} 0.05 (a profile likelihood interval and "
            "Wald’s P may differ so): the conclusion hangs on which is read"
        )
        return [Finding(*place, recomputed, DISAGREES, text)]
    return [Finding(*place, recomputed, AGREES)]


def p_of_interval(row: Row) -> tuple[float, float]:
    """The lowest and highest Wald P that go with an interval, whatever its rounding hides."""
    lowest, highest = np.log([max(row.odds_ratio.low, 1e-9), row.odds_ratio.high])
    halves = []  # lower and upper, each from its smallest to its largest, as standard errors
    for limit in (row.low, row.high):
        ends = np.log(np.maximum([limit.low, limit.high], 1e-9))
        gaps = np.abs(np.subtract.outer(ends, [lowest, highest])) / two_by_two.Z
        halves.append((gaps.min(), gaps.max()))
    narrow, wide = sorted(halves)
    lopsided = wide[0] > LOPSIDED * narrow[1]
    smallest = narrow[0] / (NARROW_OF_LOPSIDED if lopsided else NARROW)
    effects = np.abs([lowest, highest])
    least = 0.0 if lowest <= 0 <= highest else effects.min()
    return (
        float(2 * norm.sf(effects.max() / max(smallest, 1e-9))),
        float(2 * norm.sf(least / (wide[1] * WIDE))),
    )
