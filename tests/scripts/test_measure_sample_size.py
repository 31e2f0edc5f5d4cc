"""The table of sample sizes: what counts as a candidate, and what is asked for."""

import measure_sample_size
import numpy as np
import pandas as pd
import pytest

from radfuse.modelling.models import write_model
from radfuse.statistics.sample_size import minimum_size
from radfuse.tables import header_path, read_table


def model(
    name: str, modality: str, covariates: list[str], components: int = 0, candidates: int = 0
) -> dict:
    score = {"score": {"components": components}} if components else {"candidates": candidates}
    named = [{"name": covariate} for covariate in covariates]
    return {"model": name, "modality": modality, "covariates": named, **score}


MODELS = [
    model("R_CT", "CT", ["cirrhosis"], candidates=3),
    model("DLRS_CT", "CT", ["DLRS_CT"], components=7),
    model("DLRR_CT", "CT", ["cirrhosis", "DLRS_CT"]),
    model("R_MRI", "MRI", [], candidates=1),
    model("fused", "", ["DLRR_CT", "R_MRI"]),
]


@pytest.fixture
def predictions() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    outcome = (np.arange(90) % 3 == 0).astype(float)
    frames = []
    for each in MODELS:
        strength = 0.0 if each["model"] == "R_MRI" else 1.5
        log_odds = strength * (2 * outcome - 1) + rng.normal(size=90) * bool(strength) - 0.7
        frame = pd.DataFrame({"patient": [f"P{place:02d}" for place in range(90)]})
        frame["cohort"], frame["outcome"] = ["train"] * 60 + ["test"] * 30, outcome
        frame["model"], frame["protocol"] = each["model"], "published"
        frames.append(frame.assign(probability=1 / (1 + np.exp(-log_odds))))
    return pd.concat(frames, ignore_index=True)


def table(predictions: pd.DataFrame) -> pd.DataFrame:
    return measure_sample_size.sample_size_table(predictions, MODELS).set_index("model")


def test_candidates_are_all_that_the_outcome_chose_among(predictions) -> None:
    found = table(predictions)
    assert found["parameters"].to_dict() == {
        "R_CT": 1,
        "DLRS_CT": 1,
        "DLRR_CT": 2,
        "R_MRI": 0,
        "fused": 2,
    }
    assert found["candidates"].tolist() == [3, 7, 10, 1, 11]
    assert (found["n"] == 60).all() and (found["events"] == 20).all()
    assert found["events_per_candidate"].tolist() == pytest.approx(
        [20 / k for k in (3, 7, 10, 1, 11)]
    )


def test_the_rarer_outcome_counts(predictions) -> None:
    predictions["outcome"] = 1 - predictions["outcome"]
    found = table(predictions)
    assert (found["events"] == 40).all()
    assert found.loc["fused", "events_per_parameter"] == pytest.approx(10)


def test_sizes_are_those_of_the_adjusted_r2(predictions) -> None:
    row = table(predictions).loc["DLRR_CT"]
    chi2 = -60 * np.log(1 - row["r2_cox_snell"])
    assert row["lr_chi2"] == pytest.approx(chi2)
    assert row["shrinkage"] == pytest.approx(1 - 10 / chi2)
    assert row["basis"] == "adjusted"
    sizes = minimum_size(10, row["shrinkage"] * row["r2_cox_snell"], 1 / 3)
    asked = [row[f"n_for_{criterion}"] for criterion in ("shrinkage", "r2", "risk", "error")]
    assert asked == list(sizes)
    assert row["n_required"] == max(sizes)
    assert row["events_required"] == pytest.approx(max(sizes) / 3)


def test_where_nothing_was_learnt_the_r2_is_assumed(predictions) -> None:
    row = table(predictions).loc["R_MRI"]
    assert row["basis"] == "assumed"
    assert not row["shrinkage"] > 0
    largest = 1 - ((1 / 3) ** (1 / 3) * (2 / 3) ** (2 / 3)) ** 2
    assert row["r2_expected"] == pytest.approx(0.15 * largest)
    assert row["n_required"] > 0


def test_files(tmp_path, predictions) -> None:
    source, target = tmp_path / "predictions.tsv", tmp_path / "sample_size.tsv"
    predictions.to_csv(source, sep="\t", index=False)
    paths = []
    for each in MODELS:
        paths.append(str(tmp_path / f"{each['model']}.json"))
        write_model(each, paths[-1])
    measure_sample_size.main(
        predictions=str(source),
        models=paths,
        table=str(target),
        simulated=True,
    )
    expected = table(predictions).reset_index()[list(measure_sample_size.COLUMNS)]
    pd.testing.assert_frame_equal(read_table(target), expected, rtol=1e-9, check_dtype=False)
    assert "SIMULATED DATA" in header_path(target).read_text()
