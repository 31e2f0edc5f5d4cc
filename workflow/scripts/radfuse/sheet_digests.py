"""Digests of what jobs take from the sheets: what else these hold is no reason to run."""

import pandas as pd

from radfuse.provenance import value_digest
from radfuse.study import Study


def cohorts(study: Study) -> str:
    """Changes when a patient's cohort, outcome or reason to be left out does."""
    return value_digest([written(study.split), written(study.counts)])


def centers(study: Study) -> str:
    """Changes when the centre of a patient does."""
    return value_digest(study.centers.to_dict())


def readings(study: Study) -> str:
    """Changes when a reading that the models use does, or whose they are."""
    return value_digest(written(study.readings))


def training(study: Study) -> str:
    """Changes when a training patient, outcome or reading does, and with nobody else."""
    trained = None
    if study.readings is not None:
        trained = study.readings[study.readings["patient"].isin(study.training.index)]
    return value_digest([study.training.to_dict(), written(trained)])


def written(table: pd.DataFrame | None) -> str:
    return "" if table is None else table.to_csv(index=False)
