"""How far a run has come: lines for a log, the pages at the end, and what users do not see."""

import io
import logging
import os
import time

import pytest
from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn

from radfuse.jobs import progress


def record(message: str = "", **fields) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, message, (), None)
    made.__dict__.update(fields)
    return made


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when it is told to."""
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_every_ten_seconds_and_for_the_last_job_of_a_rule(clock):
    out = io.StringIO()
    lines = progress.Lines(out)
    lines.handle(record(event="run_info", stats={"resample_roi": 8, "predict": 2, "total": 10}))
    for job in range(8):
        lines.handle(record(event="job_info", jobid=job, rule_name="resample_roi"))
    for job in range(8):
        clock[0] += 6
        lines.handle(record(event="job_finished", job_id=job))
    lines.handle(record(event="job_finished", job_id=99))  # of nothing that was announced
    said = [line.partition(" ")[2] for line in out.getvalue().splitlines()]
    assert said == [
        "resample_roi: 2 of 8 done, 36 s left (20% of all jobs)",
        "resample_roi: 4 of 8 done, 24 s left (40% of all jobs)",
        "resample_roi: 6 of 8 done, 12 s left (60% of all jobs)",
        "resample_roi: 8 of 8 done (80% of all jobs)",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(12.4, "12 s"), (600, "10 min"), (9000, "2.5 h"), (0, "0 s")]
)
def test_as_much_as_an_estimate_deserves(seconds, words):
    assert progress.duration(seconds) == words


def test_a_failed_job_s_exception_is_not_shown_and_other_errors_are():
    failed = record("RuleException:\nCalledProcessError in file x", event="error")
    assert not progress.for_users(failed)
    assert progress.for_users(record("MissingInputException in rule x", event="error"))


def test_a_job_that_ended_before_it_had_a_log_is_told_at_the_end_only(tmp_path):
    log = tmp_path / "job.log"
    failed = record("CalledProcessError", event="job_error", log=[str(log)])
    assert not progress.for_users(failed)
    log.touch()
    assert progress.for_users(failed)


def test_of_a_study_s_problems_the_place_in_the_code_is_left_out():
    text = (
        'WorkflowError in file "common.smk", line 25:\n2 problem(s) in the study /s:\nE01 a\n'
        'E02 b\n  File "common.smk", line 28, in <module>'
    )
    shown = record(text, event="error")
    assert progress.for_users(shown)
    assert shown.getMessage() == "2 problem(s) in the study /s:\nE01 a\nE02 b"


def test_bars_have_the_time_that_is_left():
    bars = Progress("a bar", disable=True)
    progress.add_time_left(bars)
    assert isinstance(bars.columns[-1], TimeRemainingColumn)
    assert len(bars.columns) == 2


@pytest.mark.parametrize(("terminal", "quiet", "lines"), [(0, 0, 1), (1, 0, 0), (0, 1, 0)])
def test_lines_are_for_logs_and_bars_for_terminals(monkeypatch, terminal, quiet, lines):
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: bool(terminal), raising=False)
    logger, handler = logging.Logger("run"), logging.Handler()
    handler.console = Console()
    handler.progress = Progress("a bar", console=handler.console, disable=True)
    progress.show(logger, [handler], bool(quiet))
    assert len([each for each in logger.handlers if isinstance(each, progress.Lines)]) == lines
    assert isinstance(handler.progress.columns[-1], TimeRemainingColumn) is bool(terminal)
    assert handler.console.soft_wrap is not bool(terminal)


def test_the_pages_that_a_run_made_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert progress.pages_made(0) == ""
    page = tmp_path / "results" / "report.html"
    page.parent.mkdir()
    page.touch()
    assert progress.pages_made(time.time() - 60) == f"The report: {page}"
    predictions = page.with_name("predictions.tsv")
    predictions.touch()
    assert progress.pages_made(time.time() - 60) == f"The report: {page}"
    os.utime(page, (1, 1))
    assert progress.pages_made(time.time() - 60) == f"The predictions: {predictions}"
    os.utime(predictions, (1, 1))
    assert progress.pages_made(time.time() - 60) == ""
