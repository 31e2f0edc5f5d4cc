"""Reading a study: config, dictionary and sheets, checked whole, every problem listed at once."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from radfuse.errors import StudyError
from radfuse.inputs.checks import (
    IMAGE_COLUMNS,
    IMAGE_FILES,
    IMAGE_KEYS,
    check_images,
    check_patients,
)
from radfuse.inputs.config import load_config, sound_part
from radfuse.inputs.dictionary import load_dictionary
from radfuse.inputs.enrolment import enrol, ledger, readings_of
from radfuse.inputs.reading_checks import RADIOLOGY_KEYS, check_radiology
from radfuse.inputs.sheets import read_sheet, read_sheets
from radfuse.modelling.applying import different_features, different_levels, refusal
from radfuse.modelling.given import read_models
from radfuse.planning.networks import unfit
from radfuse.planning.notices import (
    applied_models,
    applied_outcome,
    files_notices,
    unread_characteristics,
    unused_rows,
    without_controls,
)
from radfuse.planning.presence import (
    absent_files,
    missing_images,
    missing_readings,
    missing_tables,
    miswritten,
    modalities_without_images,
    modalities_without_sequences,
    remaining,
)
from radfuse.planning.study import Study
from radfuse.simulation.enhancement import undrawn

DEFAULT_DICTIONARY = "config/characteristics.yaml"
WORKFLOW_DICTIONARY = Path(__file__).resolve().parents[4] / DEFAULT_DICTIONARY


def load_study(raw: Mapping, look_for_files: bool = True) -> Study:
    """Read and check config, dictionary and sheets of the study in the working directory, and
    whether the files that they name are there.

    Raises StudyError with every problem that was found.
    """
    config, problems = readable_config(raw)
    paths = config["sheets"]
    names = [modality["name"] for modality in config["modalities"]]
    sheets = also(problems, read_sheets, paths)
    patients = sheets["patients"]
    clinical = config["clinical"]
    problems += check_patients(
        patients,
        paths["patients"],
        config["outcome"],
        clinical["numeric"],
        clinical["categorical"],
        applied=config["apply_models"] is not None,
    )
    if "patient" not in patients:
        raise StudyError(*problems)
    listed = list(patients["patient"])
    images = pd.DataFrame(columns=IMAGE_COLUMNS, dtype=str)
    if paths["images"]:
        sheet = sheets["images"]
        problems += check_images(sheet, paths["images"], listed, names)
        images = sheet.reindex(columns=images.columns, fill_value="")
        for column in IMAGE_FILES:  # as Snakemake writes paths
            images[column] = [str(Path(path)) if path else "" for path in images[column]]
        problems += modalities_without_sequences(images, config)
        if look_for_files and "simulation" not in config:
            problems += modalities_without_images(images, config)
    radiology, entries, dictionary = None, [], []
    own = has_own_dictionary(config["characteristics"])
    dictionary_file = Path(config["characteristics"]) if own else WORKFLOW_DICTIONARY
    if paths["radiology"]:
        radiology = sheets["radiology"]
        entries = also(problems, load_dictionary, dictionary_file)
        problems += check_radiology(radiology, paths["radiology"], entries, listed, names)
        # without the definitions: rewording one changes no result
        dictionary = [
            {key: value for key, value in entry.items() if key != "definition"}
            for entry in entries
            if entry["name"] in radiology
        ]
    included = remaining(patients, images, config)
    if paths["images"] and set(IMAGE_KEYS) <= set(sheets["images"]):
        problems += missing_images(included, listed, images, config)
        problems += miswritten(patients, images, config)
    if paths["radiology"] and set(RADIOLOGY_KEYS) <= set(radiology):
        problems += missing_readings(included, radiology, dictionary, config)
    if problems:
        raise StudyError(*problems)

    imaged = images if paths["images"] else None
    sections = {name: config[name] for name in ("outcome", "modalities", "missing_sequence")}
    applied = config["apply_models"]
    enrolment = enrol(patients, imaged, split=None if applied else config["split"], **sections)
    analysed, reader = list(enrolment.split["patient"]), config["radiology"]["reader"]
    used = images["patient"].isin(analysed)
    study = Study(
        config=config,
        patients=analysed,
        images=images[used].set_index(IMAGE_KEYS).sort_index(),
        dictionary=dictionary,
        definitions={entry["name"]: entry.get("definition", "") for entry in entries},
        notices=unused_rows(images, paths["images"], config["modalities"])
        + unused_rows(radiology, paths["radiology"], config["modalities"])
        + unread_characteristics(radiology, entries if own else []),
        own_dictionary=str(dictionary_file) if own and dictionary else "",
        truths=read_truths(config, analysed),
        split=enrolment.split,
        counts=ledger(enrolment),
        centers=patients.set_index("patient").reindex(analysed).get("center", pd.Series(dtype=str)),
        given=read_models(applied) if applied else {},
        readings=None if radiology is None else readings_of(radiology, analysed, reader),
    )
    absent = absent_files(study) if look_for_files else []
    values = list(patients[config["outcome"]["column"]])
    study.notices.extend(applied_outcome(study.given, config["outcome"], values))
    study.notices.extend(applied_models(study))
    study.notices.extend(without_controls(study))
    study.notices.extend(files_notices(absent))
    problems = missing_tables(study) + shared_boxes(study)
    problems += unfit(study) if look_for_files else []
    problems += misapplied(study) + without_material(study) + without_simulation(study)
    if not study.models:
        problems.append(
            "E01 config: neither an images sheet nor radiological characteristics of any modality, "
            "nor features: nothing can be modelled; name at least one under `sheets:`."
        )
    if problems:
        raise StudyError(*problems)
    return study


def readable_config(raw: Mapping) -> tuple[dict, list[str]]:
    """The config, and what is wrong with it where the sheets can be read by the rest of it."""
    try:
        return load_config(raw), []
    except StudyError as error:
        config = sound_part(raw)
        if config is None:
            raise
        return config, list(error.problems)


def also(problems: list[str], read: Callable, path: Any) -> Any:
    """What `read` gives; where that cannot be read, its problems after those found so far."""
    try:
        return read(path)
    except StudyError as error:
        raise StudyError(*problems, *error.problems) from None


def without_material(study: Study) -> list[str]:
    """Modalities of which there is nothing, where others have something."""
    known = {*study.scored_modalities, *study.read_modalities}
    return [
        f"E01 config: modalities: {name} has no sequences, no features and no characteristics in a "
        "radiology sheet; name what there is of it, or take it out."
        for name in study.modalities
        if known and name not in known
    ]


def without_simulation(study: Study) -> list[str]:
    """Sequences of a simulated study that nobody can draw."""
    return [
        problem
        for modality in (study.imaged_modalities if study.simulated else [])
        for sequence in study.modalities[modality]["sequences"]
        for problem in undrawn(modality, sequence)
    ]


def misapplied(study: Study) -> list[str]:
    """Models of another study that the config and the dictionary of this one do not fit."""
    if not study.applies:
        return []
    problems = []
    if Path(study.config["apply_models"]).resolve() == Path("results/models").resolve():
        problems.append(
            "E27 model: apply_models names the models of this very study; name a copy of them "
            "elsewhere, or take the key out."
        )
    for model in study.applied:
        if model.get("features", {}).get("finetuned"):
            problems.append(
                f"E27 model: {model['model']} rests on networks that were fine-tuned on its "
                "study's own patients and are not in the folder of models: it cannot be applied. "
                "Models of a study with `transfer: frozen` can; so can this folder's others, "
                f"without images and sequences of {model['modality']} here."
            )
            continue
        differences = different_levels(model, study.dictionary)
        if "features" in model:
            ours = study.features_made_of(model["modality"])
            differences += different_features(model["features"], ours)
        problems += refusal(model, differences)
    return problems


def has_own_dictionary(path: str) -> bool:
    """Whether the study brings its dictionary: by default it does where the file is there."""
    return path != DEFAULT_DICTIONARY or Path(path).exists()


def read_truths(config: Mapping, patients: list[str]) -> pd.DataFrame:
    if "simulation" not in config:
        return pd.DataFrame()
    truths = read_sheet(config["simulation"]["sheet"]).set_index("patient")
    absent = sorted(set(patients) - set(truths.index))
    if absent:
        raise StudyError(
            f"E02 sheet: {config['simulation']['sheet']} has no row for {', '.join(absent)}."
        )
    return truths


def shared_boxes(study: Study) -> list[str]:
    """A shared box shows all readers the same pixels: all would be stable, and mean nothing."""
    roi = study.config["roi"]
    if roi["box"] == "own" or roi["background"] == "mask":
        return []
    if (study.images[["mask_repeat", "mask_reader2"]] == "").all(axis=None):
        return []
    return [
        "E01 config: roi.box: shared with roi.background: keep gives all readers the same patch, "
        "so that every feature would look stable; use box: own, or background: mask."
    ]
