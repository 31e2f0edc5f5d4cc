"""SHAP values of a linear model against their closed form and their definition."""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from radfuse.statistics.explain import linear_shap

COEFFICIENTS = {"DLRS_CT": 1.3, "CT:cirrhosis": -2.0, "CT:location=2": 0.4}


@pytest.fixture
def covariates() -> pd.DataFrame:
    # more than shap's default background of 100 patients
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(150, 3)), columns=list(COEFFICIENTS))
    frame["CT:cirrhosis"] = (frame["CT:cirrhosis"] > 0).astype(float)
    return frame


def test_closed_form_and_additivity(covariates: pd.DataFrame) -> None:
    background = covariates.iloc[:130]
    values, base = linear_shap(-0.6, COEFFICIENTS, covariates, background)
    slopes = pd.Series(COEFFICIENTS)
    expected = (covariates - background.mean()) * slopes
    log_odds = -0.6 + covariates @ slopes
    assert values.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-8)
    assert base + values.sum(axis=1).to_numpy() == pytest.approx(log_odds.to_numpy(), abs=1e-8)
    assert base == pytest.approx(log_odds.iloc[:130].mean(), abs=1e-8)
    assert list(values.columns) == list(COEFFICIENTS)


def test_shapley_values_by_their_definition(covariates: pd.DataFrame) -> None:
    background = covariates.iloc[:20]
    patient = covariates.iloc[140]
    names = list(COEFFICIENTS)

    def worth(known: tuple[str, ...]) -> float:
        mixed = background.copy()
        for name in known:
            mixed[name] = patient[name]
        return float((-0.6 + mixed @ pd.Series(COEFFICIENTS)).mean())

    values, _ = linear_shap(-0.6, COEFFICIENTS, covariates, background)
    for name in names:
        others = [other for other in names if other != name]
        total = sum(
            factorial(size)
            * factorial(len(others) - size)
            / factorial(len(names))
            * (worth((*known, name)) - worth(known))
            for size in range(len(names))
            for known in combinations(others, size)
        )
        assert values.loc[140, name] == pytest.approx(total, abs=1e-10)


def test_order_of_patients_changes_nothing(covariates: pd.DataFrame) -> None:
    shuffled = covariates.sample(frac=1, random_state=0)
    values, base = linear_shap(0.0, COEFFICIENTS, covariates, covariates)
    again, again_base = linear_shap(0.0, COEFFICIENTS, shuffled, shuffled)
    pd.testing.assert_frame_equal(values, again.sort_index(), atol=1e-12)
    assert base == pytest.approx(again_base)


def test_a_model_without_covariates_has_only_its_base(covariates: pd.DataFrame) -> None:
    values, base = linear_shap(-1.2, {}, covariates, covariates)
    assert values.shape == (150, 0)
    assert base == -1.2
