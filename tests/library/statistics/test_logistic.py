"""Logistic regression against R's glm, closed forms, and what must not matter."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from oracles import cohorts, numbers
from scipy.special import expit

from radfuse.errors import StudyError
from radfuse.statistics.logistic import (
    FIRTH,
    MAXIMUM_LIKELIHOOD,
    fit_logistic,
    fit_unless_separated,
)
from radfuse.statistics.separation import separated_rows

MODELS = {
    "A": ["smoothness"],
    "B": ["symmetry", "texture"],
    "C": ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"],
}


@pytest.fixture
def train() -> pd.DataFrame:
    return cohorts()[0]


@pytest.mark.parametrize("model", MODELS)
def test_equals_r_glm(train, model):
    fit = fit_logistic(train[MODELS[model]], train["malignant"])
    errors = fit.standard_errors
    for position, name in enumerate(["(Intercept)", *MODELS[model]]):
        coefficient, error, z, p = numbers(f"glm.{model}.{name}.coef_se_z_p")
        assert fit.coefficients[position] == pytest.approx(coefficient, rel=2e-9)
        assert errors[position] == pytest.approx(error, rel=2e-9)
        assert fit.coefficients[position] / errors[position] == pytest.approx(z, rel=2e-9)
        assert fit.p_values[position] == pytest.approx(p, rel=2e-9)
    aic, deviance = numbers(f"glm.{model}.aic_deviance")
    assert fit.aic == pytest.approx(aic, rel=1e-9)
    assert -2 * fit.log_likelihood == pytest.approx(deviance, rel=1e-9)
    assert (fit.n, fit.events) == tuple(numbers("n_train_malignant_test_malignant")[:2])
    assert (fit.method, fit.separated, fit.aliased) == (MAXIMUM_LIKELIHOOD, False, ())


def test_without_covariates_the_intercept_is_the_log_odds():
    fit = fit_logistic(pd.DataFrame(index=range(40)), np.repeat([1, 0], [10, 30]))
    assert fit.coefficients == pytest.approx([np.log(10 / 30)])
    assert fit.standard_errors == pytest.approx([np.sqrt(1 / 10 + 1 / 30)], rel=1e-5)
    assert fit.log_likelihood == pytest.approx(10 * np.log(0.25) + 30 * np.log(0.75))
    assert fit.aic == pytest.approx(2 - 2 * fit.log_likelihood)


def test_units_and_orders_do_not_matter(train):
    columns = MODELS["C"]
    fit = fit_logistic(train[columns], train["malignant"])
    factors = np.array([1e7, 1e-6, 1.0, 3000.0, 1e-3])
    scaled = fit_logistic(train[columns] * factors + 1e3 * factors, train["malignant"])
    assert scaled.coefficients[1:] * factors == pytest.approx(fit.coefficients[1:], rel=1e-7)
    assert scaled.p_values[1:] == pytest.approx(fit.p_values[1:], rel=1e-6)
    shuffled = train.sample(frac=1, random_state=1)
    again = fit_logistic(shuffled[columns[::-1]], shuffled["malignant"])
    assert again.coefficients[:0:-1] == pytest.approx(fit.coefficients[1:], rel=1e-7)


@pytest.mark.parametrize("separated", [False, True])
def test_swapping_the_classes_turns_the_signs(train, separated):
    design = train[MODELS["B"]].copy()
    if separated:
        design["sign"] = train["malignant"] * (train["texture"] > 18)
    fit = fit_logistic(design, train["malignant"])
    swapped = fit_logistic(design, 1 - train["malignant"])
    assert fit.separated == swapped.separated == separated
    assert swapped.coefficients == pytest.approx(-fit.coefficients, rel=1e-6)
    assert swapped.p_values == pytest.approx(fit.p_values, rel=1e-5)
    assert swapped.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-9)


def test_separation_is_answered_by_firth():
    sign = pd.DataFrame({"sign": np.repeat([1, 0, 0], [7, 5, 8])})
    fit = fit_logistic(sign, np.repeat([1, 0], [12, 8]))
    assert (fit.method, fit.separated) == (FIRTH, True)
    assert np.exp(fit.coefficients[1]) == pytest.approx(7.5 * 8.5 / (5.5 * 0.5), rel=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_the_patients_does_not_matter_under_separation(seed):
    """4 positive patients of 124 alone have the sign. The test of the intercept has no end in some
    orders (0 and 7 are such): that must not count."""
    outcome = np.repeat([1.0, 0.0], [25, 99])
    sign = np.repeat([1.0, 0.0], [4, 120])
    order = np.random.default_rng(seed).permutation(124)
    fit = fit_logistic(pd.DataFrame({"sign": sign[order]}), outcome[order])
    expected = np.log(4.5 / 0.5) - np.log(21.5 / 99.5)  # 1/2 added to every cell
    assert fit.coefficients[1] == pytest.approx(expected, rel=1e-5)
    assert fit.p_values[1] == pytest.approx(5.88031346e-04, rel=1e-6)


def test_the_penalised_likelihood_is_that_of_the_original_units():
    """Jeffreys' prior scales with the covariates: half the log determinant of X'WX as given."""
    dose = pd.DataFrame({"dose": [0.0, 0, 0, 0, 250, 400, 500]})
    outcome = np.array([0, 0, 0, 1, 1, 1, 1])
    fit = fit_logistic(dose, outcome)
    design = np.column_stack([np.ones(7), dose])
    log_odds = design @ fit.coefficients
    weights = np.exp(log_odds) / (1 + np.exp(log_odds)) ** 2
    information = (design * weights[:, None]).T @ design
    plain = (outcome * log_odds - np.log1p(np.exp(log_odds))).sum()
    assert fit.separated
    assert fit.log_likelihood == pytest.approx(plain + np.log(np.linalg.det(information)) / 2)
    assert np.linalg.inv(information) == pytest.approx(fit.covariance, rel=1e-6)


def test_dependent_and_constant_columns_are_aliased_as_in_r(train):
    design = train[["symmetry", "texture"]].assign(
        constant=3.0, both=train["symmetry"] + 2 * train["texture"]
    )[["constant", "symmetry", "texture", "both"]]
    fit = fit_logistic(design, train["malignant"])
    plain = fit_logistic(train[["symmetry", "texture"]], train["malignant"])
    assert fit.aliased == ("constant", "both")
    assert fit.coefficients == pytest.approx(np.insert(plain.coefficients, [1, 3], 0.0), rel=1e-9)
    assert np.isnan(fit.standard_errors[[1, 4]]).all() and np.isnan(fit.p_values[[1, 4]]).all()
    assert fit.aic == pytest.approx(plain.aic)


def test_more_columns_than_patients_do_not_crash():
    random = np.random.default_rng(3)
    design = pd.DataFrame(random.normal(size=(8, 12))).add_prefix("c")
    fit = fit_logistic(design, np.tile([0, 1], 4))
    assert fit.separated and len(fit.aliased) == 5
    assert np.isfinite(fit.coefficients).all()


@pytest.mark.parametrize("seed", [84, 225, 247, 282])
def test_extreme_values_do_not_send_the_iterations_astray(seed):
    """Values over ten decades, on which plain iterative reweighting diverges (and R's glm too).

    At a maximum the score is 0, and the log-likelihood above the intercept's alone.
    """
    random = np.random.default_rng(seed)
    design = pd.DataFrame({name: np.exp(random.normal(0, 6, 20)) for name in ("first", "second")})
    outcome = (random.random(20) < 0.5).astype(int)
    fit = fit_logistic(design, outcome)
    log_odds = fit.coefficients[0] + design.to_numpy() @ fit.coefficients[1:]
    residual = outcome - expit(log_odds)
    standardised = ((design - design.mean()) / design.std()).assign(intercept=1.0)
    assert not fit.separated
    assert standardised.mul(residual, axis=0).sum().abs().max() < 1e-4
    assert fit.log_likelihood > fit_logistic(design[[]], outcome).log_likelihood


def on_a_plateau(margin: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Two groups, of which the first overlaps by a little, which makes the slope large, and the
    second is apart by three times `margin`: where its intercept is changes the likelihood by next
    to nothing, although there is a maximum."""
    overlap = [-2.5, -1.4, -0.432, -0.442, 0.3, 1.0]
    apart = [-margin - 1, -margin, 2 * margin, 2 * margin + 1]
    design = pd.DataFrame({"group": [1.0] * 6 + [0.0] * 4, "score": overlap + apart})
    return design, np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1])


def test_a_maximum_that_double_precision_cannot_find_is_answered_by_firth():
    """Where iterations stop on a plateau is chance: R's glm stops elsewhere, and warns."""
    design, outcome = on_a_plateau(3.0)
    assert not separated_rows(sm.add_constant(design.to_numpy()), outcome).any()
    fit = fit_logistic(design, outcome)
    assert (fit.method, fit.separated) == (FIRTH, True)
    assert fit_unless_separated(design, outcome) is None
    order = np.random.default_rng(1).permutation(10)
    again = fit_logistic(design.iloc[order], outcome[order])
    assert again.coefficients == pytest.approx(fit.coefficients, rel=1e-9)
    near = fit_logistic(*on_a_plateau(0.2))
    assert (near.method, near.separated) == (MAXIMUM_LIKELIHOOD, False)


def test_what_is_refused(train):
    with pytest.raises(StudyError, match="E21 statistics: 0 of 5 patients are positive"):
        fit_logistic(pd.DataFrame({"x": range(5)}), np.zeros(5))
    with pytest.raises(ValueError, match="missing"):
        fit_logistic(pd.DataFrame({"x": [1.0, np.nan, 2.0]}), np.array([0, 1, 0]))
    with pytest.raises(ValueError, match="0 or 1"):
        fit_logistic(pd.DataFrame({"x": [1.0, 3.0, 2.0]}), np.array([0, 1, 2]))
