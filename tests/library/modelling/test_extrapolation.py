"""Scores that no training patient comes near."""

import numpy as np
import pandas as pd
import pytest

from radfuse.modelling.extrapolation import far_scores, told

MODELS = [
    {"model": "R_CT", "covariates": []},
    {"model": "DLRS_CT", "score": {"range": [-2.0, 4.0]}},
    {"model": "DLRS_MRI", "score": {}},  # of an earlier version
]
COHORTS = ["train", "test", "test", "external", "unlabelled", "unlabelled"]


def covariates(*scores: float) -> pd.DataFrame:
    frame = pd.DataFrame({"patient": list("ABCDEF"), "cohort": COHORTS})
    return frame.assign(DLRS_CT=scores, DLRS_MRI=1e6)


def test_far_is_more_than_half_the_training_range_away() -> None:
    found = far_scores(MODELS, covariates(99, 7.0, 7.001, -5.0, -5.001, np.nan))
    assert found["patient"].tolist() == ["C", "E"]
    assert found["cohort"].tolist() == ["test", "unlabelled"]
    assert found[["low", "high"]].drop_duplicates().to_numpy().tolist() == [[-2, 4]]


def test_units_and_sign_of_a_score_do_not_matter() -> None:
    scores = np.array([0, 8.1, 3, -2, -9, 4.0])
    found = far_scores(MODELS, covariates(*scores))
    turned = [{"model": "DLRS_CT", "score": {"range": [-400.0, 200.0]}}]
    again = far_scores(turned, covariates(*(-100 * scores)))
    assert again["patient"].tolist() == found["patient"].tolist() == ["B", "E"]


def test_a_score_that_is_the_same_for_all_is_not_far_from_itself() -> None:
    same = [{"model": "DLRS_CT", "score": {"range": [-0.7, -0.7]}}]
    assert far_scores(same, covariates(*[-0.7] * 6)).empty


def test_the_sentence_names_patients_and_counts_the_rest() -> None:
    rows = [[f"P{n}", "unlabelled", "DLRS_CT", 20.0 + n, -2.0, 4.0] for n in range(8)] + [
        ["T1", "test", "DLRS_CT", -31.256, -2.0, 4.0]
    ]
    frame = pd.DataFrame(rows, columns=["patient", "cohort", "model", "score", "low", "high"])
    many, one = told(frame)
    assert many.startswith(
        "The scores DLRS CT of 8 without an outcome lie far outside the training cohort’s, −2.00 "
        "to 4.00: P0 20.00, P1 21.00, P2 22.00, P3 23.00, P4 24.00 and 3 more. "
    )
    assert "DLRS CT of 1 in the test cohort" in one and "T1 −31.26." in one
    assert told(frame.iloc[:0]) == []


@pytest.mark.parametrize("models", [[], MODELS[:1]])
def test_a_study_without_scores_has_none(models) -> None:
    assert far_scores(models, covariates(*range(6))).empty
