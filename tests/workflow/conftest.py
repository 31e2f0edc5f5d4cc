"""Studies that several tests look at: each is run once."""

from pathlib import Path

import pytest
from studies import run, simulated_study

SEQUENCES = {"CT": ["AP"], "MRI": ["DWI", "T2WI"]}
PATIENTS = 20


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A simulated study of 20 patients, CT and MRI, run to the end. Leave it as it is."""
    folder = simulated_study(tmp_path_factory.mktemp("finished"), PATIENTS, SEQUENCES)
    run(folder)
    return folder
