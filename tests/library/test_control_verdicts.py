"""When a report says that a negative control does as well as the lesion."""

import pandas as pd
import pytest

from radfuse.caveats import unbeaten
from radfuse.control_verdicts import judged


def row(cohort: str = "test", protocol: str = "published", **numbers: float) -> dict:
    given = {"auc": 0.6, "auc_lesion": 0.8, "difference_low": 0.05, "difference_high": 0.35}
    given |= numbers
    difference = given["auc_lesion"] - given["auc"]
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
        # no variance: nothing is shown
        ({"auc": 0.7, "difference_low": None, "difference_high": None}, "is not shown to do worse"),
    ],
)
def test_one_that_is_not_is_named_with_its_numbers(numbers, words):
    (sentence,) = unbeaten(pd.DataFrame([row(**numbers)]))
    assert words in sentence
    assert "MRI, test cohort: the score from the lesion’s voxels in random order" in sentence
    assert f"AUC {numbers['auc']:.3f} against 0.800" in sentence


def test_apparent_rows_judge_only_where_there_are_no_others():
    apparent = row(cohort="train", auc=0.9, difference_low=-0.2, difference_high=0.0)
    crossfit = row(cohort="train", protocol="crossfit")
    assert unbeaten(pd.DataFrame([apparent, row(), crossfit])) == []
    assert unbeaten(pd.DataFrame([apparent, crossfit])) == []
    assert len(judged(pd.DataFrame([apparent, row(), crossfit]))) == 2
    (sentence,) = unbeaten(pd.DataFrame([apparent]))
    assert "training cohort, apparent" in sentence
