"""Minimum sizes against published worked examples, and shrinkage against its simulation."""

import numpy as np
import oracles
import pandas as pd
import pytest
import statsmodels.api as sm

from radfuse.statistics.sample_size import (
    cox_snell,
    expected_shrinkage,
    likelihood_ratio,
    minimum_size,
    most_r2,
    patients_for,
    patients_for_error,
)


def test_the_example_of_pmsampsize() -> None:
    """Its documentation: 24 parameters, Cox-Snell R2 0.288, prevalence 0.174; 623, 662, 221."""
    assert minimum_size(24, 0.288, 0.174)[:3] == (623, 662, 221)


def test_the_example_for_the_mean_error() -> None:
    """Riley et al., BMJ 2020; 368: m441: 10 parameters, prevalence 0.3, mean error 0.05: 461."""
    assert patients_for_error(10, 0.3) == patients_for_error(10, 0.7) == 461
    assert minimum_size(10, 0.2, 0.3).error == 461


def test_there_is_no_formula_for_the_mean_error_of_many_parameters() -> None:
    assert patients_for_error(30, 0.3) and patients_for_error(31, 0.3) is None
    sizes = minimum_size(31, 0.2, 0.3)
    assert sizes.error is None and sizes.largest == max(sizes[:3])


def test_events_per_parameter_of_that_example() -> None:
    events = minimum_size(24, 0.288, 0.174).r2 * 0.174
    assert events / 24 == pytest.approx(4.80, abs=0.005)


@pytest.mark.parametrize(
    ("prevalence", "largest"), [(0.5, 0.75), (0.4, 0.74), (0.3, 0.71), (0.2, 0.63), (0.05, 0.33)]
)
def test_the_largest_r2_as_printed(prevalence: float, largest: float) -> None:
    """Riley et al., BMJ 2020; 368: m441: max R2 Cox-Snell by prevalence, two digits."""
    assert most_r2(prevalence) == pytest.approx(largest, abs=0.006)


def test_r2_and_chi_square_of_r() -> None:
    """Model C of the R reference: residual deviance 96.666, of 73 positive among 124."""
    train, _ = oracles.cohorts()
    names = ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"]
    outcome = train["malignant"].to_numpy(dtype=float)
    fit = sm.Logit(outcome, sm.add_constant(train[names])).fit(disp=False)
    chi2 = likelihood_ratio(outcome, fit.predict())
    deviance = oracles.numbers("glm.C.aic_deviance")[1]
    null = -2 * (73 * np.log(73 / 124) + 51 * np.log(51 / 124))
    assert chi2 == pytest.approx(null - deviance, abs=1e-6)
    assert cox_snell(chi2, 124) == pytest.approx(1 - np.exp(-fit.llr / 124), abs=1e-9)
    assert expected_shrinkage(chi2, 5) == pytest.approx(1 - 5 / fit.llr, abs=1e-9)


def test_the_size_for_a_shrinkage_has_that_shrinkage() -> None:
    """Equation 11 inverted: with n patients and that adjusted R2, 1 - P / LR is the shrinkage."""
    n = patients_for(20, 0.2, 0.9)
    apparent = 0.2 / 0.9
    chi2 = -n * np.log(1 - apparent)
    assert expected_shrinkage(chi2, 20) == pytest.approx(0.9, abs=0.001)


def test_shrinkage_is_the_calibration_slope_in_new_patients() -> None:
    """Mean over simulated studies of 150 patients and six covariates."""
    rng = np.random.default_rng(1)
    truth = np.array([1.0, 0.6, 0, 0, 0, 0])
    new = rng.normal(size=(20_000, 6))
    outcome_new = (rng.random(20_000) < 1 / (1 + np.exp(-new @ truth))).astype(float)
    expected, slopes = [], []
    for _ in range(25):
        design = sm.add_constant(rng.normal(size=(150, 6)))
        outcome = (rng.random(150) < 1 / (1 + np.exp(-design[:, 1:] @ truth))).astype(float)
        fit = sm.Logit(outcome, design).fit(disp=False)
        expected.append(expected_shrinkage(likelihood_ratio(outcome, fit.predict()), 6))
        predictor = pd.DataFrame({"lp": fit.params[0] + new @ fit.params[1:], "one": 1.0})
        slopes.append(sm.Logit(outcome_new, predictor).fit(disp=False).params["lp"])
    assert np.mean(expected) == pytest.approx(np.mean(slopes), abs=0.04)


def test_certain_and_useless_predictions() -> None:
    outcome = np.array([1.0, 0, 0, 0])
    assert likelihood_ratio(outcome, outcome) == pytest.approx(8 * np.log(4) - 6 * np.log(3))
    assert likelihood_ratio(outcome, np.full(4, 0.25)) == pytest.approx(0)
    assert np.isnan([expected_shrinkage(0.0, 3), expected_shrinkage(1.8e-15, 8)]).all()
    assert np.isnan(likelihood_ratio([], []))
