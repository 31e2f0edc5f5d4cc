"""What many resamples say together: numbers by hand, and nothing lost in silence."""

import numpy as np
import pandas as pd
import pytest

from radfuse.modelling.distributions import (
    BEST,
    COLUMNS,
    DIFFERENCE,
    SUMMARY,
    Difference,
    constants,
    differences,
    failures,
    summarise,
)


def test_pairs_are_the_fusion_against_single_models_models_against_parts_and_modalities():
    names = ["R_CT", "DLRS_CT", "DLRR_CT", "R_MRI", "DLRS_MRI", "DLRR_MRI", "DLRS_US", "fused"]
    found = differences(names, ["DLRR_CT", "DLRR_MRI", "DLRS_US"], ["CT", "MRI", "US"])
    assert found[:4] == [
        *[Difference("fused", top) for top in ("DLRR_CT", "DLRR_MRI", "DLRS_US")],
        Difference("fused", BEST),
    ]
    # whether every combined model is better than its parts
    assert found[4:8] == [
        Difference(f"DLRR_{modality}", f"{kind}_{modality}")
        for modality in ("CT", "MRI")
        for kind in ("R", "DLRS")
    ]
    assert found[8:] == [
        Difference("R_MRI", "R_CT"),
        Difference("DLRS_MRI", "DLRS_CT"),
        Difference("DLRS_US", "DLRS_CT"),
        Difference("DLRS_US", "DLRS_MRI"),
        Difference("DLRR_MRI", "DLRR_CT"),
    ]
    assert differences(["R_CT"], ["R_CT"], ["CT"]) == []
    [pair] = differences(["R_CT", "R_MRI"], ["R_CT", "R_MRI"], ["CT", "MRI"])
    assert pair == Difference("R_MRI", "R_CT")
    assert differences(["R_CT", "DLRS_CT", "DLRR_CT"], ["DLRR_CT"], ["CT"]) == [
        Difference("DLRR_CT", "R_CT"),
        Difference("DLRR_CT", "DLRS_CT"),
    ]


@pytest.fixture
def resamples() -> pd.DataFrame:
    """Forty resamples of a model and a difference; two could not be fitted, one has no slope."""
    aucs = np.linspace(0.6, 0.975, 40)
    model = pd.DataFrame({"seed": range(1, 41), "model": "fused", "auc": aucs, "slope": aucs + 1})
    model[["n", "events", "sensitivity", "specificity"]] = [54, 11, 0.5, 0.75]
    model.loc[[3, 9], ["auc", "slope", "n", "events", "sensitivity", "specificity"]] = np.nan
    model.loc[[3, 9], "problem"] = "E24 statistics: no"
    model.loc[20, "slope"] = np.nan
    pair = model.assign(against="DLRR_CT", slope=np.nan, auc=model["auc"] - 0.7)
    return pd.concat([model, pair], ignore_index=True).reindex(columns=list(COLUMNS))


def test_the_summary_is_that_of_the_resamples_that_have_the_value(resamples):
    summary = summarise(resamples)
    assert list(summary) == list(SUMMARY)
    assert summary["measure"].tolist() == ["auc", "slope", "sensitivity", "specificity", DIFFERENCE]
    rows = summary.set_index("measure")
    values = np.delete(np.linspace(0.6, 0.975, 40), [3, 9])
    area = rows.loc["auc"]
    assert area[["n", "events", "resamples", "failed", "undefined"]].tolist() == [54, 11, 40, 2, 0]
    assert area["mean"] == pytest.approx(values.mean())
    assert area["sd"] == pytest.approx(values.std(ddof=1))
    limits = [np.percentile(values, share) for share in (2.5, 50, 97.5)]
    assert area[["low", "median", "high"]].tolist() == pytest.approx(limits)
    assert rows.loc["slope", ["failed", "undefined"]].tolist() == [2, 1]
    assert rows["above_zero"].notna().tolist() == [False] * 4 + [True]
    assert rows.loc[DIFFERENCE, "above_zero"] == pytest.approx((values > 0.7).mean())
    assert rows.loc[DIFFERENCE, "equal_zero"] == 0
    assert failures(resamples) == ["fused failed in 2 of 40 resamples: 2 x E24 statistics: no"]


def test_a_model_that_could_never_be_fitted_has_a_row_without_numbers(resamples):
    never = resamples.assign(auc=np.nan, slope=np.nan, problem="E23 statistics: none")
    rows = summarise(never)
    assert (rows["failed"] == 40).all() and (rows["undefined"] == 0).all()
    assert rows[["mean", "median", "low", "high"]].isna().all(axis=None)


def test_ties_are_counted_apart(resamples):
    tied = resamples.copy()
    pair = tied["against"].notna() & tied["auc"].notna()
    tied.loc[pair, "auc"] = np.where(np.arange(pair.sum()) < 19, 1e-16, -0.1)
    row = summarise(tied).set_index("measure").loc[DIFFERENCE]
    assert (row["above_zero"], row["equal_zero"]) == (0, 0.5)


def test_models_of_nothing_are_counted():
    rows = pd.DataFrame(
        {
            "model": ["R_CT"] * 4 + ["DLRS_CT"] * 2,
            "entered": [None, "rim", None, None, "0 of 7 components", "10 of 12 components"],
            "problem": [None, None, None, "E21 no", None, None],
            "against": None,
        }
    )
    assert constants(rows) == [
        "R_CT selected nothing in 2 of 3 resamples, and gave every patient the same probability "
        "there.",
        "DLRS_CT selected nothing in 1 of 2 resamples, and gave every patient the same "
        "probability there.",
    ]
