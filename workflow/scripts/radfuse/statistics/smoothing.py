"""The calibration curve without groups: the outcome as a smooth function of the predicted risk.

Logistic regression of the outcome on a restricted cubic spline of logit(predicted), as in Austin,
Harrell, van Klaveren, Stat Med 2020; 39: 2714-2742, with the three knots that Harrell gives
(Regression Modeling Strategies, 2nd ed., 2.4.6): the 10th, 50th and 90th percentiles. The spline is
linear beyond the outer knots. One coefficient bends the curve, which is what cohorts of a few dozen
events can bear.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit
from scipy.stats import norm

from radfuse.statistics.calibration import log_odds
from radfuse.statistics.logistic import fit_unless_separated

KNOTS = (0.1, 0.5, 0.9)
LEAST = 5  # patients of each outcome: of fewer a curve would be drawn through single patients


class Curve(NamedTuple):
    """`observed` risk at `predicted`, with pointwise 95% limits (Wald's, in log odds)."""

    predicted: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray


def restricted_cubic(x: ArrayLike, knots: ArrayLike) -> np.ndarray:
    """Harrell's basis of a restricted cubic spline, (n, k - 1): x, then k - 2 cubic terms.

    Regression Modeling Strategies, 2nd ed., equation 2.25, divided by (last - first knot)^2.
    """
    x, knots = np.asarray(x, dtype=float), np.asarray(knots, dtype=float)
    last, before = knots[-1], knots[-2]

    def cube(knot: float) -> np.ndarray:
        return np.maximum(x - knot, 0) ** 3

    terms = [
        (
            cube(knot)
            - cube(before) * (last - knot) / (last - before)
            + cube(last) * (before - knot) / (last - before)
        )
        / (last - knots[0]) ** 2
        for knot in knots[:-2]
    ]
    return np.column_stack([x, *terms])


def smooth_calibration(outcome: ArrayLike, probability: ArrayLike, at: ArrayLike) -> Curve | None:
    """The curve at the predicted risks `at`; a straight line in log odds where knots coincide.

    None where it does not exist: fewer than LEAST patients of a class, constant probabilities, or
    classes that it separates.
    """
    outcome = np.asarray(outcome, dtype=float)
    at = np.asarray(at, dtype=float)
    if min(outcome.sum(), len(outcome) - outcome.sum()) < LEAST:
        return None
    x = log_odds(probability)
    knots = np.quantile(x, KNOTS)
    bends = min(len(np.unique(knots)), len(np.unique(x))) >= len(KNOTS)

    def basis(values: np.ndarray) -> np.ndarray:
        return restricted_cubic(values, knots) if bends else values[:, None]

    fit = fit_unless_separated(pd.DataFrame(basis(x)), outcome)
    if fit is None:
        return None
    rows = np.column_stack([np.ones(len(at)), basis(log_odds(at))])
    centre = rows @ fit.coefficients
    half = norm.ppf(0.975) * np.sqrt(np.einsum("ij,jk,ik->i", rows, fit.covariance, rows))
    return Curve(at, expit(centre), expit(centre - half), expit(centre + half))


def integrated_calibration_index(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Mean distance of the patients' predicted risks from the curve: ICI (Austin, Steyerberg, Stat
    Med 2019; 38: 4051-4065). NaN where there is no curve.
    """
    curve = smooth_calibration(outcome, probability, probability)
    if curve is None:
        return float("nan")
    return float(np.mean(np.abs(curve.observed - curve.predicted)))
