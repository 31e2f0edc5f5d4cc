"""Models as plain numbers: names, prediction, expansion, storage."""

import numpy as np
import pandas as pd
import pytest

from radfuse.modelling import models


def covariate(name: str, source: str, coefficient: float) -> dict:
    return {"name": name, "label": name, "source": source, "coefficient": coefficient}


@pytest.fixture
def fitted() -> dict[str, dict]:
    """A fusion of two DLRR models that share the name of a characteristic."""
    ct = [covariate("cirrhosis", "radiology", -2.0), covariate("DLRS_CT", "score", 1.5)]
    mri = [
        covariate("cirrhosis", "radiology", 0.5),
        covariate("location=2", "radiology", 1.0),
        covariate("DLRS_MRI", "score", 0.8),
    ]
    top = [covariate("DLRR_CT", "model", 0.6), covariate("DLRR_MRI", "model", 0.7)]
    return {
        "DLRR_CT": {"model": "DLRR_CT", "modality": "CT", "intercept": 0.3, "covariates": ct},
        "DLRR_MRI": {"model": "DLRR_MRI", "modality": "MRI", "intercept": -1.0, "covariates": mri},
        "fused": {"model": "fused", "modality": "", "intercept": 0.1, "covariates": top},
    }


@pytest.fixture
def covariates() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "CT:cirrhosis": [1.0, 0.0, np.nan],
            "DLRS_CT": [0.2, -1.0, 0.5],
            "MRI:cirrhosis": [1.0, 1.0, 0.0],
            "MRI:location=2": [0.0, 1.0, 1.0],
            "DLRS_MRI": [2.0, -2.0, 0.0],
        },
        index=["P1", "P2", "P3"],
    )


def test_names_of_the_published_study() -> None:
    assert models.model_names(["CT", "MRI"], ["CT", "MRI"], ["CT", "MRI"]) == [
        *("R_CT", "DLRS_CT", "DLRR_CT"),
        *("R_MRI", "DLRS_MRI", "DLRR_MRI"),
        "fused",
    ]


@pytest.mark.parametrize(
    ("modalities", "radiology", "scored", "expected"),
    [
        (["CT"], ["CT"], ["CT"], ["R_CT", "DLRS_CT", "DLRR_CT"]),
        (["CT", "MRI"], [], ["CT", "MRI"], ["DLRS_CT", "DLRS_MRI", "fused"]),
        (["CT", "MRI"], ["CT", "MRI"], [], ["R_CT", "R_MRI"]),
        (["US", "PET", "CT"], ["PET"], ["US", "PET", "CT"], None),
        (["CT", "MRI"], ["MRI"], ["CT"], ["DLRS_CT", "R_MRI", "fused"]),
    ],
)
def test_models_that_a_study_cannot_have_are_absent(modalities, radiology, scored, expected):
    found = models.model_names(modalities, radiology, scored)
    if expected is None:
        expected = ["DLRS_US", "R_PET", "DLRS_PET", "DLRR_PET", "DLRS_CT", "fused"]
    assert found == expected


def test_top_model_is_the_fullest() -> None:
    names = ["R_CT", "DLRS_CT", "DLRR_CT", "DLRS_MRI", "R_US"]
    found = [models.top_model(modality, names) for modality in ("CT", "MRI", "US")]
    assert found == ["DLRR_CT", "DLRS_MRI", "R_US"]


@pytest.mark.parametrize(
    ("names", "modalities", "final"),
    [
        (["DLRR_CT", "DLRS_MRI", "fused"], ["CT", "MRI"], "fused"),
        (["R_CT", "DLRS_CT", "DLRR_CT"], ["CT"], "DLRR_CT"),
        (["R_CT", "R_MRI"], ["CT", "MRI"], None),
        ([], ["CT"], None),
    ],
)
def test_the_final_model_is_the_fusion_or_the_only_fullest(names, modalities, final) -> None:
    assert models.final_model(names, modalities) == final


def test_log_odds_by_hand(fitted, covariates) -> None:
    found = models.linear_predictor(fitted["DLRR_CT"], covariates)
    assert found["P1"] == pytest.approx(0.3 - 2.0 + 0.3)
    assert found["P2"] == pytest.approx(0.3 - 1.5)
    assert np.isnan(found["P3"])


def test_probability_of_extreme_log_odds() -> None:
    found = models.probability(pd.Series([0.0, 800.0, -800.0, np.nan], index=list("abcd")))
    assert list(found[:3]) == [0.5, 1.0, 0.0]
    assert np.isnan(found["d"])
    assert list(found.index) == list("abcd")


def test_expansion_predicts_what_the_models_predict_in_turn(fitted, covariates) -> None:
    inner = pd.DataFrame(
        {
            models.log_odds_key(name): models.linear_predictor(fitted[name], covariates)
            for name in list(fitted)[:2]
        }
    )
    in_turn = models.linear_predictor(fitted["fused"], inner)
    intercept, coefficients = models.expand(fitted["fused"], fitted)
    directly = intercept + covariates[list(coefficients)] @ pd.Series(coefficients)
    assert directly[:2].to_numpy() == pytest.approx(in_turn[:2].to_numpy(), abs=1e-12)
    assert coefficients == pytest.approx(
        {
            "CT:cirrhosis": -1.2,
            "DLRS_CT": 0.9,
            "MRI:cirrhosis": 0.35,
            "MRI:location=2": 0.7,
            "DLRS_MRI": 0.56,
        }
    )
    assert intercept == pytest.approx(0.1 + 0.6 * 0.3 - 0.7)


def test_expansion_of_a_model_that_is_made_of_none(fitted) -> None:
    assert models.expand(fitted["DLRR_CT"], fitted) == (0.3, {"CT:cirrhosis": -2.0, "DLRS_CT": 1.5})


def test_expansion_of_an_intercept() -> None:
    model = {"model": "R_CT", "modality": "CT", "intercept": -0.4, "covariates": []}
    assert models.expand(model, {}) == (-0.4, {})


def test_score_takes_features_by_name() -> None:
    model = {"score": {"intercept": 2.0, "weights": {"AP_0001": 3.0, "AP_0000": -1.0}}}
    features = pd.DataFrame(
        {"AP_0000": [1.0, np.nan], "AP_0001": [10.0, 1.0], "VP_0000": [9.0, 9.0]},
        index=["P1", "P2"],
    )
    found = models.score(model, features)
    assert found["P1"] == 31.0
    assert np.isnan(found["P2"])


def test_a_stored_model_comes_back(tmp_path, fitted) -> None:
    path = tmp_path / "fused.json"
    models.write_model(fitted["fused"], path)
    stored = models.read_model(path)
    assert list(stored) == [*fitted["fused"], "digest"]
    assert stored.pop("digest") == models.digest(stored) == models.digest(fitted["fused"])
    assert stored == fitted["fused"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_stored(tmp_path, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        models.write_model({"intercept": value}, tmp_path / "model.json")
