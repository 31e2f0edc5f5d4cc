"""The page's own commands: a Python that holds what Snakemake needs, and no more, runs a study."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from pages import commands
from studies import ROOT, simulated_study

pytestmark = pytest.mark.environments
CONDA = Path(__file__).resolve().parent / "conda" / "bin"


@pytest.fixture(scope="module")
def lean(tmp_path_factory) -> Path:
    """The folder of the programs of a new virtual environment."""
    folder = tmp_path_factory.mktemp("lean")
    venv.create(folder, with_pip=True)
    return folder / "bin"


def test_the_commands_of_the_page(lean, tmp_path):
    study = simulated_study(tmp_path, 12, {"CT": ["AP"]})
    paths = (lean, CONDA, os.environ["PATH"])
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
    made = Path(study, "envs").glob("*/bin/python")
    assert [path.parent.parent.name for path in made], "the rule has an env of its own"
    there = subprocess.run([lean / "pip", "list"], capture_output=True, text=True).stdout.lower()
    assert "snakemake" in there and "simpleitk" not in there and sys.prefix not in there
