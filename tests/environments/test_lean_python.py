"""The page's own commands: a Python that holds what Snakemake needs, and no more, runs a study."""

import os
import re
import subprocess
import venv

import pytest
from pages import commands
from studies import ROOT, simulated_study
from test_every_rule import CONDA

pytestmark = pytest.mark.environments


def test_the_commands_of_the_page(tmp_path):
    venv.create(tmp_path / "lean", with_pip=True)
    lean = tmp_path / "lean" / "bin"
    study = simulated_study(tmp_path / "study", 12, {"CT": ["AP"]})
    paths = (lean, CONDA / "bin", os.environ["PATH"])
    environment = {**os.environ, "PATH": os.pathsep.join(map(str, paths))}
    environment.pop("PYTHONPATH", None)
    install, run = sorted(commands("environments"))
    target = " --conda-prefix envs results/cohort/split.tsv"
    for command in (install, re.sub(r"\bmy_study\b", str(study), run) + target):
        done = subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert (study / "results" / "cohort" / "split.tsv").is_file()
    assert list(study.glob("envs/*/bin/python")), "the rule has an env of its own"
    there = subprocess.run([lean / "pip", "list"], capture_output=True, text=True).stdout.lower()
    assert "snakemake" in there and "simpleitk" not in there
