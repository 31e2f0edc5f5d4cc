"""What must not grow with the number of patients."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from studies import simulated_study

pytestmark = pytest.mark.workflow

SEQUENCES = {"CT": ["AP"], "MRI": ["DWI", "T2WI"]}
SLACK = 40  # characters: numbers of more digits, but no further patients


def longest(folder: Path, patients: int) -> dict[str, dict[str, int]]:
    simulated_study(folder, patients, SEQUENCES, validation={"resamples": 2})
    command = [sys.executable, str(Path(__file__).with_name("planned_jobs.py")), str(folder)]
    completed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr[-3000:]
    return json.loads(completed.stdout.splitlines()[-1])


def test_no_rule_is_told_more_about_a_larger_cohort(tmp_path):
    """Inputs are more; params, which are compared and kept of every output, and what stands on the
    command line of a cluster job are as long as before."""
    small, large = (longest(tmp_path / str(count), count) for count in (12, 48))
    assert set(small) == set(large)
    assert {"resample_roi", "assemble_features", "fit_score", "write_report"} <= set(small)
    grown = {
        (rule, part): (small[rule][part], size)
        for rule, parts in large.items()
        for part, size in parts.items()
        if size > small[rule][part] + SLACK
    }
    assert grown == {}
