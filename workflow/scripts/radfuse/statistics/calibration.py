"""Do predicted probabilities mean what they say? Recalibration, Brier score, grouped risks."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import chi2

from radfuse.statistics.logistic import fit_unless_separated
from radfuse.statistics.profile import profile_intervals
from radfuse.statistics.proportion import wilson

CLIP = 1e-12


def log_odds(probability: ArrayLike) -> np.ndarray:
    """logit(probability), where 0 and 1 count as 1e-12 and 1 - 1e-12."""
    return logit(np.clip(np.asarray(probability, dtype=float), CLIP, 1 - CLIP))


def one_class(outcome: np.ndarray) -> bool:
    return len(np.unique(outcome)) < 2


def recalibration(outcome: ArrayLike, probability: ArrayLike) -> tuple[float, float]:
    """Intercept and slope of outcome ~ logit(probability), fitted together (Cox 1958).

    Ideal: 0 and 1. NaN for both where they do not exist: one class only, constant
    probabilities, or probabilities that separate the classes.
    """
    outcome = np.asarray(outcome, dtype=float)
    if one_class(outcome):
        return float("nan"), float("nan")
    fit = fit_unless_separated(pd.DataFrame({"log odds": log_odds(probability)}), outcome)
    if fit is None:
        return float("nan"), float("nan")
    return float(fit.coefficients[0]), float(fit.coefficients[1])


def in_the_large(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Intercept of outcome ~ 1 + offset(logit(probability)): 0 where mean risk equals the rate.

    The likelihood's only equation, sum expit(a + logit p) = events, grows with a. NaN where only
    one class is there.
    """
    outcome = np.asarray(outcome, dtype=float)
    if one_class(outcome):
        return float("nan")
    offset = log_odds(probability)
    reach = np.abs(offset).max() + 40
    events = outcome.sum()
    return float(brentq(lambda a: expit(a + offset).sum() - events, -reach, reach, xtol=1e-12))


def slope_interval(outcome: ArrayLike, probability: ArrayLike) -> tuple[float, float]:
    """The 95% profile-likelihood interval of the slope of `recalibration`; NaN where that is."""
    outcome = np.asarray(outcome, dtype=float)
    design = pd.DataFrame({"log odds": log_odds(probability)})
    fit = None if one_class(outcome) else fit_unless_separated(design, outcome)
    if fit is None:
        return float("nan"), float("nan")
    low, high = profile_intervals(design, outcome, fit).iloc[0]
    return float(low), float(high)


def in_the_large_interval(outcome: ArrayLike, probability: ArrayLike) -> tuple[float, float]:
    """The 95% profile-likelihood interval of `in_the_large`; NaN where that is."""
    outcome = np.asarray(outcome, dtype=float)
    best = in_the_large(outcome, probability)
    if np.isnan(best):
        return float("nan"), float("nan")
    offset = log_odds(probability)
    towards = np.where(outcome == 1, -1.0, 1.0)

    def height(a: float) -> float:
        return float(-np.logaddexp(0.0, towards * (a + offset)).sum())

    least = height(best) - chi2.ppf(0.95, 1) / 2
    reach = np.abs(offset).max() + 40
    low, high = (brentq(lambda a: height(a) - least, best, end) for end in (-reach, reach))
    return float(low), float(high)


def brier(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Mean squared difference (Brier 1950); NaN without patients."""
    outcome = np.asarray(outcome, dtype=float)
    if len(outcome) == 0:
        return float("nan")
    return float(np.mean((outcome - np.asarray(probability, dtype=float)) ** 2))


def risk_groups(outcome: ArrayLike, probability: ArrayLike, count: int) -> pd.DataFrame:
    """Patients in at most `count` groups between quantiles of their probability, lowest first.

    Patients who tie share a group, so there may be fewer. Columns: group (1, 2, ...), n, events,
    predicted (mean probability), observed (events / n), observed_low, observed_high (Wilson, 95%).
    """
    outcome = np.asarray(outcome, dtype=float)
    probability = np.asarray(probability, dtype=float)
    columns = ["group", "n", "events", "predicted", "observed", "observed_low", "observed_high"]
    if len(outcome) == 0:
        return pd.DataFrame(columns=columns)
    edges = np.quantile(probability, np.arange(1, count) / count)
    places = np.searchsorted(edges, probability, side="left")
    rows = []
    for number, place in enumerate(np.unique(places), start=1):
        inside = places == place
        n, events = int(inside.sum()), int(outcome[inside].sum())
        predicted = float(probability[inside].mean())
        rows.append([number, n, events, predicted, events / n, *wilson(events, n)])
    return pd.DataFrame(rows, columns=columns)


def expected_calibration_error(outcome: ArrayLike, probability: ArrayLike, count: int) -> float:
    """Mean |observed - predicted| of the groups of `risk_groups`, weighted by their patients.

    Naeini, Cooper, Hauskrecht, AAAI 2015, with groups of equal size. It is above 0 by chance alone,
    the more so the fewer patients a group has. NaN without patients.
    """
    groups = risk_groups(outcome, probability, count)
    if groups.empty:
        return float("nan")
    return float(np.average((groups["observed"] - groups["predicted"]).abs(), weights=groups["n"]))


def scaled_brier(outcome: ArrayLike, probability: ArrayLike) -> float:
    """1 - Brier / (rate (1 - rate)): 1 is perfect, 0 no better than predicting the overall rate.

    Steyerberg et al., Epidemiology 2010; 21: 128-138. NaN where one class is missing.
    """
    outcome = np.asarray(outcome, dtype=float)
    if one_class(outcome):
        return float("nan")
    return 1 - brier(outcome, probability) / float(outcome.mean() * (1 - outcome.mean()))
