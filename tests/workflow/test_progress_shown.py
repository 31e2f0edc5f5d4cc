"""What a run shows of its progress: bars with the time left on a terminal, plain lines in a log."""

import os
import pty
import re
import subprocess
import sys

import pytest
from studies import ROOT, run, simulated_study

pytestmark = pytest.mark.workflow
TARGET = "results/cohort/split.tsv"


def on_a_terminal(command: list[str]) -> str:
    """What a command prints where its output is a terminal, without colours and cursor moves."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        printed += part
    os.close(ours)
    assert process.wait() == 0, printed[-3000:]
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", printed.decode(errors="replace"))


def test_bars_on_a_terminal_and_lines_in_a_log(tmp_path):
    study = simulated_study(tmp_path, 20, {"CT": ["AP"]})
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--directory", str(study)]
    shown = on_a_terminal([*command, TARGET])
    assert "Workflow Progress" in shown
    bars = re.findall(r"split cohort .*?\d+% +\d:\d\d:\d\d +(-:--:--|\d:\d\d:\d\d)", shown)
    assert bars, "elapsed time and time left"
    assert "split_cohort: 1 of 1 done" not in shown
    logged = run(study, "--forcerun", "split_cohort", "--", TARGET)
    assert re.search(
        r"^\d\d:\d\d:\d\d split_cohort: 1 of 1 done \(100% of all jobs\)$", logged, re.M
    )
    assert "Workflow Progress" not in logged
