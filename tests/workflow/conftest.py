"""Studies that several tests look at: each is run once."""

from pathlib import Path

import pytest
import slurm
from filelock import FileLock
from studies import run, simulated_study

SEQUENCES = {"CT": ["AP"], "MRI": ["DWI", "T2WI"]}
PATIENTS = 20


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id) -> Path:
    """A simulated study of 20 patients, CT and MRI, run to the end. Leave it as it is."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "finished"
    with FileLock(f"{folder}.lock"):  # the processes of a parallel run share it
        if not (ended := folder.with_suffix(".ended")).exists():
            simulated_study(folder, PATIENTS, SEQUENCES)
            run(folder)
            ended.touch()
    return folder


@pytest.fixture(scope="module")
def cluster():
    if reason := slurm.lacking():
        pytest.skip(reason)
    with slurm.cluster() as running:
        yield running


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    return slurm.checkout(tmp_path_factory.mktemp("checkout"))
