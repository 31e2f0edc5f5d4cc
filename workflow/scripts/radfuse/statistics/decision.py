"""Decision curves: net benefit of treating by a model, of treating all and of treating none.

Vickers, Elkin, Med Decis Making 2006; 26: 565-574: at threshold t, a patient at or above it is
treated, and net benefit is TP / n - FP / n * t / (1 - t). Interventions avoided and the bootstrap:
Vickers, Cronin, Elkin, Gonen, BMC Med Inform Decis Mak 2008; 8: 53.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

TREAT_ALL = "treat all"
TREAT_NONE = "treat none"


def threshold_range(first: float, last: float, step: float) -> np.ndarray:
    """`first`, `first + step`, ... up to and including `last`, without the drift of a sum."""
    count = int(np.floor((last - first) / step + 1e-9)) + 1
    return np.round(first + step * np.arange(count), 12)


def net_benefit(
    outcome: ArrayLike, probabilities: Mapping[str, ArrayLike], thresholds: Sequence[float]
) -> pd.DataFrame:
    """Net benefit of each model and of treating all and none of the same patients.

    `outcome` (n,) 0/1, `probabilities` (n,) by model. Columns: model, threshold, net_benefit, which
    is NaN where the patients are of one class only: nothing is decided there.
    """
    positive = np.asarray(outcome, dtype=float)[:, None] == 1
    cuts = np.asarray(thresholds, dtype=float)
    treated = {name: np.asarray(p, float)[:, None] >= cuts for name, p in probabilities.items()}
    treated[TREAT_ALL] = np.ones((len(positive), len(cuts)), dtype=bool)
    treated[TREAT_NONE] = ~treated[TREAT_ALL]
    decided = 0 < positive.sum() < len(positive)

    def benefit(calls: np.ndarray) -> np.ndarray:
        true, false = np.sum(calls & positive, axis=0), np.sum(calls & ~positive, axis=0)
        return (true - false * cuts / (1 - cuts)) / len(positive)

    return pd.concat(
        [
            pd.DataFrame(
                {
                    "model": name,
                    "threshold": cuts,
                    "net_benefit": benefit(calls) if decided else np.nan,
                }
            )
            for name, calls in treated.items()
        ],
        ignore_index=True,
    )


def interventions_avoided(
    benefit: ArrayLike, benefit_of_all: ArrayLike, thresholds: ArrayLike
) -> np.ndarray:
    """Net reduction in interventions per 100 patients, against treating all.

    (net benefit - that of treating all) (1 - t) / t * 100: so many fewer patients are treated
    without one who has the outcome going untreated.
    """
    thresholds = np.asarray(thresholds, dtype=float)
    gained = np.asarray(benefit, dtype=float) - np.asarray(benefit_of_all, dtype=float)
    return 100 * gained * (1 - thresholds) / thresholds


def net_benefit_band(
    outcome: ArrayLike,
    probability: ArrayLike,
    thresholds: ArrayLike,
    *,
    bootstrap: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise 95% percentile interval of the net benefit, low and high, each by threshold.

    Whole patients are drawn with replacement, not within outcome classes: in a cohort the
    prevalence, which net benefit depends on, is itself estimated. The predictions stay as they are.
    NaN where the patients are of one class only.
    """
    outcome = np.asarray(outcome, dtype=float)
    thresholds = np.asarray(thresholds, dtype=float)
    if len(np.unique(outcome)) < 2:
        return np.full(len(thresholds), np.nan), np.full(len(thresholds), np.nan)
    n = len(outcome)
    treated = np.asarray(probability, dtype=float)[:, None] >= thresholds
    gains = np.where(outcome[:, None] == 1, 1.0, -thresholds / (1 - thresholds)) * treated
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), bootstrap)
    low, high = np.quantile(drawn @ gains / n, [0.025, 0.975], axis=0)
    return low, high
