"""All models of a study at once, from what they are built from and a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from radfuse.errors import StudyError
from radfuse.features.stability import stability_table
from radfuse.inputs.cohort import training
from radfuse.inputs.radiology import Characteristic
from radfuse.modelling.combining import combined_model, fused_model
from radfuse.modelling.radiological import fit_radiological
from radfuse.modelling.scoring import score_model, stable_features, training_features

UNFITTED = "{} could not be fitted"


@dataclass(frozen=True)
class Material:
    """What the models of a study are built from, of all its patients.

    `features` (patients x features) and `repeats` (patient, reader and the same features) by
    modality; `radiology` is the sheet; `dictionary` the characteristics that it has.
    """

    features: Mapping[str, pd.DataFrame]
    repeats: Mapping[str, pd.DataFrame]
    radiology: pd.DataFrame | None
    dictionary: Sequence[Characteristic]


@dataclass(frozen=True)
class Built:
    """The models of one division, by name, and why others could not be fitted."""

    models: dict[str, dict] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def sentence(error: StudyError) -> str:
    """All problems on one line, as a table holds them."""
    return " ".join(" ".join(error.problems).split())


def build_models(
    names: Sequence[str],
    tops: Sequence[str],
    split: pd.DataFrame,
    material: Material,
    settings: Mapping,
) -> Built:
    """Every model of `names`, in their order, learnt on the training patients of `split`.

    `tops` name the models that are fused; `settings` are the config's stability, score and
    radiology. A model that cannot be fitted (StudyError) takes those made of it along.
    """
    built = Built()
    for name in names:
        kind, _, modality = name.partition("_")
        parts = {
            "DLRR": [f"R_{modality}", f"DLRS_{modality}"],
            "fused": [other for other in names if other != "fused"],
        }.get(kind, [])
        lacking = [part for part in parts if part in built.problems]
        if lacking:
            built.problems[name] = UNFITTED.format(", ".join(lacking))
            continue
        try:
            built.models[name] = build_model(
                kind,
                modality,
                [built.models[part] for part in parts],
                tops,
                split,
                material,
                settings,
            )
        except StudyError as error:
            built.problems[name] = sentence(error)
    return built


def build_model(
    kind: str,
    modality: str,
    parts: Sequence[Mapping],
    tops: Sequence[str],
    split: pd.DataFrame,
    material: Material,
    settings: Mapping,
) -> dict:
    """One model on the training patients of `split`; `parts` are the models it is made of."""
    train = training(split)
    dictionary = [entry for entry in material.dictionary if modality in entry["modalities"]]
    if kind == "R":
        settings = settings["radiology"]
        return fit_radiological(material.radiology, train, modality, dictionary, settings, {}).model
    if kind == "DLRS":
        return build_score(modality, split, material, settings)
    reader = settings["radiology"]["reader"]
    if kind == "DLRR":
        return combined_model(
            parts, train, material.features, material.radiology, dictionary, reader
        )
    return fused_model(
        parts, train, material.features, material.radiology, material.dictionary, reader, tops
    )


def build_score(modality: str, split: pd.DataFrame, material: Material, settings: Mapping) -> dict:
    """DLRS: the stability filter, then all of the score, on the training patients of `split`."""
    train, features = training(split), material.features[modality].sort_index()
    marks = stability_table(features, material.repeats[modality], train, settings["stability"])
    stable = stable_features(features, marks, modality)
    complete, classes = training_features(features, stable, train)
    return score_model(modality, complete, classes, settings["score"], {})
