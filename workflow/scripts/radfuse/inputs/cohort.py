"""Who is analysed, and in which cohort: exclusions and the split."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from radfuse.errors import StudyError
from radfuse.tables import read_table

COHORTS = ("train", "test", "external")
OUTCOME = "outcome"  # what is tested between centres beside the models
NOT_STATED = "not stated"  # the centre of a patient of whom the sheet names none
FEWEST_TO_FIT = 2  # patients of each class that a score is fitted on
FEWEST_TO_CROSSFIT = 3  # training patients of the smaller class: every fold then leaves 2


def of_interest(images: pd.DataFrame, modalities: Sequence[Mapping]) -> pd.DataFrame:
    """The rows of images.tsv whose modality and sequence the config names."""
    wanted = {(each["name"], sequence) for each in modalities for sequence in each["sequences"]}
    pairs = zip(images["modality"], images["sequence"], strict=True)
    return images[np.fromiter((pair in wanted for pair in pairs), dtype=bool, count=len(images))]


def exclusions(
    patients: pd.DataFrame,
    images: pd.DataFrame | None,
    modalities: Sequence[Mapping],
    missing_sequence: str,
) -> dict[str, str]:
    """Patients that are left out and why: their own `exclude`, that of one of their images or,
    with `missing_sequence: drop_patient`, a sequence that the images sheet has no row for.

    Models are compared on the same patients, so one excluded image leaves its patient out.
    """
    reasons = {}
    if "exclude" in patients:
        rows = patients[patients["exclude"] != ""]
        reasons = dict(zip(rows["patient"], rows["exclude"], strict=True))
    if images is None:
        return reasons
    rows = of_interest(images, modalities)
    for row in rows[rows["exclude"] != ""].itertuples():
        reasons.setdefault(row.patient, f"{row.modality} {row.sequence}: {row.exclude}")
    if missing_sequence == "drop_patient":
        for patient, absent in missing_sequences(patients["patient"], rows, modalities).items():
            reasons.setdefault(patient, f"no {', '.join(' '.join(each) for each in absent)}")
    return reasons


def missing_sequences(
    patients: Iterable[str], images: pd.DataFrame, modalities: Sequence[Mapping]
) -> dict[str, list[tuple[str, str]]]:
    """The modalities and sequences that a patient has no row for, of patients that lack any."""
    present = set(zip(images["patient"], images["modality"], images["sequence"], strict=True))
    wanted = [(each["name"], sequence) for each in modalities for sequence in each["sequences"]]
    absent = {p: [pair for pair in wanted if (p, *pair) not in present] for p in patients}
    return {patient: pairs for patient, pairs in absent.items() if pairs}


def outcomes(patients: pd.DataFrame, outcome: Mapping) -> pd.Series:
    """1, 0 or missing per patient (index), sorted by patient."""
    text = patients.set_index("patient")[outcome["column"]].sort_index()
    return text.isin(outcome["positive"]).astype("Int64").where(text != "")


def training_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of training patients with an outcome, of a table with `cohort` and `outcome`."""
    return table[(table["cohort"] == "train") & table["outcome"].notna()]


def training(split: pd.DataFrame) -> pd.Series:
    """Outcome (0/1) of the training patients, indexed by patient, sorted: all that is fitted on."""
    return training_rows(split).set_index("patient")["outcome"].astype(int).sort_index()


def read_training(path: str | Path) -> pd.Series:
    """As `training`, of results/cohort/training.tsv."""
    return read_table(path).set_index("patient")["outcome"].astype(int).sort_index()


def pooled(split: pd.DataFrame) -> pd.Series:
    """Outcome (0/1) of the labelled patients of the training and the test cohort, by patient."""
    rows = split[split["cohort"].isin(["train", "test"]) & split["outcome"].notna()]
    return rows.set_index("patient")["outcome"].astype(int).sort_index()


def rank(patient: str, seed: int) -> str:
    """A patient's place in the draw: depends on nobody else, so new patients disturb few."""
    return hashlib.sha256(f"{seed}:{patient}".encode()).hexdigest()


def split_cohorts(
    outcome: pd.Series, assigned: pd.Series, *, test_fraction: float, seed: int
) -> pd.DataFrame:
    """Assign every patient to train, test, external or unlabelled.

    `outcome` (1, 0, missing) and `assigned` (the sheet's cohort or "") are indexed by patient.
    Within each outcome class, round(test_fraction x patients without a cohort) go to the test
    cohort (halves up): those first in the order of SHA-256(seed:patient). Returns the columns
    patient, outcome, cohort, sorted by patient. Raises StudyError E20 without two classes in train.
    """
    cohort = assigned.reindex(outcome.index).fillna("").astype(object)
    cohort[(cohort == "") & outcome.isna()] = "unlabelled"
    for value in (0, 1):
        waiting = [p for p in outcome.index if cohort[p] == "" and outcome[p] == value]
        waiting.sort(key=lambda patient: rank(patient, seed))
        tests = int(len(waiting) * test_fraction + 0.5)
        cohort[waiting[:tests]] = "test"
        cohort[waiting[tests:]] = "train"
    train = outcome[cohort == "train"]
    if train.nunique() < 2:
        raise StudyError(
            f"E20 cohort: the training cohort has {len(train)} patients, {int(train.sum())} of "
            "them positive; a model needs positives and negatives: check the outcome, the cohorts "
            "and split.test_fraction."
        )
    split = pd.DataFrame({"outcome": outcome, "cohort": cohort})
    return split.rename_axis("patient").sort_index().reset_index()


def divide(split: pd.DataFrame, test_fraction: float, seed: int) -> pd.DataFrame:
    """The patients of `pooled(split)` in a training and a test part, as the study divides its own.

    `split` as results/cohort/split.tsv, and so the result. Raises StudyError E20.
    """
    outcome = pooled(split)
    nobody = pd.Series("", index=outcome.index)
    return split_cohorts(outcome, nobody, test_fraction=test_fraction, seed=seed)


def external_cohorts(outcome: pd.Series, assigned: pd.Series) -> pd.DataFrame:
    """As `split_cohorts`, of patients to whom models of another study are applied: external, or
    unlabelled. Raises StudyError E27 for those whom the sheet gives to another cohort.
    """
    cohort = assigned.reindex(outcome.index).fillna("").astype(object)
    others = cohort[~cohort.isin(["", "external"])]
    if len(others):
        named = " or ".join(sorted(set(others)))
        raise StudyError(
            f"E27 model: {len(others)} patients are of the cohort {named} "
            f"({', '.join(others.index[:5])}), but `apply_models` applies models that are fitted "
            "already: make their cohort external, or leave it blank."
        )
    cohort[outcome.notna()] = "external"
    cohort[(cohort == "") & outcome.isna()] = "unlabelled"
    split = pd.DataFrame({"outcome": outcome, "cohort": cohort})
    return split.rename_axis("patient").sort_index().reset_index()
