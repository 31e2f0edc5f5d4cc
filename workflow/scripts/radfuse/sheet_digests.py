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
    """Changes when a training patient or outcome does, and with nobody else."""
    return value_digest(study.training.to_dict())


def training_readings(study: Study) -> str:
    """Changes when a training patient's reading that the models use does."""
    if study.readings is None:
        return ""
    return value_digest(
        written(study.readings[study.readings["patient"].isin(study.training.index)])
    )


def written(table: pd.DataFrame | None) -> str:
    return "" if table is None else table.to_csv(index=False)
