"""The study as the workflow sees it: config, sheets and dictionary, checked and at hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from radfuse.checks import (
    IMAGE_FILES,
    IMAGE_KEYS,
    check_images,
    check_patients,
    check_radiology,
)
from radfuse.cohort import COHORTS, exclusions, of_interest, outcomes, split_cohorts
from radfuse.config import load_config, load_dictionary
from radfuse.errors import StudyError
from radfuse.imaging.intensity import configured_limits
from radfuse.models import final_model, model_names, top_model
from radfuse.notices import unread_characteristics, unused_rows
from radfuse.sheets import nearest, read_sheet

DEFAULT_DICTIONARY = "config/characteristics.yaml"
WORKFLOW_DICTIONARY = Path(__file__).resolve().parents[3] / DEFAULT_DICTIONARY


@dataclass(frozen=True)
class Study:
    """One study. `patients` are those that are analysed, sorted; images and radiology theirs."""

    config: dict
    patients: list[str]
    images: pd.DataFrame  # indexed by patient, modality, sequence; "" where a column is blank
    dictionary: list[dict]  # the characteristics that the radiology sheet has
    notices: list[str]  # what the sheets hold and this study does not use
    own_dictionary: str  # its file, where the study folder has one and uses it
    truths: pd.DataFrame  # the simulation's sheet, indexed by patient
    split: pd.DataFrame  # patient, outcome, cohort

    @property
    def simulated(self) -> bool:
        return "simulation" in self.config

    @property
    def sheets(self) -> dict:
        return self.config["sheets"]

    @property
    def cohorts(self) -> list[str]:
        """The cohorts that have patients with an outcome, in their order."""
        present = set(self.split.loc[self.split["outcome"].notna(), "cohort"])
        return [cohort for cohort in COHORTS if cohort in present]

    @cached_property
    def modalities(self) -> dict[str, dict]:
        return {modality["name"]: modality for modality in self.config["modalities"]}

    @property
    def sequences(self) -> list[dict]:
        """Name and sequences of every modality."""
        return [
            {key: each[key] for key in ("name", "sequences")} for each in self.config["modalities"]
        ]

    @cached_property
    def read_modalities(self) -> list[str]:
        """Modalities with radiological characteristics."""
        return [name for name in self.modalities if self.characteristics(name)]

    @cached_property
    def imaged_modalities(self) -> list[str]:
        return list(self.modalities) if self.sheets["images"] else []

    @cached_property
    def models(self) -> list[str]:
        return model_names(list(self.modalities), self.read_modalities, bool(self.sheets["images"]))

    def models_of(self, modality: str) -> list[str]:
        """The models of one modality, in the order they are fitted."""
        kinds = ("R", "DLRS", "DLRR")
        return [f"{kind}_{modality}" for kind in kinds if f"{kind}_{modality}" in self.models]

    @cached_property
    def top_models(self) -> list[str]:
        """The fullest model of every modality: what a fusion is made of."""
        tops = (top_model(name, self.models) for name in self.modalities)
        return [top for top in tops if top]

    @property
    def final_model(self) -> str | None:
        return final_model(self.models, list(self.modalities))

    def characteristics(self, modality: str) -> list[dict]:
        return [entry for entry in self.dictionary if modality in entry["modalities"]]

    def masks(self, patient: str, modality: str, sequence: str) -> dict[str, str]:
        """The masks of one image by role: mask, and mask_repeat and mask_reader2 if named."""
        row = self.images.loc[(patient, modality, sequence)]
        return {name: row[name] for name in IMAGE_FILES[1:] if row[name]}

    def examples(self) -> list[str]:
        """The first training patient with and the first without the outcome, as typical images."""
        train = self.split[self.split["cohort"] == "train"]
        return [train.loc[train["outcome"] == value, "patient"].iloc[0] for value in (1, 0)]

    def intensity(self, modality: str) -> dict:
        method, low, high = configured_limits(self.modalities[modality])
        return {"method": method, "low": low, "high": high}


def load_study(raw: Mapping) -> Study:
    """Read and check config, dictionary and sheets of the study in the working directory.

    Raises StudyError with every problem that was found.
    """
    config = load_config(raw)
    paths = config["sheets"]
    names = [modality["name"] for modality in config["modalities"]]
    patients = read_sheet(paths["patients"])
    clinical = config["clinical"]
    problems = check_patients(
        patients, paths["patients"], config["outcome"], clinical["numeric"], clinical["categorical"]
    )
    if "patient" not in patients:
        raise StudyError(*problems)
    listed = list(patients["patient"])
    images = pd.DataFrame(columns=[*IMAGE_KEYS, *IMAGE_FILES, "label", "exclude"], dtype=str)
    if paths["images"]:
        sheet = read_sheet(paths["images"])
        problems += check_images(sheet, paths["images"], listed, names)
        images = sheet.reindex(columns=images.columns, fill_value="")
        for column in IMAGE_FILES:  # as Snakemake writes paths
            images[column] = [str(Path(path)) if path else "" for path in images[column]]
    radiology, entries, dictionary = None, [], []
    own = has_own_dictionary(config["characteristics"])
    dictionary_file = Path(config["characteristics"]) if own else WORKFLOW_DICTIONARY
    if paths["radiology"]:
        radiology = read_sheet(paths["radiology"])
        entries = load_dictionary(dictionary_file)
        problems += check_radiology(radiology, paths["radiology"], entries, listed, names)
        # without the definitions: rewording one changes no result
        dictionary = [
            {key: value for key, value in entry.items() if key != "definition"}
            for entry in entries
            if entry["name"] in radiology
        ]
    if problems:
        raise StudyError(*problems)

    analysed = sorted(
        set(listed) - set(exclusions(patients, of_interest(images, config["modalities"])))
    )
    used = images["patient"].isin(analysed)
    assigned = patients.set_index("patient").get("cohort", pd.Series(dtype=object))
    outcome = outcomes(patients, config["outcome"])[analysed]
    study = Study(
        config=config,
        patients=analysed,
        images=images[used].set_index(IMAGE_KEYS).sort_index(),
        dictionary=dictionary,
        notices=unused_rows(images, paths["images"], config["modalities"])
        + unused_rows(radiology, paths["radiology"], config["modalities"])
        + unread_characteristics(radiology, entries if own else []),
        own_dictionary=str(dictionary_file) if own and dictionary else "",
        truths=read_truths(config, analysed),
        split=split_cohorts(outcome, assigned, **config["split"]),
    )
    problems = missing_images(study) + missing_readings(study, radiology)
    if not study.models:
        problems.append(
            "E01 config: neither an images sheet nor radiological characteristics of any modality: "
            "nothing can be modelled; name at least one under `sheets:`."
        )
    if problems:
        raise StudyError(*problems)
    return study


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


def missing_images(study: Study) -> list[str]:
    """Images that the config asks for and the sheet lacks, and files that do not exist."""
    path, problems = study.sheets["images"], []
    for name in study.imaged_modalities:
        for patient in study.patients:
            for sequence in study.modalities[name]["sequences"]:
                if (patient, name, sequence) not in study.images.index:
                    problems.append(
                        f"E03 sheet: {path}: {patient} has no {name} {sequence}"
                        f"{misspelt(study, patient, name, sequence)}; add the row, or give the "
                        "patient a reason in 'exclude'."
                    )
                elif not study.simulated:
                    row = study.images.loc[(patient, name, sequence)]
                    problems += [
                        f"E10 file: {patient} {name} {sequence}: {column} {row[column]} does not "
                        f"exist; correct the path in {path}."
                        for column in IMAGE_FILES
                        if row[column] and not Path(row[column]).is_file()
                    ]
    return problems


def misspelt(study: Study, patient: str, modality: str, sequence: str) -> str:
    """A sequence of this patient that the config does not know and that looks like this one."""
    known = study.modalities[modality]["sequences"]
    rows = study.images.index[study.images.index.get_level_values("patient") == patient]
    others = [row[2] for row in rows if row[1] == modality and row[2] not in known]
    return nearest(sequence, others)


def missing_readings(study: Study, radiology: pd.DataFrame | None) -> list[str]:
    if radiology is None:
        return []
    reader, problems = study.config["radiology"]["reader"], []
    for name in study.read_modalities:
        rows = radiology[(radiology["modality"] == name) & (radiology["reader"] == reader)]
        problems += [
            f"E03 sheet: {study.sheets['radiology']}: {patient} has no {name} row by reader "
            f"{reader}; add it (blank where unread), or give the patient a reason in 'exclude'."
            for patient in sorted(set(study.patients) - set(rows["patient"]))
        ]
    return problems
