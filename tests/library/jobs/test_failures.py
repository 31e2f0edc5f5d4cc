"""What failed jobs said, told again at the end of a run."""

import logging
import os
from pathlib import Path

import pytest

from radfuse.errors import StudyError
from radfuse.jobs import failures
from radfuse.jobs.job import logged

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
    assert failures.in_words(0, (), said="1 image was refused:\n  E28 counts: x.\n") == ""


def test_an_interruption_ends_a_job_without_a_traceback(tmp_path):
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit) as ended, logged(str(log)):
        raise KeyboardInterrupt
    assert ended.value.code == 130 and log.read_text() == ""


def event(log: str, *output: str, name: str = "job_error") -> logging.LogRecord:
    """A record of Snakemake's logger."""
    record = logging.LogRecord("snakemake", logging.ERROR, "", 0, "", (), None)
    record.event, record.log, record.output = name, [log], list(output)
    return record


def test_a_job_that_was_killed_without_a_word_is_named():
    fail("fit_score", StudyError(NO_CLASS))
    failed = failures.Failed()
    silent, spoken = "results/logs/fit_fused.log", "results/logs/fit_score/CT/AP.log"
    for log in (silent, spoken, "results/logs/resample_roi/P1/CT/AP.log"):
        failed.emit(event(log, "results/made"))
    failed.emit(event("results/logs/other.log", "results/made", name="job_finished"))
    told = failures.in_words(0, ["resample_roi"], failed.logs)
    assert told.count("E00 stopped:") == 1 and told.count(NO_CLASS) == 1
    assert "E00 stopped: fit_fused: its job ended without a word" in told and silent in told
    # one whose sentence another job has said too is not silent
    fail("fit_crossfit", StudyError(NO_CLASS))
    failed.emit(event("results/logs/fit_crossfit/CT/AP.log", "results/made"))
    assert failures.in_words(0, ["resample_roi"], failed.logs).count("E00 stopped:") == 1
    # one that was tried again, and then made what it had to
    Path("results/made").touch()
    assert failed.logs == []


def test_nothing_of_rules_told_elsewhere_of_earlier_runs_and_of_jobs_that_went_well():
    fail("resample_roi", StudyError(NO_CLASS))
    with logged("results/logs/fit_fused.log") as log:
        log.warning("E23 score: almost")
    assert failures.in_words(0, apart=["resample_roi"]) == ""
    log = failures.LOGS / "resample_roi" / "CT" / "AP.log"
    os.utime(log, (1000, 1000))
    assert failures.in_words(2000, apart=()) == ""
