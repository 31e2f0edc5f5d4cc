"""The table of decision curves."""

import measure_net_benefit
import numpy as np
import pandas as pd
import pytest

from radfuse.tables import header_path, read_table


def net_benefit_table(predictions: pd.DataFrame, thresholds: list[float]) -> pd.DataFrame:
    return measure_net_benefit.net_benefit_table(predictions, thresholds, bootstrap=200, seed=1)


@pytest.fixture
def predictions() -> pd.DataFrame:
    rng = np.random.default_rng(12)
    frames = []
    for name in ("R_CT", "DLRS_CT"):
        frame = pd.DataFrame({"patient": [f"P{place:02d}" for place in range(36)]})
        frame["cohort"] = ["train"] * 20 + ["test"] * 12 + ["external"] * 4
        frame["outcome"] = (np.arange(36) % 4 == 0).astype(float)
        frame["model"], frame["protocol"] = name, "published"
        frame["probability"] = rng.random(36)
        frames.append(frame)
    frames[0].loc[[1, 4], "probability"] = np.nan
    return pd.concat(frames, ignore_index=True)


def test_curves_by_the_formula(predictions: pd.DataFrame) -> None:
    thresholds = [0.2, 0.5]
    found = net_benefit_table(predictions, thresholds)
    assert list(found.columns) == list(measure_net_benefit.COLUMNS)
    assert list(found["model"].unique()) == ["R_CT", "DLRS_CT", "treat all", "treat none"]
    for row in found.itertuples():
        lacking = predictions.loc[predictions["probability"].isna(), "patient"]
        inside = (predictions["cohort"] == row.cohort) & ~predictions["patient"].isin(lacking)
        own = predictions[inside].drop_duplicates("patient")
        treated = np.full(len(own), row.model == "treat all")
        if not row.model.startswith("treat"):
            own = predictions[inside & (predictions["model"] == row.model)]
            treated = (own["probability"] >= row.threshold).to_numpy()
        positive = own["outcome"].to_numpy() == 1
        weight = row.threshold / (1 - row.threshold)
        expected = (np.sum(treated & positive) - weight * np.sum(treated & ~positive)) / len(own)
        assert row.net_benefit == pytest.approx(expected, abs=1e-12)
        assert (row.n, row.events) == (len(own), positive.sum())


def test_curves_of_a_cohort_are_of_the_same_patients(predictions: pd.DataFrame) -> None:
    """Those whom every model decides on; a model that decides on nobody there is left out."""
    found = net_benefit_table(predictions, [0.5]).query("cohort == 'train'")
    assert (found["n"] == 18).all() and len(found) == 4
    nobody = (predictions["cohort"] == "test") & (predictions["model"] == "R_CT")
    predictions.loc[nobody, "probability"] = np.nan
    found = net_benefit_table(predictions, [0.5]).query("cohort == 'test'")
    assert found["model"].tolist() == ["DLRS_CT", "treat all", "treat none"]
    assert (found["n"] == 12).all()


def test_interventions_avoided_follow_from_the_printed_net_benefits(
    predictions: pd.DataFrame,
) -> None:
    found = net_benefit_table(predictions, [0.3])
    for _, rows in found.groupby("cohort"):
        every = rows.loc[rows["model"] == "treat all", "net_benefit"].item()
        expected = 100 * (rows["net_benefit"] - every) * 0.7 / 0.3
        assert rows["interventions_avoided"].to_numpy() == pytest.approx(expected.to_numpy())


def test_order_of_patients_changes_nothing(predictions: pd.DataFrame) -> None:
    found = net_benefit_table(predictions, [0.1, 0.3])
    parts = [rows.sample(frac=1, random_state=1) for _, rows in predictions.groupby("model")][::-1]
    shuffled = net_benefit_table(pd.concat(parts), [0.1, 0.3])
    pd.testing.assert_frame_equal(found, shuffled, check_exact=True)


def test_a_cohort_of_one_class_is_blank(predictions: pd.DataFrame) -> None:
    predictions.loc[predictions["cohort"] == "external", "outcome"] = 0.0
    found = net_benefit_table(predictions, [0.1, 0.3])
    external = found.query("cohort == 'external'")
    assert len(external) == 8
    assert external["net_benefit"].isna().all()
    assert (external["n"] == 4).all()


def test_files(tmp_path, predictions: pd.DataFrame) -> None:
    source, target = tmp_path / "predictions.tsv", tmp_path / "decision_curve.tsv"
    predictions.to_csv(source, sep="\t", index=False)
    measure_net_benefit.main(
        predictions=str(source),
        validation={"thresholds": [0.05, 0.95, 0.3], "bootstrap": 200, "seed": 1},
        table=str(target),
        simulated=False,
    )
    found = read_table(target)
    assert sorted(found["threshold"].unique()) == [0.05, 0.35, 0.65, 0.95]
    expected = net_benefit_table(predictions, [0.05, 0.35, 0.65, 0.95])
    pd.testing.assert_frame_equal(found, expected, rtol=1e-10)
    assert "200 resamples" in header_path(target).read_text()


def test_added_columns_follow_the_contract_s(predictions: pd.DataFrame) -> None:
    found = net_benefit_table(predictions, [0.2, 0.5])
    contract = ["protocol", "cohort", "model", "threshold", "net_benefit", "n", "events"]
    assert list(found.columns)[: len(contract)] == contract
    none = found[found["model"] == "treat none"]
    assert (none[["net_benefit_low", "net_benefit_high"]] == 0).all(axis=None)
    every = found[found["model"] == "treat all"]
    assert every["interventions_avoided"].abs().max() == 0
    own = found[~found["model"].str.startswith("treat")]
    assert (own["net_benefit_low"] <= own["net_benefit"]).all()
    assert (own["net_benefit"] <= own["net_benefit_high"]).all()


def test_interventions_avoided_are_counted_patients(predictions: pd.DataFrame) -> None:
    """At 0.2: untreated negatives, less four for each untreated positive, per 100 patients."""
    found = net_benefit_table(predictions, [0.2]).query("cohort == 'test' and model == 'R_CT'")
    own = predictions.query("cohort == 'test' and model == 'R_CT'")
    spared = own[own["probability"] < 0.2]["outcome"]
    expected = 100 * ((spared == 0).sum() - 4 * (spared == 1).sum()) / 12
    assert found["interventions_avoided"].item() == pytest.approx(expected)
