"""What jobs said when they failed, read back from their logs."""

import logging
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

SILENT = (
    "E00 stopped: {}: its job ended without a word: interrupted, or killed for want of memory or "
    "time; run again, with more of them if it happens again."
)
LOGS = Path("results/logs")
REFUSAL = re.compile(r"^ERROR ((E\d\d) .*)$", re.MULTILINE)
DEFECT = re.compile(r"^ERROR Traceback .*\n(?:[ \t].*\n)*(\S.*)$", re.MULTILINE)


def problems_in(log: Path, place: str) -> list[tuple[str, str]]:
    """Code and sentence of every problem in a job's log; `place` names the job in words."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return [(code, problem) for problem, code in REFUSAL.findall(text)] or [
        (
            "E00",
            f"E00 defect: {place}: {last}: an error that radfuse does not know; report it with "
            f"{log}.",
        )
        for last in DEFECT.findall(text)
    ]


class Failed(logging.Handler):
    """The jobs that failed, by their logs, from the events `job_error` of Snakemake's logger."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs: dict[Path, list[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "event", None) == "job_error":
            for log in record.log:
                self.outputs[Path(log)] = [path.partition(" (")[0] for path in record.output]

    @property
    def logs(self) -> list[Path]:
        """Of jobs that have not been made after all: some are tried twice."""
        return [log for log, made in self.outputs.items() if not all(map(os.path.exists, made))]


def in_words(
    since: float, apart: Sequence[str], failed: Iterable[Path] = (), said: str = ""
) -> str:
    """What the jobs said that failed in the run that began at `since`; "" if none did.

    `apart` are the rules whose failures are told elsewhere, `failed` the logs of the jobs that
    failed, of which some may have ended without a word; `said` is what was told before: a problem
    that stands there is not said again.
    """
    found, spoken = {}, set()
    for log in sorted(LOGS.rglob("*.log")):
        rule, *of = log.relative_to(LOGS).with_suffix("").parts
        if rule not in apart and log.stat().st_mtime >= since:
            for _, problem in problems_in(log, " ".join([rule, *of])):
                spoken.add(log)
                if problem not in said:
                    found.setdefault(problem, log)
    for log in sorted(set(failed) - spoken):
        rule, *of = log.relative_to(LOGS).with_suffix("").parts
        if rule not in apart:
            found[SILENT.format(" ".join([rule, *of]))] = log
    told = [f"  {problem}\n    ({log})" for problem, log in found.items()]
    return "\n".join(["", "What is wrong:", *told]) if told else ""
