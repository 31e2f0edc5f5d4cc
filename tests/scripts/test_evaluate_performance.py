"""The table of performance: its rows, its columns, and where its threshold comes from."""

import evaluate_performance
import numpy as np
import pandas as pd
import pytest

from radfuse.modelling.models import write_model
from radfuse.tables import header_path, read_table

# The contract of results/tables/performance.tsv
CONTRACT = ["protocol", "cohort", "model", "n", "events", "auc", "auc_low", "auc_high", "threshold"]
CONTRACT += ["tp", "fp", "fn", "tn"]
for rate in ("accuracy", "sensitivity", "specificity", "ppv", "npv", "f1"):
    CONTRACT += [rate, f"{rate}_low", f"{rate}_high"]
CONTRACT += ["intercept", "slope", "citl", "brier"]
ADDED = ["prevalence", "pr_auc", "auc_newcombe_low", "auc_newcombe_high"]
ADDED += ["scaled_brier", "ece", "ici", "slope_low", "slope_high", "citl_low", "citl_high"]

VALIDATION = {"bootstrap": 200, "seed": 1, "calibration_groups": 5, "thresholds": [0.1, 0.9, 0.1]}


def model(name: str, threshold: float) -> dict:
    note = f"A fall-back of {name}."
    fixed = {"protocol": "published", "separated": False}
    return {"model": name, "threshold": threshold, "note": note, **fixed}


@pytest.fixture
def predictions() -> pd.DataFrame:
    """30 training, 12 test, 4 external (one class) and 3 unlabelled patients, two models."""
    rng = np.random.default_rng(1)
    cohort = ["train"] * 30 + ["test"] * 12 + ["external"] * 4 + ["unlabelled"] * 3
    outcome = np.r_[rng.permutation(np.arange(30) % 3 == 0), np.arange(12) % 3 == 0, np.zeros(7)]
    frames = []
    for name in ("R_CT", "DLRS_CT"):
        frame = pd.DataFrame({"patient": [f"P{place:02d}" for place in range(49)]})
        frame["cohort"], frame["outcome"] = cohort, outcome.astype(float)
        frame.loc[frame["cohort"] == "unlabelled", "outcome"] = np.nan
        frame["model"], frame["protocol"] = name, "published"
        frame["probability"] = np.clip(rng.normal(0.4, 0.2, 49) + 0.2 * outcome, 0.02, 0.98)
        frames.append(frame)
    frames[0].loc[[2, 31], "probability"] = np.nan
    return pd.concat(frames, ignore_index=True)


def table(predictions: pd.DataFrame, models: list[dict]) -> pd.DataFrame:
    return evaluate_performance.performance_table(
        predictions, models, bootstrap=200, seed=1, calibration_groups=5
    )


MODELS = [model("DLRS_CT", 0.45), model("R_CT", 0.6)]


def test_rows_and_columns_are_the_contract(predictions: pd.DataFrame) -> None:
    found = table(predictions, MODELS)
    assert list(found.columns) == CONTRACT + ADDED
    assert list(found["cohort"]) == ["train"] * 2 + ["test"] * 2 + ["external"] * 2
    assert list(found["model"]) == ["DLRS_CT", "R_CT"] * 3
    # a patient without a probability is neither positive nor negative
    assert list(found["n"]) == [30, 29, 12, 11, 4, 4]
    assert (found[["tp", "fp", "fn", "tn"]].sum(axis=1) == found["n"]).all()
    assert (found["tp"] + found["fn"] == found["events"]).all()


def test_one_class_blanks_what_needs_two(predictions: pd.DataFrame) -> None:
    external = table(predictions, MODELS).query("cohort == 'external'")
    blank = ["auc", "auc_low", "auc_high", "sensitivity", "intercept", "slope", "citl"]
    assert external[blank].isna().all(axis=None)
    assert external[["specificity", "brier"]].notna().all(axis=None)


def test_thresholds_are_the_models_own(predictions: pd.DataFrame) -> None:
    found = table(predictions, MODELS)
    for row in found.itertuples():
        assert row.threshold == {"DLRS_CT": 0.45, "R_CT": 0.6}[row.model]
        own = predictions[
            (predictions["model"] == row.model) & (predictions["cohort"] == row.cohort)
        ]
        assert row.tp + row.fp == (own["probability"] >= row.threshold).sum()


def test_cohorts_do_not_influence_each_other(predictions: pd.DataFrame) -> None:
    found = table(predictions, MODELS)
    changed = predictions.copy()
    others = changed["cohort"] != "train"
    changed.loc[others, "outcome"] = 1 - changed.loc[others, "outcome"]
    changed.loc[others, "probability"] /= 2
    again = table(changed, MODELS)
    pd.testing.assert_frame_equal(
        found.query("cohort == 'train'"), again.query("cohort == 'train'")
    )
    assert not found.query("cohort == 'test'").equals(again.query("cohort == 'test'"))


def test_order_of_patients_changes_nothing(predictions: pd.DataFrame) -> None:
    found = table(predictions, MODELS)
    shuffled = table(predictions.sample(frac=1, random_state=2), MODELS)
    pd.testing.assert_frame_equal(found, shuffled, check_exact=True)


def test_training_patients_only(predictions: pd.DataFrame) -> None:
    found = table(predictions.query("cohort == 'train'"), MODELS)
    assert list(found["cohort"]) == ["train", "train"]


def test_a_model_without_probabilities_has_an_empty_row(predictions: pd.DataFrame) -> None:
    test = predictions["cohort"] == "test"
    predictions.loc[test & (predictions["model"] == "R_CT"), "probability"] = np.nan
    row = table(predictions, MODELS).query("cohort == 'test' and model == 'R_CT'").iloc[0]
    assert (row["n"], row["events"], row["tp"]) == (0, 0, 0)
    assert row[["auc", "accuracy", "f1", "brier", "slope"]].isna().all()


def test_files(tmp_path, predictions: pd.DataFrame) -> None:
    source, target = tmp_path / "predictions.tsv", tmp_path / "performance.tsv"
    predictions.astype({"outcome": "Int64"}).to_csv(source, sep="\t", index=False)
    paths = []
    for fitted in MODELS:
        paths.append(str(tmp_path / f"{fitted['model']}.json"))
        write_model(fitted, paths[-1])
    evaluate_performance.main(
        predictions=str(source),
        models=paths,
        validation=VALIDATION,
        caution="The network knows them.",
        table=str(target),
        simulated=True,
    )
    expected = table(predictions, MODELS)
    pd.testing.assert_frame_equal(read_table(target), expected, rtol=1e-10)
    header = header_path(target).read_text()
    assert "SIMULATED DATA" in header
    assert "200 resamples" in header and "The network knows them." in header
    assert "DLRS CT: A fall-back of DLRS_CT.\nR CT: A fall-back of R_CT.\n" in header
