"""Net benefit against R (rmda's formula) and by hand."""

import numpy as np
import oracles
import pytest
from scipy.special import expit
from scipy.stats import binom

from radfuse.statistics.decision import (
    TREAT_ALL,
    TREAT_NONE,
    interventions_avoided,
    net_benefit,
    net_benefit_band,
    threshold_range,
)
from radfuse.statistics.logistic import fit_logistic

NAMES = ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"]


@pytest.mark.parametrize("threshold", [0.1, 0.2, 0.35, 0.5, 0.75])
def test_equal_to_r(threshold: float) -> None:
    train, test = oracles.cohorts()
    fit = fit_logistic(train[NAMES], train["malignant"].to_numpy())
    probability = expit(fit.coefficients[0] + test[NAMES].to_numpy() @ fit.coefficients[1:])
    model, everyone = oracles.numbers(f"net_benefit.test.C.threshold={threshold}.model_all")
    found = net_benefit(test["malignant"], {"C": probability}, [threshold])
    by_model = found.set_index("model")["net_benefit"]
    assert by_model["C"] == pytest.approx(model, abs=1e-9)
    assert by_model[TREAT_ALL] == pytest.approx(everyone, abs=1e-9)
    assert by_model[TREAT_NONE] == 0


def test_by_hand_with_a_patient_on_the_threshold() -> None:
    # at 0.25: 2 true and 1 false positives of 4, weighed 1 to 1/3
    found = net_benefit([1, 1, 0, 0], {"M": [0.9, 0.25, 0.25, 0.1]}, [0.25])
    expected = 2 / 4 - 1 / 4 / 3
    assert found.set_index("model").at["M", "net_benefit"] == pytest.approx(expected, abs=1e-12)


def test_models_keep_their_names_and_order() -> None:
    rng = np.random.default_rng(3)
    outcome = np.array([0, 1, 0, 1, 1])
    probabilities = {"outcome": rng.random(5), "all": rng.random(5), "DLRR T1 + T2": rng.random(5)}
    found = net_benefit(outcome, probabilities, [0.3, 0.6])
    assert list(found["model"].unique()) == [*probabilities, TREAT_ALL, TREAT_NONE]
    for name, probability in probabilities.items():
        alone = net_benefit(outcome, {"M": probability}, [0.3, 0.6])
        own = found.loc[found["model"] == name, "net_benefit"].to_numpy()
        assert own == pytest.approx(alone.loc[alone["model"] == "M", "net_benefit"].to_numpy())


def test_a_perfect_model_gains_the_prevalence() -> None:
    found = net_benefit([1, 0, 0, 0], {"M": [1.0, 0.0, 0.0, 0.0]}, [0.01, 0.5, 0.99])
    assert found.loc[found["model"] == "M", "net_benefit"].to_numpy() == pytest.approx([0.25] * 3)


def test_one_class_has_no_net_benefit() -> None:
    found = net_benefit([0, 0], {"M": [0.2, 0.3]}, [0.1, 0.2])
    assert list(found["model"].unique()) == ["M", TREAT_ALL, TREAT_NONE]
    assert found["net_benefit"].isna().all()


def test_range_includes_its_end_without_drift() -> None:
    found = threshold_range(0.01, 0.99, 0.01)
    assert len(found) == 99
    assert list(found) == [float(f"{place / 100:.2f}") for place in range(1, 100)]
    assert list(threshold_range(0.1, 0.35, 0.1)) == [0.1, 0.2, 0.3]


def test_interventions_avoided_as_dcurves_counts_them() -> None:
    """The package dcurves 1.1.7 (Python) on the test cohort, the texture / 40 as the risk."""
    _, test = oracles.cohorts()
    thresholds, expected = oracles.numbers("dcurves.test.texture.thresholds_avoided").reshape(2, -1)
    curve = net_benefit(test["malignant"], {"m": test["texture"] / 40}, thresholds)
    by_model = {name: own["net_benefit"] for name, own in curve.groupby("model")}
    found = interventions_avoided(by_model["m"], by_model[TREAT_ALL], thresholds)
    np.testing.assert_allclose(found, 100 * expected, atol=1e-9)


def test_the_band_of_treating_all_is_that_of_the_prevalence() -> None:
    """Of 40 patients with 10 events the resampled events are binomial (Efron's closed form)."""
    outcome = np.arange(40) % 4 == 0
    low, high = net_benefit_band(outcome, np.ones(40), [0.2, 0.5], bootstrap=20_000, seed=1)
    for quantile, found in ((0.025, low), (0.975, high)):
        rate = binom.ppf(quantile, 40, 0.25) / 40
        expected = [rate - (1 - rate) * 0.25, rate - (1 - rate)]
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_band_has_its_seed_and_its_limits() -> None:
    rng = np.random.default_rng(2)
    outcome, probability = np.arange(50) % 3 == 0, rng.random(50)
    runs = [
        net_benefit_band(outcome, probability, [0.3], bootstrap=100, seed=seed)
        for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]
    assert np.isnan(
        net_benefit_band(np.zeros(4), probability[:4], [0.3], bootstrap=9, seed=1)
    ).all()
