"""Performance at a threshold: Youden's choice on training patients, the four cells, their rates.

A probability at or above the threshold is a positive call. Intervals are at 95%.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest

RATES = ("accuracy", "sensitivity", "specificity", "ppv", "npv", "f1")


def youden_threshold(outcome: ArrayLike, probability: ArrayLike) -> tuple[float, float]:
    """The threshold that maximises J = sensitivity + specificity - 1, and that J.

    Candidates are the midpoints between consecutive distinct probabilities, as in pROC's
    `coords(x = "best")`, and the lowest probability less one part in 10^9, at which everyone is
    positive and J is 0: so constant probabilities give that value and 0. Of equally good ones the
    lowest is taken, which is the most sensitive. NaN for both when a class is missing.
    """
    positive = np.asarray(outcome, dtype=float) == 1
    probability = twelve_digits(probability)
    if positive.all() or not positive.any():
        return float("nan"), float("nan")
    distinct = np.unique(probability)
    midpoints = (distinct[:-1] + distinct[1:]) / 2
    # The margin: a probability recomputed from a model's rounded numbers must stay positive.
    candidates = np.concatenate([distinct[:1] * (1 - 1e-9), midpoints])
    positives, negatives = np.sort(probability[positive]), np.sort(probability[~positive])
    true_positives = len(positives) - np.searchsorted(positives, candidates)
    true_negatives = np.searchsorted(negatives, candidates)
    # Compared as integers, J's exact ties stay ties.
    scaled = true_positives * len(negatives) + true_negatives * len(positives)
    best = int(np.argmax(scaled))
    youden = scaled[best] / (len(positives) * len(negatives)) - 1
    return float(candidates[best]), float(youden)


def twelve_digits(values: ArrayLike) -> np.ndarray:
    """Values as a written table carries them: patients who tie there tie here."""
    return np.array([float(f"{value:.12g}") for value in np.asarray(values, dtype=float)])


def confusion(
    outcome: ArrayLike, probability: ArrayLike, threshold: float
) -> tuple[int, int, int, int]:
    """True positives, false positives, false negatives, true negatives."""
    positive = np.asarray(outcome, dtype=float) == 1
    called = np.asarray(probability, dtype=float) >= threshold
    return (
        int(np.sum(called & positive)),
        int(np.sum(called & ~positive)),
        int(np.sum(~called & positive)),
        int(np.sum(~called & ~positive)),
    )


def wilson(successes: int, total: int) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927); NaN when `total` is 0."""
    if total == 0:
        return float("nan"), float("nan")
    interval = binomtest(int(successes), int(total)).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def f1_interval(
    tp: int, fp: int, fn: int, tn: int, *, bootstrap: int, seed: int
) -> tuple[float, float]:
    """Percentile bootstrap interval of F1 over `bootstrap` resamples of the patients.

    F1 depends on the four cells alone, so resampling patients is one multinomial draw of the
    cells. Resamples in which F1 is undefined are left out; NaN where F1 itself is undefined.
    """
    if tp + fp + fn == 0:
        return float("nan"), float("nan")
    cells = np.array([tp, fp, fn, tn])
    drawn = np.random.default_rng(seed).multinomial(cells.sum(), cells / cells.sum(), bootstrap)
    denominators = 2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2]
    defined = denominators > 0
    low, high = np.quantile(2 * drawn[defined, 0] / denominators[defined], [0.025, 0.975])
    return float(low), float(high)


def rates(
    tp: int, fp: int, fn: int, tn: int, *, bootstrap: int = 1000, seed: int = 1
) -> dict[str, float]:
    """Each of RATES with `<name>_low` and `<name>_high`: Wilson's interval, F1's by bootstrap.

    A rate without a denominator (PPV where nobody is called positive) is NaN.
    """
    fractions = {
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
    }
    found: dict[str, float] = {}
    for name, (successes, total) in fractions.items():
        found[name] = successes / total if total else float("nan")
        found[f"{name}_low"], found[f"{name}_high"] = wilson(successes, total)
    denominator = 2 * tp + fp + fn
    found["f1"] = 2 * tp / denominator if denominator else float("nan")
    found["f1_low"], found["f1_high"] = f1_interval(tp, fp, fn, tn, bootstrap=bootstrap, seed=seed)
    return found
