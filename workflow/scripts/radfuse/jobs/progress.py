"""How far a run has come: on a terminal the time left beside every rule's bar, else plain lines."""

import logging
import re
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO

PAGES = {"The report": "results/report.html", "The audit": "results/audit/audit.html"}
PREDICTIONS = {"The predictions": "results/predictions.tsv"}  # said where there is no page
PROBLEMS = "problem(s) in the study"
PLACE_IN_CODE = re.compile(r'WorkflowError in file|  File "')
EVERY_S = 10.0  # between two lines of one run; the last job of a rule has its line in any case
SPEED_OVER_S = 300.0  # jobs may take long: the time left follows from those of the last minutes


class Lines(logging.Handler):
    """A line per step for a log: which rule, how many of its jobs are done, how long it will take.

    Reads the events `run_info`, `job_info` and `job_finished` of Snakemake's logger.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self.stream = stream or sys.stderr
        self.totals: dict[str, int] = {}
        self.rules: dict[int, str] = {}
        self.begun: dict[str, float] = {}
        self.done: dict[str, int] = {}
        self.said = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == "run_info":
            self.totals = {rule: n for rule, n in record.stats.items() if rule != "total"}
        elif event == "job_info":
            self.rules[record.jobid] = record.rule_name
            self.begun.setdefault(record.rule_name, time.monotonic())
        elif event == "job_finished" and record.job_id in self.rules:
            self.finished(self.rules[record.job_id])

    def finished(self, rule: str) -> None:
        now = time.monotonic()
        done = self.done[rule] = self.done.get(rule, 0) + 1
        total = max(self.totals.get(rule, 0), done)
        if done < total and now - self.said < EVERY_S:
            return
        self.said = now
        left = (now - self.begun[rule]) / done * (total - done)
        share = sum(self.done.values()) / max(sum(self.totals.values()), 1)
        soon = f", {duration(left)} left" if done < total else ""
        clock = time.strftime("%H:%M:%S")
        text = f"{clock} {rule}: {done} of {total} done{soon} ({share:.0%} of all jobs)"
        print(text, file=self.stream, flush=True)


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`: as much as an estimate deserves."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def for_users(record: logging.LogRecord) -> bool:
    """Whether to show a record: not the exception after a failed job, whose own log says why it
    failed; nor a job that ended before it had a log, which what shows the record would read. Where
    the sheets or the config have problems, these alone stay of the message."""
    if getattr(record, "event", None) == "job_error":
        return all(Path(log).is_file() for log in record.log)
    if getattr(record, "event", None) != "error":
        return True
    text = record.getMessage()
    if PROBLEMS in text:
        lines = [line for line in text.splitlines() if not PLACE_IN_CODE.match(line)]
        record.msg, record.args = "\n".join(lines), None
    return not text.startswith("RuleException:\nCalledProcessError")


def show(logger: logging.Logger, handlers: Iterable[logging.Handler], quiet: bool) -> None:
    """Set up what a run shows. `handlers` are the logger's plugins, of which one draws bars."""
    terminal = sys.stderr.isatty()
    for handler in handlers:
        handler.addFilter(for_users)
        if terminal and hasattr(handler, "progress"):
            add_time_left(handler.progress)
        elif hasattr(handler, "console"):
            handler.console.soft_wrap = True  # the lines of a log are not cut at 80 letters
    if not (terminal or quiet):
        logger.addHandler(Lines())


def add_time_left(progress) -> None:
    """To the bars of a `rich.progress.Progress`, which only a run imports."""
    from rich.progress import TimeRemainingColumn

    progress.speed_estimate_period = SPEED_OVER_S
    progress.columns = (*progress.columns, TimeRemainingColumn())


def pages_made(since: float) -> str:
    """Where the pages are that the run that began at `since` has made."""

    def made(places: Mapping[str, str]) -> list[str]:
        return [
            f"{name}: {Path(path).resolve()}"
            for name, path in places.items()
            if Path(path).is_file() and Path(path).stat().st_mtime >= since
        ]

    return "\n".join(made(PAGES) or made(PREDICTIONS))
