"""The threshold that training patients give a model, Youden's, and whom it calls positive.

A probability at or above the threshold is a positive call.
"""

import numpy as np
from numpy.typing import ArrayLike


def youden_threshold(outcome: ArrayLike, probability: ArrayLike) -> tuple[float, float]:
    """The threshold that maximises J = sensitivity + specificity - 1, and that J.

    Candidates are the midpoints between consecutive distinct probabilities, as in pROC's
    `coords(x = "best")`, and the lowest probability less one part in 10^9, at which everyone is
    positive and J is 0: so constant probabilities give that value and 0. Of equally good ones the
    lowest is taken, which is the most sensitive. NaN for both when a class is missing.
    """
    positive = np.asarray(outcome, dtype=float) == 1
    probability = twelve_digits(probability)
    if positive.all() or not positive.any():
        return float("nan"), float("nan")
    distinct = np.unique(probability)
    midpoints = (distinct[:-1] + distinct[1:]) / 2
    # The margin: a probability recomputed from a model's rounded numbers must stay positive.
    candidates = np.concatenate([distinct[:1] * (1 - 1e-9), midpoints])
    positives, negatives = np.sort(probability[positive]), np.sort(probability[~positive])
    true_positives = len(positives) - np.searchsorted(positives, candidates)
    true_negatives = np.searchsorted(negatives, candidates)
    # Compared as integers, J's exact ties stay ties.
    scaled = true_positives * len(negatives) + true_negatives * len(positives)
    best = int(np.argmax(scaled))
    youden = scaled[best] / (len(positives) * len(negatives)) - 1
    return float(candidates[best]), float(youden)


def twelve_digits(values: ArrayLike) -> np.ndarray:
    """Values as a written table carries them: patients who tie there tie here."""
    return np.array([float(f"{value:.12g}") for value in np.asarray(values, dtype=float)])


def confusion(
    outcome: ArrayLike, probability: ArrayLike, threshold: float
) -> tuple[int, int, int, int]:
    """True positives, false positives, false negatives, true negatives."""
    positive = np.asarray(outcome, dtype=float) == 1
    called = np.asarray(probability, dtype=float) >= threshold
    return (
        int(np.sum(called & positive)),
        int(np.sum(called & ~positive)),
        int(np.sum(~called & positive)),
        int(np.sum(~called & ~positive)),
    )
