"""Firth's penalised likelihood: a logistic regression where the outcome is separated."""

import warnings
from collections.abc import Sequence

import numpy as np
from firthmodels import FirthLogisticRegression
from scipy.stats import chi2
from sklearn.exceptions import ConvergenceWarning

from radfuse.errors import StudyError
from radfuse.statistics.likelihood import Likelihood

STATIONARY = 1e-6  # slope, per standard deviation, below which an ascent has ended at a maximum
HIGHER = 1e-8  # by how much one maximum must be above another to be another


def library_maximum(likelihood: Likelihood) -> np.ndarray | None:
    """Where the library's search ends; None where it does not converge."""
    for tolerance in (1e-6, 1e-4):  # a flat likelihood can miss the first by rounding alone
        model = FirthLogisticRegression(
            backend="numpy", fit_intercept=False, max_iter=500, gtol=tolerance, xtol=tolerance
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(likelihood.design, likelihood.outcome)
        if model.converged_:
            return model.coef_
    return None


def firth_maximum(likelihood: Likelihood) -> np.ndarray:
    """The higher of the maxima that the library's search and an ascent from 0 find.

    With few patients and an extreme value the penalised likelihood can have several. Raises
    StudyError E24 where neither search converges.
    """
    own, _ = likelihood.maximum()
    theirs = library_maximum(likelihood)
    if theirs is None:
        score, _ = likelihood.score_and_information(own)
        if not np.abs(score).max() < STATIONARY:
            raise StudyError(
                "E24 statistics: Firth's penalised likelihood did not converge; look for extreme "
                "values among the covariates, or for covariates that repeat one another."
            )
        return likelihood.settled(own)
    theirs, own = likelihood.settled(theirs), likelihood.settled(own)
    return own if likelihood.value(own) > likelihood.value(theirs) + HIGHER else theirs


def fit_firth(
    design: np.ndarray, outcome: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Firth's penalised likelihood (Biometrika 1993;80:27-38).

    `design` as in `separation.separated_rows`. Returns coefficients (1 + p, intercept first), the
    inverse Fisher information, the penalised log-likelihood and the P values of the penalised
    likelihood ratio tests (Heinze and Schemper, Statistics in Medicine 2002;21:2409-2419), the
    intercept's NaN. A test whose search comes higher than the maximum has found another, from
    where the fit goes on. Raises as `firth_maximum`.
    """
    likelihood = Likelihood(design, outcome, penalised=True)
    coefficients = firth_maximum(likelihood)
    while True:
        height = float(likelihood.value(coefficients))
        reduced = [without(likelihood, [place]) for place in range(1, design.shape[1])]
        start, highest = max(reduced, key=lambda found: found[1], default=(coefficients, height))
        if not highest > height + HIGHER:
            break
        coefficients = likelihood.settled(likelihood.maximum(start)[0])
    _, information = likelihood.score_and_information(coefficients)
    p = [np.nan, *(ratio_p(height, value, 1) for _, value in reduced)]
    return coefficients, np.linalg.inv(information), height, np.array(p)


def without(likelihood: Likelihood, places: Sequence[int]) -> tuple[np.ndarray, float]:
    """The maximum where the coefficients at `places` are 0, the penalty that of the whole model.

    By this search and not the library's, which halves no steps under a constraint and can leave
    for where all weights vanish.
    """
    return likelihood.maximum(free=np.setdiff1d(np.arange(likelihood.design.shape[1]), places))


def ratio_p(height: float, reduced: float, parameters: int) -> float:
    return float(chi2.sf(max(2 * (height - reduced), 0.0), parameters))


def likelihood_ratio_test(likelihood: Likelihood, height: float, places: Sequence[int]) -> float:
    """P of several coefficients at once: the likelihood with these at 0 against its maximum, the
    penalty that of the whole model in both (Heinze and Schemper 2002)."""
    return ratio_p(height, without(likelihood, places)[1], len(places))
