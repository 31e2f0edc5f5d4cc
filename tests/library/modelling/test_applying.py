"""Models of another study: which can be applied, and on what they are refused."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from radfuse.errors import StudyError
from radfuse.modelling.applying import (
    CUT,
    absent,
    altered,
    applicable,
    check_columns,
    check_networks,
    different_features,
    different_levels,
    left_out,
    other_measures,
    other_outcomes,
    strange_measures,
)
from radfuse.modelling.given import read_models
from radfuse.modelling.models import made_of, read_model, write_model
from radfuse.planning.loading import misapplied

NETWORK = {"architecture": "resnet50", "weights_sha256": "aa", "input": {"size": 224}}
LEVELS = {"type": "binary", "levels": {"0": "absent", "1": "present"}}


def model(name: str, **sources: str) -> dict:
    covariates = [
        {"name": each, "label": each, "source": source, "coefficient": 1.0, **LEVELS}
        for each, source in sources.items()
    ]
    return {
        "model": name,
        "modality": name.partition("_")[2],
        "protocol": "published",
        "outcome": {"column": "pathology", "positive": ["iCCA"]},
        "intercept": 0.0,
        "threshold": 0.5,
        "covariates": covariates,
    }


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
    found["DLRS_CT"]["features"] = {"backbone": {**NETWORK}}
    found["DLRS_MRI"]["score"] = {"intercept": 0.0, "weights": {"T2_0001": 1.0}}
    found["DLRS_MRI"]["features"] = {}
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


def test_what_is_left_out_says_why(models):
    both = ["CT", "MRI"]
    assert left_out(models, ["CT"], both, both) == {}
    assert left_out(models, [], both, both) == {
        "no readings of CT": ["R_CT", "DLRR_CT"],
        "made of DLRR_CT": ["fused"],
    }
    assert left_out(models, ["CT"], ["CT"], both) == {
        "no features of MRI": ["DLRS_MRI"],
        "made of DLRS_MRI": ["fused"],
    }
    assert left_out(models, ["CT"], ["CT"], ["CT"])["the config has no modality MRI"]


def test_another_network_is_refused_and_named_with_both_values(models):
    check_networks(models.values(), NETWORK)
    with pytest.raises(StudyError, match=r'E27 model: DLRS_CT .*weights_sha256: "aa" in the model'):
        check_networks(models.values(), {**NETWORK, "weights_sha256": "bb"})


def test_features_that_are_not_there_are_counted(models):
    features = {"CT": pd.DataFrame({"AP_0001": [1.0]})}
    with pytest.raises(StudyError, match="1 of 2 features are not here, AP_0002 for one"):
        check_columns([models["DLRS_CT"], models["R_CT"]], features)
    check_columns([models["DLRS_CT"], models["R_CT"]], {"CT": features["CT"].assign(AP_0002=1.0)})


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
    assert (
        different_features(
            {**settings, "sequences": ["AP", "VP"]}, {**settings, "sequences": ["VP", "AP"]}
        )
        == []
    )
    assert different_features(settings, {"tables": {"table": "a.tsv"}})


def test_levels_that_mean_something_else_are_named(models):
    entry = {"name": "rim", "modalities": ["CT"], **LEVELS}
    assert different_levels(models["R_CT"], [entry]) == []
    turned = {**entry, "levels": {"0": "present", "1": "absent"}}
    assert "rim.levels" in different_levels(models["R_CT"], [turned])[0]
    assert "not among the readings" in different_levels(models["R_CT"], [])[0]


def test_measurements_under_another_name_are_named(models):
    size = {"name": "size", "label": "Size, mm", "type": "continuous", "modalities": ["CT"]}
    fitted = models["R_CT"]
    fitted["covariates"].append({**fitted["covariates"][0], **size})
    rim = {"name": "rim", "label": "Rim of contrast", "modalities": ["CT"], **LEVELS}
    assert other_measures(fitted, [size, rim]) == []
    in_cm = {**size, "label": "Size, cm"}
    assert other_measures(fitted, [in_cm, rim]) == [
        "size is 'Size, mm' in the model, 'Size, cm' here"
    ]
    assert other_measures(fitted, [rim]) == []


def test_a_measurement_mostly_outside_the_training_cohort_is_named(models):
    fitted = models["R_CT"]
    assert strange_measures(fitted, pd.DataFrame({"rim": ["1", "0"]})) == []
    fitted["covariates"].append({**fitted["covariates"][0], "name": "size", "range": [12.0, 118.0]})
    millimetres = pd.DataFrame({"size": ["30", "", "119", "12"]})
    assert strange_measures(fitted, millimetres) == []
    (said,) = strange_measures(fitted, pd.DataFrame({"size": ["3.0", "", "11.9", "12"]}))
    assert said.startswith("size: 2 of 3 values lie outside 12 to 118, all there was in")
    assert strange_measures(fitted, pd.DataFrame({"size": ["", ""]})) == []
    assert strange_measures(fitted, pd.DataFrame({"rim": ["1"]})) == []


def test_a_model_file_that_was_changed_is_named(models, tmp_path):
    path = tmp_path / "R_CT.json"
    write_model(models["R_CT"], path)
    assert altered([read_model(path), models["DLRS_CT"]]) == []
    for old, new in (('"threshold": 0.5', '"threshold": 0.9'), ('"rim"', '"rims"')):
        write_model(models["R_CT"], path)
        path.write_text(path.read_text().replace(old, new))
        (said,) = altered([read_model(path), models["DLRS_CT"]])
        assert said.startswith("The files of R CT are not as they were written")


def test_models_that_a_folder_lacks_are_named(models):
    assert absent(models) == []
    assert absent(models.keys() - {"R_CT"}) == ["R_CT"]
    assert absent(models.keys() - {"fused"}) == ["fused"]
    assert absent({"R_CT", "DLRS_CT"}) == ["DLRR_CT"]
    assert absent({"R_CT", "R_MRI"}) == absent({"R_CT"}) == absent({}) == []


def test_models_of_another_outcome_are_named_once(models):
    assert other_outcomes(models.values(), {"column": "histology", "positive": ["iCCA"]}) == []
    (said,) = other_outcomes(models.values(), {"column": "pathology", "positive": ["HCC"]})
    assert "pathology = iCCA, and here pathology = HCC counts as positive" in said


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
    assert "R_CT.json cannot be read as JSON" in str(caught.value)
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


def saved(models: dict[str, dict], folder) -> None:
    for name, each in models.items():
        (folder / f"{name}.json").write_text(json.dumps(each))


def test_a_file_that_holds_another_model_is_refused(models, tmp_path):
    """Of two files of one model one used to be checked and the other to be applied."""
    saved(models, tmp_path)
    (tmp_path / "R_CT (1).json").write_text(json.dumps(models["R_CT"]))
    with pytest.raises(StudyError, match=r"^E27 model: .*R_CT \(1\).json holds the model R_CT"):
        read_models(str(tmp_path))
    (tmp_path / "R_CT (1).json").unlink()
    (tmp_path / "._R_CT.json").write_bytes(b"\x00\x05\x16\x07")  # of a Mac, on a USB stick
    assert read_models(str(tmp_path)).keys() == models.keys()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: m.pop("threshold"), "the key 'threshold' is missing"),
        (lambda m: m.pop("outcome"), "the key 'outcome' is missing"),
        (lambda m: m.update(protocol="crossfit"), "protocol: 'published' was expected"),
        (lambda m: m["covariates"][0].update(coefficient="2.5"), "DLRS_CT.coefficient: '2.5'"),
        (lambda m: m.pop("score"), "the key 'score' is missing"),
        (lambda m: m["score"]["weights"].update(AP_0001=None), "AP_0001: None is not of type"),
        (lambda m: m.pop("features"), "the key 'features' is missing"),
        (lambda m: m.update(features=[]), "features: [] is not of type"),
        (
            lambda m: m.update(features={"roi": {}, "intensity": {}}),
            "'sequences' is a dependency of 'roi'",
        ),
        (
            lambda m: m["features"]["backbone"].pop("architecture"),
            "backbone: the key 'architecture' is missin",
        ),
        (lambda m: m.update(threshold=1.7), "threshold: 1.7 is greater than"),
        (lambda m: m.update(intercept=float("nan")), "NaN is no number of a model"),
    ],
)
def test_a_model_that_is_not_whole_is_refused_before_a_run(models, tmp_path, change, told):
    change(models["DLRS_CT"])
    saved(models, tmp_path)
    with pytest.raises(StudyError) as caught:
        read_models(str(tmp_path))
    (problem,) = caught.value.problems
    assert problem.startswith(f"E27 model: {tmp_path}/DLRS_CT.json") and told in problem


def test_other_folders_of_a_study_are_refused(models, tmp_path):
    (tmp_path / "provenance.json").write_text("{}")
    with pytest.raises(StudyError, match=r"provenance.json is no model of radfuse"):
        read_models(str(tmp_path))
    (tmp_path / "models").mkdir()
    saved(models, tmp_path / "models")
    with pytest.raises(StudyError, match=r"holds a folder of models, .*/models"):
        read_models(str(tmp_path))


def test_a_score_of_networks_that_nobody_else_has_is_refused(models):
    """A fine-tuned network is no part of the folder, and cannot be made again without its patients:
    the run used to end after all images."""
    models["DLRS_CT"]["features"]["finetuned"] = {"AP": NETWORK}
    study = SimpleNamespace(
        applies=True,
        config={"apply_models": "given"},
        applied=[models["R_CT"], models["DLRS_CT"]],
        dictionary=[{"name": "rim", "modalities": ["CT"], **LEVELS}],
    )
    (problem,) = misapplied(study)
    assert problem.startswith("E27 model: DLRS_CT rests on networks that were fine-tuned")
    study.applied = [models["R_CT"]]
    assert misapplied(study) == []


@pytest.mark.parametrize(
    "key", ["spacing_mm", "margin_mm", "box", "background", "channels", "neighbour_mm"]
)
def test_every_key_of_the_cut_counts(key):
    theirs = {"sequences": ["AP"], "intensity": {}, "roi": dict.fromkeys(CUT, 1)}
    ours = {**theirs, "roi": {**theirs["roi"], key: 2}}
    assert different_features(theirs, ours) == [f"roi.{key}: 1 in the model, 2 here"]


@pytest.mark.parametrize(
    "other", [{"architecture": "vit"}, {"weights_sha256": "bb"}, {"input": {"size": 384}}]
)
def test_every_part_of_the_network_counts(models, other):
    check_networks(models.values(), NETWORK)
    with pytest.raises(StudyError, match=f"E27 model: DLRS_CT .*{next(iter(other))}"):
        check_networks(models.values(), {**NETWORK, **other})


def test_a_characteristic_of_another_type_or_modality_is_another(models):
    entry = {"name": "rim", "modalities": ["CT"], **LEVELS}
    ordered = {**entry, "type": "ordinal"}
    assert "rim.type" in different_levels(models["R_CT"], [ordered])[0]
    elsewhere = {**entry, "modalities": ["MRI"]}
    assert "not among the readings here" in different_levels(models["R_CT"], [elsewhere])[0]


def test_an_outcome_is_its_positive_values_in_any_order(models):
    models["R_CT"]["outcome"]["positive"] = ["iCCA", "CHC"]
    theirs = [models["R_CT"]]
    assert other_outcomes(theirs, {"column": "it", "positive": ["CHC", "iCCA"]}) == []
    for positive in (["iCCA"], ["iCCA", "CHC", "HCC"]):
        assert len(other_outcomes(theirs, {"column": "it", "positive": positive})) == 1
