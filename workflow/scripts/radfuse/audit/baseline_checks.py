"""Baseline tables: the test behind a P of means, whether it suits them, and whole counts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radfuse.audit import finding
from radfuse.audit.explaining import Explained, explain
from radfuse.audit.facts import Publication, Statement, printed
from radfuse.audit.finding import AGREES, DISAGREES, UNKNOWN, Finding, exact_p
from radfuse.audit.patients import believable, patients_finding
from radfuse.audit.printed import Printed
from radfuse.audit.summaries import (
    STUDENT,
    WELCH,
    Summary,
    count_of_percentage,
    counts_p,
    fullest_total,
    is_skewed,
    t_test_p,
)

MISSING = 0.1  # share of a group that may lack a value, when percentages have no whole counts


def summaries_of(row: Mapping[str, str], statement: Statement) -> tuple[Summary, Summary]:
    """(mean, SD) as printed, of the negative and of the positive patients."""
    return tuple(
        tuple(printed(row, f"{statement.cohort}_{group}_{piece}") for piece in ("mean", "sd"))
        for group in (statement.negative, statement.positive)
    )


def check_means(
    publication: Publication, statement: Statement
) -> tuple[list[Finding], Explained | None]:
    """All findings of one cohort's means, and the group sizes that explain their P values."""
    rows = []
    for row in publication.rows_of(statement).to_dict("records"):
        negative, positive = summaries_of(row, statement)
        p = printed(row, f"{statement.cohort}_p")
        if not any(each.missing for each in (*negative, *positive, p)):
            rows.append((row["variable"], negative, positive, p))
    by_test = {
        test: explain(
            [sizes_that_explain(*row[1:], statement.n, test) for row in rows],
            statement.n,
            statement.events,
        )
        for test in (STUDENT, WELCH)
    }
    test = max(by_test, key=lambda name: by_test[name].rows if by_test[name] else 0)
    explained = by_test[test]
    findings = [patients_finding(statement, explained, f"P values of the means by {test}")]
    for row in rows:
        findings += check_mean(*row, statement)
    return findings, believable(statement, explained)


def sizes_that_explain(
    negative: Summary, positive: Summary, p: Printed, n: int, test: str
) -> set[tuple[int, int]]:
    """The numbers (n, events), of `n` patients, with which a t-test gives the printed P."""
    return {
        (n, events)
        for events in range(2, n - 1)
        if p.meets(*t_test_p(negative, positive, (n - events, events), test)[1:])
    }


def check_mean(
    name: str, negative: Summary, positive: Summary, p: Printed, statement: Statement
) -> list[Finding]:
    """Which t-test the printed P is, and whether the other one would say the opposite."""
    sizes = (statement.n - statement.events, statement.events)
    found = {test: t_test_p(negative, positive, sizes, test) for test in (STUDENT, WELCH)}
    texts = " against ".join(f"{mean.text} ± {sd.text}" for mean, sd in (negative, positive))
    place = (statement.table, statement.cohort, name)
    key = (statement.n, statement.events)
    recomputed = ", ".join(f"{test} {exact_p(values[0])}" for test, values in found.items())
    matching = [test for test, (_, low, high) in found.items() if p.meets(low, high)]
    text = f"P is that of {' or '.join(matching)}" if matching else "no t-test gives this P"
    verdict = finding.verdict(bool(matching))
    shown = f"{texts}, P {p.text}"
    findings = [Finding(*place, finding.P, shown, recomputed, verdict, text, *key)]
    return findings + choice_of_test(place, negative, positive, p, found[WELCH], matching, key)


def choice_of_test(
    place: tuple[str, str, str],
    negative: Summary,
    positive: Summary,
    p: Printed,
    welch: tuple[float, float, float],
    matching: list[str],
    key: tuple[int, int],
) -> list[Finding]:
    """Whether Welch's t, which does not need equal SDs, crosses 0.05; and skewness."""
    skewed = is_skewed(negative) or is_skewed(positive)
    why = "an SD is larger than its mean: skewed, for a rank test" if skewed else ""
    printed_significant = p.high <= 0.05 if p.bounded else p.value <= 0.05
    reversed_ = WELCH not in matching and (
        welch[1] > 0.05 if printed_significant else welch[2] < 0.05
    )
    shown, recomputed = f"P {p.text}", f"{WELCH} {exact_p(welch[0])}"
    if reversed_:
        text = "the SDs differ, and Welch’s t comes to the opposite conclusion at 0.05"
        text += f"; {why}" if why else ""
        return [Finding(*place, finding.TEST, shown, recomputed, DISAGREES, text, *key)]
    if skewed:
        return [Finding(*place, finding.TEST, shown, recomputed, UNKNOWN, why, *key)]
    return []


def check_percentages(publication: Publication, statement: Statement) -> list[Finding]:
    """All findings of one cohort's percentages: whole counts, and the P of each variable."""
    findings = []
    rows = publication.rows_of(statement)
    for name, levels in rows.groupby("variable", sort=False):
        findings += check_variable(str(name), levels, statement)
    return findings


def check_variable(name: str, levels: pd.DataFrame, statement: Statement) -> list[Finding]:
    """Whether a variable's percentages are whole counts of the stated groups, and its P."""
    records = levels.to_dict("records")
    groups = {statement.negative: statement.n - statement.events}
    groups[statement.positive] = statement.events
    findings, counts = [], []
    for group, total in groups.items():
        column = f"{statement.cohort}_{group}_percent"
        values = [printed(row, column) for row in records]
        if any(value.missing for value in values):
            return []
        whole = all(count_of_percentage(value, total) for value in values)
        fullest = fullest_total(values, total, int(np.ceil(total * (1 - MISSING))))
        findings.append(percentage_finding(name, group, records, values, whole, fullest, statement))
        size = fullest or total
        counts.append([nearest_count(value, size) for value in values])
    p = printed(records[0], f"{statement.cohort}_p")
    return findings + p_finding(name, p, np.array(counts).T, statement)


def nearest_count(percentage: Printed, total: int) -> int:
    return round(percentage.value * total / 100)


def percentage_finding(
    name: str,
    group: str,
    records: list[dict],
    values: list[Printed],
    whole: bool,
    fullest: int | None,
    statement: Statement,
) -> Finding:
    """Whether whole counts of a group have the printed percentages, and of how many patients."""
    total = statement.events if group == statement.positive else statement.n - statement.events
    shown = ", ".join(
        f"{row['level']} {value.text}%" for row, value in zip(records, values, strict=True)
    )
    size = fullest or total
    counts = ", ".join(f"{nearest_count(value, size)}/{size}" for value in values)
    text = "" if whole else f"no whole counts of {total} patients give these percentages"
    if not whole and fullest:
        text += f"; those of {fullest} would, were {total - fullest} missing and not said"
    place = (statement.table, statement.cohort, f"{name}, {group}", finding.PERCENTAGE)
    verdict = finding.verdict(whole)
    return Finding(*place, shown, counts, verdict, text, statement.n, statement.events)


def p_finding(name: str, p: Printed, counts: np.ndarray, statement: Statement) -> list[Finding]:
    """Which test of the counts the printed P is."""
    found = counts_p(counts)
    if p.missing or not found:
        return []
    matching = [test for test, value in found.items() if p.fits(value)]
    recomputed = ", ".join(f"{test} {exact_p(value)}" for test, value in found.items())
    text = f"P is that of {' or '.join(matching)}" if matching else "none of the tests gives this P"
    place = (statement.table, statement.cohort, name, finding.P, f"P {p.text}", recomputed)
    verdict = AGREES if matching else DISAGREES
    return [Finding(*place, verdict, text, statement.n, statement.events)]
