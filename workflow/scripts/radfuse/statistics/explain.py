"""Which covariate moves whom: exact SHAP values of a model that is linear in the log odds."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from shap import LinearExplainer
from shap.maskers import Independent


def linear_shap(
    intercept: float,
    coefficients: Mapping[str, float],
    covariates: pd.DataFrame,
    background: pd.DataFrame,
) -> tuple[pd.DataFrame, float]:
    """SHAP values (patients x covariates) and their base value, both in log odds.

    With an independent background the value of covariate j is exactly coefficient_j x (value_j -
    mean of j over `background`), and the base value is the background's mean log odds (Lundberg,
    Lee, NeurIPS 2017, corollary 1): base + the row's sum is the patient's log odds. Neither frame
    may have missing values.
    """
    names = list(coefficients)
    if not names:
        return pd.DataFrame(index=covariates.index), float(intercept)
    reference = background[names].to_numpy(dtype=float)
    # by default shap draws 100 patients of the background; all of them are wanted
    masker = Independent(reference, max_samples=len(reference))
    model = (np.array([coefficients[name] for name in names]), float(intercept))
    explainer = LinearExplainer(model, masker)
    values = explainer.shap_values(covariates[names].to_numpy(dtype=float))
    frame = pd.DataFrame(values, index=covariates.index, columns=names)
    return frame, float(explainer.expected_value)
