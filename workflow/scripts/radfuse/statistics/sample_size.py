"""Are there enough patients for a prediction model of a binary outcome?

Riley et al., Stat Med 2019; 38: 1276-1296 and BMJ 2020; 368: m441: a model of so many candidate
parameters needs patients enough for (1) an expected shrinkage of at least 0.9, (2) a difference of
at most 0.05 between apparent and adjusted Nagelkerke R2, (3) an overall risk known to within 0.05,
and (4) predicted risks that are off by at most 0.05 on average, by the formula of van Smeden et
al., Stat Methods Med Res 2019; 28: 2455-2474, which was found for up to 30 parameters. The expected
shrinkage of a fitted model is van Houwelingen's and Le Cessie's, Stat Med 1990; 9: 1303-1325.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

SHRINKAGE = 0.9
R2_DIFFERENCE = 0.05
MARGIN = 0.05
MEAN_ERROR = 0.05
MOST_PARAMETERS = 30  # that the formula for the mean error was found for
Z = 1.96  # as the papers and their software pmsampsize
# what Riley et al. 2020 advise to expect of Nagelkerke's R2 where nothing is known
R2_SHARE = 0.15
NOTHING = 1e-9  # a likelihood ratio that is rounding error


class Minimum(NamedTuple):
    """Patients that each criterion asks for."""

    shrinkage: int
    r2: int
    risk: int
    error: int | None  # no formula for so many parameters

    @property
    def largest(self) -> int:
        return max(size for size in self if size is not None)


def likelihood_ratio(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Chi-square 2 (log-likelihood - that of the overall rate); NaN without patients."""
    outcome = np.asarray(outcome, dtype=float)
    if len(outcome) == 0:
        return float("nan")
    gained = [
        (xlogy(outcome, p) + xlogy(1 - outcome, 1 - p)).sum()
        for p in (np.asarray(probability, dtype=float), np.full(len(outcome), outcome.mean()))
    ]
    return float(2 * (gained[0] - gained[1]))


def cox_snell(chi2: float, n: int) -> float:
    """R2 = 1 - exp(-LR / n)."""
    return 1 - math.exp(-chi2 / n)


def most_r2(prevalence: float) -> float:
    """The largest Cox-Snell R2 that a model can have (Riley 2019, equation 23)."""
    null = prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)
    return 1 - math.exp(2 * null)


def expected_shrinkage(chi2: float, parameters: int) -> float:
    """1 - df / LR: what is left of the log odds in new patients; NaN where nothing was gained."""
    return 1 - parameters / chi2 if chi2 > NOTHING else float("nan")


def patients_for(parameters: int, r2: float, shrinkage: float) -> int:
    """Patients at which `shrinkage` is expected (Riley 2019, equation 11)."""
    return math.ceil(parameters / ((shrinkage - 1) * math.log(1 - r2 / shrinkage)))


def patients_for_error(parameters: int, prevalence: float) -> int | None:
    """Patients at which predicted risks are off by MEAN_ERROR on average (van Smeden 2019)."""
    if parameters > MOST_PARAMETERS:
        return None
    rarer = min(prevalence, 1 - prevalence)
    told = -0.508 + 0.259 * math.log(rarer) + 0.504 * math.log(parameters) - math.log(MEAN_ERROR)
    return math.ceil(math.exp(told / 0.544))


def minimum_size(parameters: int, r2: float, prevalence: float) -> Minimum:
    """What the criteria ask for.

    `parameters`: candidates; `r2`: the Cox-Snell R2 to expect, adjusted for optimism, above 0;
    `prevalence`: share of the positive outcome, between 0 and 1.
    """
    wanted = r2 / (r2 + R2_DIFFERENCE * most_r2(prevalence))
    return Minimum(
        patients_for(parameters, r2, SHRINKAGE),
        patients_for(parameters, r2, wanted),
        math.ceil((Z / MARGIN) ** 2 * prevalence * (1 - prevalence)),
        patients_for_error(parameters, prevalence),
    )
