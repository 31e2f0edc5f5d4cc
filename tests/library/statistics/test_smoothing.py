"""The smooth calibration curve against another library's natural splines, and by theory."""

import numpy as np
import oracles
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.interpolate import CubicSpline
from scipy.special import expit, logit

from radfuse.statistics.calibration import recalibration
from radfuse.statistics.logistic import fit_logistic
from radfuse.statistics.smoothing import (
    KNOTS,
    integrated_calibration_index,
    restricted_cubic,
    smooth_calibration,
)


def natural_spline(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """scipy's natural cubic splines through unit values at the knots, straight beyond them."""
    spline = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")
    inside = spline(np.clip(x, knots[0], knots[-1]))
    slopes = spline(np.clip(x, knots[0], knots[-1]), 1)
    beyond = (x - np.clip(x, knots[0], knots[-1]))[:, None]
    return inside + beyond * slopes


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    """Outcome and predicted risk of the reference's test cohort, model B."""
    train, test = oracles.cohorts()
    names = ["symmetry", "texture"]
    fit = fit_logistic(train[names], train["malignant"].to_numpy())
    linear = fit.coefficients[0] + test[names].to_numpy() @ fit.coefficients[1:]
    return test["malignant"].to_numpy(dtype=float), expit(linear)


@pytest.mark.parametrize("shares", [KNOTS, (0.05, 0.35, 0.65, 0.95)])
def test_the_basis_spans_the_natural_splines(shares: tuple) -> None:
    x = np.random.default_rng(1).normal(size=80)
    knots = np.quantile(x, shares)
    basis = np.column_stack([np.ones(80), restricted_cubic(x, knots)])
    other = natural_spline(x, knots)
    solution, *_ = np.linalg.lstsq(basis, other, rcond=None)
    np.testing.assert_allclose(basis @ solution, other, atol=1e-12)


def test_curve_and_band_as_by_another_library() -> None:
    """statsmodels' GLM on scipy's natural splines: other basis, same curve and standard errors."""
    outcome, probability = breast_cancer()
    at = np.linspace(0.05, 0.95, 19)
    knots = np.quantile(logit(probability), KNOTS)
    model = sm.GLM(
        outcome, natural_spline(logit(probability), knots), family=sm.families.Binomial()
    )
    expected = model.fit(tol=1e-12).get_prediction(natural_spline(logit(at), knots)).summary_frame()
    found = smooth_calibration(outcome, probability, at)
    np.testing.assert_allclose(found.observed, expected["mean"], atol=1e-6)
    np.testing.assert_allclose(found.low, expected["mean_ci_lower"], atol=1e-5)
    np.testing.assert_allclose(found.high, expected["mean_ci_upper"], atol=1e-5)


def test_index_is_the_mean_distance_from_that_curve() -> None:
    outcome, probability = breast_cancer()
    knots = np.quantile(logit(probability), KNOTS)
    splines = natural_spline(logit(probability), knots)
    fit = sm.GLM(outcome, splines, family=sm.families.Binomial()).fit(tol=1e-12)
    expected = np.mean(np.abs(fit.predict(splines) - probability))
    found = integrated_calibration_index(outcome, probability)
    assert found == pytest.approx(expected, abs=1e-6)


def test_true_risks_lie_on_the_diagonal_and_bent_ones_do_not() -> None:
    rng = np.random.default_rng(3)
    risk = expit(rng.normal(size=20_000))
    outcome = (rng.random(20_000) < risk).astype(float)
    assert integrated_calibration_index(outcome, risk) < 0.01
    at = np.array([0.2, 0.5, 0.8])
    curve = smooth_calibration(outcome, risk, at)
    assert (curve.low < at).all() and (at < curve.high).all()
    # true risk 0.5 where 0.731 is predicted
    shifted = expit(logit(risk) + 1)
    assert smooth_calibration(outcome, shifted, [expit(1)]).observed == pytest.approx(0.5, abs=0.02)
    expected = np.mean(np.abs(shifted - risk))
    assert integrated_calibration_index(outcome, shifted) == pytest.approx(expected, abs=0.01)


def test_where_there_is_no_curve_nothing_is_fitted(monkeypatch) -> None:
    """Firth's fit of two tight clusters may end without a solution; nobody needs it."""
    monkeypatch.setattr("radfuse.statistics.logistic.fit_firth", lambda *_: pytest.fail("fitted"))
    probability = np.r_[np.linspace(0.1, 0.1001, 12), np.linspace(0.9, 0.9001, 8)]
    outcome = (probability > 0.5).astype(float)
    assert smooth_calibration(outcome, probability, probability) is None
    assert np.isnan(recalibration(outcome, probability)).all()


def test_few_distinct_risks_give_the_straight_recalibration() -> None:
    probability = np.repeat([0.2, 0.6], 30)
    outcome = np.r_[np.arange(30) < 9, np.arange(30) < 12].astype(float)
    intercept, slope = recalibration(outcome, probability)
    curve = smooth_calibration(outcome, probability, [0.2, 0.4, 0.6])
    expected = expit(intercept + slope * logit([0.2, 0.4, 0.6]))
    np.testing.assert_allclose(curve.observed, expected, atol=1e-9)
    np.testing.assert_allclose(curve.observed[[0, 2]], [0.3, 0.4], atol=1e-6)


@pytest.mark.parametrize(
    ("outcome", "probability"),
    [
        ([1] * 10, np.linspace(0.1, 0.9, 10)),
        ([0, 1] * 5, [0.3] * 10),
        ([0] * 5 + [1] * 5, np.linspace(0.1, 0.9, 10)),
        ([0, 1, 0, 1, 0, 1, 0, 1, 0, 0], np.linspace(0.1, 0.9, 10)),  # four of one class
        ([], []),
    ],
)
def test_no_curve(outcome: list, probability: list) -> None:
    assert smooth_calibration(outcome, probability, [0.5]) is None
    assert np.isnan(integrated_calibration_index(outcome, probability))


def test_certain_predictions_do_not_crash() -> None:
    rng = np.random.default_rng(1)
    probability = np.r_[0.0, 1.0, rng.random(40)]
    outcome = np.r_[0.0, 1.0, rng.permutation(np.arange(40) % 2)]
    curve = smooth_calibration(outcome, probability, probability)
    assert curve is None or np.isfinite(pd.DataFrame(curve._asdict())).all(axis=None)
