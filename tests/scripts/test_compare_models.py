"""The table of paired comparisons."""

import compare_models
import numpy as np
import pandas as pd
import pytest

from radfuse.statistics.delong import holm, paired_test
from radfuse.tables import read_table

MODELS = ["R_CT", "DLRS_CT", "DLRR_CT"]


@pytest.fixture
def predictions() -> pd.DataFrame:
    """24 training and 9 test patients, three models, one probability missing."""
    rng = np.random.default_rng(6)
    frames = []
    for name in MODELS:
        frame = pd.DataFrame({"patient": [f"P{place:02d}" for place in range(33)]})
        frame["cohort"] = ["train"] * 24 + ["test"] * 9
        frame["outcome"] = (np.arange(33) % 3 == 0).astype(float)
        frame["model"], frame["protocol"] = name, "published"
        frame["probability"] = rng.random(33) * 0.6 + 0.4 * frame["outcome"] * (name != "R_CT")
        frames.append(frame)
    frames[1].loc[3, "probability"] = np.nan
    return pd.concat(frames, ignore_index=True)


def test_all_pairs_on_their_common_patients(predictions: pd.DataFrame) -> None:
    found = compare_models.comparison_table(predictions)
    assert list(found.columns) == list(compare_models.COLUMNS)
    pairs = [("R_CT", "DLRS_CT"), ("R_CT", "DLRR_CT"), ("DLRS_CT", "DLRR_CT")]
    assert list(zip(found["model_a"], found["model_b"], strict=True)) == pairs * 2
    assert list(found["cohort"]) == ["train"] * 3 + ["test"] * 3
    assert list(found["n"]) == [23, 24, 23, 9, 9, 9]
    assert list(found["events"]) == [7, 8, 7, 3, 3, 3]
    wide = predictions.query("cohort == 'train'").pivot_table(
        index="patient", columns="model", values="probability"
    )
    both = wide[["R_CT", "DLRS_CT"]].dropna()
    outcome = [int(patient[1:]) % 3 == 0 for patient in both.index]
    expected = paired_test(outcome, both["R_CT"], both["DLRS_CT"])
    row = found.iloc[0]
    assert tuple(row[["auc_a", "auc_b", "difference", "z", "p"]]) == pytest.approx(expected)


def test_p_values_are_adjusted_within_a_cohort(predictions: pd.DataFrame) -> None:
    found = compare_models.comparison_table(predictions)
    for _, rows in found.groupby("cohort"):
        assert rows["p_adjusted"].to_numpy() == pytest.approx(holm(rows["p"]))
        assert (rows["p_adjusted"] >= rows["p"]).all()
    alone = compare_models.comparison_table(predictions.query("cohort == 'train'"))
    pd.testing.assert_frame_equal(alone, found.query("cohort == 'train'"))


def test_protocols_are_families_of_their_own(predictions: pd.DataFrame) -> None:
    twice = pd.concat([predictions, predictions.assign(protocol="crossfit")])
    found = compare_models.comparison_table(twice)
    assert list(found["protocol"].unique()) == ["published", "crossfit"]
    once = compare_models.comparison_table(predictions)
    for _, rows in found.groupby("protocol"):
        assert rows["p_adjusted"].to_numpy() == pytest.approx(once["p_adjusted"].to_numpy())


def test_order_of_patients_changes_nothing(predictions: pd.DataFrame) -> None:
    found = compare_models.comparison_table(predictions)
    parts = [predictions[predictions["model"] == name] for name in MODELS]
    shuffled = pd.concat([part.sample(frac=1, random_state=3) for part in parts])
    pd.testing.assert_frame_equal(
        found, compare_models.comparison_table(shuffled), check_exact=True
    )


@pytest.mark.parametrize("kept", [["R_CT"], MODELS])
def test_files(tmp_path, predictions: pd.DataFrame, kept: list[str]) -> None:
    source, target = tmp_path / "predictions.tsv", tmp_path / "delong.tsv"
    own = predictions[predictions["model"].isin(kept)]
    own.to_csv(source, sep="\t", index=False)
    compare_models.main(predictions=str(source), table=str(target), simulated=False)
    found = read_table(target)
    assert list(found.columns) == list(compare_models.COLUMNS)
    assert len(found) == (6 if len(kept) == 3 else 0)


def test_unlabelled_and_one_class_cohorts_do_not_stop_it(predictions: pd.DataFrame) -> None:
    predictions.loc[predictions["cohort"] == "test", "outcome"] = 0.0
    found = compare_models.comparison_table(predictions)
    test = found.query("cohort == 'test'")
    assert test[["auc_a", "z", "p", "p_adjusted"]].isna().all(axis=None)
    predictions.loc[predictions["cohort"] == "test", "outcome"] = np.nan
    assert set(compare_models.comparison_table(predictions)["cohort"]) == {"train"}


@pytest.mark.parametrize(
    ("model_a", "model_b", "family"),
    [
        ("R_CT", "DLRR_CT", "intra-modality"),
        ("DLRS_CT", "DLRS_MRI", "inter-modality"),
        ("R_CT", "DLRS_MRI", ""),
        ("DLRR_MRI", "fused", "fused"),
    ],
)
def test_pairs_belong_to_the_published_families(model_a: str, model_b: str, family: str) -> None:
    assert compare_models.family(model_a, model_b) == family
