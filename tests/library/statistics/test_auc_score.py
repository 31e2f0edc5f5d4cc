"""Newcombe's interval of an AUC: published standard errors, its equation, and its coverage."""

import numpy as np
import pytest
from scipy.stats import norm

from radfuse.statistics.auc_score import newcombe_interval, variance
from radfuse.statistics.delong import auc


def test_standard_error_of_hanley_and_mcneil() -> None:
    """Radiology 1982; 143: 29-36: AUC 0.893 of 51 abnormal and 58 normal images, SE 0.032."""
    assert np.sqrt(variance(0.893, 51, 58)) == pytest.approx(0.032, abs=0.0005)


def test_size_of_riley_s_example() -> None:
    """BMJ 2024; 384: e074821: AUC 0.77 at prevalence 0.43, SE 0.0255: 347 patients."""

    def error(n: int) -> float:
        return np.sqrt(variance(0.77, 0.43 * n, 0.57 * n))

    assert error(347) <= 0.0255 < error(346)


@pytest.mark.parametrize("sizes", [(11, 43), (5, 5), (80, 200)])
@pytest.mark.parametrize("area", [0.55, 0.8, 0.97, 1.0])
def test_bounds_are_where_the_observed_is_just_too_far(area: float, sizes: tuple) -> None:
    low, high = newcombe_interval(area, *sizes)
    z = norm.ppf(0.975)
    assert area - low == pytest.approx(z * np.sqrt(variance(low, *sizes)), abs=1e-9)
    assert 0 < low < area <= high <= 1
    if area < 1:
        assert high - area == pytest.approx(z * np.sqrt(variance(high, *sizes)), abs=1e-9)
    else:
        assert high == 1
    mirrored = newcombe_interval(1 - area, *sizes)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_a_perfect_test_cohort_says_little_where_it_is_small() -> None:
    small, large = newcombe_interval(1.0, 5, 12)[0], newcombe_interval(1.0, 100, 200)[0]
    assert small < 0.85 and 0.98 < large < 1


def test_coverage_where_aucs_are_high_and_patients_few() -> None:
    """Binormal scores, AUC 0.97, 11 positives and 43 negatives: a quarter of them separate."""
    rng, true = np.random.default_rng(1), 0.97
    outcome = np.r_[np.ones(11), np.zeros(43)]
    shift = np.sqrt(2) * norm.ppf(true) * outcome
    covered = []
    for _ in range(600):
        low, high = newcombe_interval(auc(outcome, shift + rng.normal(size=54)), 11, 43)
        covered.append(low <= true <= high)
    assert 0.93 <= np.mean(covered) <= 0.995


def test_nothing_without_both_classes() -> None:
    assert np.isnan(newcombe_interval(float("nan"), 0, 5)).all()
    assert np.isnan(newcombe_interval(1.0, 3, 0)).all()
