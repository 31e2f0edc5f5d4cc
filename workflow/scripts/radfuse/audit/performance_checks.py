"""Tables of performance: the four cells behind the rates, and what they say about the AUC."""

from collections.abc import Mapping, Sequence

import numpy as np

from radfuse.audit import finding, four_cells
from radfuse.audit.explaining import Explained, explain
from radfuse.audit.facts import RATES, Publication, Statement, printed
from radfuse.audit.finding import DISAGREES, UNKNOWN, Finding
from radfuse.audit.patients import believable, patients_finding
from radfuse.audit.printed import Printed
from radfuse.formatting import number
from radfuse.statistics.performance import rates

Rates = Mapping[str, Printed]


def check_performance(
    publication: Publication, statement: Statement, sizes: Sequence[int]
) -> tuple[list[Finding], Explained | None]:
    """All findings of one cohort's rows, and the numbers of patients that explain them."""
    rows = publication.rows_of(statement).to_dict("records")
    known = {row["model"]: {name: printed(row, name) for name in ("auc", *RATES)} for row in rows}
    found = {
        model: four_cells.solutions(row, sizes)
        for model, row in known.items()
        if not (row["sensitivity"].missing or row["specificity"].missing)
    }
    explained = explain(list(map(four_cells.keys, found.values())), statement.n, statement.events)
    findings = [patients_finding(statement, explained, "rates")]
    believed = believable(statement, explained)
    for model, cells in found.items():
        findings.append(check_cells(model, known[model], statement, cells, believed))
        findings += check_auc(model, known[model], statement)
    return findings, believed


def shown(row: Rates) -> str:
    """The printed rates in words."""
    return ", ".join(f"{name} {row[name].text}" for name in RATES if not row[name].missing)


def check_cells(
    model: str, row: Rates, statement: Statement, cells: np.ndarray, explained: Explained | None
) -> Finding:
    """The four cells of one row, on the patients that explain the table, else on those stated."""
    stated = (statement.n, statement.events)
    n, events = (explained.n, explained.events) if explained else stated
    place = (statement.table, statement.cohort, model, finding.COUNTS, shown(row))
    if n is None or events is None:
        return Finding(*place, "", UNKNOWN, "no numbers of patients are stated, or explain it")
    fitting = cells[(cells.sum(axis=1) == n) & (cells[:, 0] + cells[:, 2] == events)]
    if not len(fitting):
        text = f"no whole counts of {n} patients, {events} positive, give all these rates"
        return Finding(*place, "", DISAGREES, text, n, events)
    tp, fp, fn, tn = (int(count) for count in fitting[0])
    again = rates(tp, fp, fn, tn, bootstrap=1)
    digits = ", ".join(f"{name} {number(again[name])}" for name in RATES if not row[name].missing)
    text = f"TP {tp}, FP {fp}, FN {fn}, TN {tn}: {digits}"
    explanation = "" if len(fitting) == 1 else f"one of {len(fitting)} solutions"
    return Finding(*place, text, finding.AGREES, explanation, n, events)


def check_auc(model: str, row: Rates, statement: Statement) -> list[Finding]:
    """Whether a ROC curve of the printed area can pass through the printed point, and whether
    that point can be the one of the largest J, where the threshold was chosen on this cohort."""
    auc, sensitivity, specificity = row["auc"], row["sensitivity"], row["specificity"]
    if auc.missing:
        return []
    low, _ = four_cells.auc_range(max(sensitivity.low, 0), max(specificity.low, 0))
    _, high = four_cells.auc_range(min(sensitivity.high, 1), min(specificity.high, 1))
    place = (statement.table, statement.cohort, model)
    point = f"{auc.text} at sensitivity {sensitivity.text}, specificity {specificity.text}"
    possible = auc.meets(low, high)
    text = "" if possible else "no ROC curve of this area passes through this point"
    span = f"from {low:.3f} to {high:.3f}"
    findings = [Finding(*place, finding.AUC, point, span, finding.verdict(possible), text)]
    highest = sensitivity.high + specificity.high - 1
    if statement.threshold and auc.low > four_cells.largest_auc(min(highest, 1.0)):
        findings.append(not_youden(place, row, statement, point))
    return findings


def not_youden(
    place: tuple[str, str, str], row: Rates, statement: Statement, point: str
) -> Finding:
    """A point that is not where J is largest: refuted where the study says that it is."""
    least = four_cells.least_youden(row["auc"].low)
    youden = row["sensitivity"].value + row["specificity"].value - 1
    text = (
        f"a ROC curve of this area has a point where J (sensitivity + specificity − 1) is at least "
        f"{least:.3f}; here it is {youden:.3f}, so this threshold is not Youden’s on this cohort"
    )
    claimed = statement.threshold.lower() == "youden"
    verdict = DISAGREES if claimed else UNKNOWN
    text += "" if claimed else ": the study has to say how it was chosen, and on whom"
    return Finding(*place, finding.THRESHOLD, point, f"J of {least:.3f} or more", verdict, text)
