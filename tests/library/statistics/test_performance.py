"""Cells and rates, against the fourteen rows of a published table."""

import numpy as np
import pytest

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


@pytest.mark.parametrize(("cohort", "model"), TABLE_4)
def test_published_table_is_rebuilt_from_integer_counts(cohort: str, model: str) -> None:
    printed = TABLE_4[cohort, model]
    positives, negatives = CLASSES[cohort]
    tp, tn = round(printed[1] * positives), round(printed[2] * negatives)
    found = performance.rates(tp, negatives - tn, positives - tp, tn, bootstrap=100, seed=1)
    for name, value in zip(performance.RATES, printed, strict=True):
        assert found[name] == pytest.approx(value, abs=0.0005 + 1e-9), name
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


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
