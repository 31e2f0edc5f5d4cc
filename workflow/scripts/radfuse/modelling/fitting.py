"""From a logistic fit to a model: plain numbers, intervals, and the training cohort's threshold."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import expit

from radfuse.modelling.models import PROTOCOL
from radfuse.statistics.logistic import fit_logistic
from radfuse.statistics.profile import profile_intervals
from radfuse.statistics.threshold import youden_threshold


def plain(value: float) -> float | None:
    """A number as JSON holds it: 12 significant digits; None where it is not finite."""
    return float(f"{value:.12g}") if np.isfinite(value) else None


def fit_model(
    name: str,
    modality: str,
    design: pd.DataFrame,
    outcome: np.ndarray,
    labels: Mapping[str, str],
    source: Mapping[str, str],
    outcome_definition: Mapping,
    note: str = "",
    protocol: str = PROTOCOL,
) -> dict:
    """Fit one logistic regression on the training cohort and describe it (see `models`).

    `design`: training patients x covariates without missing values; `outcome`: 0/1 per row;
    `labels` and `source` (radiology, score or model) by covariate. Intervals are 95% profile
    likelihood (penalised after Firth). The threshold maximises Youden's J on these patients.
    """
    fit = fit_logistic(design, outcome)
    intervals = profile_intervals(design, outcome, fit)
    covariates = [
        {
            "name": covariate,
            "label": labels[covariate],
            "source": source[covariate],
            "coefficient": plain(fit.coefficients[position + 1]),
            "standard_error": plain(fit.standard_errors[position + 1]),
            "low": plain(intervals.loc[covariate, "low"]),
            "high": plain(intervals.loc[covariate, "high"]),
            "p": plain(fit.p_values[position + 1]),
        }
        for position, covariate in enumerate(fit.names)
    ]
    probabilities = expit(fit.coefficients[0] + design.to_numpy(float) @ fit.coefficients[1:])
    threshold, youden = youden_threshold(outcome, probabilities)
    return {
        "model": name,
        "modality": modality,
        "protocol": protocol,
        "outcome": dict(outcome_definition),
        "n": int(fit.n),
        "events": int(fit.events),
        "method": fit.method,
        "separated": bool(fit.separated),
        "note": note,
        "intercept": plain(fit.coefficients[0]),
        "covariates": covariates,
        "threshold": plain(threshold),
        "youden": plain(youden),
    }
