"""Models by centre, and whether centres differ, against R's lm, chisq.test and fisher.test."""

import numpy as np
import oracles
import pandas as pd
import pytest
from compare_centers import EFFECTS
from scipy.special import expit

from radfuse.manuscript.methods_analysis import between_centers
from radfuse.report.center_caveats import of_centers, untested
from radfuse.report.evaluated import centers_text
from radfuse.statistics.delong import auc_interval
from radfuse.tables import read_table, write_table
from radfuse.validation.centers import by_center, effects

CUTS = [0.0, 0.06, 0.065, np.inf]


def studied() -> tuple[pd.DataFrame, dict[str, str]]:
    """The reference's patients, a model whose log odds are a linear function of the texture, and
    three centres by the fractal dimension."""
    source = oracles.raw()
    patients = [f"P{place:03d}" for place in range(len(source))]
    predictions = pd.DataFrame(
        {
            "patient": patients,
            "cohort": ["train"] * oracles.TRAIN + ["test"] * oracles.TEST,
            "outcome": source["malignant"].to_numpy(dtype=float),
            "model": "R_CT",
            "protocol": "published",
            "probability": expit((source["mean texture"].to_numpy() - 18) / 5),
        }
    )
    cut = pd.cut(source["mean fractal dimension"], CUTS, right=False, labels=["low", "mid", "top"])
    return predictions, dict(zip(patients, cut.astype(str), strict=True))


@pytest.mark.parametrize("cohort", ["train", "test"])
def test_equal_to_r(cohort: str) -> None:
    rows = pd.DataFrame(effects(*studied())).query("cohort == @cohort").set_index("tested")
    expected = oracles.numbers(f"centers.{cohort}.texture.F_df1_df2_p_partial_r2")
    found = rows.loc["R_CT", ["f", "df1", "df2", "p", "r2"]].to_numpy(dtype=float)
    assert found == pytest.approx(expected, rel=1e-8)
    expected = oracles.numbers(f"centers.{cohort}.outcome_p_r2")
    assert rows.loc["outcome", ["p", "r2"]].to_numpy(dtype=float) == pytest.approx(expected)
    method = {"train": "chi-square", "test": "Fisher's exact"}[cohort]
    assert rows["method"].tolist() == [method, "analysis of covariance"]
    assert np.isnan(rows.loc["outcome", "p_adjusted"])


def test_p_is_adjusted_for_the_models_of_a_cohort() -> None:
    predictions, centers = studied()
    other = predictions.assign(model="R_MRI", probability=predictions["probability"] ** 3)
    rows = pd.DataFrame(effects(pd.concat([predictions, other]), centers))
    for _, own in rows.groupby("cohort"):
        p, adjusted = own["p"].to_numpy()[1:], own["p_adjusted"].to_numpy()[1:]
        assert adjusted[np.argmin(p)] == pytest.approx(min(2 * p.min(), 1))
        assert adjusted.max() == pytest.approx(max(p.max(), adjusted.min()))


def test_every_model_in_every_center() -> None:
    predictions, centers = studied()
    centers |= dict.fromkeys(["P000", "P177"], "")
    rows = pd.DataFrame(by_center(predictions, centers))
    places = ["low", "mid", "top", "not stated"]
    assert rows["cohort"].tolist() == ["train"] * 4 + ["test"] * 4
    assert rows["center"].tolist() == places * 2
    assert rows.groupby("cohort")["n"].sum().to_dict() == {"train": 124, "test": 54}
    assert rows.groupby("cohort")["events"].sum().to_dict() == {"train": 73, "test": 19}
    own = predictions[predictions["patient"].map(centers).eq("mid") & (predictions.index < 124)]
    expected = auc_interval(own["outcome"], own["probability"])
    mid = rows[(rows["center"] == "mid") & (rows["cohort"] == "train")].iloc[0]
    assert mid[["auc", "auc_low", "auc_high"]].tolist() == list(expected)
    assert mid["observed"] == own["outcome"].mean()
    assert mid["predicted"] == pytest.approx(own["probability"].mean())
    alone = rows[rows["center"] == "not stated"]
    assert alone["n"].tolist() == [1, 1] and alone["auc"].isna().all()
    tested = pd.DataFrame(effects(predictions, centers))
    assert tested["n"].tolist() == [123, 123, 53, 53] and (tested["centers"] == 3).all()


def test_names_and_order_mean_nothing() -> None:
    predictions, centers = studied()
    expected = pd.DataFrame(effects(predictions, centers))
    renamed = {patient: {"low": "Z", "mid": "A"}.get(c, c) for patient, c in centers.items()}
    shuffled = predictions.sample(frac=1, random_state=3)
    found = pd.DataFrame(effects(shuffled, renamed))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    # twice the log odds in another unit are the same test
    log_odds = np.log(predictions["probability"] / (1 - predictions["probability"]))
    scaled = effects(predictions.assign(probability=expit(2 * log_odds - 1)), centers)
    pd.testing.assert_frame_equal(pd.DataFrame(scaled), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("outcome", "probability", "center", "method"),
    [
        ([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.2], "aabb", "outcome and centre coincide"),
        ([1, 0, 1, 0], [0.5, 0.5, 0.5, 0.5], "aabb", "constant"),
        ([1, 0, 1, 0], [0.9, 0.2, 0.7, 0.3], "aabc", "too few patients"),
        ([1, 0, 1, 0], [np.nan] * 4, "aabb", "no patient"),
    ],
)
def test_what_cannot_be_tested_says_why(outcome, probability, center, method) -> None:
    patients = list("pqrs")
    fixed = {"cohort": "train", "model": "R_CT", "protocol": "published"}
    columns = {"patient": patients, "outcome": outcome, "probability": probability}
    predictions = pd.DataFrame(columns).assign(**fixed)
    _, row = effects(predictions, dict(zip(patients, center, strict=True)))
    assert row["method"] == f"not estimable: {method}"
    assert np.isnan([row["p"], row["p_adjusted"], row["f"], row["r2"]]).all()


def test_one_center_or_one_outcome() -> None:
    predictions, centers = studied()
    assert effects(predictions, dict.fromkeys(centers, "a")) == []
    rows = effects(predictions.assign(outcome=0.0), centers)
    assert {row["method"] for row in rows[::2]} == {"not estimable: one outcome"}
    assert all(np.isfinite(row["p"]) for row in rows[1::2])


def test_a_caveat_where_centers_differ() -> None:
    """Where all of one centre have the outcome and a higher score."""
    predictions, centers = studied()
    assert of_centers(pd.DataFrame(effects(predictions, centers))) == []
    assert of_centers(pd.DataFrame()) == []
    told = dict(zip(predictions["patient"], predictions["outcome"], strict=True))
    away = {patient: "far" if told[patient] and place % 3 else "near"
            for place, patient in enumerate(predictions["patient"])}  # fmt: skip
    shifted = predictions["probability"].where(predictions["patient"].map(away) == "near", 0.99)
    rows = pd.DataFrame(effects(predictions.assign(probability=shifted), away))
    first, second, *_ = of_centers(rows)
    assert first.startswith("In the training cohort the outcome differs between the centres (chi")
    assert "P < 0.001): a model that tells" in first
    assert "R CT (adjusted P < 0.001" in second and "of the same outcome" in second


def test_a_centre_that_is_the_outcome_is_said_first_and_no_model_is_called_tested() -> None:
    predictions, _ = studied()
    away = dict(zip(predictions["patient"], predictions["outcome"].astype(str), strict=True))
    rows = pd.DataFrame(effects(predictions, away))
    for sentence, cohort in zip(of_centers(rows), ("training", "test"), strict=True):
        assert sentence.startswith(f"In the {cohort} cohort the patients of every centre have one")
    assert untested(rows) == "outcome and centre coincide"
    told = between_centers(rows)
    assert "outcome differs between centres was tested by the chi-square" in told
    assert told.endswith("could not be tested (outcome and centre coincide).")


def test_centres_that_share_no_cohort_are_not_called_compared() -> None:
    predictions, _ = studied()
    cohorts = dict(zip(predictions["patient"], predictions["cohort"], strict=True))
    rows = pd.DataFrame(effects(predictions, cohorts), columns=list(EFFECTS))
    assert rows.empty and of_centers(rows) == []
    assert between_centers(rows) == (
        "Every model was also evaluated in each centre. Whether log odds differ between centres "
        "among patients of the same outcome could not be tested (no cohort has patients of more "
        "than one centre)."
    )
    assert "could not be tested (no cohort" in centers_text(rows)
    compared = pd.DataFrame(effects(*studied()))
    assert between_centers(compared).endswith("for all models of a cohort by Holm’s method.")
    assert "analysis of covariance" in centers_text(compared)


def test_centers_that_are_numbers_stay_names(tmp_path) -> None:
    rows = pd.DataFrame({"center": ["01", "1"], "reason": ["2", ""], "meaning": ["0", "1"]})
    path = tmp_path / "t.tsv"
    write_table(rows, path, title="t", columns=dict.fromkeys(rows, ""), simulated=False)
    read = read_table(path)
    assert read["center"].tolist() == ["01", "1"] and read["meaning"].tolist() == ["0", "1"]
    assert read["reason"][0] == "2" and pd.isna(read["reason"][1])


def test_cross_fitted_rows_judge_the_training_cohort() -> None:
    predictions, centers = studied()
    shifted = predictions["probability"].where(predictions["patient"].map(centers) == "top", 0.99)
    steady = predictions.assign(protocol="crossfit")
    rows = pd.DataFrame(
        effects(pd.concat([predictions.assign(probability=shifted), steady]), centers)
    )
    assert (rows["tested"] == "outcome").sum() == 2
    (sentence,) = of_centers(rows)
    assert sentence.startswith("In the test cohort log odds differ")
