"""Covariates and linear predictors of models that are made of one another."""

import numpy as np
import pandas as pd
import pytest

from radfuse.modelling.covariates import linear_predictors, original_covariates
from radfuse.modelling.models import expand, final_model, model_names, top_model

DICTIONARY = [
    {
        "name": "cirrhosis",
        "label": "Cirrhosis",
        "type": "binary",
        "levels": {"0": "absent", "1": "present"},
        "modalities": ["CT"],
    },
    {
        "name": "location",
        "label": "Location",
        "type": "nominal",
        "levels": {"L": "left", "R": "right", "S": "subcapsular"},
        "modalities": ["CT"],
    },
]


def covariate(name: str, source: str, coefficient: float) -> dict:
    return {"name": name, "label": name, "source": source, "coefficient": coefficient}


MODELS = [
    {
        "model": "R_CT",
        "modality": "CT",
        "intercept": -1.0,
        "covariates": [
            covariate("cirrhosis", "radiology", -2.0),
            covariate("location=R", "radiology", 0.5),
        ],
    },
    {
        "model": "DLRS_CT",
        "modality": "CT",
        "intercept": 0.25,
        "covariates": [covariate("DLRS_CT", "score", 2.0)],
        "score": {"intercept": 0.1, "weights": {"AP_0000": 1.0, "AP_0001": -3.0}},
    },
    {
        "model": "DLRR_CT",
        "modality": "CT",
        "intercept": 0.5,
        "covariates": [
            covariate("cirrhosis", "radiology", -1.0),
            covariate("DLRS_CT", "score", 1.5),
        ],
    },
    {
        "model": "fused",
        "modality": "",
        "intercept": -0.1,
        "covariates": [
            covariate("DLRR_CT", "model", 0.8),
            covariate("R_CT", "model", 0.3),
            # the model's log odds, not the score that it shares its name with
            covariate("DLRS_CT", "model", -0.7),
        ],
    },
]


@pytest.fixture
def covariates() -> pd.DataFrame:
    features = pd.DataFrame(
        {"AP_0000": [1.0, 2.0, 0.0], "AP_0001": [0.0, 1.0, 1.0]},
        index=pd.Index(["a", "b", "c"], name="patient"),
    )
    radiology = pd.DataFrame(
        [["b", "CT", "1", "1", "R"], ["a", "CT", "1", "0", "L"], ["c", "CT", "1", "", "S"]],
        columns=["patient", "modality", "reader", "cirrhosis", "location"],
    )
    return original_covariates(
        MODELS, ["a", "b", "c"], {"CT": features}, radiology, DICTIONARY, "1"
    )


def test_covariates_are_named_and_missing_stays_missing(covariates):
    assert covariates.columns.tolist() == ["CT:cirrhosis", "CT:location=R", "DLRS_CT"]
    assert covariates["DLRS_CT"].tolist() == pytest.approx([1.1, -0.9, -2.9])
    assert covariates["CT:location=R"].tolist() == [0.0, 1.0, 0.0]
    assert np.isnan(covariates.loc["c", "CT:cirrhosis"])


def test_linear_predictors_by_hand(covariates):
    log_odds = linear_predictors(MODELS, covariates)
    assert log_odds.loc["b", "R_CT"] == pytest.approx(-1 - 2 + 0.5)
    assert log_odds.loc["b", "DLRS_CT"] == pytest.approx(0.25 + 2 * -0.9)
    combined = 0.5 - 1.0 + 1.5 * -0.9
    assert log_odds.loc["b", "DLRR_CT"] == pytest.approx(combined)
    score = 0.25 + 2 * -0.9
    fused = -0.1 + 0.8 * combined + 0.3 * -2.5 - 0.7 * score
    assert log_odds.loc["b", "fused"] == pytest.approx(fused)
    assert log_odds.loc["c"].isna().tolist() == [True, False, True, True]


def test_the_fusion_expanded_is_the_fusion(covariates):
    models = {model["model"]: model for model in MODELS}
    intercept, coefficients = expand(models["fused"], models)
    direct = linear_predictors(MODELS, covariates)["fused"]
    expanded = intercept + sum(weight * covariates[key] for key, weight in coefficients.items())
    assert np.allclose(direct, expanded, equal_nan=True)
    assert coefficients["CT:cirrhosis"] == pytest.approx(0.8 * -1 + 0.3 * -2)


def test_which_models_a_study_has():
    assert model_names(["CT"], ["CT"], ["CT"]) == ["R_CT", "DLRS_CT", "DLRR_CT"]
    assert model_names(["CT", "MRI"], [], ["CT", "MRI"]) == ["DLRS_CT", "DLRS_MRI", "fused"]
    assert model_names(["CT", "MRI"], ["CT", "MRI"], []) == ["R_CT", "R_MRI"]
    mixed = model_names(["CT", "PET"], ["CT"], ["CT", "PET"])
    assert mixed == ["R_CT", "DLRS_CT", "DLRR_CT", "DLRS_PET", "fused"]
    assert [top_model(modality, mixed) for modality in ("CT", "PET")] == ["DLRR_CT", "DLRS_PET"]


def test_the_final_model():
    assert final_model(["R_CT", "R_MRI"], ["CT", "MRI"]) is None
    assert final_model(["R_CT", "DLRS_CT", "DLRR_CT"], ["CT"]) == "DLRR_CT"
    assert final_model(["R_CT", "R_MRI", "fused"], ["CT", "MRI"]) == "fused"
