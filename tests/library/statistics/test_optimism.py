"""The bootstrap's optimism against a computation by statsmodels and scikit-learn, and by theory."""

import numpy as np
import oracles
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.metrics import roc_auc_score

from radfuse.statistics.optimism import auc_of_known, bootstrap_optimism, log_odds

B = ["symmetry", "texture"]


def of_regression(
    design: pd.DataFrame, outcome: np.ndarray, *, bootstrap: int, seed: int
) -> pd.Series:
    """Optimism of one regression on all columns of a design."""
    values, classes = design.to_numpy(dtype=float), np.asarray(outcome, dtype=float)
    return bootstrap_optimism(
        lambda rows: pd.DataFrame({"it": log_odds(values, classes, rows)}),
        classes,
        bootstrap=bootstrap,
        seed=seed,
    ).loc["it"]


def apparent(design: pd.DataFrame, outcome: np.ndarray) -> float:
    classes = np.asarray(outcome, dtype=float)
    return auc_of_known(classes, log_odds(design.to_numpy(float), classes, np.arange(len(classes))))


def test_as_computed_by_hand_with_other_libraries() -> None:
    """The reference's training cohort, model B, the same draws (Harrell 1996, steps 1 to 6)."""
    train, _ = oracles.cohorts()
    outcome = train["malignant"].to_numpy(dtype=float)
    found = of_regression(train[B], outcome, bootstrap=40, seed=5)
    design = sm.add_constant(train[B].to_numpy())
    whole = sm.Logit(outcome, design).fit(disp=False)
    expected = roc_auc_score(outcome, whole.predict(design))
    draws = np.random.default_rng(5)
    optimism = []
    for _ in range(40):
        rows = draws.integers(124, size=124)
        fit = sm.Logit(outcome[rows], design[rows]).fit(disp=False)
        own = roc_auc_score(outcome[rows], fit.predict(design[rows]))
        optimism.append(own - roc_auc_score(outcome, fit.predict(design)))
    assert apparent(train[B], outcome) == pytest.approx(expected, abs=1e-12)
    assert found.optimism == pytest.approx(np.mean(optimism), abs=1e-12)
    assert found.resamples == 40


def test_noise_has_nothing_left_when_its_optimism_is_gone() -> None:
    """Twelve covariates of noise look good on 60 patients; corrected, they are near 0.5."""
    rng = np.random.default_rng(2)
    found, looks = [], []
    for seed in range(5):
        outcome = rng.permutation(np.arange(60) % 3 == 0).astype(float)
        design = pd.DataFrame(rng.normal(size=(60, 12))).add_prefix("x")
        found.append(of_regression(design, outcome, bootstrap=15, seed=seed).optimism)
        looks.append(apparent(design, outcome))
    assert np.mean(looks) > 0.7
    assert min(found) > 0
    assert np.mean(looks) - np.mean(found) == pytest.approx(0.5, abs=0.1)


def test_one_covariate_that_keeps_its_sign_has_next_to_no_optimism() -> None:
    train, _ = oracles.cohorts()
    found = of_regression(train[["radius"]], train["malignant"], bootstrap=50, seed=1)
    assert found.optimism == pytest.approx(0, abs=0.01)


def test_the_seed_decides() -> None:
    train, _ = oracles.cohorts()
    runs = [
        tuple(of_regression(train[B], train["malignant"], bootstrap=20, seed=seed))
        for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]


def test_resamples_of_one_class_are_left_out() -> None:
    """One positive among eight: a resample misses it with probability (7/8)^8 = 0.34."""
    outcome = np.array([1.0, 0, 0, 0, 0, 0, 0, 0])
    design = pd.DataFrame({"x": [3.0, 1, 4, 1, 5, 9, 2, 6]})
    found = of_regression(design, outcome, bootstrap=60, seed=1)
    assert found.resamples == pytest.approx(60 * (1 - 0.34), abs=12)
    assert np.isfinite(found.optimism)


def test_one_class_and_no_covariate() -> None:
    nothing = of_regression(pd.DataFrame({"x": [1.0, 2]}), np.ones(2), bootstrap=20, seed=1)
    assert np.isnan(nothing.optimism) and nothing.resamples == 0
    empty = pd.DataFrame(index=range(20))
    found = of_regression(empty, np.arange(20) % 2, bootstrap=20, seed=1)
    assert (apparent(empty, np.arange(20) % 2), found.optimism) == (0.5, 0)


def test_patients_who_lack_a_covariate_are_not_there() -> None:
    train, _ = oracles.cohorts()
    outcome, few = train["malignant"].to_numpy(dtype=float), np.arange(0, 124, 5)
    values = train[B].to_numpy(dtype=float)
    values[few, 1] = np.nan
    found = log_odds(values, outcome, np.arange(124))
    assert np.flatnonzero(np.isnan(found)).tolist() == few.tolist()
    others = np.setdiff1d(np.arange(124), few)
    alone = log_odds(values[others], outcome[others], np.arange(len(others)))
    np.testing.assert_array_equal(found[others], alone)
    assert np.isnan(log_odds(values, outcome, np.flatnonzero(outcome == 1))).all()
