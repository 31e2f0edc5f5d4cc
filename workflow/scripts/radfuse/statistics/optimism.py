"""How much too good a model's AUC is on its own patients: Harrell's bootstrap.

Harrell, Lee, Mark, Stat Med 1996; 15: 361-387 (5.3): in every bootstrap resample of the patients
the model is built anew, and its AUC in the resample less its AUC among all patients is one estimate
of the optimism; apparent AUC - mean optimism is the corrected one. Only what is built again in the
resamples is corrected for.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from radfuse.errors import StudyError
from radfuse.statistics.delong import auc
from radfuse.statistics.firth import firth_maximum
from radfuse.statistics.likelihood import Likelihood
from radfuse.statistics.logistic import Standardised
from radfuse.statistics.separation import separated_rows

DIGITS = 10


def log_odds(design: np.ndarray, outcome: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Linear predictor (n) by the regression of `outcome` (n, 0/1) on `design` (n, p) that is
    fitted on the patients at `rows`; those who lack a covariate are not, and have none.

    The coefficients of `fit_logistic`, Firth's where separated, without its tests, which cost the
    most time (and by which that now and then finds a higher maximum), and without its look at how
    well a maximum is known, which changes the coefficients more than the order of the patients. All
    missing where the patients have one outcome only, or the fit does not converge.
    """
    known = np.isfinite(design).all(axis=1)
    fitted = rows[known[rows]]
    if len(np.unique(outcome[fitted])) < 2:
        return np.full(len(design), np.nan)
    standard = Standardised.of(design[fitted])
    penalised = bool(separated_rows(standard.matrix, outcome[fitted]).any())
    likelihood = Likelihood(standard.matrix, outcome[fitted], penalised)
    try:
        best = firth_maximum(likelihood) if penalised else likelihood.maximum()[0]
    except StudyError:
        return np.full(len(design), np.nan)
    intercept, *slopes = standard.to_original @ best
    found = np.where(known, intercept + np.where(known[:, None], design, 0) @ slopes, np.nan)
    return found.round(DIGITS)  # or rounding would order patients of the same covariates


def auc_of_known(outcome: np.ndarray, predicted: np.ndarray) -> float:
    """AUC among those with a prediction; NaN unless they have both outcomes."""
    known = np.isfinite(predicted)
    return auc(outcome[known], predicted[known])


def bootstrap_optimism(
    build: Callable[[np.ndarray], pd.DataFrame], outcome: np.ndarray, *, bootstrap: int, seed: int
) -> pd.DataFrame:
    """Mean optimism of the AUC of every model, and the `resamples` that it is the mean of.

    `build` has places of patients and gives the linear predictor of all patients by the models that
    it builds on those (patients x models; missing where there is none). Patients are drawn with
    replacement, `bootstrap` times. A resample counts for the models that it could be built for and
    whose patients have both outcomes; without any the optimism is NaN.
    """
    classes = np.asarray(outcome, dtype=float)
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(bootstrap):
        rows = generator.integers(len(classes), size=len(classes))
        built = build(rows)
        found.append(
            {
                name: auc_of_known(classes[rows], column[rows]) - auc_of_known(classes, column)
                for name, column in ((each, built[each].to_numpy()) for each in built)
            }
        )
    each = pd.DataFrame(found)
    return pd.DataFrame({"optimism": each.mean(), "resamples": each.notna().sum()})
