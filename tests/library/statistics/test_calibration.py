"""Recalibration, Brier score and risk groups, against R."""

import numpy as np
import oracles
import pandas as pd
import pytest
from scipy.special import expit, logit

from radfuse.statistics import calibration
from radfuse.statistics.logistic import fit_logistic

MODELS = {
    "A": ["smoothness"],
    "B": ["symmetry", "texture"],
    "C": ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"],
}


def predictions(model: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Outcome and probability in the training, then in the test cohort."""
    train, test = oracles.cohorts()
    names = MODELS[model]
    fit = fit_logistic(train[names], train["malignant"].to_numpy())
    both = [
        (
            frame["malignant"].to_numpy(),
            expit(fit.coefficients[0] + frame[names].to_numpy() @ fit.coefficients[1:]),
        )
        for frame in (train, test)
    ]
    return *both[0], *both[1]


@pytest.mark.parametrize("model", MODELS)
def test_equal_to_r(model: str) -> None:
    _, _, outcome, probability = predictions(model)
    intercept, slope, brier = oracles.numbers(f"calibration.test.{model}.intercept_slope_brier")
    (citl,) = oracles.numbers(f"calibration.test.{model}.in_the_large")
    found = calibration.recalibration(outcome, probability)
    # R's fits stop once the deviance settles, which leaves a coefficient uncertain by 1e-6
    assert found == pytest.approx((intercept, slope), abs=1e-6)
    residual = outcome - expit(found[0] + found[1] * logit(probability))
    assert residual.sum() == pytest.approx(0, abs=1e-6)
    assert residual @ logit(probability) == pytest.approx(0, abs=1e-6)
    assert calibration.in_the_large(outcome, probability) == pytest.approx(citl, abs=1e-8)
    assert calibration.brier(outcome, probability) == pytest.approx(brier, abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_intervals_equal_to_r(model: str) -> None:
    """The slope's by confint (MASS), that in the large by the root of the likelihood ratio."""
    _, _, outcome, probability = predictions(model)
    slope = oracles.numbers(f"calibration.test.{model}.slope_profile95")
    assert calibration.slope_interval(outcome, probability) == pytest.approx(slope, abs=2e-6)
    citl = oracles.numbers(f"calibration.test.{model}.in_the_large_profile95")
    found = calibration.in_the_large_interval(outcome, probability)
    assert found == pytest.approx(citl, abs=1e-8)
    other = calibration.in_the_large_interval(1 - outcome, 1 - probability)
    assert other == pytest.approx((-found[1], -found[0]), abs=1e-8)


def test_intervals_of_what_does_not_exist() -> None:
    outcome, probability = np.array([0.0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    assert np.isnan(calibration.slope_interval(outcome, probability)).all()  # separated
    assert np.isnan(calibration.slope_interval(outcome, np.full(4, 0.5))).all()
    assert np.isfinite(calibration.in_the_large_interval(outcome, probability)).all()
    for interval in (calibration.slope_interval, calibration.in_the_large_interval):
        assert np.isnan(interval(np.ones(4), probability)).all()


def test_a_maximum_likelihood_fit_is_calibrated_where_it_was_fitted() -> None:
    outcome, probability, _, _ = predictions("C")
    assert calibration.recalibration(outcome, probability) == pytest.approx((0, 1), abs=1e-6)
    assert calibration.in_the_large(outcome, probability) == pytest.approx(0, abs=1e-9)


def test_recalibration_undoes_a_known_distortion() -> None:
    outcome, probability, _, _ = predictions("B")
    distorted = expit((logit(probability) - 0.7) / 1.6)
    assert calibration.recalibration(outcome, distorted) == pytest.approx((0.7, 1.6), abs=1e-6)
    shifted = expit(logit(probability) + 0.4)
    assert calibration.in_the_large(outcome, shifted) == pytest.approx(-0.4, abs=1e-9)


def test_swapping_the_classes_turns_the_intercepts() -> None:
    _, _, outcome, probability = predictions("B")
    intercept, slope = calibration.recalibration(outcome, probability)
    swapped = calibration.recalibration(1 - outcome, 1 - probability)
    assert swapped == pytest.approx((-intercept, slope), abs=1e-8)
    assert calibration.in_the_large(1 - outcome, 1 - probability) == pytest.approx(
        -calibration.in_the_large(outcome, probability), abs=1e-9
    )


@pytest.mark.parametrize(
    ("outcome", "probability"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),  # separated
        ([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9]),  # quasi-separated
        ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),  # separated the wrong way
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]),  # constant
        ([1, 1, 1], [0.2, 0.6, 0.9]),  # one class
        ([], []),
    ],
)
def test_what_has_no_slope_is_missing(outcome: list, probability: list) -> None:
    assert np.isnan(calibration.recalibration(outcome, probability)).all()


def test_in_the_large_of_constant_probabilities_is_a_difference_of_logits() -> None:
    found = calibration.in_the_large([1, 0, 0, 0, 0], [0.5] * 5)
    assert found == pytest.approx(logit(0.2), abs=1e-10)
    assert np.isnan(calibration.in_the_large([1, 1], [0.5, 0.6]))


def test_certainties_are_clipped() -> None:
    assert calibration.log_odds([0.0, 1.0]) == pytest.approx([-27.631, 27.631], abs=1e-3)
    outcome, probability = [0, 1, 0, 1, 1, 0], [0.0, 1.0, 1.0, 0.0, 0.7, 0.2]
    assert np.isfinite(calibration.recalibration(outcome, probability)).all()
    assert np.isfinite(calibration.in_the_large(outcome, probability))


def test_brier_by_hand() -> None:
    assert calibration.brier([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    assert np.isnan(calibration.brier([], []))


def test_groups_partition_the_patients() -> None:
    _, _, outcome, probability = predictions("C")
    found = calibration.risk_groups(outcome, probability, 5)
    expected = pd.DataFrame(
        {"p": probability, "y": outcome, "group": pd.qcut(probability, 5, labels=False)}
    ).groupby("group")
    assert list(found["group"]) == [1, 2, 3, 4, 5]
    assert list(found["n"]) == list(expected.size())
    assert list(found["events"]) == list(expected["y"].sum())
    assert found["predicted"].to_numpy() == pytest.approx(expected["p"].mean().to_numpy())
    assert found["predicted"].is_monotonic_increasing
    assert (found["observed_low"] <= found["observed"]).all()
    assert (found["observed_high"] >= found["observed"]).all()
    order = np.random.default_rng(0).permutation(len(outcome))
    shuffled = calibration.risk_groups(outcome[order], probability[order], 5)
    pd.testing.assert_frame_equal(found, shuffled)


def test_ties_share_a_group() -> None:
    found = calibration.risk_groups([0, 1, 0, 1, 1, 1], [0.2, 0.2, 0.2, 0.2, 0.2, 0.9], 5)
    assert list(found["n"]) == [5, 1]
    assert list(found["events"]) == [3, 1]
    assert len(calibration.risk_groups([0, 1], [0.3, 0.3], 5)) == 1
    assert len(calibration.risk_groups([], [], 5)) == 0


def test_expected_calibration_error_of_two_groups_by_hand() -> None:
    """Three of risk 0.1 with one event, one of 0.9 without: (3 |1/3 - 0.1| + 0.9) / 4."""
    outcome, probability = [1, 0, 0, 0], [0.1, 0.1, 0.1, 0.9]
    found = calibration.expected_calibration_error(outcome, probability, 2)
    assert found == pytest.approx((3 * (1 / 3 - 0.1) + 0.9) / 4)
    assert np.isnan(calibration.expected_calibration_error([], [], 5))


def test_scaled_brier() -> None:
    """Its definition's ends, and 1 - 0.16 / 0.25 where everybody is 0.4 away."""
    outcome = np.array([1, 0, 1, 0])
    assert calibration.scaled_brier(outcome, outcome) == 1
    assert calibration.scaled_brier(outcome, np.full(4, 0.5)) == 0
    assert calibration.scaled_brier(outcome, [0.6, 0.4, 0.6, 0.4]) == pytest.approx(0.36)
    assert np.isnan(calibration.scaled_brier([1, 1], [0.5, 0.5]))


def test_scaled_brier_follows_from_r_s_brier() -> None:
    _, _, outcome, probability = predictions("C")
    (*_, brier) = oracles.numbers("calibration.test.C.intercept_slope_brier")
    expected = 1 - brier / (19 / 54 * 35 / 54)
    assert calibration.scaled_brier(outcome, probability) == pytest.approx(expected, abs=1e-8)
