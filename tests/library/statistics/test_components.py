"""Principal components against R and scikit-learn, whichever of patients and features are more."""

import numpy as np
import oracles
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from radfuse.statistics.components import fit_components


def test_explained_variance_equals_r() -> None:
    # prcomp of the 30 standardised columns; 2 components are the fewest that keep 60%
    train = oracles.raw().drop(columns="malignant").iloc[: oracles.TRAIN].to_numpy()
    ratios = oracles.numbers("pca.explained_ratio_first5")
    for count, variance in enumerate(np.cumsum(ratios)[:4], start=1):
        fitted = fit_components(train, variance - 1e-6, whiten=False)
        assert fitted.loadings.shape == (30, count)
        assert fitted.explained == pytest.approx(variance, abs=1e-8)


@pytest.mark.parametrize("whiten", [False, True])
def test_a_fixed_number_of_components_equals_r(whiten: bool) -> None:
    train = oracles.raw().drop(columns="malignant").iloc[: oracles.TRAIN].to_numpy()
    ratios = oracles.numbers("pca.explained_ratio_first5")
    for count, variance in enumerate(np.cumsum(ratios), start=1):
        fitted = fit_components(train, count, whiten)
        assert fitted.loadings.shape == (30, count)
        assert fitted.explained == pytest.approx(variance, abs=1e-8)
        if whiten:
            assert fitted.transform(train).std(axis=0, ddof=1) == pytest.approx(np.ones(count))


def test_no_more_components_than_there_are_dimensions() -> None:
    few = np.random.default_rng(1).normal(size=(20, 3))
    repeated = np.hstack([few, 2 * few, np.ones((20, 1))])
    for whiten in (False, True):
        fitted = fit_components(repeated, 9, whiten)
        assert fitted.loadings.shape == (7, 3)
        assert np.isfinite(fitted.loadings).all() and fitted.explained == pytest.approx(1)
    assert fit_components(few[:3], 9, whiten=False).loadings.shape == (3, 2)


@pytest.mark.parametrize(("patients", "features"), [(30, 200), (60, 60), (61, 60), (200, 30)])
@pytest.mark.parametrize("keep", [0.8, 0.999, 7])
@pytest.mark.parametrize("whiten", [False, True])
def test_equal_to_scikit_learn_up_to_the_sign(patients, features, keep, whiten) -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(size=(patients, 12)) @ rng.normal(size=(12, features)) + rng.normal(
        0, 0.3, (patients, features)
    )
    expected = PCA(keep, svd_solver="full", whiten=whiten)
    columns = expected.fit_transform(StandardScaler().fit_transform(values))
    fitted = fit_components(values, keep, whiten)
    found = fitted.transform(values)
    assert found.shape == columns.shape
    signs = np.sign((found * columns).sum(axis=0))
    assert found * signs == pytest.approx(columns, abs=1e-9)
    assert fitted.explained == pytest.approx(expected.explained_variance_ratio_.sum())
