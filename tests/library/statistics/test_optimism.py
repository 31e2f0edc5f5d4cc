"""The bootstrap's optimism against a computation by statsmodels and scikit-learn, and by theory."""

import numpy as np
import oracles
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.metrics import roc_auc_score

from radfuse.statistics.optimism import bootstrap_optimism

B = ["symmetry", "texture"]


def test_as_computed_by_hand_with_other_libraries() -> None:
    """The reference's training cohort, model B, the same draws (Harrell 1996, steps 1 to 6)."""
    train, _ = oracles.cohorts()
    outcome = train["malignant"].to_numpy(dtype=float)
    found = bootstrap_optimism(train[B], outcome, bootstrap=40, seed=5)
    design = sm.add_constant(train[B].to_numpy())
    whole = sm.Logit(outcome, design).fit(disp=False)
    apparent = roc_auc_score(outcome, whole.predict(design))
    draws = np.random.default_rng(5)
    optimism = []
    for _ in range(40):
        rows = draws.integers(124, size=124)
        fit = sm.Logit(outcome[rows], design[rows]).fit(disp=False)
        own = roc_auc_score(outcome[rows], fit.predict(design[rows]))
        optimism.append(own - roc_auc_score(outcome, fit.predict(design)))
    assert found.apparent == pytest.approx(apparent, abs=1e-12)
    assert found.optimism == pytest.approx(np.mean(optimism), abs=1e-12)
    assert found.corrected == pytest.approx(apparent - np.mean(optimism), abs=1e-12)
    assert found.resamples == 40


def test_noise_has_nothing_left_when_its_optimism_is_gone() -> None:
    """Twelve covariates of noise look good on 60 patients; corrected, they are near 0.5."""
    rng = np.random.default_rng(2)
    found = []
    for seed in range(5):
        outcome = rng.permutation(np.arange(60) % 3 == 0).astype(float)
        design = pd.DataFrame(rng.normal(size=(60, 12))).add_prefix("x")
        found.append(bootstrap_optimism(design, outcome, bootstrap=15, seed=seed))
    assert np.mean([each.apparent for each in found]) > 0.7
    assert all(each.optimism > 0 for each in found)
    assert np.mean([each.corrected for each in found]) == pytest.approx(0.5, abs=0.1)


def test_one_covariate_that_keeps_its_sign_has_next_to_no_optimism() -> None:
    train, _ = oracles.cohorts()
    found = bootstrap_optimism(train[["radius"]], train["malignant"], bootstrap=50, seed=1)
    assert found.optimism == pytest.approx(0, abs=0.01)


def test_the_seed_decides() -> None:
    train, _ = oracles.cohorts()
    runs = [
        bootstrap_optimism(train[B], train["malignant"], bootstrap=20, seed=seed)
        for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]


def test_resamples_of_one_class_are_left_out() -> None:
    """One positive among eight: a resample misses it with probability (7/8)^8 = 0.34."""
    outcome = np.array([1.0, 0, 0, 0, 0, 0, 0, 0])
    design = pd.DataFrame({"x": [3.0, 1, 4, 1, 5, 9, 2, 6]})
    found = bootstrap_optimism(design, outcome, bootstrap=60, seed=1)
    assert found.resamples == pytest.approx(60 * (1 - 0.34), abs=12)
    assert np.isfinite(found.optimism)


def test_one_class_and_no_covariate() -> None:
    nothing = bootstrap_optimism(pd.DataFrame({"x": [1.0, 2]}), np.ones(2), bootstrap=20, seed=1)
    assert np.isnan([nothing.apparent, nothing.optimism]).all() and nothing.resamples == 0
    empty = pd.DataFrame(index=range(20))
    found = bootstrap_optimism(empty, np.arange(20) % 2, bootstrap=20, seed=1)
    assert (found.apparent, found.optimism, found.corrected) == (0.5, 0, 0.5)
