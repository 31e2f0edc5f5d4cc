"""The four cells behind a row of printed rates: sensitivity, specificity and the others."""

from collections.abc import Iterable, Mapping

import numpy as np

from radfuse.audit.printed import Printed


def proportions(cells: np.ndarray) -> dict[str, np.ndarray]:
    """Rates of (k, 4) cells tp, fp, fn, tn; NaN where a rate has no denominator."""
    tp, fp, fn, tn = cells.T.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "accuracy": (tp + tn) / (tp + fp + fn + tn),
            "sensitivity": tp / (tp + fn),
            "specificity": tn / (tn + fp),
            "ppv": tp / (tp + fp),
            "npv": tn / (tn + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
        }


def counts_of(rate: Printed, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(index into totals, count) of all counts whose share of a total is printed so."""
    first = np.ceil(totals * max(rate.low, 0.0) - 1e-9).astype(int)
    last = np.floor(totals * min(rate.high, 1.0) + 1e-9).astype(int)
    steps = np.arange(int((last - first).max(initial=-1)) + 1)
    counts = first[:, None] + steps
    index, step = np.nonzero(counts <= last[:, None])
    return index, counts[index, step]


def solutions(printed: Mapping[str, Printed], sizes: Iterable[int]) -> np.ndarray:
    """All cells (k, 4) tp, fp, fn, tn of these numbers of patients with every printed rate.

    `printed` must have sensitivity and specificity; rates that are not printed do not matter.
    """
    found = [np.empty((0, 4), dtype=int)]
    for n in sizes:
        events = np.arange(1, n)
        index, tp = counts_of(printed["sensitivity"], events)
        positives = events[index]
        again, tn = counts_of(printed["specificity"], n - positives)
        tp, positives = tp[again], positives[again]
        found.append(np.column_stack([tp, n - positives - tn, positives - tp, tn]))
    cells = np.concatenate(found)
    rates = proportions(cells)
    for name, rate in printed.items():
        if name in rates and not rate.missing:
            cells, rates = kept(cells, rates, rate.fits(rates[name]))
    return cells


def kept(
    cells: np.ndarray, rates: dict[str, np.ndarray], fits: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    return cells[fits], {name: values[fits] for name, values in rates.items()}


def keys(cells: np.ndarray) -> set[tuple[int, int]]:
    """The numbers of patients and of positive ones (n, events) among cells."""
    return {(int(each.sum()), int(each[0] + each[2])) for each in cells}


def auc_range(sensitivity: float, specificity: float) -> tuple[float, float]:
    """The AUCs of all ROC curves that pass through one point."""
    return sensitivity * specificity, 1 - (1 - sensitivity) * (1 - specificity)


def largest_auc(youden: float) -> float:
    """The largest AUC of a ROC curve whose largest J is `youden`.

    No point of the curve lies above sensitivity = 1 - specificity + J, so the area is at most
    that under this line, cut at 1: 1 - (1 - J)^2 / 2.
    """
    return 1 - (1 - youden) ** 2 / 2


def least_youden(auc: float) -> float:
    """The largest J that a ROC curve of this area must have at least: the inverse."""
    return 1 - np.sqrt(2 * (1 - auc))
