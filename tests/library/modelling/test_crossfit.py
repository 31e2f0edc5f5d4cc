"""Cross-fitted scores: what each patient's score may and may not know."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from sklearn.model_selection import StratifiedKFold

from radfuse.errors import StudyError
from radfuse.features.stability import stability_table
from radfuse.modelling.covariates import with_crossfit_scores
from radfuse.modelling.crossfit import COLUMNS, crossfit_scores
from radfuse.modelling.score import fit_score
from radfuse.statistics.delong import auc

PATIENTS = [f"P{number:02d}" for number in range(40)]
NAMES = [f"AP_{index:04d}" for index in range(60)]
SETTINGS = {
    "stability": {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"},
    "score": {"folds": 4, "n_lambdas": 10, "seed": 2},
    "folds": 5,
    "seed": 7,
    "name": "DLRS_CT",
}


@pytest.fixture
def outcome() -> pd.Series:
    return pd.Series(np.tile([1, 0, 0, 0], 10), index=PATIENTS)


def draw(outcome: pd.Series, effect: float) -> pd.DataFrame:
    values = np.random.default_rng(3).normal(size=(len(outcome), len(NAMES)))
    values[:, :5] += effect * outcome.to_numpy()[:, None]
    return pd.DataFrame(values, index=pd.Index(outcome.index, name="patient"), columns=NAMES)


def repeated(features: pd.DataFrame, noise: float = 0.1) -> pd.DataFrame:
    """Reader 1's second outlines of 20 patients; the last feature is unstable in them."""
    random = np.random.default_rng(4)
    again = features.iloc[:20] + noise * random.normal(size=(20, len(NAMES)))
    again[NAMES[-1]] = random.normal(size=20)
    return again.reset_index().assign(reader="repeat")


def scores(features: pd.DataFrame, outcome: pd.Series, **more) -> pd.DataFrame:
    return crossfit_scores(features, outcome, repeated(features), **{**SETTINGS, **more})


def test_a_fold_s_scores_come_from_a_fit_on_the_other_folds(outcome):
    features = draw(outcome, 1.5)
    rows = scores(features, outcome)
    assert list(rows.columns) == list(COLUMNS)
    assert rows["patient"].tolist() == PATIENTS
    assert rows["outcome"].tolist() == outcome.tolist()
    splitter = StratifiedKFold(n_splits=5, shuffle=True, random_state=7)
    kept, left_out = next(iter(splitter.split(features, outcome)))
    marks = stability_table(
        features.iloc[kept], repeated(features), outcome.iloc[kept], SETTINGS["stability"]
    )
    stable = marks.loc[marks["stable"] == "yes", "feature"]
    fitted = fit_score(features.iloc[kept][stable], outcome.iloc[kept], **SETTINGS["score"])
    # up to the level, which is common to all folds
    expected = (features.iloc[left_out][stable] - features.iloc[kept][stable].mean()) @ (
        fitted.weights
    )
    first = rows[rows["fold"] == 1].set_index("patient")
    level = (first["score"][expected.index] - expected).to_numpy()
    assert level == pytest.approx(np.full(len(level), level[0]))
    apparent = fit_score(features, outcome, **SETTINGS["score"])
    mean = float((apparent.intercept + features @ apparent.weights).mean())
    assert level[0] == pytest.approx(mean, abs=1.0)
    assert set(first["stable"]) == {len(stable)}
    assert (first["n"] == 32).all() and (first["events"] == 8).all()


def test_units_and_offsets_of_the_features_change_no_score(outcome):
    features = draw(outcome, 1.5)
    scale, offset = np.geomspace(0.01, 100, len(NAMES)), np.linspace(-40, 90, len(NAMES))
    moved = features * scale + offset
    repeats = repeated(features)
    again = repeats.assign(**(repeats[NAMES] * scale + offset))
    rows, same = (
        crossfit_scores(values, outcome, outlined, **SETTINGS)
        for values, outlined in ((features, repeats), (moved, again))
    )
    pd.testing.assert_frame_equal(rows, same, rtol=1e-6)


def test_a_patient_s_features_reach_nobody_s_rank_in_the_same_fold(outcome):
    """Only the level of all scores follows from all patients."""
    features = draw(outcome, 1.5)
    before = scores(features, outcome).set_index("patient")
    changed = features.copy()
    changed.loc["P00"] = 50.0
    after = scores(changed, outcome).set_index("patient")
    mates = (before["fold"] == before.loc["P00", "fold"]) & (before.index != "P00")
    assert mates.sum() > 5
    change = after["score"] - before["score"]
    assert change[mates].to_numpy() == pytest.approx(np.full(mates.sum(), change[mates].iloc[0]))
    others = before["fold"] != before.loc["P00", "fold"]
    assert change[others].nunique() == others.sum()


def test_the_apparent_score_is_better_than_the_cross_fitted_one(outcome):
    gains = []
    for seed in range(5):
        values = np.random.default_rng(seed).normal(size=(len(outcome), len(NAMES)))
        values[:, :5] += 0.8 * outcome.to_numpy()[:, None]
        features = pd.DataFrame(values, index=outcome.index, columns=NAMES).rename_axis("patient")
        crossed = scores(features, outcome)["score"].to_numpy()
        apparent = features.to_numpy() @ fit_score(features, outcome, **SETTINGS["score"]).weights
        gains.append(auc(outcome.to_numpy(), apparent) - auc(outcome.to_numpy(), crossed))
    assert np.mean(gains) > 0.1


def test_a_score_that_tells_no_patient_from_another_tells_no_fold_from_another(outcome):
    """Folds of 40 patients, 11 of them positive: their levels differ, their scores must not."""
    outcome = outcome.copy()
    outcome["P01"] = 1
    features = draw(outcome, 1.5)
    repeats = repeated(features, noise=100.0)
    rows = crossfit_scores(features, outcome, repeats, **SETTINGS)
    assert (rows["stable"] == 0).all() and (rows["selected"] == 0).all()
    assert rows["events"].max() > rows["events"].min()
    assert rows["score"].max() == rows["score"].min()
    assert rows["score"].iloc[0] == pytest.approx(logit(outcome.mean()), abs=0.02)
    assert auc(rows["outcome"], rows["score"]) == 0.5


def test_a_missing_feature_counts_where_it_is_stable_alone(outcome):
    """An unstable one is nobody's loss; of a stable one's patients no apparent score is left."""
    features = draw(outcome, 1.5)
    whole = scores(features, outcome)
    features.loc[PATIENTS[20:32], NAMES[-1]] = np.nan
    pd.testing.assert_frame_equal(scores(features, outcome), whole)
    features.loc[["P05", "P33"], NAMES[0]] = np.nan
    features.loc["P07"] = np.nan  # no image at all
    rows = scores(features, outcome).set_index("patient")
    assert rows.index.tolist() == [name for name in PATIENTS if name != "P07"]
    assert rows.index[rows["score"].isna()].tolist() == ["P05", "P33"]
    for fold, mates in rows.groupby("fold"):
        lacking = {"P05", "P33"} - set(mates.index)
        assert (mates["n"] == len(rows) - len(mates) - len(lacking)).all(), fold
    covariates = pd.DataFrame({"DLRS_CT": 7.0}, index=outcome.index)
    replaced = with_crossfit_scores(covariates, {"CT": rows.reset_index()})["DLRS_CT"]
    assert replaced[["P05", "P33"]].isna().all()


def test_too_few_patients_with_features_are_an_error_with_its_way_out(outcome):
    features = draw(outcome, 1.5)
    features.loc[outcome.index[outcome == 1][2:]] = np.nan
    with pytest.raises(StudyError, match=r"E22 .*DLRS_CT: 2 of 32 .*validation.crossfit_folds: 0"):
        scores(features, outcome)


def test_folds_are_no_more_than_the_smaller_class(outcome):
    few = outcome.copy()
    few.iloc[:] = 0
    few.iloc[[0, 9, 30]] = 1
    rows = scores(draw(outcome, 1.5), few)
    assert rows["fold"].nunique() == 3
    assert (rows.groupby("fold")["outcome"].sum() == 1).all()


def test_training_patients_alone_get_their_cross_fitted_score(outcome):
    covariates = pd.DataFrame({"DLRS_CT": 1.0, "CT:size": 2.0}, index=["P00", "P01", "T1"])
    rows = pd.DataFrame({"patient": ["P01", "P00"], "score": [5.0, 7.0]})
    replaced = with_crossfit_scores(covariates, {"CT": rows})
    assert replaced["DLRS_CT"].tolist() == [7.0, 5.0, 1.0]
    assert replaced["CT:size"].tolist() == [2.0] * 3
    assert covariates["DLRS_CT"].tolist() == [1.0] * 3
