"""What the sheets may hold: every problem is found, and all are listed at once."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.imaging.choice import WANTED
from radfuse.inputs.cohort import COHORTS
from radfuse.inputs.sheets import nearest
from radfuse.inputs.wording import check_categories, check_centers, check_outcome, check_reasons

PATIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # as long as DICOM's
IMAGE_FILES = ("image", "mask", "mask_repeat", "mask_reader2")
IMAGE_KEYS = ["patient", "modality", "sequence"]
IMAGE_COLUMNS = [*IMAGE_KEYS, *IMAGE_FILES, "volume", "label", "exclude"]
MANY = 5  # places that are wrong in one and the same way: of more one line tells


def check_columns(
    sheet: pd.DataFrame,
    path: str,
    required: Sequence[str],
    known: Sequence[str],
    home: str,
    named: Mapping[str, str] | None = None,
) -> list[str]:
    """Missing and unknown columns. `home` says where a new column would be declared, `named` which
    key of the config asks for a column."""
    columns = list(sheet.columns)
    problems = []
    for column in required:
        if column not in columns:
            asked = (
                f", which the config names under `{named[column]}`"
                if column in (named or {})
                else ""
            )
            hint = nearest(column, columns) or "; add it" + ", or correct the config" * bool(asked)
            problems.append(f"E02 sheet: {path} has no column '{column}'{asked}{hint}")
    for column in columns:
        if column not in known:
            hint = nearest(column, known) or f"; declare it in {home} or remove it"
            problems.append(f"E02 sheet: {path} has an unknown column '{column}'{hint}")
    return problems


def check_unique(sheet: pd.DataFrame, path: str, keys: list[str]) -> list[str]:
    doubled = sheet[sheet.duplicated(keys, keep=False)]
    return [
        f"E03 sheet: {path} rows {', '.join(str(row + 2) for row in rows.index)} are all "
        f"{' '.join(key)}{differing(rows)}; keep one."
        for key, rows in doubled.groupby(keys)
    ]


def differing(rows: pd.DataFrame) -> str:
    """The columns in which rows differ, with their values: `, with age '61' or '16'`; or
    nothing."""
    told = [
        f"{column} {' or '.join(repr(value) for value in rows[column].unique())}"
        for column in rows.columns
        if len(set(rows[column])) > 1
    ]
    return f", with {', '.join(told)}" if told else ""


def check_patients(
    patients: pd.DataFrame,
    path: str,
    outcome: dict,
    numeric: list[str],
    categorical: list[str],
    applied: bool = False,
) -> list[str]:
    """Problems of patients.tsv: columns, ids, cohorts, outcomes, numbers.

    Where models are `applied`, an outcome may be unknown to all, and none need be positive.
    """
    column = outcome["column"]
    known = ["patient", column, "cohort", "center", "exclude", *numeric, *categorical]
    required = ["patient", column, *numeric, *categorical]
    named = dict.fromkeys(numeric, "clinical.numeric")
    named |= {**dict.fromkeys(categorical, "clinical.categorical"), column: "outcome.column"}
    home = "`clinical:` of the config"
    problems = check_columns(patients, path, required, known, home, named)
    if not {"patient", column} <= set(patients.columns):
        return problems
    problems += check_unique(patients, path, ["patient"])
    for row, patient in patients["patient"].items():
        if not PATIENT_ID.fullmatch(patient):
            problems.append(
                f"E03 sheet: {path} row {row + 2}: patient '{patient}' may have only letters, "
                "digits, - and _, at most 64 of them."
            )
    values = sorted(set(patients[column]) - {""})
    problems += check_outcome(values, path, outcome, applied)
    if "exclude" in patients:
        problems += check_reasons(patients, path, ["patient"])
    if "center" in patients:
        problems += check_centers(patients["center"], path)
    optional = patients.reindex(columns=["cohort", "exclude"], fill_value="")
    for patient, text, cohort, exclude in zip(
        patients["patient"], patients[column], optional["cohort"], optional["exclude"], strict=True
    ):
        if cohort and cohort not in COHORTS:
            problems.append(
                f"E03 sheet: {path}: patient {patient}: cohort '{cohort}' is none of "
                f"{', '.join(COHORTS)}{nearest(cohort, COHORTS)}"
            )
        if cohort in ("train", "test") and not text and not exclude:
            problems.append(
                f"E04 outcome: {path}: patient {patient} is in cohort {cohort} but has no "
                f"{column}; fill it in, or leave the cohort blank."
            )
    for name in [name for name in numeric if name in patients]:
        problems += check_numbers(patients, path, name, ["patient"])
    for name in [name for name in categorical if name in patients]:
        problems += check_categories(patients[name], path)
    return problems


def check_numbers(sheet: pd.DataFrame, path: str, column: str, keys: list[str]) -> list[str]:
    texts = sheet[column][sheet[column] != ""]
    bad = texts[~pd.to_numeric(texts, errors="coerce").abs().lt(float("inf"))]
    if len(bad) > MANY:
        few = [f"'{bad[row]}' of {' '.join(sheet.loc[row, keys])}" for row in bad.index[:MANY]]
        return [
            f"E05 value: {path}: {column} holds {len(bad)} values that are no numbers: "
            f"{', '.join(few)} ... Decimals have a point, and units stand in no cell."
        ]
    return [
        f"E05 value: {path}: {' '.join(sheet.loc[row, keys])}: {column} '{text}' is no number."
        for row, text in bad.items()
    ]


def check_members(
    sheet: pd.DataFrame, path: str, patients: Sequence[str], modalities: Sequence[str]
) -> list[str]:
    """Rows of patients that patients.tsv lacks, and modalities that look misspelt."""
    problems = []
    strange = sorted(set(sheet["patient"]) - set(patients))
    if len(strange) > MANY:
        problems.append(
            f"E03 sheet: {path}: {len(strange)} patients are not in the patients sheet: "
            f"{', '.join(strange[:MANY])} ... That has {', '.join(patients[:MANY])} ... Write the "
            "identifiers alike in both; a spreadsheet program may have changed them in one."
        )
        strange = []
    for patient in strange:
        hint = nearest(patient, patients)
        problems.append(f"E03 sheet: {path}: patient '{patient}' is not in the patients{hint}")
    for modality in sorted(set(sheet["modality"]) - set(modalities)):
        hint = nearest(modality, modalities)
        if hint or not modality:
            problems.append(f"E03 sheet: {path}: unknown modality '{modality}'{hint}")
    return problems


def check_images(
    images: pd.DataFrame, path: str, patients: Sequence[str], modalities: Sequence[str]
) -> list[str]:
    """Problems of images.tsv that its text alone shows."""
    required = [*IMAGE_KEYS, "image", "mask"]
    problems = check_columns(images, path, required, IMAGE_COLUMNS, "the workflow's contract")
    if not set(required) <= set(images.columns):
        return problems
    problems += check_unique(images, path, IMAGE_KEYS)
    problems += check_members(images, path, patients, modalities)
    if "exclude" in images:
        problems += check_reasons(images, path, IMAGE_KEYS)
    used = images[images["exclude"] == ""] if "exclude" in images else images
    for row in used.itertuples():
        place = f"{path}: {row.patient} {row.modality} {row.sequence}"
        problems += [
            f"E03 sheet: {place}: no {name} named; name the file or give a reason in 'exclude'."
            for name in ("image", "mask")
            if not getattr(row, name)
        ]
        problems += [
            f"E03 sheet: {place}: {name} {getattr(row, name)}: braces cannot stand in a path; "
            "rename the file."
            for name in IMAGE_FILES
            if {"{", "}"} & set(getattr(row, name, ""))
        ]
        label, volume = getattr(row, "label", ""), getattr(row, "volume", "")
        if label and not (label.isdecimal() and int(label) > 0):
            problems.append(f"E05 value: {place}: label '{label}' is no positive integer.")
        if volume and not WANTED.fullmatch(volume):
            problems.append(
                f"E05 value: {place}: volume '{volume}' is neither a number (the third is 3), a "
                "b-value (b800) nor a DICOM series (series 301)."
            )
    return problems
