"""The likelihood of a logistic regression, Firth's penalised one where asked for."""

import numpy as np
from scipy.special import expit


def least_gain(value: float) -> float:
    """What a log-likelihood of this value must gain for it to be more than rounding."""
    return 1e-13 * (1 + abs(value))


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

    def maximum(
        self, start: np.ndarray | None = None, free: np.ndarray | None = None
    ) -> tuple[np.ndarray, float]:
        """Fisher scoring from `start` (0) over the coefficients `free` (all); the others stay put.

        Returns coefficients and value; without a maximum these are near the supremum.
        """
        every = np.arange(self.design.shape[1])
        free = every if free is None else free
        coefficients = np.zeros(len(every)) if start is None else start.copy()
        inside = np.ix_(free, free)
        value = self.value(coefficients)
        for _ in range(1000):
            score, information = self.score_and_information(coefficients)
            curvature, axes = np.linalg.eigh(information[inside])
            # where all weights vanish the likelihood is straight: walk, do not jump
            curvature = np.maximum(curvature, 1e-12 * curvature.max(initial=1e-250))
            step = np.zeros_like(coefficients)
            step[free] = axes @ ((axes.T @ score[free]) / curvature)
            if not score @ step > least_gain(value):
                near = np.isfinite(value)  # by less than the value can tell, but nearer
                return coefficients + step if near else coefficients, value
            step, reached = self.stride(coefficients, step, value)
            if not reached > value:
                break
            coefficients, value = coefficients + step, reached
        return coefficients, value

    def stride(
        self, coefficients: np.ndarray, step: np.ndarray, value: float
    ) -> tuple[np.ndarray, float]:
        """The step, halved until it climbs, and the value that it reaches.

        A whole one is doubled while it climbs further: without a maximum each of Newton's leaves
        the e-th part of the way. Not so with the penalty, which has other maxima to jump to.
        """
        reached = self.value(coefficients + step)
        if reached > value:
            while not self.penalised:
                further = self.value(coefficients + 2 * step)
                if not further > reached + least_gain(reached):
                    break
                step, reached = 2 * step, further
        for _ in range(40):
            if reached > value:
                break
            step = step / 2
            reached = self.value(coefficients + step)
        return step, reached

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
