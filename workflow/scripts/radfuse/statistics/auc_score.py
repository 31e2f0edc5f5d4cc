"""An interval of an AUC that also holds where the AUC is 0 or 1.

DeLong's variance is 0 where a prediction separates the classes, so that its interval is a point.
Newcombe, Stat Med 2006; 25: 559-573, method 5: the values from which the observed AUC is not too
far, by the variance that Hanley and McNeil (Radiology 1982; 143: 29-36) give each value.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

SMALLEST = 1e-12


def variance(area: float, positives: int, negatives: int) -> float:
    """Variance of an AUC whose true value is `area`.

    Hanley's and McNeil's for negative exponential scores, both class sizes replaced by their mean
    where only one of them counts (Newcombe 2006, section 2.2).
    """
    pairs = (positives + negatives) / 2 - 1
    spread = 1 + pairs * (1 - area) / (2 - area) + pairs * area / (1 + area)
    return area * (1 - area) * spread / (positives * negatives)


def newcombe_interval(area: float, positives: int, negatives: int) -> tuple[float, float]:
    """95% interval of an AUC of so many patients of each class; NaN where a class is missing."""
    if np.isnan(area) or min(positives, negatives) == 0:
        return float("nan"), float("nan")
    z = norm.ppf(0.975)

    def lowest(observed: float) -> float:
        def beyond(true: float) -> float:
            return observed - true - z * np.sqrt(variance(true, positives, negatives))

        top = observed - SMALLEST
        return brentq(beyond, 0.0, top, xtol=SMALLEST) if top > 0 and beyond(top) < 0 else 0.0

    return lowest(area), 1 - lowest(1 - area)
