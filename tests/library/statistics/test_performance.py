"""Thresholds, cells and rates, against pROC and the fourteen rows of a published table."""

import numpy as np
import oracles
import pytest

from radfuse.modelling.fitting import fit_model
from radfuse.statistics import performance

# Cheng et al., Sci Rep 2025 (10.1038/s41598-025-92263-7), Table 4: accuracy, sensitivity,
# specificity, PPV, NPV, F1 as printed. They fit only 21 positives of 124 and 15 of 54.
TABLE_4 = {
    ("train", "R_CT"): (0.879, 0.476, 0.961, 0.714, 0.900, 0.571),
    ("train", "DLRS_CT"): (0.839, 0.905, 0.825, 0.514, 0.977, 0.655),
    ("train", "DLRR_CT"): (0.911, 0.905, 0.913, 0.679, 0.979, 0.776),
    ("train", "R_MRI"): (0.871, 0.810, 0.883, 0.586, 0.958, 0.680),
    ("train", "DLRS_MRI"): (0.839, 0.857, 0.835, 0.514, 0.966, 0.643),
    ("train", "DLRR_MRI"): (0.944, 0.905, 0.951, 0.792, 0.980, 0.844),
    ("train", "fused"): (0.968, 0.952, 0.971, 0.870, 0.990, 0.909),
    ("test", "R_CT"): (0.704, 0.467, 0.795, 0.467, 0.795, 0.467),
    ("test", "DLRS_CT"): (0.722, 0.867, 0.667, 0.500, 0.929, 0.634),
    ("test", "DLRR_CT"): (0.870, 0.600, 0.974, 0.900, 0.864, 0.720),
    ("test", "R_MRI"): (0.778, 0.667, 0.821, 0.588, 0.865, 0.625),
    ("test", "DLRS_MRI"): (0.759, 0.733, 0.769, 0.550, 0.882, 0.629),
    ("test", "DLRR_MRI"): (0.796, 0.867, 0.769, 0.591, 0.938, 0.703),
    ("test", "fused"): (0.852, 0.800, 0.872, 0.706, 0.919, 0.750),
}
CLASSES = {"train": (21, 103), "test": (15, 39)}


@pytest.fixture
def random_predictions() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    outcome = (rng.random(60) < 0.4).astype(int)
    return outcome, np.round(rng.random(60) * 0.7 + outcome * 0.2, 2)


@pytest.mark.parametrize(("cohort", "model"), TABLE_4)
def test_published_table_is_rebuilt_from_integer_counts(cohort: str, model: str) -> None:
    printed = TABLE_4[cohort, model]
    positives, negatives = CLASSES[cohort]
    tp, tn = round(printed[1] * positives), round(printed[2] * negatives)
    found = performance.rates(tp, negatives - tn, positives - tp, tn, bootstrap=100, seed=1)
    for name, value in zip(performance.RATES, printed, strict=True):
        assert found[name] == pytest.approx(value, abs=0.0005 + 1e-9), name
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


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
    found, youden = performance.youden_threshold(outcome, probability)
    assert found == pytest.approx(threshold, abs=1e-8)
    assert youden == pytest.approx(sensitivity + specificity - 1, abs=1e-9)
    assert model["threshold"] == pytest.approx(threshold, abs=1e-8)
    rates = performance.rates(*performance.confusion(outcome, probability, found))
    expected = {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "accuracy": accuracy,
        "ppv": ppv,
        "npv": npv,
    }
    for name, value in expected.items():
        assert rates[name] == pytest.approx(value, abs=1e-9), name


def test_youden_is_the_best_of_all_thresholds(random_predictions) -> None:
    outcome, probability = random_predictions
    threshold, youden = performance.youden_threshold(outcome, probability)
    every = np.arange(0, 1.0005, 0.001) + 0.0005
    best = max(
        np.mean(probability[outcome == 1] >= t) + np.mean(probability[outcome == 0] < t) - 1
        for t in every
    )
    tp, fp, fn, tn = performance.confusion(outcome, probability, threshold)
    assert youden == pytest.approx(best, abs=1e-12)
    assert tp / (tp + fn) + tn / (tn + fp) - 1 == pytest.approx(best, abs=1e-12)


def test_youden_takes_the_most_sensitive_of_equals() -> None:
    # J is 1/2 at 0.2 (all positives, half the negatives) and at 0.6 (half, none)
    threshold, youden = performance.youden_threshold([0, 1, 0, 1], [0.1, 0.3, 0.5, 0.7])
    assert threshold == pytest.approx(0.2)
    assert youden == 0.5


def test_constant_probabilities_call_everyone_positive() -> None:
    probability = np.full(5, 0.4)
    threshold, youden = performance.youden_threshold([0, 1, 0, 0, 1], probability)
    assert threshold == pytest.approx(0.4, rel=1e-8)
    assert youden == 0
    assert performance.confusion([0, 1, 0, 0, 1], probability, threshold) == (2, 3, 0, 0)


def test_a_useless_model_calls_everyone_positive() -> None:
    threshold, youden = performance.youden_threshold([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4])
    assert (threshold, youden) == (pytest.approx(0.1), 0)


def test_neighbouring_floats_are_separated_or_tied_but_never_swapped() -> None:
    high = np.nextafter(0.5, 1)
    threshold, youden = performance.youden_threshold([0, 1], [0.5, high])
    assert youden == 0 and threshold <= 0.5
    small = 1e-300
    threshold, youden = performance.youden_threshold([0, 1], [small, 2 * small])
    assert youden == 1 and small < threshold <= 2 * small


def test_youden_without_a_class_is_undefined() -> None:
    assert np.isnan(performance.youden_threshold([1, 1], [0.2, 0.3])).all()


def test_youden_ignores_the_order_of_patients(random_predictions) -> None:
    outcome, probability = random_predictions
    order = np.random.default_rng(0).permutation(len(outcome))
    assert performance.youden_threshold(outcome, probability) == performance.youden_threshold(
        outcome[order], probability[order]
    )


def test_the_threshold_itself_is_positive() -> None:
    assert performance.confusion([1, 0, 1, 0], [0.5, 0.5, 0.4, 0.4], 0.5) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        # Newcombe, Stat Med 1998; 17: 857-872, Table I, method 3 (Wilson score)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_equals_newcombe(successes: int, total: int, low: float, high: float) -> None:
    assert performance.wilson(successes, total) == pytest.approx((low, high), abs=5e-5)


def test_wilson_at_the_ends_and_without_patients() -> None:
    assert performance.wilson(0, 9)[0] == 0
    assert performance.wilson(9, 9)[1] == 1
    assert np.isnan(performance.wilson(0, 0)).all()


def test_f1_interval_equals_resampling_patients() -> None:
    rng = np.random.default_rng(5)
    cells = np.repeat(np.arange(4), [12, 6, 5, 30])
    drawn = cells[rng.integers(0, len(cells), size=(20_000, len(cells)))]
    tp, fp, fn = ((drawn == cell).sum(axis=1) for cell in range(3))
    expected = np.quantile(2 * tp / (2 * tp + fp + fn), [0.025, 0.975])
    found = performance.f1_interval(12, 6, 5, 30, bootstrap=20_000, seed=1)
    assert found == pytest.approx(tuple(expected), abs=0.01)
    assert found == performance.f1_interval(12, 6, 5, 30, bootstrap=20_000, seed=1)
    assert found != performance.f1_interval(12, 6, 5, 30, bootstrap=20_000, seed=2)


def test_f1_interval_leaves_out_resamples_without_an_f1() -> None:
    found = performance.f1_interval(1, 0, 0, 20, bootstrap=1000, seed=1)  # of many the one is gone
    assert found == (1, 1)
    low, high = performance.f1_interval(1, 1, 0, 20, bootstrap=1000, seed=1)
    assert (low, high) == (0, 1)


def test_rates_without_a_denominator_are_missing() -> None:
    found = performance.rates(0, 0, 0, 7, bootstrap=100, seed=1)
    for name in ("sensitivity", "ppv", "f1"):
        assert np.isnan([found[name], found[f"{name}_low"], found[f"{name}_high"]]).all()
    assert found["specificity"] == found["npv"] == found["accuracy"] == 1


def test_swapping_the_classes_swaps_the_rates() -> None:
    ahead, back = performance.rates(9, 4, 3, 20), performance.rates(20, 3, 4, 9)
    for one, other in (("sensitivity", "specificity"), ("ppv", "npv"), ("accuracy", "accuracy")):
        assert ahead[one] == back[other]
        assert ahead[f"{one}_low"] == back[f"{other}_low"]
