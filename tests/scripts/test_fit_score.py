"""The rule that fits a DLRS: what it stores, and on whom it depends."""

from pathlib import Path

import fit_score
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from radfuse.errors import StudyError
from radfuse.inputs.cohort import training
from radfuse.modelling import models
from radfuse.statistics.threshold import youden_threshold

SETTINGS = {
    "folds": 4,
    "seed": 2,
    "lambda_rule": "min",
    "n_lambdas": 12,
    "lambda_ratio": 0.02,
    "variance": 0.9,
    "whiten": False,
}
OUTCOME = {"column": "icca", "positive": ["yes"]}


class Study:
    """The three files that the rule reads: 40 training, 15 test, 3 unlabelled patients."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder, SETTINGS
        rng = np.random.default_rng(13)
        ids = [f"{place:03d}" for place in range(58)]
        outcome = (np.arange(58) % 3 == 0).astype(float)
        values = rng.normal(size=(58, 50)) + 0.7 * outcome[:, None] * (np.arange(50) < 20)
        columns = [f"{seq}_{place:04d}" for seq in ("AP", "VP") for place in range(25)]
        self.features = pd.DataFrame(
            values.astype(np.float32), index=pd.Index(ids, name="patient"), columns=columns
        )
        self.stability = pd.DataFrame(
            {"feature": columns, "stable": ["yes", "yes", "no"] * 16 + ["yes", "no"]}
        )
        self.split = pd.DataFrame({"patient": ids, "outcome": outcome})
        self.split["cohort"] = ["train"] * 40 + ["test"] * 15 + ["unlabelled"] * 3
        self.split.loc[55:, "outcome"] = np.nan

    def fit(self, finetuned: list[str] = ()) -> dict:
        self.features.to_parquet(self.folder / "CT.parquet")
        self.stability.to_csv(self.folder / "stability.tsv", sep="\t", index=False)
        training(self.split).reset_index().to_csv(
            self.folder / "training.tsv", sep="\t", index=False
        )
        target = self.folder / "DLRS_CT.json"
        backbone = self.folder / "backbone.json"
        backbone.write_text('{"architecture": "resnet50"}')
        fit_score.main(
            features=str(self.folder / "CT.parquet"),
            stability=str(self.folder / "stability.tsv"),
            training=str(self.folder / "training.tsv"),
            modality="CT",
            score=self.settings,
            outcome=OUTCOME,
            backbone=str(backbone),
            finetuned=finetuned,
            made_of={"roi": {"margin_mm": 10.0}},
            simulated=True,
            model=str(target),
        )
        self.bytes = target.read_bytes()
        return models.read_model(target)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


def test_what_is_stored(study: Study) -> None:
    found = study.fit()
    assert (found["model"], found["modality"], found["protocol"]) == ("DLRS_CT", "CT", "published")
    assert (found["n"], found["events"], found["outcome"]) == (40, 14, OUTCOME)
    assert found["features"]["backbone"] == {"architecture": "resnet50"}
    assert found["features"]["roi"] == {"margin_mm": 10.0}
    assert [(c["name"], c["source"]) for c in found["covariates"]] == [("DLRS_CT", "score")]
    score = found["score"]
    stable = study.stability.query("stable == 'yes'")["feature"]
    assert list(score["weights"]) == list(stable)
    assert (score["lambda_rule"], score["folds"], score["seed"]) == ("min", 4, 2)
    assert score["lambda"] in score["path"]["lambda"]
    assert {len(column) for column in score["path"].values()} == {12}
    best = int(np.argmin(score["path"]["deviance"]))
    assert score["lambda"] == score["path"]["lambda"][best]
    drawn = score["path"]["coefficients"]
    assert [len(row) for row in drawn] == score["path"]["selected"]
    assert all(1 <= int(name) <= score["components"] for row in drawn for name in row)
    bound = score["path"]["deviance"][best] + score["path"]["standard_error"][best]
    within = [value <= bound for value in score["path"]["deviance"]].index(True)
    assert score["lambda_min"] == score["lambda"]
    assert score["lambda_1se"] == score["path"]["lambda"][within]
    assert (score["variance"], score["components_asked"]) == (0.9, None)
    assert 0.9 <= score["explained_variance"] <= 1
    assert 0 < score["selected"] <= score["components"] <= 39


def test_a_number_of_components_is_stored_and_capped_in_the_note(study: Study) -> None:
    study.settings = {**SETTINGS, "components": 5}
    score = study.fit()["score"]
    assert (score["components"], score["components_asked"]) == (5, 5)
    study.settings = {**SETTINGS, "components": 60}
    found = study.fit()
    # 40 patients in 4 folds: 30 to train on, 29 dimensions
    assert found["score"]["components"] == 29
    assert found["note"].startswith("60 principal components were asked for")


def test_the_stored_numbers_predict(study: Study) -> None:
    found = study.fit()
    train = study.split.query("cohort == 'train'")
    scores = pd.DataFrame({"DLRS_CT": models.score(found, study.features.loc[train["patient"]])})
    probability = expit(models.linear_predictor(found, scores))
    threshold, youden = youden_threshold(train["outcome"], probability)
    assert found["threshold"] == pytest.approx(threshold, abs=1e-9)
    assert found["youden"] == pytest.approx(youden)
    # the intercept of a maximum likelihood fit makes the mean probability the rate
    if not found["separated"]:
        assert probability.mean() == pytest.approx(14 / 40, abs=1e-6)


def test_only_training_patients_matter(study: Study) -> None:
    study.fit()
    before = study.bytes
    others = study.split["cohort"] != "train"
    study.features.loc[study.split.loc[others, "patient"]] *= -100
    test = study.split["cohort"] == "test"
    study.split.loc[test, "outcome"] = 1 - study.split.loc[test, "outcome"]
    study.fit()
    assert study.bytes == before
    study.split.loc[0, "outcome"] = 0
    study.fit()
    assert study.bytes != before


def test_order_of_rows_changes_no_byte(study: Study) -> None:
    study.fit()
    before = study.bytes
    study.features = study.features.sample(frac=1, random_state=1)
    study.split = study.split.sample(frac=1, random_state=2)
    study.stability = study.stability.iloc[::-1]
    study.fit()
    assert study.bytes == before


def test_unstable_features_do_not_matter(study: Study) -> None:
    study.fit()
    before = study.bytes
    study.features[study.stability.query("stable == 'no'")["feature"]] = 1e6
    study.fit()
    assert study.bytes == before


def test_patients_without_images_or_sequence_are_left_out(study: Study) -> None:
    study.features = study.features.drop(index="000")
    study.features.loc["001", "VP_0000"] = np.nan
    found = study.fit()
    assert (found["n"], found["events"]) == (38, 13)


def test_labels_that_carry_nothing_give_a_constant_score(study: Study) -> None:
    first, second = study.split["patient"][:20], study.split["patient"][20:40]
    study.features.loc[second] = study.features.loc[first].to_numpy()
    study.split.loc[:19, "outcome"], study.split.loc[20:39, "outcome"] = 0, 1
    found = study.fit()
    assert "selected no principal component" in found["note"]
    assert found["score"]["selected"] == 0
    assert found["covariates"][0]["coefficient"] == 0
    assert (found["intercept"], found["youden"]) == (pytest.approx(0, abs=1e-9), 0)


def test_no_stable_feature_is_an_error(study: Study) -> None:
    study.stability["stable"] = "no"
    with pytest.raises(StudyError, match="E23 statistics: DLRS_CT: 0 of 50 features"):
        study.fit()


def test_too_few_positive_patients_are_an_error(study: Study) -> None:
    study.split.loc[1:39, "outcome"] = 0
    with pytest.raises(StudyError, match=r"E22 statistics: DLRS_CT: .* 1 positive and 39 negative"):
        study.fit()


def test_a_score_on_fine_tuned_networks_records_each(study: Study, tmp_path: Path) -> None:
    record = tmp_path / "backbone" / "CT" / "AP" / "backbone.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"network_sha256": "f"}')
    made = study.fit(finetuned=[str(record)])["features"]
    assert made["backbone"] == {"architecture": "resnet50"}
    assert made["finetuned"] == {"AP": {"network_sha256": "f"}}
