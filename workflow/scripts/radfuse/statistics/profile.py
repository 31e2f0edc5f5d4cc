"""Profile-likelihood intervals of a logistic regression, penalised where Firth's fit was used."""

import numpy as np
import pandas as pd
from scipy.interpolate import make_interp_spline
from scipy.optimize import brentq
from scipy.stats import chi2, norm

from radfuse.statistics.likelihood import Likelihood
from radfuse.statistics.logistic import LogisticFit, Standardised, as_arrays

DOUBLINGS = 60  # beyond 2^60 half-widths the profile counts as never reaching the limit


def profile_bound(
    likelihood: Likelihood, best: np.ndarray, position: int, direction: int, drop: float
) -> float:
    """Where the profile of one coefficient has fallen by `drop` below its maximum; ±inf if never.

    `best` maximises the likelihood; `direction` is -1 (lower bound) or +1.
    """
    free = np.delete(np.arange(len(best)), position)
    peak = likelihood.value(best)
    _, information = likelihood.score_and_information(best)
    covariance = np.linalg.pinv(information, hermitian=True)
    slope = covariance[:, position] / covariance[position, position]
    width = np.sqrt(2 * drop * covariance[position, position])
    known = {best[position]: (drop, best)}

    def remaining(value: float) -> float:
        if value not in known:
            nearest = min(known, key=lambda other: abs(other - value))
            start = known[nearest][1] + (value - nearest) * slope
            if not np.isfinite(likelihood.value(start)):
                return -drop
            solution, height = likelihood.maximum(start, free)
            known[value] = max(drop - (peak - height), -drop), solution
        return known[value][0]

    inner, distance = best[position], width
    for _ in range(DOUBLINGS):
        outer = best[position] + direction * distance
        if remaining(outer) < 0:
            break
        inner, distance = outer, 2 * distance
    else:
        return direction * np.inf
    return brentq(remaining, inner, outer, xtol=1e-11, rtol=1e-11)


def third_derivative(x: np.ndarray, z: np.ndarray) -> float:
    """That of the cubic through four points: 6 times their third divided difference."""
    for order in (1, 2, 3):
        z = np.diff(z) / (x[order:] - x[:-order])
    return 6 * float(z[0])


def interpolated_bounds(
    likelihood: Likelihood, best: np.ndarray, position: int, standard_error: float, level: float
) -> np.ndarray:
    """The interval (low, high) as R's `confint` finds it; NaN where its nine steps fall short.

    The signed root of the likelihood ratio is evaluated at steps of a fifth of its 1 - (1 - level)
    / 4 quantile, drawn as a cubic spline and read off by linear interpolation at three points per
    step (MASS, `profile.glm` and `confint.glm`). It is what published tables print, and
    may differ from the exact bound by some per cent of the interval where a profile is skewed.
    """
    free = np.delete(np.arange(len(best)), position)
    peak = likelihood.value(best)
    furthest = np.sqrt(chi2.ppf(1 - (1 - level) / 4, 1))
    values, roots = [best[position]], [0.0]
    for direction in (-1, 1):
        latest, root, step = best, 0.0, 0
        while step < 9 and abs(root) < furthest:
            step += 1
            start = latest.copy()
            start[position] = best[position] + direction * step * furthest / 5 * standard_error
            latest, height = likelihood.maximum(start, free)
            root = direction * np.sqrt(max(2 * (peak - height), 0.0))
            values.append(start[position])
            roots.append(root)
    order = np.argsort(values)
    x, z = np.array(values)[order], np.array(roots)[order]
    if len(x) < 4:
        return np.full(2, np.nan)
    # R's spline ends with the third derivatives of the cubics through its outermost four points
    ends = third_derivative(x[:4], z[:4]), third_derivative(x[-4:], z[-4:])
    spline = make_interp_spline(x, z, k=3, bc_type=([(3, ends[0])], [(3, ends[1])]))
    grid = np.linspace(x[0], x[-1], 3 * len(x))
    cut = norm.ppf((1 + level) / 2)
    return np.interp([-cut, cut], spline(grid), grid, left=np.nan, right=np.nan)


def profile_intervals(
    design: pd.DataFrame, outcome: np.ndarray, fit: LogisticFit, level: float = 0.95
) -> pd.DataFrame:
    """Intervals of the coefficients (log odds ratios) of a fit by `fit_logistic`.

    The values that a likelihood ratio test at 1 - `level` does not reject: for maximum likelihood
    as R's `confint` interpolates them, for Firth's method the exact limits of the penalised
    likelihood (Heinze and Schemper, Statistics in Medicine 2002;21:2409-2419). Returns columns
    low, high; one row per covariate; NaN where it is aliased, ±inf where the profile never falls.
    """
    values, classes = as_arrays(design, outcome)
    standard = Standardised.of(values)
    likelihood = Likelihood(standard.matrix, classes, fit.separated)
    # from the fit: a penalised likelihood may have other maxima
    start = np.linalg.lstsq(standard.to_original, fit.coefficients, rcond=None)[0]
    best, _ = likelihood.maximum(start)
    drop = chi2.ppf(level, 1) / 2
    intervals = np.full((len(fit.names), 2), np.nan)
    for position, column in enumerate(standard.independent, start=1):
        scale = standard.to_original[1 + column, position]
        bounds = np.full(2, np.nan)
        if not fit.separated:
            error = fit.standard_errors[1 + column] / scale
            bounds = interpolated_bounds(likelihood, best, position, error, level)
        for side, direction in enumerate((-1, 1)):
            if np.isnan(bounds[side]):
                bounds[side] = profile_bound(likelihood, best, position, direction, drop)
        intervals[column] = bounds * scale
    return pd.DataFrame(intervals, index=list(fit.names), columns=["low", "high"])
