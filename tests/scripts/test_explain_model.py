"""The table of SHAP values."""

import explain_model
import numpy as np
import pandas as pd
import pytest

from radfuse.modelling.models import linear_predictor, log_odds_key, write_model
from radfuse.tables import header_path, read_table

NAMES = {"CT:cirrhosis": "Cirrhosis (CT)", "DLRS_CT": "Dlrs_Ct (CT)", "DLRS_MRI": "Dlrs_Mri (MRI)"}


def covariate(name: str, source: str, coefficient: float) -> dict:
    return {"name": name, "label": name.title(), "source": source, "coefficient": coefficient}


MODELS = {
    "DLRR_CT": {
        "model": "DLRR_CT",
        "modality": "CT",
        "intercept": -0.5,
        "covariates": [
            covariate("cirrhosis", "radiology", -1.5),
            covariate("DLRS_CT", "score", 0.9),
        ],
    },
    "DLRS_MRI": {
        "model": "DLRS_MRI",
        "modality": "MRI",
        "intercept": 0.2,
        "covariates": [covariate("DLRS_MRI", "score", 1.1)],
    },
    "fused": {
        "model": "fused",
        "modality": "",
        "intercept": 0.1,
        "covariates": [covariate("DLRR_CT", "model", 0.8), covariate("DLRS_MRI", "model", 0.4)],
    },
}


@pytest.fixture
def covariates() -> pd.DataFrame:
    rng = np.random.default_rng(10)
    frame = pd.DataFrame({"patient": [f"P{place:03d}" for place in range(20)]})
    frame["cohort"] = ["train"] * 12 + ["test"] * 6 + ["unlabelled"] * 2
    frame["outcome"] = (np.arange(20) % 3 == 0).astype(float)
    frame.loc[frame["cohort"] == "unlabelled", "outcome"] = np.nan
    for name in NAMES:
        frame[name] = rng.normal(size=20)
    frame["R_only"] = np.nan
    frame.loc[[0, 14], "DLRS_CT"] = np.nan
    return frame


def test_values_add_up_to_the_fused_log_odds(covariates: pd.DataFrame) -> None:
    found, left_out = explain_model.shap_table(MODELS, covariates, "fused")
    assert list(found.columns) == list(explain_model.COLUMNS)
    assert left_out == 2
    indexed = covariates.set_index("patient").drop(["P000", "P014"])
    inner = pd.DataFrame(
        {
            log_odds_key(name): linear_predictor(MODELS[name], indexed)
            for name in ("DLRR_CT", "DLRS_MRI")
        }
    )
    log_odds = linear_predictor(MODELS["fused"], inner)
    by_patient = found.groupby("patient")
    total = by_patient["base_value"].first() + by_patient["shap"].sum()
    assert total.to_numpy() == pytest.approx(log_odds.to_numpy(), abs=1e-8)
    assert list(total.index) == list(log_odds.index)
    train = indexed[indexed["cohort"] == "train"].index
    assert found["base_value"].to_numpy() == pytest.approx(log_odds[train].mean(), abs=1e-8)
    # P000, the one training patient left out, is an event
    assert set(zip(found["n"], found["events"], strict=True)) == {(11, 3)}
    assert list(found["label"].unique()) == list(NAMES.values())


def test_the_background_is_the_training_cohort(covariates: pd.DataFrame) -> None:
    found, _ = explain_model.shap_table(MODELS, covariates, "fused")
    assert found.query("cohort == 'train'").groupby("covariate")["shap"].mean().to_numpy() == (
        pytest.approx(0, abs=1e-9)
    )
    changed = covariates.copy()
    changed.loc[changed["cohort"] != "train", list(NAMES)] += 5
    again, _ = explain_model.shap_table(MODELS, changed, "fused")
    kept = "cohort == 'train'"
    pd.testing.assert_frame_equal(found.query(kept), again.query(kept), check_exact=True)


def test_order_of_patients_changes_nothing(covariates: pd.DataFrame) -> None:
    found, _ = explain_model.shap_table(MODELS, covariates, "fused")
    shuffled = covariates.sample(frac=1, random_state=0)
    again, _ = explain_model.shap_table(MODELS, shuffled, "fused")
    pd.testing.assert_frame_equal(found, again, check_exact=True)


def test_a_model_without_covariates_has_no_rows(covariates: pd.DataFrame) -> None:
    empty = {"R_CT": {"model": "R_CT", "modality": "CT", "intercept": -1.0, "covariates": []}}
    found, left_out = explain_model.shap_table(empty, covariates, "R_CT")
    assert found.empty and left_out == 0
    assert list(found.columns) == list(explain_model.COLUMNS)


def test_files(tmp_path, covariates: pd.DataFrame) -> None:
    source, target = tmp_path / "covariates.tsv", tmp_path / "shap.tsv"
    covariates.to_csv(source, sep="\t", index=False)
    paths = []
    for name, fitted in MODELS.items():
        paths.append(str(tmp_path / f"{name}.json"))
        write_model(fitted, paths[-1])
    explain_model.main(
        models=paths,
        covariates=str(source),
        final="fused",
        table=str(target),
        simulated=True,
    )
    found = read_table(target)
    expected, _ = explain_model.shap_table(MODELS, covariates, "fused")
    pd.testing.assert_frame_equal(found, expected, rtol=1e-10)
    assert set(found["label"]) == {"Cirrhosis (CT)", "Dlrs_Ct (CT)", "Dlrs_Mri (MRI)"}
    header = header_path(target).read_text()
    assert "2 patients are left out" in header
    assert "SIMULATED DATA" in header
