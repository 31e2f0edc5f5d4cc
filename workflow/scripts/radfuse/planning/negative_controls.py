"""The result files of a study's negative controls, as `targets` has those of all else."""

from collections.abc import Iterable

from radfuse.inputs.controls import CONTROLS
from radfuse.planning import drawn
from radfuse.planning.study import Study


def features(study: Study, modality: str, patients: Iterable[str] | None = None) -> list[str]:
    """The features of one modality's negative controls, of all labelled patients or of these."""
    if patients is None:
        patients = study.split.loc[study.split["outcome"].notna(), "patient"]
    return [
        f"results/controls/features/{patient}/{modality}/{sequence}.npz"
        for patient in patients
        for sequence in study.modalities[modality]["sequences"]
    ]


def names(study: Study) -> list[str]:
    """Every negative control of every modality that has them."""
    return [f"{control}_{name}" for name in study.controlled_modalities for control in CONTROLS]


def models(study: Study) -> list[str]:
    return [f"results/controls/models/{name}.json" for name in names(study)]


def matrices(study: Study) -> list[str]:
    return [f"results/controls/{name}.parquet" for name in names(study)]


def examples(study: Study) -> list[str]:
    """Patches of one patient with the outcome: of each modality's first sequence the lesion's,
    then the controls'."""
    patient = drawn.examples(study)[0]
    return [
        f"results/{folder}.npz"
        for modality in study.controlled_modalities
        for place in [f"{patient}/{modality}/{study.modalities[modality]['sequences'][0]}"]
        for folder in (f"roi/{place}/patches", f"controls/patches/{place}")
    ]
