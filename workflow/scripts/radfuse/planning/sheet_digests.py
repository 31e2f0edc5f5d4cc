"""Digests of what jobs take from the sheets: what else these hold is no reason to run."""

from functools import cache

import pandas as pd
from pandas.util import hash_pandas_object

from radfuse.errors import StudyError
from radfuse.features.own_features import read_matrix
from radfuse.imaging.digests import file_digest
from radfuse.jobs.digests import value_digest
from radfuse.planning.study import Study


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


def training_features(study: Study, modality: str) -> list[str]:
    """Changes when a training patient's row in the tables of features that a modality brings does,
    or the names of the features."""
    paths, outcome = study.own_features[modality].values(), study.config["outcome"]["column"]
    return [rows_digest(path, outcome, tuple(study.training.index)) for path in paths]


@cache
def rows_digest(path: str, outcome: str, patients: tuple[str, ...]) -> str:
    try:
        table = read_matrix(path, outcome)
    except StudyError:  # the job says so
        return file_digest(path)
    rows = table.loc[table.index.isin(patients)].sort_index()
    return value_digest([list(rows.columns), hash_pandas_object(rows).tolist()])


def written(table: pd.DataFrame | None) -> str:
    return "" if table is None else table.to_csv(index=False)
