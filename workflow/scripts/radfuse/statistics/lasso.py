"""L1-penalised logistic regression along a path of penalties, with glmnet's objective.

Minimises -log likelihood / n + lambda |coefficients|_1, the intercept unpenalised (Friedman,
Hastie, Tibshirani, J Stat Softw 2010; 33(1), eq. 14) by proximal Newton steps, each of them a
weighted LASSO that scikit-learn's coordinate descent solves. scikit-learn's own logistic solver
with an L1 penalty and a free intercept is saga, a first-order method: on 124 patients and 30
columns it takes 26,000 epochs for one small penalty and is still 8e-4 off glmnet's coefficients,
where this needs about four steps.
"""

import numpy as np
from scipy.special import expit, logit
from sklearn import config_context
from sklearn.linear_model import lasso_path

from radfuse.errors import StudyError

# glmnet's bounds: a working weight, and a probability inside a deviance
SMALLEST_WEIGHT = 1e-5
SMALLEST_PROBABILITY = 1e-5
STEPS = 200  # some four are enough


def largest_lambda(columns: np.ndarray, outcome: np.ndarray) -> float:
    """The smallest penalty at which every coefficient is 0. `columns` (n, p), `outcome` (n,) 0/1.

    0 where no column varies.
    """
    centred = columns - columns.mean(axis=0)
    gradient = centred.T @ (outcome - outcome.mean()) / len(outcome)
    return float(np.abs(gradient).max(initial=0.0))


def lambda_path(largest: float, count: int, ratio: float) -> np.ndarray:
    """`count` penalties, from `largest` down to `ratio` times it, in equal steps of the log."""
    return np.geomspace(largest, largest * ratio, count)


def mean_deviance(outcome: np.ndarray, log_odds: np.ndarray) -> np.ndarray:
    """Binomial deviance per patient: -2 log likelihood / n over the first axis of `log_odds`.

    Probabilities are held within [1e-5, 1 - 1e-5], as glmnet's cross-validation does: one confident
    error must not outweigh all other patients.
    """
    probability = np.clip(expit(log_odds), SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    positive = outcome.reshape(-1, *[1] * (probability.ndim - 1)) == 1
    return -2 * np.log(np.where(positive, probability, 1 - probability)).mean(axis=0)


def objective(
    outcome: np.ndarray, log_odds: np.ndarray, slopes: np.ndarray, penalty: float
) -> float:
    likelihood = np.mean(np.logaddexp(0, log_odds) - outcome * log_odds)
    return float(likelihood + penalty * np.abs(slopes).sum())


def fit_lasso(
    columns: np.ndarray,
    outcome: np.ndarray,
    penalty: float,
    start: tuple[float, np.ndarray] | None = None,
    tolerance: float = 1e-8,
) -> tuple[float, np.ndarray]:
    """Intercept and slopes (p,) at one penalty. Needs both classes.

    Most slopes are 0, so the fit is on those columns alone that may enter, until the gradient of no
    other exceeds the penalty: the condition for the minimum over all (Tibshirani et al., J R Stat
    Soc B 2012; 74: 245-266, section 7). Raises StudyError E24 as `fit_entering`.
    """
    null = float(logit(outcome.mean())), np.zeros(columns.shape[1])
    if columns.shape[1] == 0 or penalty >= largest_lambda(columns, outcome):
        return null
    intercept, slopes = start if start and start[1].any() else null
    slopes, entering, more = slopes.copy(), np.zeros(len(slopes), dtype=bool), slopes != 0
    while True:
        residual = outcome - expit(intercept + columns @ slopes)
        more = more | (np.abs(columns.T @ residual) > penalty * len(outcome))
        if not (more & ~entering).any():
            return intercept, slopes
        entering |= more
        intercept, slopes[entering] = fit_entering(
            np.asfortranarray(columns[:, entering]),
            outcome,
            penalty,
            (intercept, slopes[entering]),
            tolerance,
        )


def fit_entering(
    columns: np.ndarray,
    outcome: np.ndarray,
    penalty: float,
    start: tuple[float, np.ndarray],
    tolerance: float,
) -> tuple[float, np.ndarray]:
    """Intercept and slopes (p,) at one penalty, by steps over all columns at once.

    Converged when a full step moves no patient's log odds by more than `tolerance`.
    Raises StudyError E24 where STEPS do not get there.
    """
    intercept, slopes = start
    log_odds = intercept + columns @ slopes
    value = objective(outcome, log_odds, slopes, penalty)
    for _ in range(STEPS):
        fitted = expit(log_odds)
        weight = np.maximum(fitted * (1 - fitted), SMALLEST_WEIGHT)
        response = log_odds + (outcome - fitted) / weight
        centre, level = weight @ columns / weight.sum(), weight @ response / weight.sum()
        root = np.sqrt(weight)
        _, found, _ = lasso_path(
            np.asfortranarray((columns - centre) * root[:, None]),
            (response - level) * root,
            alphas=[penalty],
            coef_init=slopes.copy(),  # is written to
            precompute=False,
            tol=1e-10,
            max_iter=100_000,
            check_input=False,
        )
        slopes_step = found[:, 0] - slopes
        intercept_step = level - centre @ found[:, 0] - intercept
        step = intercept_step + columns @ slopes_step
        size = 1.0
        while size > 1e-6:
            stepped = objective(
                outcome, log_odds + size * step, slopes + size * slopes_step, penalty
            )
            if stepped <= value + 1e-14:
                break
            size /= 2
        intercept, slopes = intercept + size * intercept_step, slopes + size * slopes_step
        log_odds = intercept + columns @ slopes
        value = stepped
        if np.abs(step).max() < tolerance:
            return float(intercept), slopes
    raise StudyError(
        f"E24 statistics: the LASSO did not converge in {STEPS} steps at lambda {penalty:.6g}; "
        "raise score.lambda_ratio, so that the path ends at a larger penalty."
    )


def fit_path(
    columns: np.ndarray, outcome: np.ndarray, lambdas: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Intercepts (L,) and slopes (L, p) along decreasing `lambdas`, each started at the one before.

    `columns` are taken as they are: what should be penalised alike must be scaled alike.
    """
    intercepts, slopes = np.empty(len(lambdas)), np.empty((len(lambdas), columns.shape[1]))
    start = None
    # its checks of what this module passes it take longer than the fits themselves
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for place, penalty in enumerate(lambdas):
            start = fit_lasso(columns, outcome, float(penalty), start)
            intercepts[place], slopes[place] = start
    return intercepts, slopes
