"""A logistic regression as a nomogram: points per covariate, and a probability per total.

Each covariate's contribution to the log odds counts from the end of its observed range where it is
least, and the covariate that contributes most over its range has 0 to 100 points: as R's
rms::nomogram, whose axes end at round numbers beyond that range.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

MOST_POINTS = 100.0
LEVELS = 6  # a covariate with at most so many different values has them all on its axis
RISKS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def pretty(low: float, high: float, count: int = 6) -> np.ndarray:
    """Multiples of 1, 2 or 5 times a power of ten within the range, about `count` of them."""
    if not high > low:
        return np.array([low])
    raw = (high - low) / count
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return np.round(np.arange(first, last + 1) * step, 12)


@dataclass(frozen=True)
class Nomogram:
    """`coefficients` and `ranges` (low, high) by covariate; `lowest`: log odds at 0 points."""

    coefficients: dict[str, float]
    ranges: dict[str, tuple[float, float]]
    lowest: float
    per_log_odds: float

    @classmethod
    def of(
        cls, intercept: float, coefficients: Mapping[str, float], values: pd.DataFrame
    ) -> "Nomogram":
        """`values`: patients x covariates, whose ranges are the axes. No covariate that matters,
        no points: `per_log_odds` is 0.
        """
        ranges = {
            name: (float(values[name].min()), float(values[name].max())) for name in coefficients
        }
        reach = [abs(beta) * np.ptp(ranges[name]) for name, beta in coefficients.items()]
        lowest = intercept + sum(
            min(beta * low, beta * high)
            for beta, (low, high) in zip(coefficients.values(), ranges.values(), strict=True)
        )
        widest = max(reach, default=0.0)
        scale = MOST_POINTS / widest if widest > 0 else 0.0
        return cls(dict(coefficients), ranges, float(lowest), scale)

    def points(self, covariate: str, value: float) -> float:
        """What a value of a covariate adds."""
        beta, (low, high) = self.coefficients[covariate], self.ranges[covariate]
        return self.per_log_odds * beta * (value - (low if beta >= 0 else high))

    @property
    def most(self) -> float:
        """The largest total within the ranges."""
        return sum(
            self.points(name, high if self.coefficients[name] >= 0 else low)
            for name, (low, high) in self.ranges.items()
        )

    def probability(self, total: float) -> float:
        return float(expit(self.lowest + total / self.per_log_odds))

    def total(self, probability: float) -> float:
        """The total points at which the probability is reached."""
        return float((logit(probability) - self.lowest) * self.per_log_odds)


def axis_values(values: pd.Series) -> np.ndarray:
    """The values on a covariate's axis: all where they are few, else round ones and both ends."""
    distinct = np.unique(values.to_numpy(dtype=float))
    if len(distinct) <= LEVELS:
        return distinct
    low, high = distinct[0], distinct[-1]
    return np.unique(np.concatenate([[low], pretty(low, high), [high]]))


def nomogram_table(nomogram: Nomogram, values: pd.DataFrame) -> pd.DataFrame:
    """Columns kind, covariate, value, points, probability; the rows of each axis in turn.

    kind `covariate`: a value's points; `total`: the probability of a round total; `risk`: the total
    of a round probability within reach.
    """
    rows = [
        ["covariate", name, value, nomogram.points(name, value), np.nan]
        for name in nomogram.coefficients
        for value in axis_values(values[name])
    ]
    if nomogram.per_log_odds > 0:
        totals = pretty(0.0, nomogram.most, 13)
        rows += [["total", "", np.nan, total, nomogram.probability(total)] for total in totals]
        rows += [
            ["risk", "", np.nan, nomogram.total(risk), risk]
            for risk in RISKS
            if 0 <= nomogram.total(risk) <= nomogram.most
        ]
    return pd.DataFrame(rows, columns=["kind", "covariate", "value", "points", "probability"])
