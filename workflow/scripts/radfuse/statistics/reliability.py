"""Agreement of readers: intraclass correlation of measurements, Cohen's kappa of categories."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import norm

# patients random; 1 = raters differ by patient, 2 = random raters, absolute agreement, 3 = fixed
# raters, consistency; of a single measure or of the mean of k
FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")


@dataclass(frozen=True)
class Agreement:
    """Estimates with confidence limits; floats, or one array element per feature."""

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray


def intraclass(ratings: np.ndarray, form: str = "ICC(2,1)", level: float = 0.95) -> Agreement:
    """Intraclass correlation in one of the six forms of Shrout and Fleiss (see FORMS).

    `ratings` is (patients, raters, features) without missing values; the results are (features,).
    Shrout and Fleiss, Psychological Bulletin 1979;86:420-428; limits by McGraw and Wong,
    Psychological Methods 1996;1:30-46 (ICC(2,.) by Satterthwaite's approximation), as psych and
    pingouin have them. The mean of k raters follows from one by Spearman and Brown, which turns a
    single measure's value of -1 / (k - 1) or less, as a few patients may give, into nonsense: NaN.
    NaN too where all ratings are equal or there are fewer than two patients or raters. Raises
    ValueError where values are missing, or the form is none.
    """
    if form not in FORMS:
        raise ValueError(f"'{form}' is none of {', '.join(FORMS)}")
    values = np.asarray(ratings, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("ratings have missing or infinite values")
    n, k, features = values.shape
    if n < 2 or k < 2:
        return Agreement(*np.full((3, features), np.nan))
    squares = mean_squares(values)
    limits = {"1": one_way, "2": agreement_limits, "3": consistency}[form[4]]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.array(limits(squares, n, k, level))
        if form.endswith("k)"):
            found[found <= -1 / (k - 1)] = np.nan
            found = k * found / (1 + (k - 1) * found)
    found[:, (values == values[:, :1]).all(axis=(0, 1))] = 1.0  # the raters' numbers are the same
    found[:, np.ptp(values, axis=(0, 1)) == 0] = np.nan
    return Agreement(*found)


@dataclass(frozen=True)
class MeanSquares:
    """Of a two-way analysis of variance without replication, per feature; `within` = one-way."""

    between: np.ndarray
    rater: np.ndarray
    error: np.ndarray
    within: np.ndarray


def mean_squares(values: np.ndarray) -> MeanSquares:
    """`values` (patients, raters, features)."""
    n, k, _ = values.shape
    values = values - values.mean(axis=(0, 1))
    patients, raters = values.mean(axis=1), values.mean(axis=0)
    residual = values - patients[:, None, :] - raters[None, :, :] + values.mean(axis=(0, 1))
    error, rater = (residual**2).sum(axis=(0, 1)), n * (raters**2).sum(axis=0)
    return MeanSquares(
        between=k * (patients**2).sum(axis=0) / (n - 1),
        rater=rater / (k - 1),
        error=error / ((n - 1) * (k - 1)),
        within=(error + rater) / (n * (k - 1)),
    )


Limits = tuple[np.ndarray, np.ndarray, np.ndarray]  # estimate, low, high


def by_f_ratio(
    between: np.ndarray, noise: np.ndarray, n: int, freedom: int, k: int, level: float
) -> Limits:
    """Forms 1 and 3: the ICC of an F ratio, and those of its limits; 1 where there is no noise."""
    tail = (1 + level) / 2
    above = f_distribution.ppf(tail, n - 1, freedom)
    below = 1 / f_distribution.ppf(tail, freedom, n - 1)
    return tuple(
        (between - times * noise) / (between + (k - 1) * times * noise)
        for times in (1.0, above, below)
    )


def one_way(squares: MeanSquares, n: int, k: int, level: float) -> Limits:
    return by_f_ratio(squares.between, squares.within, n, n * (k - 1), k, level)


def consistency(squares: MeanSquares, n: int, k: int, level: float) -> Limits:
    return by_f_ratio(squares.between, squares.error, n, (n - 1) * (k - 1), k, level)


def agreement_limits(squares: MeanSquares, n: int, k: int, level: float) -> Limits:
    between, rater, error = squares.between, squares.rater, squares.error
    estimate = (between - error) / (between + (k - 1) * error + k * (rater - error) / n)
    other = error * (n * (1 + (k - 1) * estimate) - k * estimate)
    bias = k * estimate * rater
    denominator = (n - 1) * (k - 1) * (bias + other) ** 2 / ((n - 1) * bias**2 + other**2)
    above = f_distribution.ppf((1 + level) / 2, n - 1, denominator)
    below = f_distribution.ppf((1 + level) / 2, denominator, n - 1)
    raters_and_error = k * rater + (k * n - k - n) * error
    low = n * (between - above * error) / (above * raters_and_error + n * between)
    high = n * (below * between - error) / (raters_and_error + n * below * between)
    return estimate, low, high


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
    if np.trace(counts) == n:
        variance = 0.0  # whatever rounding leaves
    margin = norm.ppf((1 + level) / 2) * np.sqrt(max(variance, 0.0) / n) / (1 - expected) ** 2
    return Agreement(float(kappa), float(kappa - margin), float(kappa + margin))
