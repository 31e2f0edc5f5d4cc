"""The threshold, against pROC and against all others."""

import numpy as np
import oracles
import pytest

from radfuse.modelling.fitting import fit_model
from radfuse.statistics.performance import rates
from radfuse.statistics.threshold import confusion, youden_threshold


@pytest.fixture
def random_predictions() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    outcome = (rng.random(60) < 0.4).astype(int)
    return outcome, np.round(rng.random(60) * 0.7 + outcome * 0.2, 2)


def test_youden_and_rates_equal_proc() -> None:
    train, _ = oracles.cohorts()
    outcome = train["malignant"].to_numpy()
    names = ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"]
    labels = {name: name for name in names}
    model = fit_model("C", "CT", train[names], outcome, labels, dict.fromkeys(names, "score"), {})
    slopes = np.array([covariate["coefficient"] for covariate in model["covariates"]])
    probability = 1 / (1 + np.exp(-(model["intercept"] + train[names].to_numpy() @ slopes)))
    threshold, sensitivity, specificity, accuracy, ppv, npv = oracles.numbers(
        "youden.train.C.threshold_sens_spec_acc_ppv_npv"
    )
    found, youden = youden_threshold(outcome, probability)
    assert found == pytest.approx(threshold, abs=1e-8)
    assert youden == pytest.approx(sensitivity + specificity - 1, abs=1e-9)
    assert model["threshold"] == pytest.approx(threshold, abs=1e-8)
    found_rates = rates(*confusion(outcome, probability, found))
    expected = {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "accuracy": accuracy,
        "ppv": ppv,
        "npv": npv,
    }
    for name, value in expected.items():
        assert found_rates[name] == pytest.approx(value, abs=1e-9), name


def test_youden_is_the_best_of_all_thresholds(random_predictions) -> None:
    outcome, probability = random_predictions
    threshold, youden = youden_threshold(outcome, probability)
    every = np.arange(0, 1.0005, 0.001) + 0.0005
    best = max(
        np.mean(probability[outcome == 1] >= t) + np.mean(probability[outcome == 0] < t) - 1
        for t in every
    )
    tp, fp, fn, tn = confusion(outcome, probability, threshold)
    assert youden == pytest.approx(best, abs=1e-12)
    assert tp / (tp + fn) + tn / (tn + fp) - 1 == pytest.approx(best, abs=1e-12)


def test_youden_takes_the_most_sensitive_of_equals() -> None:
    # J is 1/2 at 0.2 (all positives, half the negatives) and at 0.6 (half, none)
    threshold, youden = youden_threshold([0, 1, 0, 1], [0.1, 0.3, 0.5, 0.7])
    assert threshold == pytest.approx(0.2)
    assert youden == 0.5


def test_constant_probabilities_call_everyone_positive() -> None:
    probability = np.full(5, 0.4)
    threshold, youden = youden_threshold([0, 1, 0, 0, 1], probability)
    assert threshold == pytest.approx(0.4, rel=1e-8)
    assert youden == 0
    assert confusion([0, 1, 0, 0, 1], probability, threshold) == (2, 3, 0, 0)


def test_a_useless_model_calls_everyone_positive() -> None:
    threshold, youden = youden_threshold([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4])
    assert (threshold, youden) == (pytest.approx(0.1), 0)


def test_neighbouring_floats_are_separated_or_tied_but_never_swapped() -> None:
    high = np.nextafter(0.5, 1)
    threshold, youden = youden_threshold([0, 1], [0.5, high])
    assert youden == 0 and threshold <= 0.5
    small = 1e-300
    threshold, youden = youden_threshold([0, 1], [small, 2 * small])
    assert youden == 1 and small < threshold <= 2 * small


def test_youden_without_a_class_is_undefined() -> None:
    assert np.isnan(youden_threshold([1, 1], [0.2, 0.3])).all()


def test_youden_ignores_the_order_of_patients(random_predictions) -> None:
    outcome, probability = random_predictions
    order = np.random.default_rng(0).permutation(len(outcome))
    assert youden_threshold(outcome, probability) == youden_threshold(
        outcome[order], probability[order]
    )


def test_the_threshold_itself_is_positive() -> None:
    assert confusion([1, 0, 1, 0], [0.5, 0.5, 0.4, 0.4], 0.5) == (1, 1, 1, 1)
