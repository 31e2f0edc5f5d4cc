"""Exclusions, the split, the ledger."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radfuse.errors import StudyError
from radfuse.inputs.cohort import exclusions, external_cohorts, outcomes, split_cohorts
from radfuse.inputs.enrolment import enrol, ledger, readings_of


def cohort_of(outcome: dict, assigned: dict | None = None, **settings) -> pd.Series:
    series = pd.Series(outcome, dtype="Int64")
    given_cohorts = pd.Series(assigned or {}, dtype=object)
    options = {"test_fraction": 0.3, "seed": 1, **settings}
    return split_cohorts(series, given_cohorts, **options).set_index("patient")["cohort"]


def paper() -> dict:
    return {f"P{i:03d}": int(i < 36) for i in range(178)}


def test_the_paper_s_cohorts():
    cohort = cohort_of(paper())
    assert (cohort == "train").sum() == 124
    assert (cohort == "test").sum() == 54
    events = pd.Series(paper())
    assert events[cohort[cohort == "test"].index].sum() == 11


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_sheet_changes_nothing(random):
    names = list(paper())
    random.shuffle(names)
    shuffled = cohort_of({name: paper()[name] for name in names})
    assert shuffled.sort_index().equals(cohort_of(paper()).sort_index())


def test_swapping_the_classes_keeps_the_split():
    swapped = {patient: 1 - value for patient, value in paper().items()}
    assert cohort_of(swapped).equals(cohort_of(paper()))


def test_a_new_patient_moves_at_most_one_other():
    before = cohort_of(paper())
    after = cohort_of({**paper(), "P999": 0})
    assert (after[before.index] != before).sum() <= 1


def test_another_seed_is_another_split():
    assert not cohort_of(paper(), seed=2).equals(cohort_of(paper()))


def test_cohorts_of_the_sheet_are_kept():
    assigned = {"P000": "test", "P001": "external", "P100": "train"}
    cohort = cohort_of(paper(), assigned)
    assert [cohort[p] for p in assigned] == ["test", "external", "train"]


def test_patients_without_outcome_are_unlabelled_and_never_train():
    cohort = cohort_of({**paper(), "X1": pd.NA, "X2": pd.NA}, {"X2": "external"})
    assert cohort["X1"] == "unlabelled"
    assert cohort["X2"] == "external"


def test_a_training_cohort_of_one_class_is_refused():
    with pytest.raises(StudyError, match="E20 cohort: the training cohort has 3 patients, 3"):
        cohort_of({"a": 1, "b": 1, "c": 1}, test_fraction=0.0)


def test_outcomes_are_text_against_the_positive_values():
    sheet = pd.DataFrame({"patient": ["b", "a", "c"], "y": ["iCCA", "HCC", ""]})
    values = outcomes(sheet, {"column": "y", "positive": ["iCCA"]})
    assert values.index.tolist() == ["a", "b", "c"]
    assert values[["a", "b"]].tolist() == [0, 1]
    assert values.isna()["c"]


def test_the_ledger_adds_up():
    patients = pd.DataFrame(
        {
            "patient": ["a", "b", "c", "d", "e", "f", "g"],
            "exclude": ["", "no MRI", "", "", "", "", ""],
        }
    )
    images = pd.DataFrame(
        [["c", "CT", "AP", "motion"], ["d", "CT", "AP", ""]],
        columns=["patient", "modality", "sequence", "exclude"],
    )
    enrolment = enrol(
        patients.assign(y=["1", "1", "0", "1", "0", "", "0"]),
        images,
        outcome={"column": "y", "positive": ["1"]},
        modalities=[{"name": "CT", "sequences": ["AP"]}],
        missing_sequence="error",
        split={"test_fraction": 0.0, "seed": 1},
    )
    assert enrolment.excluded == {"b": "no MRI", "c": "CT AP: motion"}
    counts = ledger(enrolment).set_index(["step", "reason"])
    assert counts.loc[("registered", "")][["n", "events"]].tolist() == [7, 3]
    assert counts.loc[("excluded", "no MRI")][["n", "events"]].tolist() == [1, 1]
    assert counts.loc[("unlabelled", "no outcome")][["n", "events"]].tolist() == [1, 0]
    assert counts.loc[("analysed", "")][["n", "events"]].tolist() == [4, 2]
    excluded = counts.loc["excluded"]["n"].sum() + counts.loc["unlabelled"]["n"].sum()
    assert counts.loc[("registered", "")]["n"] - excluded == counts.loc[("analysed", "")]["n"]
    assert np.array_equal(counts.loc["train"][["n", "events"]].to_numpy(), [[4, 2]])


def test_patients_without_a_sequence_are_left_out_where_the_config_says_so():
    patients = pd.DataFrame({"patient": ["a", "b", "c", "d"]})
    images = pd.DataFrame(
        [
            ["a", "CT", "AP", ""],
            ["a", "CT", "VP", ""],
            ["b", "CT", "AP", ""],
            ["c", "CT", "AP", "motion"],
            ["d", "MRI", "DWI", ""],  # not of this study
        ],
        columns=["patient", "modality", "sequence", "exclude"],
    )
    modalities = [{"name": "CT", "sequences": ["AP", "VP"]}]
    assert exclusions(patients, images, modalities, "error") == {"c": "CT AP: motion"}
    assert exclusions(patients, images, modalities, "drop_patient") == {
        "b": "no CT VP",
        "c": "CT AP: motion",
        "d": "no CT AP, CT VP",
    }
    assert exclusions(patients, None, modalities, "drop_patient") == {}


def test_the_training_readings_are_one_reader_s_of_these_patients_in_order():
    sheet = pd.DataFrame(
        {
            "patient": ["b", "a", "a", "c", "b"],
            "modality": ["MRI", "MRI", "CT", "CT", "CT"],
            "reader": ["1", "1", "2", "1", "1"],
        }
    )
    rows = readings_of(sheet, ["a", "b"], "1")
    assert rows[["modality", "patient"]].to_numpy().tolist() == [
        ["CT", "b"],
        ["MRI", "a"],
        ["MRI", "b"],
    ]


def test_halves_go_to_the_test_cohort():
    """0.3 of 15 is 4.5 in both classes: 5 each, not the even neighbour."""
    cohort = cohort_of({f"P{i:02d}": i % 2 for i in range(30)})
    assert (cohort == "test").sum() == 10


def test_models_of_others_are_applied_to_nobody_who_would_train_or_test():
    outcome = pd.Series({"a": 1, "b": pd.NA, "c": pd.NA}, dtype="Int64")
    found = external_cohorts(outcome, pd.Series({"b": "external"})).set_index("patient")["cohort"]
    assert found.to_dict() == {"a": "external", "b": "external", "c": "unlabelled"}
    for cohort in ("train", "test"):
        with pytest.raises(StudyError, match=f"E27 model: 1 patients are of the cohort {cohort}"):
            external_cohorts(outcome, pd.Series({"a": cohort}))


def test_an_external_patient_without_an_outcome_is_not_analysed():
    patients = pd.DataFrame({"patient": list("abcd"), "y": ["1", "0", "", ""]})
    enrolment = enrol(
        patients.assign(cohort=["train", "train", "external", ""]),
        pd.DataFrame(columns=["patient", "modality", "sequence", "exclude"]),
        outcome={"column": "y", "positive": ["1"]},
        modalities=[],
        missing_sequence="error",
        split={"test_fraction": 0.0, "seed": 1},
    )
    counts = ledger(enrolment).set_index("step")["n"]
    assert (counts["unlabelled"], counts["analysed"]) == (2, 2)
