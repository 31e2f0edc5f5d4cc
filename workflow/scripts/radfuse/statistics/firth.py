"""Firth's penalised likelihood: a logistic regression where the outcome is separated."""

import warnings
from collections.abc import Sequence

import numpy as np
from firthmodels import FirthLogisticRegression
from scipy.stats import chi2
from sklearn.exceptions import ConvergenceWarning

from radfuse.errors import StudyError
from radfuse.statistics.likelihood import Likelihood


def fit_firth(
    design: np.ndarray, outcome: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Firth's penalised likelihood (Biometrika 1993;80:27-38).

    `design` as in `separation.separated_rows`. Returns coefficients (1 + p, intercept first), the
    inverse Fisher information, the penalised log-likelihood and the P values of the penalised
    likelihood ratio tests (Heinze and Schemper, Statistics in Medicine 2002;21:2409-2419), the
    intercept's NaN.
    """
    for tolerance in (1e-6, 1e-4):  # a flat likelihood can miss the first by rounding alone
        model = FirthLogisticRegression(
            backend="numpy", fit_intercept=False, max_iter=500, gtol=tolerance, xtol=tolerance
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(design, outcome)
        if model.converged_:
            break
    else:
        raise StudyError(
            "E24 statistics: Firth's penalised likelihood did not converge; look for extreme "
            "values among the covariates, or for covariates that repeat one another."
        )
    likelihood = Likelihood(design, outcome, penalised=True)
    coefficients = likelihood.settled(model.coef_)
    _, information = likelihood.score_and_information(coefficients)
    height = float(likelihood.value(coefficients))
    tests = likelihood_ratio_tests(likelihood, height)
    return coefficients, np.linalg.inv(information), height, tests


def likelihood_ratio_tests(likelihood: Likelihood, height: float) -> np.ndarray:
    """P of every coefficient (1 + p) by penalised likelihood ratio, the intercept's NaN.

    `height` is the maximum of the penalised log-likelihood. Without halved steps, as the library
    takes them, the search under a constraint can leave for where all weights vanish.
    """
    columns = likelihood.design.shape[1]
    found = np.full(columns, np.nan)
    for place in range(1, columns):
        found[place] = likelihood_ratio_test(likelihood, height, [place])
    return found


def likelihood_ratio_test(likelihood: Likelihood, height: float, places: Sequence[int]) -> float:
    """P of several coefficients at once: the likelihood with these at 0 against its maximum, the
    penalty that of the whole model in both (Heinze and Schemper 2002)."""
    columns = likelihood.design.shape[1]
    free = np.setdiff1d(np.arange(columns), places)
    _, reduced = likelihood.maximum(np.zeros(columns), free)
    return float(chi2.sf(max(2 * (height - reduced), 0.0), len(places)))
