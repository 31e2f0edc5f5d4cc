"""Models of another study: which can be applied, and on what they are refused."""

import json

import pandas as pd
import pytest

from radfuse.applying import (
    applicable,
    check_columns,
    check_networks,
    different_features,
    different_levels,
    read_models,
)
from radfuse.errors import StudyError
from radfuse.models import made_of

NETWORK = {"architecture": "resnet50", "weights_sha256": "aa", "input": {"size": 224}}
LEVELS = {"type": "binary", "levels": {"0": "absent", "1": "present"}}


def model(name: str, **sources: str) -> dict:
    covariates = [{"name": each, "source": source, **LEVELS} for each, source in sources.items()]
    modality = name.partition("_")[2]
    return {"model": name, "modality": modality, "covariates": covariates}


@pytest.fixture
def models() -> dict[str, dict]:
    found = {
        "R_CT": model("R_CT", rim="radiology"),
        "DLRS_CT": model("DLRS_CT", DLRS_CT="score"),
        "DLRR_CT": model("DLRR_CT", rim="radiology", DLRS_CT="score"),
        "DLRS_MRI": model("DLRS_MRI", DLRS_MRI="score"),
        "fused": model("fused", DLRR_CT="model", DLRS_MRI="model"),
    }
    found["DLRS_CT"]["score"] = {"intercept": 0.0, "weights": {"AP_0001": 1.0, "AP_0002": 2.0}}
    found["DLRS_CT"]["features"] = {"backbone": NETWORK}
    return found


def test_a_study_applies_what_it_has_everything_for(models):
    both = ["CT", "MRI"]
    assert list(applicable(models, ["CT"], both, both)) == [
        "R_CT",
        "DLRS_CT",
        "DLRR_CT",
        "DLRS_MRI",
        "fused",
    ]
    assert list(applicable(models, [], both, both)) == ["DLRS_CT", "DLRS_MRI"]
    assert list(applicable(models, ["CT"], [], ["CT"])) == ["R_CT"]
    assert list(applicable(models, ["CT"], ["CT"], ["CT"])) == ["R_CT", "DLRS_CT", "DLRR_CT"]


def test_another_network_is_refused_and_named_with_both_values(models):
    check_networks(models.values(), NETWORK, {})
    with pytest.raises(StudyError, match=r'E27 model: DLRS_CT .*weights_sha256: "aa" in the model'):
        check_networks(models.values(), {**NETWORK, "weights_sha256": "bb"}, {})
    models["DLRS_CT"]["features"]["finetuned"] = {"AP": NETWORK}
    own = {("CT", "AP"): {**NETWORK, "weights_sha256": "cc"}}
    with pytest.raises(
        StudyError, match=r'backbone of AP\.weights_sha256: "aa" in the model, "cc"'
    ):
        check_networks(models.values(), NETWORK, own)


def test_features_that_are_not_there_are_counted(models):
    features = {"CT": pd.DataFrame({"AP_0001": [1.0]})}
    with pytest.raises(StudyError, match="1 of 2 features are not here, AP_0002 for one"):
        check_columns(models.values(), features)
    check_columns(models.values(), {"CT": features["CT"].assign(AP_0002=1.0)})


def test_settings_that_only_accept_or_refuse_masks_may_differ():
    settings = {
        "sequences": ["AP"],
        "intensity": {"method": "window", "low": -100, "high": 240},
        "roi": {"margin_mm": 10.0, "tolerance_mm": 0.1, "mask_grid": "refuse"},
    }
    other = {**settings, "roi": {**settings["roi"], "tolerance_mm": 1.0, "mask_grid": "resample"}}
    assert different_features(settings, other) == []
    other = {**settings, "sequences": ["VP"], "intensity": {**settings["intensity"], "high": 250}}
    assert different_features(settings, other) == [
        'modalities.sequences: ["AP"] in the model, ["VP"] here',
        "intensity.high: 240 in the model, 250 here",
    ]
    assert different_features(settings, {"tables": {"table": "a.tsv"}})


def test_levels_that_mean_something_else_are_named(models):
    entry = {"name": "rim", "modalities": ["CT"], **LEVELS}
    assert different_levels(models["R_CT"], [entry]) == []
    turned = {**entry, "levels": {"0": "present", "1": "absent"}}
    assert "rim.levels" in different_levels(models["R_CT"], [turned])[0]
    assert "not among the readings" in different_levels(models["R_CT"], [])[0]


def test_a_folder_of_models_is_read_whole_or_refused(models, tmp_path):
    with pytest.raises(StudyError, match="holds no models"):
        read_models(str(tmp_path))
    for name, each in models.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(each))
    assert read_models(str(tmp_path)) == {name: models[name] for name in sorted(models)}
    (tmp_path / "R_CT.json").write_text("{")
    (tmp_path / "DLRS_MRI.json").unlink()
    with pytest.raises(StudyError) as caught:
        read_models(str(tmp_path))
    assert "R_CT.json is no model" in str(caught.value)
    assert "fused is made of DLRS_MRI" in str(caught.value)


def test_models_of_two_forms_of_a_study_are_refused(models, tmp_path):
    """A model that a study no longer has stays behind, and its parts go on."""
    for each in models.values():
        each["intercept"] = 0.5
        for number, covariate in enumerate(each["covariates"]):
            covariate["coefficient"] = 1.0 + number
    for each in models.values():
        each["made_of"] = made_of(each, models.values())
        (tmp_path / f"{each['model']}.json").write_text(json.dumps(each))
    assert models["fused"]["made_of"].keys() == {"DLRR_CT", "DLRS_MRI"}
    assert read_models(str(tmp_path)) == models
    score = models["DLRS_CT"]
    score["score"]["weights"]["AP_0002"] = 2.5
    (tmp_path / "DLRS_CT.json").write_text(json.dumps(score))
    with pytest.raises(StudyError, match=r"^E27 model: .*: DLRR_CT was fitted on another DLRS_CT"):
        read_models(str(tmp_path))
