"""The result files of a study: which of them it has, by the parts it consists of."""

from collections.abc import Iterable

from radfuse.networks import finetuned
from radfuse.study import Study


def models(study: Study) -> list[str]:
    return [f"results/models/{name}.json" for name in study.models]


def crossfit_models(study: Study) -> list[str]:
    """Every model again, fitted on cross-fitted scores."""
    return [f"results/crossfit/{name}.json" for name in study.models] if study.crossfit else []


def crossfit_scores(study: Study) -> list[str]:
    if not study.crossfit:
        return []
    return [f"results/crossfit/scores_{modality}.tsv" for modality in study.scored_modalities]


def single_models(study: Study) -> list[str]:
    """Every model but the fusion."""
    return [f"results/models/{name}.json" for name in study.models if name != "fused"]


def per_image(study: Study, file: str, patients: Iterable[str] | None = None) -> list[str]:
    """One file of the region of every image, of all patients or of these."""
    return [f"results/roi/{'/'.join(key)}/{file}" for key in study.image_keys(patients)]


def sources(study: Study, modality: str) -> list[str]:
    """What was read of every image of one modality."""
    return [
        f"results/roi/{'/'.join(key)}/source.json"
        for key in study.image_keys()
        if key[1] == modality
    ]


def overlays(study: Study, modality: str, sequence: str) -> list[str]:
    """The pictures of one sequence, sorted by patient."""
    return [f"results/roi/{p}/{modality}/{sequence}/overlay.png" for p in study.patients]


def contact_sheets(study: Study) -> list[str]:
    return [
        f"results/roi/contact_{modality}_{sequence}.png"
        for modality in study.imaged_modalities
        for sequence in study.modalities[modality]["sequences"]
    ]


def inspected(study: Study) -> dict[str, str]:
    """The verdict on the images, and what was measured of them, by name."""
    if not study.imaged_modalities:
        return {}
    return {"inspected": "results/inspection.tsv", "images": "results/roi/images.tsv"}


def features(study: Study, modality: str) -> list[str]:
    """Every patient's features of one modality."""
    return [
        f"results/features/{patient}/{modality}/{sequence}.npz"
        for patient in study.patients
        for sequence in study.modalities[modality]["sequences"]
    ]


def matrices(study: Study) -> list[str]:
    """The feature matrix of every modality that has features."""
    return [f"results/features/{modality}.parquet" for modality in study.scored_modalities]


def repeats(study: Study) -> list[str]:
    """The features of the second outlines, as `matrices`."""
    return [f"results/features/{modality}_repeats.parquet" for modality in study.scored_modalities]


def resamples(study: Study) -> list[str]:
    """The models' results on other divisions of the patients, one file each."""
    return [f"results/resampling/{seed}.tsv" for seed in range(1, study.resamples + 1)]


def stability(study: Study) -> list[str]:
    return [f"results/features/stability_{modality}.tsv" for modality in study.scored_modalities]


def tables(study: Study) -> list[str]:
    names = ["counts", "baseline", "performance", "delong", "calibration", "decision_curve"]
    names += ["calibration_curve", "optimism", "sample_size"]
    names += ["delong_cohorts"] if len(study.cohorts) > 1 else []
    names += [f"nomogram_{model}" for model in shown_models(study)]
    names += ["shap"] if study.final_model else []
    names += ["resampling"] if study.resamples else []
    for kind in ("split_balance", "reader_agreement", "characteristics"):
        names += [f"{kind}_{modality}" for modality in study.read_modalities]
    return [f"results/tables/{name}.tsv" for name in names]


def figures(study: Study) -> list[str]:
    names = ["cohort_flow", "calibration", "decision_curve"]
    names += [f"roc_{panel}" for panel in roc_panels(study)]
    names += [f"nomogram_{model}" for model in shown_models(study)]
    if study.final_model:
        names += ["shap_summary", "shap_importance", f"shap_waterfall_{example_patient(study)}"]
    names += ["examples"] if study.imaged_modalities else []
    names += ["learning_curves"] if finetuned(study) else []
    names += ["resampling"] if study.resamples else []
    names += [f"stability_{modality}" for modality in study.assessed_modalities]
    names += [f"score_{modality}" for modality in study.scored_modalities]
    return [f"results/figures/{name}.png" for name in names]


def shown_models(study: Study) -> list[str]:
    """The models that the report shows as nomograms: every modality's fullest, and the fusion."""
    return [name for name in study.models if name in study.top_models or name == "fused"]


def example_patient(study: Study) -> str:
    """Whose prediction the report explains: the test cohort's first patient with the outcome, else
    the first training patient with it. Any other patient's figure is a target too."""
    test = study.split[(study.split["cohort"] == "test") & (study.split["outcome"] == 1)]
    return test["patient"].iloc[0] if len(test) else study.examples()[0]


def example_overlays(study: Study) -> list[str]:
    """The overlays of one patient with the outcome, then of one without, all sequences."""
    return per_image(study, "overlay.png", study.examples())


def example_labels(study: Study) -> list[str]:
    """What stands above each of `example_overlays`."""
    kinds = dict(zip(study.examples(), ("positive", "negative"), strict=True))
    parts = (path.split("/")[2:5] for path in example_overlays(study))
    return [f"{patient} ({kinds[patient]}) {' '.join(place)}" for patient, *place in parts]


def roc_panels(study: Study) -> list[str]:
    """The ROC figures: train and test, and every modality that has models."""
    cohorts = [cohort for cohort in study.cohorts if cohort != "external"]
    return cohorts + [modality for modality in study.modalities if study.models_of(modality)]


def roc_view(study: Study, panel: str) -> dict:
    """What a ROC figure shows: all models in one cohort, or one modality's in train and test."""
    if panel in ("train", "test"):
        return {"cohort": panel, "models": study.models}
    return {"cohort": "", "models": study.models_of(panel)}
