"""What failed jobs said, told again at the end of a run."""

import os

import pytest

from radfuse import failures
from radfuse.errors import StudyError
from radfuse.job import logged

NO_CLASS = "E23 score: CT: one class among the training patients; label more of them."


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def fail(rule: str, error: Exception) -> None:
    """A job that ends as jobs end: in its log."""
    with (
        pytest.raises((SystemExit, type(error))),
        logged(str(failures.LOGS / rule / "CT" / "AP.log")),
    ):
        raise error


def test_the_sentences_of_failed_jobs_with_their_logs_each_once():
    fail("fit_score", StudyError(NO_CLASS, "E99 other: CT."))
    fail("fit_crossfit", StudyError(NO_CLASS))
    told = failures.in_words(0, apart=())
    assert told.splitlines()[1:] == [
        "What is wrong:",
        f"  {NO_CLASS}",
        "    (results/logs/fit_crossfit/CT/AP.log)",
        "  E99 other: CT.",
        "    (results/logs/fit_score/CT/AP.log)",
    ]


def test_a_defect_is_told_with_its_job_and_its_last_line():
    fail("fit_score", ValueError("3 is no 4"))
    told = failures.in_words(0, apart=())
    assert "E00 defect: fit_score CT AP: ValueError: 3 is no 4" in told


def test_a_rule_without_wildcards_has_its_log_beside_the_folders_of_others():
    with pytest.raises(SystemExit), logged("results/logs/reconcile_counts.log"):
        raise StudyError("E28 counts: x.")
    assert "  E28 counts: x.\n    (results/logs/reconcile_counts.log)" in failures.in_words(0, ())


def test_nothing_of_rules_told_elsewhere_of_earlier_runs_and_of_jobs_that_went_well():
    fail("resample_roi", StudyError(NO_CLASS))
    with logged("results/logs/fit_fused.log") as log:
        log.warning("E23 score: almost")
    assert failures.in_words(0, apart=["resample_roi"]) == ""
    log = failures.LOGS / "resample_roi" / "CT" / "AP.log"
    os.utime(log, (1000, 1000))
    assert failures.in_words(2000, apart=()) == ""
