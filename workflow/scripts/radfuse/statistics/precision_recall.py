"""The area under the precision-recall curve: how clean the list of the riskiest patients is."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import average_precision_score


def average_precision(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Sum of precision x step of recall over the thresholds, without interpolation.

    A useless prediction has the prevalence, not 0.5. NaN where a class is missing.
    """
    outcome = np.asarray(outcome, dtype=float)
    if len(np.unique(outcome)) < 2:
        return float("nan")
    return float(average_precision_score(outcome, np.asarray(probability, dtype=float)))
