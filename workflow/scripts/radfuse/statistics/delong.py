"""AUCs and their comparison by DeLong's method.

DeLong, DeLong, Clarke-Pearson, Biometrics 1988; 44: 837-845, with the placement values from
midranks: Sun, Xu, IEEE Signal Process Lett 2014; 21: 1389-1393, O(n log n).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata, t

NAN = float("nan")
# Placement values lie in [0, 1]; a variance below the square of their rounding error is zero.
ZERO_VARIANCE = 1e-24


class Comparison(NamedTuple):
    """AUC a, AUC b, a - b, the test statistic (normal z, or Welch's t when unpaired) and P."""

    auc_a: float
    auc_b: float
    difference: float
    statistic: float
    p: float


def placements(outcome: ArrayLike, probability: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Each positive's share of negatives below it, each negative's share of positives above it.

    Ties count one half. Both shares average to the AUC.
    """
    positive = np.asarray(outcome, dtype=float) == 1
    probability = np.asarray(probability, dtype=float)
    ranks = rankdata(probability)
    m, n = int(positive.sum()), int((~positive).sum())
    above = (ranks[positive] - rankdata(probability[positive])) / max(n, 1)
    below = 1 - (ranks[~positive] - rankdata(probability[~positive])) / max(m, 1)
    return above, below


def auc(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Area under the ROC curve; NaN when a class is missing."""
    above, below = placements(outcome, probability)
    return float(above.mean()) if len(above) and len(below) else NAN


def variance(above: np.ndarray, below: np.ndarray) -> float:
    """DeLong's variance of a mean placement; NaN with fewer than two patients in a class."""
    if min(len(above), len(below)) < 2:
        return NAN
    return float(above.var(ddof=1) / len(above) + below.var(ddof=1) / len(below))


def auc_interval(outcome: ArrayLike, probability: ArrayLike) -> tuple[float, float, float]:
    """AUC and its plain (untransformed) 95% interval, clipped to [0, 1].

    A perfect separation has variance 0, so that its interval is the point 1, as in pROC.
    """
    above, below = placements(outcome, probability)
    area = auc(outcome, probability)
    half = norm.ppf(0.975) * np.sqrt(variance(above, below))
    return area, float(np.clip(area - half, 0, 1)), float(np.clip(area + half, 0, 1))


def paired_variance(outcome: ArrayLike, a: ArrayLike, b: ArrayLike) -> float:
    """DeLong's variance of AUC a - AUC b in the same patients: that of the placements' differences
    is that of the AUCs less twice their covariance. NaN as `variance`."""
    above_a, below_a = placements(outcome, a)
    above_b, below_b = placements(outcome, b)
    return variance(above_a - above_b, below_a - below_b)


def paired_test(outcome: ArrayLike, a: ArrayLike, b: ArrayLike) -> Comparison:
    """Do the AUCs of two predictions of the same patients differ?

    Predictions that rank the patients alike have difference 0, z 0 and P 1. Where the difference
    has no variance without being 0 (two patients a class, or one prediction perfect and the
    other constant) z and P are NaN.
    """
    auc_a, auc_b = auc(outcome, a), auc(outcome, b)
    spread = paired_variance(outcome, a, b)
    difference = auc_a - auc_b
    if np.isnan(spread):
        return Comparison(auc_a, auc_b, difference, NAN, NAN)
    if spread < ZERO_VARIANCE:
        same = abs(difference) < 1e-12
        return Comparison(auc_a, auc_b, difference, *((0.0, 1.0) if same else (NAN, NAN)))
    z = difference / np.sqrt(spread)
    return Comparison(auc_a, auc_b, difference, float(z), float(2 * norm.sf(abs(z))))


def difference_interval(outcome: ArrayLike, a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """The plain 95% interval of AUC a - AUC b in the same patients, clipped to [-1, 1].

    NaN with fewer than two patients in a class; a point where the difference has no variance.
    """
    half = norm.ppf(0.975) * np.sqrt(paired_variance(outcome, a, b))
    difference = auc(outcome, a) - auc(outcome, b)
    low, high = np.clip([difference - half, difference + half], -1, 1)
    return float(low), float(high)


def unpaired_test(
    outcome_a: ArrayLike, a: ArrayLike, outcome_b: ArrayLike, b: ArrayLike
) -> tuple[Comparison, float]:
    """Do the AUCs in two separate groups of patients differ? The comparison, and its df.

    As pROC: the difference over its standard error against Student's t with Welch-Satterthwaite
    degrees of freedom n_a + n_b patients provide. NaN where either variance is undefined or both 0.
    """
    auc_a, auc_b = auc(outcome_a, a), auc(outcome_b, b)
    variance_a = variance(*placements(outcome_a, a))
    variance_b = variance(*placements(outcome_b, b))
    total = variance_a + variance_b
    if not total > ZERO_VARIANCE:
        return Comparison(auc_a, auc_b, auc_a - auc_b, NAN, NAN), NAN
    statistic = (auc_a - auc_b) / np.sqrt(total)
    freedom = total**2 / (
        variance_a**2 / (len(np.asarray(outcome_a)) - 1)
        + variance_b**2 / (len(np.asarray(outcome_b)) - 1)
    )
    p = 2 * t.sf(abs(statistic), freedom)
    return Comparison(auc_a, auc_b, auc_a - auc_b, float(statistic), float(p)), float(freedom)


def holm(p: ArrayLike) -> np.ndarray:
    """Holm's step-down adjusted P values (Scand J Stat 1979; 6: 65-70); NaN stays, uncounted."""
    p = np.asarray(p, dtype=float)
    adjusted = np.full(p.shape, NAN)
    order = np.argsort(p, kind="stable")[: int(np.sum(~np.isnan(p)))]
    stepped = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted
