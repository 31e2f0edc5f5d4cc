"""Agreement of readers: intraclass correlation of measurements, Cohen's kappa of categories."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import norm


@dataclass(frozen=True)
class Agreement:
    """Estimates with confidence limits; floats, or one array element per feature."""

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray


def icc_agreement(ratings: np.ndarray, level: float = 0.95) -> Agreement:
    """ICC(2,1): two-way random effects, absolute agreement, single measure.

    `ratings` is (patients, raters, features) without missing values; the results are (features,).
    Shrout and Fleiss, Psychological Bulletin 1979;86:420-428, ICC(2,1); limits by Satterthwaite's
    approximation, McGraw and Wong, Psychological Methods 1996;1:30-46, ICC(A,1), as psych and
    pingouin have them. NaN where all ratings are equal or there are fewer than two patients or
    raters. Raises ValueError where values are missing.
    """
    values = np.asarray(ratings, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("ratings have missing or infinite values")
    n, k, features = values.shape
    if n < 2 or k < 2:
        return Agreement(*np.full((3, features), np.nan))
    values = values - values.mean(axis=(0, 1))
    patients, raters = values.mean(axis=1), values.mean(axis=0)
    residual = values - patients[:, None, :] - raters[None, :, :] + values.mean(axis=(0, 1))
    between = k * (patients**2).sum(axis=0) / (n - 1)
    rater = n * (raters**2).sum(axis=0) / (k - 1)
    freedom = (n - 1) * (k - 1)
    error = (residual**2).sum(axis=(0, 1)) / freedom
    constant = np.ptp(values, axis=(0, 1)) == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        icc = (between - error) / (between + (k - 1) * error + k * (rater - error) / n)
        other = error * (n * (1 + (k - 1) * icc) - k * icc)
        bias = k * icc * rater
        denominator = freedom * (bias + other) ** 2 / ((n - 1) * bias**2 + other**2)
        above = f_distribution.ppf((1 + level) / 2, n - 1, denominator)
        below = f_distribution.ppf((1 + level) / 2, denominator, n - 1)
        raters_and_error = k * rater + (k * n - k - n) * error
        low = n * (between - above * error) / (above * raters_and_error + n * between)
        high = n * (below * between - error) / (raters_and_error + n * below * between)
    identical = ~constant & (error == 0) & (rater == 0)
    icc[constant] = low[constant] = high[constant] = np.nan
    low[identical] = high[identical] = 1.0
    return Agreement(icc, low, high)


def agreement_weights(size: int, weights: str | None) -> np.ndarray:
    """Agreement credited to each pair of ordered categories: 1 on the diagonal, 0 at the ends."""
    if weights not in (None, "linear", "quadratic"):
        raise ValueError(f"weights '{weights}' are none of None, linear, quadratic")
    if weights is None or size < 2:
        return np.eye(size)
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) / (size - 1)
    return 1 - (distance if weights == "linear" else distance**2)


def cohen_kappa(
    first: Sequence,
    second: Sequence,
    categories: Sequence | None = None,
    weights: str | None = None,
    level: float = 0.95,
) -> Agreement:
    """Cohen's kappa of two readers, weighted by the places of the categories in their order.

    `categories` default to the sorted codes in use. The limits are the estimate ± z standard
    errors for large samples, not confined to [-1, 1] (Fleiss, Cohen and Everitt, Psychological
    Bulletin 1969;72:323-327, equations 8 and 13), as statsmodels and R's vcd have them. R's psych
    agrees without weights; with weights its limits are too narrow: where the formula averages the
    weights over reader 1's shares it multiplies each share by a sum of weights. NaN where nobody
    was read or both readers used one and the same category only. ValueError: a code that is no
    category.
    """
    known = sorted({*first, *second}) if categories is None else list(categories)
    place = {code: position for position, code in enumerate(known)}
    unknown = {*first, *second} - place.keys()
    if unknown or len(first) != len(second):
        raise ValueError(f"codes that are no category: {unknown}, or readers of unequal length")
    n = len(first)
    counts = np.zeros((len(known), len(known)))
    for a, b in zip(first, second, strict=True):
        counts[place[a], place[b]] += 1
    if n == 0 or counts.max() == n == np.trace(counts):
        return Agreement(np.nan, np.nan, np.nan)
    share = counts / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    credit = agreement_weights(len(known), weights)
    observed = (credit * share).sum()
    expected = (credit * np.outer(rows, columns)).sum()
    kappa = (observed - expected) / (1 - expected)
    mean_credit = np.add.outer(credit @ columns, rows @ credit)
    spread = share * (credit * (1 - expected) - mean_credit * (1 - observed)) ** 2
    variance = spread.sum() - (observed * expected - 2 * expected + observed) ** 2
    margin = norm.ppf((1 + level) / 2) * np.sqrt(max(variance, 0.0) / n) / (1 - expected) ** 2
    return Agreement(float(kappa), float(kappa - margin), float(kappa + margin))
