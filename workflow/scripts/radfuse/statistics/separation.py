"""Whether covariates separate the outcomes, and what the likelihood comes to where they do.

A maximum-likelihood estimate exists where no direction of coefficients fits some patient ever
better and none worse (Albert and Anderson, Biometrika 1984; 71: 1-10). By Stiemke's lemma that is
where the patients, each with a positive weight, balance one another. At the estimate the residuals
are such weights, so that the estimate itself proves that it exists; where it proves nothing, linear
programming decides.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit, xlog1py, xlogy

from radfuse.errors import StudyError
from radfuse.statistics.likelihood import Likelihood

GAP = 1e-6  # how far, in standard deviations, a row must lie beyond the plane to count as separated
OVERLAP = 1e-6  # every row's weight above which the weights prove that no row is separated
NEGLIGIBLE = 1e-9  # weight below which a row is taken for one that is fitted perfectly in the limit
TIGHT = 1e-9  # how close to each other the two bounds of a supremum must be


def towards(design: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """The rows of a design, each turned so that its product with coefficients is the log odds of
    the outcome that the patient has."""
    return design * np.where(outcome == 1, 1.0, -1.0)[:, None]


def balanced(signed: np.ndarray, coefficients: np.ndarray) -> np.ndarray | None:
    """Weights w (n) with signed.T @ w = 0 and 0 <= w < 1, as near as can be to the probability of
    the outcome that a patient has not; None where these are too far from any.

    Patients with a NEGLIGIBLE probability have weight 0.
    """
    weights = expit(-signed @ coefficients)
    kept = weights > NEGLIGIBLE
    rows = signed[kept]
    projected = weights[kept] - rows @ np.linalg.lstsq(rows, weights[kept], rcond=None)[0]
    if ((projected <= 0) | (projected >= 1)).any():
        return None
    found = np.zeros(len(signed))
    found[kept] = projected
    return found


def likelihood_supremum(design: np.ndarray, outcome: np.ndarray) -> float | None:
    """The supremum of the log-likelihood to 1e-9, whether a maximum exists or not; None where that
    could not be proved. `design` and `outcome` as in `separated_rows`.

    From below, the height to which an ascent came. From above the Lagrangian dual of logistic
    regression, minus the sum of the entropies of any balanced weights (Minka, A comparison of
    numerical optimizers for logistic regression, 2003).
    """
    coefficients, height = Likelihood(design, outcome, penalised=False).maximum()
    weights = balanced(towards(design, outcome), coefficients)
    if weights is None:
        return None
    bound = float((xlogy(weights, weights) + xlog1py(1 - weights, -weights)).sum())
    return bound if abs(bound - height) < TIGHT else None


def separated_rows(design: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Rows that some direction of coefficients fits ever better without fitting any other worse.

    `design` is (n, 1 + p), intercept first, the other columns standardised and of full rank;
    `outcome` 0/1. No row: the maximum-likelihood estimate exists. All rows: complete separation;
    some rows: quasi-complete. Konis (2007), Linear programming algorithms for detecting separated
    data in binary logistic regression models, equation 4.23. The programme is repeated on the rows
    that remain, as one direction need not separate all rows that can be.
    """
    signed, separated = towards(design, outcome), np.zeros(len(design), dtype=bool)
    weights = balanced(signed, Likelihood(design, outcome, penalised=False).maximum()[0])
    if weights is not None and weights.min() > OVERLAP:
        return separated
    while not separated.all():
        remaining = signed[~separated]
        for method, tolerance in (("highs", 1e-9), ("highs-ds", 1e-7), ("highs-ipm", 1e-7)):
            programme = linprog(
                -remaining.sum(axis=0),
                A_ub=-remaining,
                b_ub=np.zeros(len(remaining)),
                bounds=(-1, 1),
                method=method,
                options={
                    "primal_feasibility_tolerance": tolerance,
                    "dual_feasibility_tolerance": tolerance,
                },
            )
            if programme.status == 0:
                break
        else:
            raise StudyError(
                "E24 statistics: whether covariates separate the outcomes could not be decided: "
                f"linear programming failed ({programme.message}); look for extreme values."
            )
        beyond = remaining @ programme.x > GAP
        if not beyond.any():
            break
        separated[np.flatnonzero(~separated)[beyond]] = True
    return separated
