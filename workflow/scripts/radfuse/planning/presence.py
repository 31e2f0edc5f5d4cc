"""Which rows and files that a study needs are there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.imaging.files import lack, there
from radfuse.imaging.inspection import record_path
from radfuse.inputs.checks import IMAGE_KEYS
from radfuse.inputs.cohort import exclusions, missing_sequences
from radfuse.inputs.sheets import nearest
from radfuse.planning.study import Study

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


def missing_images(
    analysed: Sequence[str], patients: Sequence[str], images: pd.DataFrame, config: Mapping
) -> list[str]:
    """Sequences that the config asks for and nobody, or one of the patients who are `analysed`, has
    a row for. `patients`: all of the patients sheet."""
    wanted, path = config["modalities"], config["sheets"]["images"]
    absent = missing_sequences(analysed, images, wanted)
    everybody = len(absent) == len(analysed) > 0
    nobody = set.intersection(*map(set, absent.values())) if everybody else set()
    had = images[["modality", "sequence"]].drop_duplicates().sort_values(["modality", "sequence"])
    named = ", ".join(map(" ".join, had.itertuples(index=False)))
    # the rows of a patient whose name is misspelt there are not missing
    strange = sorted(set(images["patient"]) - set(patients))
    hints = " ".join(nearest(name, patients) for name in strange)
    elsewhere = (
        "; a second study folder, of the modalities that they have, applies the models of these"
        if config["apply_models"]
        else ""
    )
    return [
        f"E03 sheet: {path}: no patient has a row of {name} {sequence}, which "
        f"the config names under `modalities`; the sheet has {named}. Name it alike in both, or "
        "take it out of the config."
        for name, sequence in sorted(nobody)
    ] + [
        f"E03 sheet: {path}: {patient} has no {name} {sequence}"
        f"{misspelt(images, patient, name, sequence, wanted)}; add the row, give the patient a "
        f"reason in 'exclude', or leave out all such patients by `missing_sequence: drop_patient`"
        f"{elsewhere}."
        for patient, pairs in absent.items()
        for name, sequence in pairs
        if (name, sequence) not in nobody and f"'{patient}'" not in hints
    ]


def bare(sequence: str) -> str:
    """A sequence's name without what two spellings of it may differ in."""
    return re.sub(r"[\s_-]", "", sequence).casefold()


def miswritten(patients: pd.DataFrame, images: pd.DataFrame, config: Mapping) -> list[str]:
    """Rows of a sequence that the config spells otherwise, of patients who would be dropped for
    want of it."""
    if config["missing_sequence"] != "drop_patient":
        return []
    others = exclusions(patients, images, config["modalities"], "error")
    included = sorted(set(patients["patient"]) - set(others))
    absent = missing_sequences(included, images, config["modalities"])
    named = [(each["name"], name) for each in config["modalities"] for name in each["sequences"]]
    meant = {(modality, bare(name)): name for modality, name in named}
    found: dict[tuple, list[str]] = {}
    for patient, modality, written in images[IMAGE_KEYS].itertuples(index=False):
        name = meant.get((modality, bare(written)))
        if (modality, written) not in named and (modality, name) in absent.get(patient, []):
            found.setdefault((modality, written, name), []).append(patient)
    return [
        f"E03 sheet: {config['sheets']['images']}: the {modality} sequence '{written}' of "
        f"{', '.join(names)} is '{name}' in the config; write it alike, or they would be left out "
        "for want of it. Where it is another sequence, give them a reason in 'exclude'."
        for (modality, written, name), names in found.items()
    ]


def remaining(patients: pd.DataFrame, images: pd.DataFrame, config: Mapping) -> list[str]:
    """The patients whom no reason leaves out."""
    sheet = images if config["sheets"]["images"] else None
    left_out = exclusions(patients, sheet, config["modalities"], config["missing_sequence"])
    return sorted(set(patients["patient"]) - set(left_out))


def misspelt(
    images: pd.DataFrame, patient: str, name: str, sequence: str, wanted: Sequence[Mapping]
) -> str:
    """A sequence of this patient that the config does not know and that looks like this one."""
    known = next(each["sequences"] for each in wanted if each["name"] == name)
    rows = images[(images["patient"] == patient) & (images["modality"] == name)]
    hint = nearest(sequence, [row for row in rows["sequence"] if row not in known])
    return f" ({hint[2:]})" if hint else ""


def missing_readings(
    analysed: Sequence[str],
    radiology: pd.DataFrame,
    dictionary: Sequence[Mapping],
    config: Mapping,
) -> list[str]:
    """Patients who are `analysed` and of whom the reader whom the models use has no row.
    `dictionary`: the characteristics that the sheet has."""
    reader, path = config["radiology"]["reader"], config["sheets"]["radiology"]
    read = {name for each in dictionary for name in each["modalities"]}
    problems = []
    for name in [each["name"] for each in config["modalities"] if each["name"] in read]:
        own = radiology[radiology["modality"] == name]
        had = set(own.loc[own["reader"] == reader, "patient"])
        other = "1" if reader == "2" else "2"
        if analysed and not had and set(own.loc[own["reader"] == other, "patient"]) & set(analysed):
            problems.append(
                f"E03 sheet: {path}: there is no {name} row by reader {reader}, whom the models "
                f'use, and there are rows by reader {other}: set `radiology.reader: "{other}"` '
                "in the config, or add the rows."
            )
            continue
        problems += [
            f"E03 sheet: {path}: {patient} has no {name} row by reader "
            f"{reader}; add it (blank where unread), or give the patient a reason in 'exclude'."
            for patient in analysed
            if patient not in had
        ]
    return problems


def missing_tables(study: Study) -> list[str]:
    return [
        f"E02 sheet: {path} {lack(Path(path))}; correct `features:` of {name}."
        for name, tables in study.own_features.items()
        for path in tables.values()
        if not there(Path(path))
    ]
