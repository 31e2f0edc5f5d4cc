"""What the draft says of results whose patients, cohorts or second outlines are fewer."""

from types import SimpleNamespace

import pandas as pd
import pytest

from radfuse.manuscript import findings, robustness, verdicts

PLACES = SimpleNamespace(see=lambda *keys: "")


def run(**results: object) -> SimpleNamespace:
    """A run as far as these sections read it."""
    frames = results.pop("frames", {})
    found = {"modalities": ["CT"], "final": "fused", "models": {}, "stability": {}, **results}
    found["frame"] = lambda name, *protocol: frames.get(name, pd.DataFrame())
    return SimpleNamespace(results=SimpleNamespace(**found), images=0)


def text(section: object) -> str:
    return " ".join(section.texts)


def test_a_model_that_lacks_patients_says_on_whom_it_was_evaluated():
    rows = pd.DataFrame({"model": ["DLRS_CT", "fused"], "cohort": "test", "n": [54, 47]})
    rows = rows.assign(events=[11, 7], auc=0.9, auc_low=0.8, auc_high=0.95, threshold=0.3)
    rows = rows.assign(tp=1, fp=2, fn=3, tn=4)
    for rate in verdicts.RATES:
        rows = rows.assign(**{rate: 0.5, f"{rate}_low": 0.4, f"{rate}_high": 0.6})
    found = run(cohorts=["test"], sizes={"test": (54, 11)}, frames={"performance": rows})
    said = text(verdicts.performance(found, PLACES))
    assert "In the test cohort (n = 54, 11 positive) the AUC was" in said
    assert "0.900 (95% CI 0.800–0.950) for DLRS CT and" in said
    assert "0.900 (95% CI 0.800–0.950) for Fused (n = 47, 7 positive)" in said


@pytest.mark.parametrize("cohorts", [["train", "external"], ["train", "test"]])
def test_a_split_is_balanced_between_training_and_test_cohort_alone(cohorts):
    split = pd.DataFrame({"characteristic": ["Rim", "Site"], "level": [None, None]})
    split = split.assign(p=[0.01, 0.3], smd=[0.42, 0.07])
    found = run(cohorts=cohorts, frames={"split_balance_CT": split})
    said = text(findings.baseline(found, PLACES))
    assert ("1 of 2 (Rim: P = 0.010) differed" in said) == ("test" in cohorts)
    # no P tells that two groups are alike
    assert ("above 0.1 for 1, at most 0.420 (Rim)." in said) == ("test" in cohorts)


def test_an_external_cohort_is_told_from_the_training_cohort():
    rows = [
        ("outcome", None, "Outcome", 0.8, 0.04),
        ("clinical", None, "Age", 0.2, 0.15),
        ("characteristic", "CT", "Rim", 0.01, 0.42),
        ("characteristic", "MRI", "Rim", 0.9, 0.02),
    ]
    frame = pd.DataFrame(rows, columns=["kind", "modality", "variable", "p", "smd"])
    sizes = {"train": (60, 15), "external": (40, 12)}
    frame = frame.assign(level=None)
    found = run(cohorts=list(sizes), sizes=sizes, frames={"external_balance": frame})
    said = text(findings.baseline(found, PLACES))
    assert "present in 25.0% in the training cohort and 30.0% in the external cohort" in said
    assert "characteristics 1 of 3 (Rim on CT: P = 0.010) differed" in said
    assert "above 0.1 for 2, at most 0.420 (Rim on CT)." in said
    outcome = run(cohorts=list(sizes), sizes=sizes, frames={"external_balance": frame[:1]})
    assert text(findings.baseline(outcome, PLACES)).count(".") == 3
    assert not text(findings.baseline(run(cohorts=["train"]), PLACES))


def test_features_that_nobody_assessed_are_not_called_stable():
    marks = pd.DataFrame({"n_intra": [0, 0], "n_inter": [0, 0], "stable": ["yes", "yes"]})
    said = text(findings.features(run(stability={"CT": marks}), PLACES))
    assert said == "Of 2 features of CT 2 (100.0%) were kept, whose stability was not assessed."
    said = text(findings.features(run(stability={"CT": marks.assign(n_inter=3)}), PLACES))
    assert said == "Of 2 features of CT 2 (100.0%) were stable."


def test_subgroups_are_told_of_the_other_cohorts_and_none_is_left_out():
    rows = [
        (cohort, level, n, events, area, p)
        for cohort in ("train", "test")
        for level, n, events, area, p in (
            (None, 15, 5, 0.9, 0.04),
            ("absent", 12, 5, 0.8, None),
            ("present", 3, 0, None, None),
        )
    ]
    columns = ["cohort", "level", "n", "events", "auc", "p_adjusted"]
    frame = pd.DataFrame(rows, columns=columns).assign(auc_low=None, auc_high=None)
    frame = frame.assign(model="R_CT", variable="Hepatitis B", protocol="published")
    said = robustness.subgroups(run(frames={"subgroups": frame}, final="R_CT"), PLACES)
    assert said == [
        "By Hepatitis B the AUC of R CT in the test cohort was 0.800 (absent: n = 12, 5 positive) "
        "and not estimable (present: n = 3, 0 positive) (difference: adjusted P = 0.040)."
    ]
