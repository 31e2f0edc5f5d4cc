"""What the sheets hold and a study does not use: no error, but nothing is skipped in silence."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.formatting import counted
from radfuse.imaging.files import lack
from radfuse.modelling.applying import (
    absent,
    altered,
    fictitious,
    other_measures,
    other_outcomes,
    positive_where,
    strange_measures,
)
from radfuse.planning.study import Study

LISTED = 20  # more would hide what else is said; all are in the table of the refused images


def unused_rows(sheet: pd.DataFrame | None, path: str, modalities: Sequence[Mapping]) -> list[str]:
    """Rows of modalities or (in the images sheet) sequences that the config does not name."""
    if sheet is None:
        return []
    keys = [key for key in ("modality", "sequence") if key in sheet]
    named = {(each["name"],) for each in modalities}
    if "sequence" in keys:
        named = {(each["name"], sequence) for each in modalities for sequence in each["sequences"]}
    counts = sheet[keys].apply(tuple, axis=1).value_counts(sort=False)
    return [
        f"{path}: {' '.join(group)} ({counted(count, 'row')}) is not part of this study: its "
        "config does not name it."
        for group, count in counts.items()
        if group not in named
    ]


def unread_characteristics(
    radiology: pd.DataFrame | None, dictionary: Sequence[Mapping]
) -> list[str]:
    """Characteristics of the study's own dictionary that its sheet has no column for."""
    if radiology is None:
        return []
    return [
        f"{entry['name']} of the dictionary has no column in the radiology sheet: not analysed."
        for entry in dictionary
        if entry["name"] not in radiology
    ]


def without_controls(study: Study) -> list[str]:
    """Modalities whose scores cannot have the negative controls that the config asks for."""
    wanted = study.config["validation"]["negative_controls"]
    return [
        f"validation.negative_controls: none for the score of {name}: only a score that is fitted "
        "in this study, on its own images, can have them."
        for name in (study.scored_modalities if wanted else [])
        if name not in study.controlled_modalities
    ]


def applied_outcome(
    models: Mapping[str, Mapping], outcome: Mapping, values: Sequence[str]
) -> list[str]:
    """Where models of another study call other values positive, or no patient here is."""
    told = [f"apply_models: {each}" for each in other_outcomes(models.values(), outcome)]
    ours = positive_where(outcome)
    if models and any(values) and not set(values) & set(outcome["positive"]):
        told.append(f"apply_models: no patient is positive ({ours}).")
    return told


def applied_models(study: Study) -> list[str]:
    """What is to be known of models of another study: which are left out or absent, that they were
    changed or mean nothing, and measurements that may have another unit."""
    models = study.applied
    told = [f"apply_models: {each}" for each in [*fictitious(models), *altered(models)]]
    told += [
        f"apply_models: {study.config['apply_models']} has no {name}, which a study with the other "
        "models has: it is not applied. Copy the whole folder if it shall be."
        for name in absent(study.given)
    ]
    told += [
        f"apply_models: left out: {', '.join(names)} ({reason})."
        for reason, names in study.left_out.items()
    ]
    readings = pd.DataFrame({"modality": []}) if study.readings is None else study.readings
    measures = [
        each
        for model in models
        for each in (
            *other_measures(model, study.dictionary),
            *strange_measures(model, readings[readings["modality"] == model["modality"]]),
        )
    ]
    told += [
        f"apply_models: {each}: in another unit every probability that rests on it would be wrong."
        for each in dict.fromkeys(measures)
    ]
    return told


def files_notices(absent: Sequence[tuple[str, str, str, str, str]]) -> list[str]:
    """Files that do not exist: their images will be refused, the others run."""
    told = [
        f"E10 file: {' '.join(key)}: {role} {path} {lack(Path(path))}; this image will be refused."
        for *key, role, path in absent[:LISTED]
    ]
    if len(absent) > LISTED:
        told.append(
            f"E10 file: {len(absent) - LISTED} more files are not there, or may not be read."
        )
    return told
