"""Studies that several tests look at: each is run once."""

from pathlib import Path

import pytest
import slurm
from studies import run, simulated_study

SEQUENCES = {"CT": ["AP"], "MRI": ["DWI", "T2WI"]}
PATIENTS = 20


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A simulated study of 20 patients, CT and MRI, run to the end. Leave it as it is."""
    folder = simulated_study(tmp_path_factory.mktemp("finished"), PATIENTS, SEQUENCES)
    run(folder)
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
