"""When a report says that a negative control does as well as the lesion."""

import pandas as pd
import pytest

from radfuse.report.caveats import unbeaten
from radfuse.report.control_verdicts import judged


def row(cohort: str = "test", protocol: str = "published", **numbers: float) -> dict:
    given = {"auc": 0.6, "auc_lesion": 0.8, "difference_low": 0.05, "difference_high": 0.35}
    given |= {"auc_lesion_low": 0.7, **numbers}
    aucs = given["auc_lesion"], given["auc"]
    difference = None if None in aucs else aucs[0] - aucs[1]
    place = {"protocol": protocol, "cohort": cohort, "modality": "MRI", "control": "shuffled"}
    return {**place, "n": 50, "events": 20, "difference": difference, **given}


def test_a_lesion_that_is_shown_to_do_better_needs_no_word():
    assert unbeaten(pd.DataFrame([row()])) == []
    assert unbeaten(pd.DataFrame()) == []


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"auc": 0.81, "difference_low": -0.1, "difference_high": 0.08}, "does as well as"),
        ({"auc": 0.8, "difference_low": -0.1, "difference_high": 0.1}, "does as well as"),
        ({"auc": 0.7, "difference_low": -0.02, "difference_high": 0.2}, "is not shown to do worse"),
    ],
)
def test_one_that_is_not_is_named_with_its_numbers(numbers, words):
    (sentence,) = unbeaten(pd.DataFrame([row(**numbers)]))
    assert words in sentence
    assert "MRI, test cohort: the score from the lesion’s voxels in random order" in sentence
    assert f"AUC {numbers['auc']:.3f} against 0.800 of n = 50, 20 positive; lesion’s" in sentence


def test_apparent_rows_judge_only_where_there_are_no_others():
    apparent = row(cohort="train", auc=0.9, difference_low=-0.2, difference_high=0.0)
    nothing = {"difference_low": None, "difference_high": None}
    crossfit = row(cohort="train", protocol="crossfit", **nothing)
    assert unbeaten(pd.DataFrame([apparent, row(), crossfit])) == []
    assert len(judged(pd.DataFrame([apparent, row(), crossfit]))) == 2
    (sentence,) = unbeaten(pd.DataFrame([apparent, crossfit]))
    assert "training cohort, cross-fitted" in sentence and "95% CI" not in sentence
    assert "is not shown to do worse" in sentence  # they have no interval: nothing is shown
    # each control for itself
    other = {**apparent, "control": "background"}
    told = unbeaten(pd.DataFrame([apparent, crossfit, other]))
    assert ["cross-fitted" in told[0], "apparent" in told[1]] == [True, True]
    (sentence,) = unbeaten(pd.DataFrame([apparent]))
    assert "training cohort, apparent" in sentence


@pytest.mark.parametrize("protocol", ["published", "crossfit"])
def test_a_score_that_tells_nothing_is_no_evidence_of_where_it_comes_from(protocol):
    nothing = {"auc_lesion_low": None, "difference_low": None, "difference_high": None}
    constant = row(cohort="train", protocol=protocol, auc=0.5, auc_lesion=0.5, **nothing)
    (sentence,) = unbeaten(pd.DataFrame([constant]))
    assert sentence.endswith(
        "has nothing to be compared with: the lesion’s own tells no patient from another "
        "(n = 50, 20 positive)."
    )


def test_what_could_not_be_compared_is_said():
    lost = row(auc=None, auc_lesion=None, difference_low=None, difference_high=None)
    (sentence,) = unbeaten(pd.DataFrame([lost | {"n": 9, "events": 0}]))
    assert "could not be compared" in sentence and sentence.endswith("(n = 9, 0 positive).")


def test_a_control_that_equals_the_lesion_perfectly_does_as_well():
    """Both AUCs are 1: their difference is 0 to 0, which is printed as no interval."""
    nothing = {"difference_low": None, "difference_high": None}
    (sentence,) = unbeaten(pd.DataFrame([row(auc=1.0, auc_lesion=1.0, **nothing)]))
    assert "does as well as the lesion’s own (AUC 1.000 against 1.000 of n = 50" in sentence
    # one that is constant, against a perfect lesion: no variance either, and no such verdict
    (sentence,) = unbeaten(pd.DataFrame([row(auc=0.5, auc_lesion=1.0, **nothing)]))
    assert "could not be compared: their difference has no variance by DeLong" in sentence


def test_where_one_patient_tells_all_the_cross_fitted_scores_are_told_instead():
    """An AUC of one positive patient has no variance, and nothing follows from it."""
    nothing = {"difference_low": None, "difference_high": None}
    few = row(auc=0.143, auc_lesion=0.857, **nothing) | {"n": 8, "events": 1}
    crossfit = row(cohort="train", protocol="crossfit", auc=0.5, auc_lesion=0.96, **nothing)
    (sentence,) = unbeaten(pd.DataFrame([few, crossfit]))
    assert "AUC 0.143 against 0.857 of n = 8, 1 positive" in sentence and "worse" not in sentence
    assert sentence.endswith(
        "; cross-fitted, in the training cohort, it has AUC 0.500 against 0.960 of n = 50, 20 "
        "positive."
    )
