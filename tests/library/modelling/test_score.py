"""The deep-learning radiomics score: what it equals, and what it must not depend on."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radfuse.errors import StudyError
from radfuse.modelling import score
from radfuse.statistics.components import fit_components
from radfuse.statistics.delong import auc
from radfuse.statistics.lasso import fit_lasso, lambda_path, largest_lambda, mean_deviance

QUICK = {"folds": 4, "n_lambdas": 15, "seed": 3}


def simulate(n: int = 60, p: int = 120, effect: float = 1.2) -> tuple[pd.DataFrame, pd.Series]:
    """Features of `n` patients, a third of them carrying the outcome, and the outcome."""
    rng = np.random.default_rng(4)
    outcome = (np.arange(n) % 3 == 0).astype(int)
    values = rng.normal(size=(n, p)) * rng.uniform(0.5, 20, size=p)
    values[:, : p // 3] += effect * outcome[:, None] * values[:, : p // 3].std(axis=0)
    ids = pd.Index([f"P{place:03d}" for place in range(n)], name="patient")
    columns = [f"AP_{place:04d}" for place in range(p)]
    return pd.DataFrame(values, index=ids, columns=columns), pd.Series(outcome, index=ids)


@pytest.mark.parametrize("whiten", [False, True])
def test_weights_equal_scaler_pca_and_lasso_one_after_the_other(whiten: bool) -> None:
    features, outcome = simulate()
    fitted = score.fit_score(features, outcome, whiten=whiten, **QUICK)
    steps = make_pipeline(
        StandardScaler(), PCA(n_components=0.95, svd_solver="full", whiten=whiten)
    )
    columns = steps.fit_transform(features.to_numpy())
    intercept, slopes = fit_lasso(columns, outcome.to_numpy(float), fitted.penalty)
    collapsed = fitted.intercept + features.to_numpy() @ fitted.weights.to_numpy()
    assert collapsed == pytest.approx(intercept + columns @ slopes, abs=1e-4)
    assert fitted.components == columns.shape[1]
    assert fitted.selected == np.count_nonzero(slopes)
    assert fitted.explained == pytest.approx(steps[-1].explained_variance_ratio_.sum())


def test_a_fixed_number_of_components_is_kept_in_every_fold() -> None:
    features, outcome = simulate()
    fitted = score.fit_score(features, outcome, components=7, **QUICK)
    assert (fitted.components, fitted.note) == (7, "")
    assert fitted.coefficients.shape == (15, 7)
    assert fitted.explained < 0.95
    mean, _ = score.cross_validate(
        features.to_numpy(),
        outcome.to_numpy(float),
        fitted.path["lambda"].to_numpy(),
        folds=4,
        seed=3,
        keep=7,
        whiten=False,
    )
    assert fitted.path["deviance"].to_numpy() == pytest.approx(mean)


def test_more_components_than_a_fold_allows_are_capped_and_said() -> None:
    features, outcome = simulate()
    most = score.fit_score(features, outcome, components=44, **QUICK)
    capped = score.fit_score(features, outcome, components=500, **QUICK)
    # a fold of 60 patients leaves 45 to train on, which have 44 dimensions
    assert (most.components, most.note) == (44, "")
    assert capped.note == score.FEWER.format(asked=500, kept=44)
    pd.testing.assert_series_equal(capped.weights, most.weights, check_exact=True)
    few = score.fit_score(features.iloc[:, :6], outcome, components=10, **QUICK)
    assert few.note == score.FEWER.format(asked=10, kept=6)


def test_the_coefficients_are_those_of_the_path() -> None:
    features, outcome = simulate()
    fitted = score.fit_score(features, outcome, **QUICK)
    assert (np.count_nonzero(fitted.coefficients, axis=1) == fitted.path["selected"]).all()
    columns = fit_components(features.to_numpy(), 0.95, False).transform(features.to_numpy())
    place = list(fitted.path["lambda"]).index(fitted.penalty)
    centred = features.to_numpy() @ fitted.weights.to_numpy() + fitted.intercept
    linear = columns @ fitted.coefficients[place]
    assert np.ptp(centred - linear) == pytest.approx(0, abs=1e-9)


def test_cross_validation_refits_everything_in_every_fold() -> None:
    features, outcome = simulate(n=36, p=40)
    values, classes = features.to_numpy(), outcome.to_numpy(float)
    lambdas = np.array([2.0, 0.5])
    mean, error = score.cross_validate(
        values, classes, lambdas, folds=3, seed=5, keep=0.9, whiten=False
    )
    by_fold, sizes = [], []
    folds = StratifiedKFold(3, shuffle=True, random_state=5).split(values, classes)
    for kept, held_out in folds:
        steps = make_pipeline(StandardScaler(), PCA(n_components=0.9, svd_solver="full"))
        columns = steps.fit_transform(values[kept])
        row = []
        for penalty in lambdas:
            intercept, slopes = fit_lasso(columns, classes[kept], penalty)
            log_odds = intercept + steps.transform(values[held_out]) @ slopes
            row.append(mean_deviance(classes[held_out], log_odds))
        by_fold.append(row)
        sizes.append(len(held_out))
    by_fold, sizes = np.array(by_fold), np.array(sizes)
    expected = (by_fold * sizes[:, None]).sum(axis=0) / sizes.sum()
    spread = (sizes[:, None] * (by_fold - expected) ** 2).sum(axis=0) / sizes.sum()
    assert mean == pytest.approx(expected, abs=1e-5)
    # cv.glmnet's cvsd
    assert error == pytest.approx(np.sqrt(spread / 2), abs=1e-5)


def test_noise_is_not_learnt_across_folds() -> None:
    # whatever leaked from the held-out patients would bring the deviance below the null model's
    features, outcome = simulate(n=45, p=600, effect=0.0)
    fitted = score.fit_score(features, outcome, **QUICK)
    null = mean_deviance(outcome.to_numpy(float), np.full(45, np.log(0.5)))
    assert fitted.path["deviance"].min() > 0.95 * null
    assert fitted.path["deviance"].iloc[-1] > null


def test_signal_carries_to_new_patients() -> None:
    features, outcome = simulate(n=90)
    half = features.index[:45]
    fitted = score.fit_score(features.loc[half], outcome.loc[half], **QUICK)
    others = features.drop(half)
    assert auc(outcome.loc[others.index], others.to_numpy() @ fitted.weights.to_numpy()) > 0.85


def test_order_of_patients_changes_nothing() -> None:
    features, outcome = simulate()
    fitted = score.fit_score(features, outcome, **QUICK)
    again = score.fit_score(features.sample(frac=1, random_state=1), outcome.iloc[::-1], **QUICK)
    assert again.intercept == fitted.intercept
    pd.testing.assert_series_equal(again.weights, fitted.weights, check_exact=True)
    pd.testing.assert_frame_equal(again.path, fitted.path, check_exact=True)


def test_units_of_a_feature_change_nothing() -> None:
    features, outcome = simulate()
    factor = np.linspace(0.01, 100, features.shape[1])
    fitted = score.fit_score(features, outcome, **QUICK)
    scaled = score.fit_score(features * factor + 7, outcome, **QUICK)
    assert scaled.penalty == pytest.approx(fitted.penalty)
    before = fitted.intercept + features @ fitted.weights
    after = scaled.intercept + (features * factor + 7) @ scaled.weights
    assert after.to_numpy() == pytest.approx(before.to_numpy(), abs=1e-5)


def test_swapping_the_classes_turns_the_score() -> None:
    features, outcome = simulate()
    fitted = score.fit_score(features, outcome, **QUICK)
    swapped = score.fit_score(features, 1 - outcome, **QUICK)
    assert swapped.path["lambda"].to_numpy() == pytest.approx(fitted.path["lambda"].to_numpy())
    # folds differ with the classes' names, so the scores are compared at a penalty of the path
    columns = fit_components(features.to_numpy(), 0.95, False).transform(features.to_numpy())
    one, slopes = fit_lasso(columns, outcome.to_numpy(float), fitted.penalty)
    other, opposite = fit_lasso(columns, 1 - outcome.to_numpy(float), fitted.penalty)
    assert (one, *slopes) == pytest.approx((-other, *-opposite), abs=1e-4)


def test_the_seed_moves_the_folds_only() -> None:
    features, outcome = simulate()
    one = score.fit_score(features, outcome, **QUICK)
    two = score.fit_score(features, outcome, **QUICK | {"seed": 4})
    assert not np.allclose(one.path["deviance"], two.path["deviance"])
    for column in ("lambda", "selected"):
        assert (one.path[column] == two.path[column]).all()


def test_rules_choose_along_the_path() -> None:
    mean, error = np.array([1.0, 0.8, 0.7, 0.65, 0.65, 0.9]), np.full(6, 0.1)
    assert score.choose(mean, error, "min") == 3
    assert score.choose(mean, error, "1se") == 2
    features, outcome = simulate()
    least = score.fit_score(features, outcome, lambda_rule="min", **QUICK)
    larger = score.fit_score(features, outcome, lambda_rule="1se", **QUICK)
    assert larger.penalty >= least.penalty
    assert larger.selected <= least.selected


def test_path_starts_where_nothing_is_selected() -> None:
    features, outcome = simulate()
    fitted = score.fit_score(features, outcome, lambda_ratio=0.05, **QUICK)
    columns = fit_components(features.to_numpy(), 0.95, False).transform(features.to_numpy())
    expected = lambda_path(largest_lambda(columns, outcome.to_numpy(float)), 15, 0.05)
    assert fitted.path["lambda"].to_numpy() == pytest.approx(expected)
    assert fitted.path["selected"].iloc[0] == 0
    assert fitted.path["selected"].iloc[-1] > 0


def test_nothing_selected_is_a_constant_score_with_a_note() -> None:
    # each vector occurs once with and once without the outcome: nothing can be learnt
    rng = np.random.default_rng(8)
    values = np.repeat(rng.normal(size=(8, 5)), 2, axis=0)
    ids = [f"P{place:02d}" for place in range(16)]
    features = pd.DataFrame(values, index=ids, columns=list("abcde"))
    outcome = pd.Series([0, 1] * 8, index=ids)
    fitted = score.fit_score(features, outcome, **QUICK)
    assert fitted.selected == 0
    assert fitted.note == score.CONSTANT
    assert (fitted.weights == 0).all()
    assert fitted.intercept == pytest.approx(0)


def test_constant_features_get_no_weight() -> None:
    features, outcome = simulate()
    with_constant = features.assign(same=3.7, tiny=1e-3)
    fitted = score.fit_score(with_constant, outcome, **QUICK)
    plain = score.fit_score(features, outcome, **QUICK)
    assert (fitted.weights[["same", "tiny"]] == 0).all()
    assert fitted.weights[features.columns].to_numpy() == pytest.approx(plain.weights.to_numpy())


@pytest.mark.parametrize(("events", "folds"), [(2, 2), (3, 3), (30, 4)])
def test_folds_never_exceed_the_smaller_class(events: int, folds: int) -> None:
    features, outcome = simulate()
    outcome[:] = (np.arange(60) < events).astype(int)
    fitted = score.fit_score(features, outcome, **QUICK)
    assert (fitted.folds, fitted.events, fitted.n) == (folds, events, 60)
    said = score.FEWER_FOLDS.format(folds=folds, asked=QUICK["folds"])
    assert (said in fitted.note) == (folds < QUICK["folds"])


@pytest.mark.parametrize("events", [0, 1, 59])
def test_too_few_of_a_class_is_an_error(events: int) -> None:
    features, outcome = simulate()
    outcome[:] = (np.arange(60) < events).astype(int)
    with pytest.raises(StudyError, match=f"E22 .*DLRS_T1.* {events} positive and {60 - events} "):
        score.fit_score(features, outcome, name="DLRS_T1", **QUICK)


def test_features_that_never_vary_are_an_error() -> None:
    features, outcome = simulate()
    for useless in (features * 0 + 1, features[[]]):
        with pytest.raises(StudyError, match="E23 "):
            score.fit_score(useless, outcome, **QUICK)


def test_missing_features_are_refused() -> None:
    features, outcome = simulate()
    features.iloc[2, 3] = np.nan
    with pytest.raises(ValueError, match="missing"):
        score.fit_score(features, outcome, **QUICK)
