"""Which of the files that a study names are there."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radfuse.checks import IMAGE_KEYS
from radfuse.imaging.files import lack, there
from radfuse.inspection import record_path
from radfuse.study import Study

AbsentFile = tuple[str, str, str, str, str]  # patient, modality, sequence, role, path


def absent_files(study: Study) -> list[AbsentFile]:
    """Every file of the images sheet that is not there, of images that were not accepted before:
    those may be archived."""
    if study.simulated:
        return []
    return [
        (*key, role, path)
        for key in study.image_keys()
        if key in study.image_rows and not record_path(key).exists()
        for role, path in study.files(*key).items()
        if not there(Path(path))
    ]


def modalities_without_sequences(rows: pd.DataFrame, config: Mapping) -> list[str]:
    """Modalities that the images sheet has rows of and the config names no sequence of."""
    problems = []
    for modality in config["modalities"]:
        own = rows.loc[rows["modality"] == modality["name"], "sequence"]
        if len(own) and not modality["sequences"] and not modality["features"]:
            problems.append(
                f"E01 config: modalities: {modality['name']} has no sequences, and "
                f"{config['sheets']['images']} has rows of {', '.join(sorted(set(own)))}; name its "
                "sequences."
            )
    return problems


def modalities_without_images(rows: pd.DataFrame, config: Mapping) -> list[str]:
    """Modalities of which no image is there at all: the sheet's paths are wrong, not the files.

    Images that were accepted before may be away: they are archived.
    """
    problems, sheet = [], config["sheets"]["images"]
    rows = rows[(rows["exclude"] == "") & (rows["image"] != "")]
    for name in (each["name"] for each in config["modalities"] if not each["features"]):
        own = rows[rows["modality"] == name].set_index([*IMAGE_KEYS, "image"]).index
        if len(own) and not any(
            there(Path(path)) or record_path(key).exists() for *key, path in own
        ):
            problems.append(
                f"E10 file: none of the {len(own)} {name} images exists, {own[0][-1]} for one; "
                f"paths in {sheet} are seen from the study folder {Path.cwd()}."
            )
    return problems


def missing_tables(study: Study) -> list[str]:
    return [
        f"E02 sheet: {path} {lack(Path(path))}; correct `features:` of {name}."
        for name, tables in study.own_features.items()
        for path in tables.values()
        if not there(Path(path))
    ]
