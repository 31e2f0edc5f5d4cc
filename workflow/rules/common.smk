# Functions only: the study behind the rules, and what a rule of one stage needs to know.
import sys
from pathlib import Path

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW / "scripts"))

from radfuse.errors import StudyError
from radfuse.provenance import code_digest
from radfuse.study import load_study
from snakemake.exceptions import WorkflowError


def checked_study(raw):
    """The study, or one error that lists every problem of config and sheets."""
    try:
        return load_study(raw)
    except StudyError as error:
        heading = f"{len(error.problems)} problem(s) in the study {Path.cwd()}:"
        raise WorkflowError("\n".join([heading, *error.problems])) from None


STUDY = checked_study(config)
CONFIG = STUDY.config
SIMULATED = CONFIG["simulation"]["images"] if STUDY.simulated else None
WEIGHT_FILES = (".pth", ".pt", ".bin", ".safetensors")


def code(rule, *resources):
    """Digest of a rule's script and of the library modules it imports: its job's code."""
    paths = [WORKFLOW / "scripts" / resource for resource in resources]
    return code_digest(WORKFLOW / "scripts" / f"{rule}.py", *paths)


def cohort_sheets(wildcards):
    sheets = {"patients": CONFIG["sheets"]["patients"], "images": CONFIG["sheets"]["images"]}
    return {name: path for name, path in sheets.items() if path}


def radiology_sheet(wildcards):
    return CONFIG["sheets"]["radiology"]


def optional_radiology():
    """The radiology sheet as an input where the study has one."""
    return {"radiology": CONFIG["sheets"]["radiology"]} if STUDY.read_modalities else {}


def characteristics(wildcards):
    return STUDY.characteristics(wildcards.modality)


def weights_file():
    """The backbone's weights as an input where they are a file of the user's."""
    weights = CONFIG["backbone"]["weights"]
    return {"weights": weights} if weights.endswith(WEIGHT_FILES) else {}


def image_input(wildcards):
    """The image and the masks of one patient, modality and sequence, by name."""
    key = (wildcards.patient, wildcards.modality, wildcards.sequence)
    return {"image": STUDY.images.loc[key, "image"], **STUDY.masks(*key)}


def imaging_settings(wildcards):
    """What a modality's features were made by, beside the network."""
    return {
        "sequences": STUDY.modalities[wildcards.modality]["sequences"],
        "intensity": STUDY.intensity(wildcards.modality),
        "roi": CONFIG["roi"],
    }


def image_label(wildcards):
    return STUDY.images.loc[(wildcards.patient, wildcards.modality, wildcards.sequence), "label"]


def feature_files(wildcards):
    """Every analysed patient's features of one modality."""
    return expand(
        "results/features/{patient}/{modality}/{sequence}.npz",
        patient=STUDY.patients,
        modality=wildcards.modality,
        sequence=STUDY.modalities[wildcards.modality]["sequences"],
    )


def per_read_modality(pattern):
    return expand(pattern, modality=STUDY.read_modalities)


def per_imaged_modality(pattern):
    return expand(pattern, modality=STUDY.imaged_modalities)


def model_files():
    return expand("results/models/{model}.json", model=STUDY.models)


def image_sources():
    """What was read for every image of the study."""
    return [
        f"results/roi/{patient}/{modality}/{sequence}/source.json"
        for patient in STUDY.patients
        for modality in STUDY.imaged_modalities
        for sequence in STUDY.modalities[modality]["sequences"]
    ]


def example_overlays():
    """The overlays of one patient with the outcome, then of one without, all sequences."""
    return [
        f"results/roi/{patient}/{modality}/{sequence}/overlay.png"
        for patient in STUDY.examples()
        for modality in STUDY.imaged_modalities
        for sequence in STUDY.modalities[modality]["sequences"]
    ]


def example_labels():
    kinds = dict(zip(STUDY.examples(), ("positive", "negative")))
    parts = [path.split("/")[2:5] for path in example_overlays()]
    return [
        f"{patient} ({kinds[patient]}) {modality} {sequence}"
        for patient, modality, sequence in parts
    ]


def roc_view(wildcards):
    """What a ROC figure shows: all models in one cohort, or one modality's in train and test."""
    if wildcards.panel in ("train", "test"):
        return {"cohort": wildcards.panel, "models": STUDY.models}
    own = [model for model in STUDY.models if model.split("_", 1)[-1] == wildcards.panel]
    return {"cohort": "", "models": own}


def study_sheets():
    """The files that say what the study is: its sheets and its data dictionary."""
    paths = [path for path in CONFIG["sheets"].values() if path]
    return paths + ([str(STUDY.dictionary_path)] if STUDY.dictionary else [])


def backbone_record():
    return {"backbone": "results/backbone/backbone.json"} if STUDY.imaged_modalities else {}


def report_templates():
    return sorted(str(path) for path in (WORKFLOW / "scripts" / "templates").iterdir())


def single_models():
    """The files of every model but the fusion."""
    return [path for path in model_files() if not path.endswith("/fused.json")]


def study_tables():
    names = ["counts", "baseline", "performance", "delong", "calibration", "decision_curve"]
    names += ["shap"] if STUDY.final_model else []
    names += per_read_modality("split_balance_{modality}")
    names += per_read_modality("reader_agreement_{modality}")
    names += per_read_modality("characteristics_{modality}")
    return expand("results/tables/{name}.tsv", name=names)


def study_figures():
    names = ["cohort_flow", "calibration", "decision_curve"]
    names += [f"roc_{cohort}" for cohort in STUDY.cohorts if cohort != "external"]
    names += expand("roc_{modality}", modality=STUDY.modalities)
    names += ["shap_summary", "shap_importance"] if STUDY.final_model else []
    names += ["examples"] if STUDY.imaged_modalities else []
    return expand("results/figures/{name}.png", name=names)
