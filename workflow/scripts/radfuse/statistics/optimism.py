"""How much too good a logistic regression's AUC is on its own patients: Harrell's bootstrap.

Harrell, Lee, Mark, Stat Med 1996; 15: 361-387 (5.3): in every bootstrap resample of the patients
the regression is fitted anew, and its AUC in the resample less its AUC among all patients is one
estimate of the optimism; apparent AUC - mean optimism is the corrected one. Only what is fitted
again in the resamples is corrected for: here a regression's coefficients, given its covariates.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from radfuse.statistics.delong import auc
from radfuse.statistics.likelihood import Likelihood
from radfuse.statistics.logistic import Standardised
from radfuse.statistics.separation import separated_rows

NAN = float("nan")
DIGITS = 10


class Optimism(NamedTuple):
    """`corrected` = `apparent` - `optimism`; `resamples` are those that had both outcomes."""

    apparent: float
    optimism: float
    corrected: float
    resamples: int


def log_odds(design: pd.DataFrame, outcome: np.ndarray, others: pd.DataFrame) -> np.ndarray:
    """Linear predictor of `others` by the regression of `outcome` on `design`.

    The coefficients of `fit_logistic`, without its tests, which cost the most time and may fail to
    converge in a resample, and without its look at how well a maximum is known, which changes the
    coefficients more than the order of the patients.
    """
    standard = Standardised.of(design.to_numpy(dtype=float).reshape(len(design), -1))
    penalised = bool(separated_rows(standard.matrix, outcome).any())
    best, _ = Likelihood(standard.matrix, outcome, penalised).maximum()
    intercept, *slopes = standard.to_original @ best
    found = intercept + others.to_numpy(dtype=float) @ np.array(slopes)
    return found.round(DIGITS)  # or rounding would order patients of the same covariates


def bootstrap_optimism(
    design: pd.DataFrame, outcome: np.ndarray, *, bootstrap: int, seed: int
) -> Optimism:
    """Optimism of the AUC of `outcome` (n, 0/1) on the columns of `design` (n, p; none missing).

    Patients are drawn with replacement, `bootstrap` times; a resample of one class is left out.
    Separated resamples are fitted by Firth's method, as the models are. NaN where a class is
    missing.
    """
    classes = np.asarray(outcome, dtype=float)
    if len(np.unique(classes)) < 2:
        return Optimism(NAN, NAN, NAN, 0)
    apparent = auc(classes, log_odds(design, classes, design))
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(bootstrap):
        rows = generator.integers(len(classes), size=len(classes))
        drawn = classes[rows]
        if len(np.unique(drawn)) < 2:
            continue
        predicted = log_odds(design.iloc[rows], drawn, design)
        found.append(auc(drawn, predicted[rows]) - auc(classes, predicted))
    optimism = float(np.mean(found)) if found else NAN
    return Optimism(apparent, optimism, apparent - optimism, len(found))
