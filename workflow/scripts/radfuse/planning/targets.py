"""The result files of a study: which of them it has, by the parts it consists of."""

from collections.abc import Iterable
from itertools import count, islice
from pathlib import Path

from radfuse.planning import drawn, negative_controls
from radfuse.planning.networks import finetuned
from radfuse.planning.study import Study
from radfuse.tables import header_path


def models(study: Study) -> list[str]:
    """The models of the study, or those of another that it applies."""
    folder = study.config["apply_models"] if study.applies else "results/models"
    return [str(Path(folder) / f"{name}.json") for name in study.models]


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


def sources(study: Study, modality: str, patients: Iterable[str] | None = None) -> list[str]:
    """What was read of every image of one modality, of all patients or of these."""
    return [
        f"results/roi/{'/'.join(key)}/source.json"
        for key in study.image_keys(patients)
        if key[1] == modality
    ]


def overlays(study: Study, modality: str, sequence: str) -> list[str]:
    """The pictures of one sequence, sorted by patient."""
    return [f"results/roi/{p}/{modality}/{sequence}/overlay.png" for p in study.patients]


def example_overlays(study: Study) -> list[str]:
    """The overlays of one patient with the outcome, then of one without, all sequences."""
    return per_image(study, "overlay.png", drawn.examples(study))


def example_labels(study: Study) -> list[str]:
    """What stands above each of `example_overlays`."""
    kinds = dict(zip(drawn.examples(study), ("positive", "negative"), strict=True))
    parts = (path.split("/")[2:5] for path in example_overlays(study))
    return [f"{patient} ({kinds[patient]}) {' '.join(place)}" for patient, *place in parts]


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


def features(study: Study, modality: str, patients: Iterable[str] | None = None) -> list[str]:
    """The features of one modality, of all patients or of these."""
    return [
        f"results/features/{patient}/{modality}/{sequence}.npz"
        for patient in (study.patients if patients is None else patients)
        for sequence in study.modalities[modality]["sequences"]
    ]


def readings(study: Study) -> dict[str, str]:
    """The readings that the models use, where the study has any."""
    return {"radiology": "results/cohort/radiology.tsv"} if study.read_modalities else {}


def training_readings(study: Study) -> dict[str, str]:
    """As `readings`, of the training patients."""
    return {"radiology": "results/cohort/training_radiology.tsv"} if study.read_modalities else {}


def matrices(study: Study, folder: str = "") -> list[str]:
    """The feature matrix of every modality that has features; those of the training patients in
    the folder `training/`."""
    return [f"results/features/{folder}{modality}.parquet" for modality in study.scored_modalities]


def repeats(study: Study) -> list[str]:
    """The features of the second outlines, as `matrices`."""
    return [f"results/features/{modality}_repeats.parquet" for modality in study.scored_modalities]


def resamples(study: Study) -> list[str]:
    """The models' results on other divisions of the patients, one file each: of the first seeds but
    the one that may have drawn the study's own."""
    others = (seed for seed in count(1) if seed != study.config["split"]["seed"])
    return [f"results/resampling/{seed}.tsv" for seed in islice(others, study.resamples)]


def stability(study: Study) -> list[str]:
    if study.applies:
        return []
    return [f"results/features/stability_{modality}.tsv" for modality in study.scored_modalities]


def headers(paths: Iterable[str]) -> list[str]:
    """The file beside each table that says what it means."""
    return [str(header_path(path)) for path in paths]


EVALUATION = ["baseline", "performance", "delong", "calibration", "calibration_curve"]
EVALUATION += ["decision_curve"]


def tables(study: Study) -> list[str]:
    return [*counted(study), "results/tables/reconciliation.tsv"]


def counted(study: Study) -> list[str]:
    """The tables of patients. Where models are applied, what needs a training cohort is not there;
    without outcomes only the ledger is."""
    names = ["counts", *(EVALUATION if study.cohorts else [])]
    names += ["delong_cohorts"] if len(study.cohorts) > 1 else []
    names += ["centers", "center_effects"] if study.several_centers else []
    names += ["subgroups"] if study.subgroups else []
    kinds = ["reader_agreement"] if study.cohorts else []
    if not study.applies:
        names += ["optimism", "sample_size"]
        names += ["external_balance"] if "external" in study.cohorts else []
        names += [f"nomogram_{model}" for model in drawn.nomogram_models(study)]
        names += ["shap"] if study.final_model else []
        names += ["resampling"] if study.resamples else []
        names += ["negative_controls"] if study.controlled_modalities else []
        kinds += ["split_balance", "characteristics", "selection"]
    names += [f"{kind}_{modality}" for kind in kinds for modality in study.read_modalities]
    return [f"results/tables/{name}.tsv" for name in names]


def results(study: Study) -> list[str]:
    """What a run finds out. The report is about how models do: there is none without an outcome."""
    page = WRITTEN if study.cohorts else []
    made = ["results/provenance.json", "results/predictions.tsv", "results/covariates.tsv"]
    made += [] if study.applies else models(study)
    return [*page, *made, *crossfit_models(study), *tables(study), *figures(study)]


def everything(study: Study) -> list[str]:
    """What a run makes: its results, and what they cost."""
    return [*results(study), "results/cost.tsv", "results/figures/cost.png"]


def places(study: Study) -> list[str]:
    """The values of all wildcards but the images', as they stand in the addresses of logs."""
    sequences = [
        f"{modality}{joint}{sequence}"
        for modality in study.imaged_modalities
        for sequence in study.modalities[modality]["sequences"]
        for joint in "/_"
    ]
    explained = [drawn.example_patient(study)] if study.final_model and not study.applies else []
    seeds = [Path(path).stem for path in resamples(study)]
    named = [*study.models, *drawn.roc_panels(study), *negative_controls.names(study)]
    return [*study.modalities, *sequences, *named, *explained, *seeds]


PRINTED = [f"results/manuscript/{name}" for name in ("tables.docx", "tables.xlsx")]
DRAFT = [f"results/manuscript/{name}" for name in ("methods_and_results.docx", "references.bib")]
CHECKLISTS = ["results/manuscript/checklist_clear.tsv", "results/manuscript/checklist_metrics.tsv"]
CHECKLISTS += ["results/manuscript/checklist_tripod_ai.tsv"]


MANUSCRIPT = [*PRINTED, *DRAFT, *CHECKLISTS, "results/manuscript/checklists.docx"]
WRITTEN = ["results/report.html", *MANUSCRIPT]  # about how models do


def figures(study: Study) -> list[str]:
    names = ["cohort_flow", "design"]
    names += ["calibration", "decision_curve"] if study.cohorts else []
    names += [f"roc_{panel}" for panel in drawn.roc_panels(study)]
    names += ["forest"] if drawn.forest_models(study) else []
    names += ["examples"] if drawn.shows_examples(study) else []
    names += fitting_figures(study) if not study.applies else []
    return [f"results/figures/{name}.png" for name in names]


def fitting_figures(study: Study) -> list[str]:
    """The figures of how the models came about."""
    names: list[str] = []
    names += [f"nomogram_{model}" for model in drawn.nomogram_models(study)]
    if study.final_model:
        names += [
            "shap_summary",
            "shap_importance",
            f"shap_waterfall_{drawn.example_patient(study)}",
        ]
    names += ["learning_curves"] if finetuned(study) else []
    names += ["resampling"] if study.resamples else []
    names += ["negative_controls"] if study.controlled_modalities else []
    names += [f"stability_{modality}" for modality in study.assessed_modalities]
    return names + [f"score_{modality}" for modality in study.scored_modalities]
