"""The table of observed and predicted risks."""

import measure_calibration
import numpy as np
import pandas as pd
import pytest

from radfuse.tables import header_path, read_table


@pytest.fixture
def predictions() -> pd.DataFrame:
    rng = np.random.default_rng(9)
    frames = []
    for name in ("R_CT", "fused"):
        frame = pd.DataFrame({"patient": [f"P{place:02d}" for place in range(40)]})
        frame["cohort"] = ["train"] * 25 + ["test"] * 12 + ["unlabelled"] * 3
        frame["outcome"] = (np.arange(40) % 4 == 0).astype(float)
        frame.loc[frame["cohort"] == "unlabelled", "outcome"] = np.nan
        frame["model"], frame["protocol"] = name, "published"
        frame["probability"] = rng.random(40)
        frames.append(frame)
    frames[0].loc[1, "probability"] = np.nan
    frames[1]["probability"] = np.where(frames[1]["cohort"] == "test", 0.25, rng.random(40))
    return pd.concat(frames, ignore_index=True)


def test_groups_hold_every_patient_once(predictions: pd.DataFrame) -> None:
    found = measure_calibration.calibration_table(predictions, 5)
    assert list(found.columns) == list(measure_calibration.COLUMNS)
    sizes = found.groupby(["cohort", "model"], sort=False)["n"].sum()
    assert sizes.to_dict() == {
        ("train", "R_CT"): 24,
        ("train", "fused"): 25,
        ("test", "R_CT"): 12,
        ("test", "fused"): 12,
    }
    events = found.groupby(["cohort", "model"], sort=False)["events"].sum()
    assert list(events) == [7, 7, 3, 3]


def test_nobody_with_a_probability_leaves_an_empty_table(predictions: pd.DataFrame) -> None:
    found = measure_calibration.calibration_table(predictions.assign(probability=np.nan), 5)
    assert found.empty and list(found.columns) == list(measure_calibration.COLUMNS)


def test_mean_prediction_of_all_groups_is_the_cohorts(predictions: pd.DataFrame) -> None:
    found = measure_calibration.calibration_table(predictions, 4)
    own = found.query("cohort == 'train' and model == 'fused'")
    expected = predictions.query("cohort == 'train' and model == 'fused'")["probability"].mean()
    assert np.average(own["predicted"], weights=own["n"]) == pytest.approx(expected)


def test_equal_probabilities_are_one_group(predictions: pd.DataFrame) -> None:
    found = measure_calibration.calibration_table(predictions, 5)
    constant = found.query("cohort == 'test' and model == 'fused'")
    assert len(constant) == 1
    assert constant[["predicted", "observed"]].to_numpy()[0] == pytest.approx([0.25, 0.25])


def test_the_curve_runs_where_the_patients_are(predictions: pd.DataFrame) -> None:
    found = measure_calibration.curve_table(predictions)
    assert list(found.columns) == list(measure_calibration.CURVE_COLUMNS)
    # of the test cohort's few patients there is no curve
    keys = found[["cohort", "model"]].drop_duplicates().to_numpy().tolist()
    assert keys == [["train", "R_CT"], ["train", "fused"]]
    own = found.query("cohort == 'train' and model == 'fused'")
    patients = predictions.query("cohort == 'train' and model == 'fused'")["probability"]
    assert own["predicted"].min() == pytest.approx(patients.quantile(0.05))
    assert own["predicted"].max() == pytest.approx(patients.quantile(0.95))
    assert (own["n"] == 25).all() and (own["events"] == 7).all()
    assert (own["observed_low"] < own["observed"]).all()
    assert (own["observed"] < own["observed_high"]).all()


@pytest.mark.parametrize(("events", "drawn"), [(4, False), (5, True), (15, True), (16, False)])
def test_a_curve_needs_some_patients_of_each_outcome(events: int, drawn: bool) -> None:
    probability = np.random.default_rng(1).uniform(0.1, 0.9, 20)
    outcome = np.r_[np.ones(events), np.zeros(20 - events)]
    frame = pd.DataFrame({"probability": probability, "outcome": outcome})
    named = {"patient": [f"P{place}" for place in range(20)], "protocol": "published"}
    frame = frame.assign(**named, cohort="test", model="R_CT")
    assert measure_calibration.curve_table(frame).empty != drawn


def test_files(tmp_path, predictions: pd.DataFrame) -> None:
    source, target = tmp_path / "predictions.tsv", tmp_path / "calibration.tsv"
    predictions.to_csv(source, sep="\t", index=False)
    measure_calibration.main(
        predictions=str(source),
        validation={"calibration_groups": 3},
        table=str(target),
        curve=str(tmp_path / "curve.tsv"),
        simulated=True,
    )
    expected = measure_calibration.calibration_table(predictions, 3)
    pd.testing.assert_frame_equal(read_table(target), expected, rtol=1e-10)
    assert "SIMULATED DATA" in header_path(target).read_text()
