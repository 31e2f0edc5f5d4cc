"""The likelihood of a logistic regression, its separation, and Firth's penalty against that."""

import warnings
from collections.abc import Sequence

import numpy as np
from firthmodels import FirthLogisticRegression
from scipy.optimize import linprog
from scipy.special import expit
from scipy.stats import chi2
from sklearn.exceptions import ConvergenceWarning

from radfuse.errors import StudyError

GAP = 1e-6  # how far, in standard deviations, a row must lie beyond the plane to count as separated


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
            curvature, axes = np.linalg.eigh(information[np.ix_(free, free)])
            # where all weights vanish the likelihood is straight: walk, do not jump
            curvature = np.maximum(curvature, 1e-12 * curvature.max(initial=1e-250))
            step = np.zeros_like(coefficients)
            step[free] = axes @ ((axes.T @ score[free]) / curvature)
            if not score @ step > 1e-13 * (1 + abs(value)):
                break
            size = 1.0
            while size > 1e-12 and not self.value(coefficients + size * step) > value:
                size /= 2
            if size <= 1e-12:
                break
            coefficients = coefficients + size * step
            value = self.value(coefficients)
        return coefficients, value

    def settled(self, coefficients: np.ndarray) -> np.ndarray:
        """From near the maximum to where Fisher scoring moves no digit of what a model states.

        A search ends by its tolerance, and where, the last bit of the data may decide.
        """
        found, before = coefficients, np.inf
        for _ in range(500):
            score, information = self.score_and_information(found)
            step = np.linalg.solve(information, score)
            size = np.abs(step / (1 + np.abs(found))).max()
            if size < 1e-14 or (size < 1e-11 and size >= before):
                break
            found, before = found + step, size
        return found if self.value(found) >= self.value(coefficients) - 1e-9 else coefficients


def separated_rows(design: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Rows that some direction of coefficients fits ever better without fitting any other worse.

    `design` is (n, 1 + p), intercept first, the other columns standardised and of full rank;
    `outcome` 0/1. No row: the maximum-likelihood estimate exists. All rows: complete separation;
    some rows: quasi-complete. Konis (2007), Linear programming algorithms for detecting separated
    data in binary logistic regression models, equation 4.23. The programme is repeated on the rows
    that remain, as one direction need not separate all rows that can be.
    """
    signed = design * np.where(outcome == 1, 1.0, -1.0)[:, None]
    separated = np.zeros(len(signed), dtype=bool)
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


def fit_firth(
    design: np.ndarray, outcome: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Firth's penalised likelihood (Biometrika 1993;80:27-38).

    `design` as in `separated_rows`. Returns coefficients (1 + p, intercept first), the inverse
    Fisher information, the penalised log-likelihood and the P values of the penalised likelihood
    ratio tests (Heinze and Schemper, Statistics in Medicine 2002;21:2409-2419), the intercept's
    NaN.
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
