"""The study as the workflow sees it: config, sheets and dictionary at hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from radfuse.imaging.intensity import is_ct, scaling
from radfuse.inputs.checks import IMAGE_FILES
from radfuse.inputs.cohort import COHORTS, FEWEST_TO_CROSSFIT, pooled, training
from radfuse.inputs.weights import RANDOM as RANDOM_WEIGHTS
from radfuse.marking import FICTITIOUS, RANDOM
from radfuse.modelling.applying import applicable, fictitious, left_out
from radfuse.modelling.models import final_model, model_names, top_model


@dataclass(frozen=True)
class Study:
    """One study. `patients` are those that are analysed, sorted; images and radiology theirs."""

    config: dict
    patients: list[str]
    images: pd.DataFrame  # indexed by patient, modality, sequence; "" where a column is blank
    dictionary: list[dict]  # the characteristics that the radiology sheet has
    definitions: dict[str, str]  # what readers looked for, by characteristic
    notices: list[str]  # what the sheets hold and this study does not use
    own_dictionary: str  # its file, where the study folder has one and uses it
    truths: pd.DataFrame  # the simulation's sheet, indexed by patient
    split: pd.DataFrame  # patient, outcome, cohort
    counts: pd.DataFrame  # the ledger
    centers: pd.Series  # by patient; "" where not stated, empty without a column
    readings: pd.DataFrame | None  # by the reader whom the models use
    given: dict[str, dict]  # models of another study that are applied, by name

    @property
    def applies(self) -> bool:
        """Whether models of another study are applied, and none is fitted."""
        return self.config["apply_models"] is not None

    @property
    def simulated(self) -> bool | str:
        """Whether results describe real patients; what marks them if not (see `marking`)."""
        random = self.config["backbone"]["weights"] == RANDOM_WEIGHTS
        return RANDOM if random else "simulation" in self.config

    @property
    def mark(self) -> bool | str:
        """As `simulated`, of what rests on models: another study’s may be of simulated patients."""
        return self.simulated or (FICTITIOUS if fictitious(self.applied) else False)

    @property
    def applied(self) -> list[dict]:
        """The models of another study that are applied."""
        return [self.given[name] for name in self.models] if self.applies else []

    @property
    def sheets(self) -> dict:
        return self.config["sheets"]

    @cached_property
    def training(self) -> pd.Series:
        """Outcome (0/1) of the training patients, by patient: what everything is fitted on."""
        return training(self.split)

    @property
    def enrolment(self) -> dict:
        """The config's sections that decide who is in which cohort (see `enrolment.enrol`)."""
        sections = {key: self.config[key] for key in ("outcome", "missing_sequence")}
        division = None if self.applies else self.config["split"]
        return {**sections, "modalities": self.sequences, "split": division}

    @property
    def cohorts(self) -> list[str]:
        """The cohorts that have patients with an outcome, in their order."""
        present = set(self.split.loc[self.split["outcome"].notna(), "cohort"])
        return [cohort for cohort in COHORTS if cohort in present]

    @property
    def clinical(self) -> list[str]:
        """The clinical variables, columns of the patients sheet."""
        return [*self.config["clinical"]["numeric"], *self.config["clinical"]["categorical"]]

    @property
    def subgroups(self) -> list[str]:
        """The clinical variables in whose subgroups the models are evaluated, if any can be."""
        return self.config["validation"]["subgroups"] if self.cohorts else []

    @property
    def several_centers(self) -> bool:
        """Whether patients with an outcome come from more than one centre."""
        labelled = self.split.loc[self.split["outcome"].notna(), "patient"]
        return len(set(self.centers.reindex(labelled, fill_value="")) - {""}) > 1

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
        if not self.sheets["images"]:
            return []
        return [name for name, modality in self.modalities.items() if modality["sequences"]]

    @cached_property
    def own_features(self) -> dict[str, dict[str, str]]:
        """The tables of features that modalities bring in place of images, by role."""
        return {
            name: {role: path for role, path in modality["features"].items() if path}
            for name, modality in self.modalities.items()
            if modality["features"]
        }

    @cached_property
    def scored_modalities(self) -> list[str]:
        """Modalities with features: of images, or their own."""
        featured = {*self.imaged_modalities, *self.own_features}
        return [name for name in self.modalities if name in featured]

    @cached_property
    def assessed_modalities(self) -> list[str]:
        """Modalities with a second outline, by one of the readers, of at least two training
        patients in one sequence: those whose features' stability is assessed."""
        train = self.images.index.get_level_values("patient").isin(self.training.index)
        outlined = self.images.loc[train, ["mask_repeat", "mask_reader2"]] != ""
        pairs = outlined.groupby(["modality", "sequence"]).sum().max(axis=1)
        return [
            name
            for name, modality in self.modalities.items()
            if any(pairs.get((name, sequence), 0) >= 2 for sequence in modality["sequences"])
            or len(self.own_features.get(name, {})) > 1
        ]

    @cached_property
    def controlled_modalities(self) -> list[str]:
        """Modalities whose scores are compared with those of negative controls."""
        wanted = self.config["validation"]["negative_controls"] and not self.applies
        return self.imaged_modalities if wanted else []

    @property
    def material(self) -> tuple[list[str], list[str], list[str]]:
        """The modalities with readings, those with features, and all."""
        return self.read_modalities, self.scored_modalities, list(self.modalities)

    @cached_property
    def models(self) -> list[str]:
        if self.applies:
            return list(applicable(self.given, *self.material))
        return model_names(list(self.modalities), self.read_modalities, self.scored_modalities)

    @property
    def left_out(self) -> dict[str, list[str]]:
        """Models of another study that these patients have no data for, by the reason."""
        return left_out(self.given, *self.material)

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

    @property
    def crossfit(self) -> bool:
        """Whether scores are cross-fitted: every fold must leave two patients of each class."""
        smaller = min(self.training.sum(), (1 - self.training).sum())
        wanted = self.config["validation"]["crossfit_folds"] > 0
        return bool(wanted and self.scored_modalities and smaller >= FEWEST_TO_CROSSFIT)

    @property
    def crossfit_folds(self) -> int:
        return self.config["validation"]["crossfit_folds"] if self.crossfit else 0

    @property
    def resamples(self) -> int:
        """On how many other divisions of the patients all models are built anew: none where these
        would leave the test part without a class, or the training part with one patient of it."""
        classes = pooled(self.split).value_counts()
        smaller = min(classes.get(0, 0), classes.get(1, 0))
        tests = int(smaller * self.config["split"]["test_fraction"] + 0.5)
        possible = tests >= 1 and smaller - tests >= 2
        return self.config["validation"]["resamples"] if possible else 0

    def characteristics(self, modality: str) -> list[dict]:
        return [entry for entry in self.dictionary if modality in entry["modalities"]]

    def image_keys(self, patients: Iterable[str] | None = None) -> list[tuple[str, str, str]]:
        """Patient, modality and sequence of every image that the study needs, or of these."""
        return [
            (patient, modality, sequence)
            for patient in (self.patients if patients is None else patients)
            for modality in self.imaged_modalities
            for sequence in self.modalities[modality]["sequences"]
        ]

    @cached_property
    def image_rows(self) -> dict[tuple[str, str, str], dict[str, str]]:
        """The rows of `images`: every job asks for one, which a frame takes a hundred times as long
        to give."""
        return self.images.to_dict("index")

    def files(self, patient: str, modality: str, sequence: str) -> dict[str, str]:
        """The files of one image by role: image, mask, and mask_repeat, mask_reader2 if named."""
        row = self.image_rows[(patient, modality, sequence)]
        return {name: row[name] for name in IMAGE_FILES if row[name]}

    def intensity(self, modality: str) -> dict:
        """What a job has to know of a modality's intensities: its `scaling`, and whether they are a
        scanner's own signal, which only decides what is noted."""
        scale = scaling(self.modalities[modality])
        return {**scale, "signal": scale["method"] == "percentile" and not is_ct(modality)}

    def features_made_of(self, modality: str) -> dict:
        """What decides what a modality's features are, beside the network."""
        if modality in self.own_features:
            return {"tables": self.own_features[modality]}
        return {
            "sequences": self.modalities[modality]["sequences"],
            "intensity": scaling(self.modalities[modality]),
            "roi": self.roi(),
        }

    def roi(self) -> dict:
        """How lesions are cut out."""
        roi = self.config["roi"]
        beside = roi["neighbour_mm"] if roi["channels"] == "neighbours" else None
        return {**roi, "neighbour_mm": beside}
