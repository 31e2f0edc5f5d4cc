"""What jobs said when they failed, read back from their logs."""

import re
from collections.abc import Sequence
from pathlib import Path

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


def in_words(since: float, apart: Sequence[str]) -> str:
    """What the jobs said that failed in the run that began at `since`; "" if none did.

    `apart` are the rules whose failures are told elsewhere.
    """
    found: dict[str, Path] = {}
    for log in sorted(LOGS.rglob("*.log")):
        rule, *of = log.relative_to(LOGS).with_suffix("").parts
        if rule not in apart and log.stat().st_mtime >= since:
            for _, problem in problems_in(log, " ".join([rule, *of])):
                found.setdefault(problem, log)
    told = [f"  {problem}\n    ({log})" for problem, log in found.items()]
    return "\n".join(["", "What is wrong:", *told]) if told else ""
