"""The table of a nomogram: a model over its original covariates, and what codes mean."""

import numpy as np
import pandas as pd
import pytest
import tabulate_nomogram
from scipy.special import expit

from radfuse.modelling.models import write_model
from radfuse.tables import header_path, read_table

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
        "levels": {"1": "left", "2": "right"},
        "modalities": ["CT"],
    },
    {"name": "diameter", "label": "Diameter", "type": "continuous", "modalities": ["CT"]},
]


def covariate(name: str, source: str, coefficient: float) -> dict:
    return {"name": name, "label": name.title(), "source": source, "coefficient": coefficient}


INNER = [
    covariate("cirrhosis", "radiology", -1.0),
    covariate("location=2", "radiology", 0.5),
    covariate("DLRS_CT", "score", 2.0),
]
MODELS = [
    {"model": "DLRR_CT", "modality": "CT", "intercept": -1.0, "covariates": INNER},
    {
        "model": "fused",
        "modality": "",
        "intercept": 0.25,
        "covariates": [covariate("DLRR_CT", "model", 2.0)],
    },
]


@pytest.fixture
def covariates() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"patient": [f"P{place:02d}" for place in range(40)]})
    frame["cohort"], frame["outcome"] = ["train"] * 30 + ["test"] * 10, np.arange(40) % 3 == 0
    frame["outcome"] = frame["outcome"].astype(float)
    frame["CT:cirrhosis"], frame["CT:location=2"] = np.arange(40) % 2.0, np.arange(40) // 2 % 2.0
    frame["DLRS_CT"] = rng.normal(size=40)
    frame.loc[35, "DLRS_CT"] = 99.0
    frame.loc[3, "CT:cirrhosis"] = np.nan
    return frame


def test_points_and_total_give_the_fused_probability(covariates: pd.DataFrame) -> None:
    found = tabulate_nomogram.model_nomogram(MODELS, covariates, DICTIONARY, "fused")
    points = found[found["kind"] == "covariate"].set_index(["covariate", "value"])["points"]
    scores = points.loc["DLRS_CT"]
    score = scores.index[2]
    total = points["CT:cirrhosis", 0.0] + points["CT:location=2", 1.0] + scores[score]
    totals = found[found["kind"] == "total"]
    # the log odds are linear in the total
    logit = np.log(totals["probability"] / (1 - totals["probability"]))
    slope, intercept = np.polyfit(totals["points"], logit, 1)
    expected = 0.25 + 2 * (-1 + 0.5 + 2 * score)
    assert expit(intercept + slope * total) == pytest.approx(expit(expected), abs=1e-9)


def test_ranges_and_numbers_are_the_training_cohort_s(covariates: pd.DataFrame) -> None:
    found = tabulate_nomogram.model_nomogram(MODELS, covariates, DICTIONARY, "DLRR_CT")
    assert (found["n"] == 29).all() and (found["events"] == 9).all()
    train = covariates[covariates["cohort"] == "train"].dropna()["DLRS_CT"]
    values = found.query("covariate == 'DLRS_CT'")["value"]
    assert (values.min(), values.max()) == (train.min(), train.max())
    assert found["points"].max() < 1000  # the test patient of 99 is far beyond


def test_codes_have_their_meaning(covariates: pd.DataFrame) -> None:
    found = tabulate_nomogram.model_nomogram(MODELS, covariates, DICTIONARY, "fused")
    meaning = found.set_index(["covariate", "value"])["meaning"]
    assert meaning.loc[[("CT:cirrhosis", 0.0)]].tolist() == ["absent"]
    assert meaning.loc[[("CT:location=2", 1.0)]].tolist() == ["yes"]
    assert (meaning.loc["DLRS_CT"] == "").all()
    labels = found.set_index("covariate")["label"]
    assert set(labels["CT:cirrhosis"]) == {"Cirrhosis (CT)"}


def test_a_model_without_covariates_has_an_empty_table(covariates: pd.DataFrame) -> None:
    empty = [{"model": "R_CT", "modality": "CT", "intercept": -1.0, "covariates": []}]
    found = tabulate_nomogram.model_nomogram(empty, covariates, DICTIONARY, "R_CT")
    assert found.empty and list(found.columns) == list(tabulate_nomogram.COLUMNS)


def test_files(tmp_path, covariates: pd.DataFrame) -> None:
    source, target = tmp_path / "covariates.tsv", tmp_path / "nomogram_fused.tsv"
    covariates.to_csv(source, sep="\t", index=False)
    paths = []
    for model in MODELS:
        paths.append(str(tmp_path / f"{model['model']}.json"))
        write_model(model, paths[-1])
    tabulate_nomogram.main(
        models=paths,
        covariates=str(source),
        dictionary=DICTIONARY,
        name="fused",
        table=str(target),
        simulated=True,
    )
    found = read_table(target)
    expected = tabulate_nomogram.model_nomogram(MODELS, covariates, DICTIONARY, "fused")
    np.testing.assert_allclose(found["points"], expected["points"], atol=1e-9)
    assert "rms::nomogram" in header_path(target).read_text()
