"""Profile-likelihood intervals of a logistic regression, penalised where Firth's fit was used."""

import numpy as np
import pandas as pd
from scipy.interpolate import make_interp_spline
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2, norm

from radfuse.logistic import LogisticFit, Standardised, as_arrays

DOUBLINGS = 60  # beyond 2^60 half-widths the profile counts as never reaching the limit


class Likelihood:
    """The log-likelihood, Firth's where `penalised`, of a standardised design (n, 1 + p')."""

    def __init__(self, design: np.ndarray, outcome: np.ndarray, penalised: bool) -> None:
        self.design, self.outcome, self.penalised = design, outcome, penalised

    def value(self, coefficients: np.ndarray) -> float:
        log_odds = self.design @ coefficients
        signed = np.where(self.outcome == 1, -log_odds, log_odds)
        total = -np.logaddexp(0.0, signed).sum()
        if self.penalised:
            weights = expit(log_odds) * expit(-log_odds)
            sign, log_determinant = np.linalg.slogdet((self.design.T * weights) @ self.design)
            return total + log_determinant / 2 if sign > 0 else -np.inf
        return total

    def score_and_information(self, coefficients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The score is modified by Firth's h (1/2 - probability) where the likelihood is."""
        log_odds = self.design @ coefficients
        probability = expit(log_odds)
        weights = probability * expit(-log_odds)
        information = (self.design.T * weights) @ self.design
        residual = self.outcome - probability
        if self.penalised:
            leverage = (self.design @ np.linalg.pinv(information) * self.design).sum(axis=1)
            residual = residual + weights * leverage * (0.5 - probability)
        return self.design.T @ residual, information

    def maximum(self, start: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, float]:
        """Fisher scoring with step halving over the coefficients `free`; the others stay put."""
        coefficients, value = start.copy(), self.value(start)
        for _ in range(1000):
            score, information = self.score_and_information(coefficients)
            step = np.zeros_like(coefficients)
            step[free] = np.linalg.lstsq(information[np.ix_(free, free)], score[free], rcond=None)[
                0
            ]
            gain = score @ step
            if not gain > 1e-14 * (1 + abs(value)):
                break
            size = min(1.0, 5.0 / np.abs(step).max())
            while size > 1e-9 and not self.value(coefficients + size * step) > value:
                size /= 2
            if size <= 1e-9:
                break
            coefficients = coefficients + size * step
            value = self.value(coefficients)
        return coefficients, value


def profile_bound(
    likelihood: Likelihood, best: np.ndarray, position: int, direction: int, drop: float
) -> float:
    """Where the profile of one coefficient has fallen by `drop` below its maximum; ±inf if never.

    `best` maximises the likelihood; `direction` is -1 (lower bound) or +1.
    """
    free = np.delete(np.arange(len(best)), position)
    peak = likelihood.value(best)
    _, information = likelihood.score_and_information(best)
    width = np.sqrt(2 * drop * np.linalg.inv(information)[position, position])
    latest = best

    def remaining(value: float) -> float:
        nonlocal latest
        start = latest.copy()
        start[position] = value
        if not np.isfinite(likelihood.value(start)):
            return -np.inf
        latest, height = likelihood.maximum(start, free)
        return drop - (peak - height)

    inner, distance = best[position], width
    for _ in range(DOUBLINGS):
        outer = best[position] + direction * distance
        if remaining(outer) < 0:
            break
        inner, distance = outer, 2 * distance
    else:
        return direction * np.inf
    latest = best
    return brentq(remaining, inner, outer, xtol=1e-11, rtol=1e-11)


def interpolated_bounds(
    likelihood: Likelihood, best: np.ndarray, position: int, standard_error: float, level: float
) -> np.ndarray:
    """The interval (low, high) as R's `confint` finds it; NaN where its nine steps fall short.

    The signed root of the likelihood ratio is evaluated at steps of a fifth of its 1 - (1 - level)
    / 4 quantile, drawn as a cubic spline and read off by linear interpolation at three points per
    step (MASS, `profile.glm` and `confint.glm`). It differs from the exact bound by less than
    0.1%, and is what published tables print.
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
    # R's spline ends with the third derivative of the cubic through the four outermost points
    ends = [
        6 * np.polyfit(x[part] - x[part].mean(), z[part], 3)[0] for part in (np.s_[:4], np.s_[-4:])
    ]
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
    parameters = standard.matrix.shape[1]
    best, _ = likelihood.maximum(np.zeros(parameters), np.arange(parameters))
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
