# Functions only: the study behind the rules, and what a rule of one stage needs to know.
import sys
from pathlib import Path

WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW / "scripts"))

from radfuse import inspection, targets
from radfuse.errors import StudyError
from radfuse.provenance import code_digest
from radfuse.loading import load_study
from radfuse.weights import is_file, is_tag
from snakemake.exceptions import WorkflowError


def checked_study(raw):
    """The study, or one error that lists every problem of config and sheets."""
    try:
        return load_study(raw)
    except StudyError as error:
        heading = f"{len(error.problems)} problem(s) in the study {Path.cwd()}:"
        raise WorkflowError("\n".join([heading, *error.problems])) from None


STUDY = checked_study(config)
for notice in STUDY.notices:
    print("Note:", notice, file=sys.stderr)
CONFIG = STUDY.config
SIMULATED = CONFIG["simulation"]["images"] if STUDY.simulated else None


def code(rule, env, *resources):
    """Digest of a rule's script, of the library modules it imports, and of its env's pins.

    Without conda Snakemake does not look at the env: a new version would change nothing.
    """
    paths = [WORKFLOW.parent / "envs" / f"{env}.yaml", *map(Path, resources)]
    return code_digest(WORKFLOW / "scripts" / f"{rule}.py", *paths)


def report_refused():
    """Write the images that were refused to results/inspection.tsv, and say them; "" if none.

    `inspect_images` makes the same table of a study without any: what it made before of other
    images goes, so that it runs again.
    """
    problems = inspection.problems_of(STUDY.image_keys())
    if problems.empty:
        return ""
    Path("results/roi/images.tsv").unlink(missing_ok=True)
    inspection.write_problems(problems, "results/inspection.tsv", STUDY.simulated)
    return inspection.in_words(problems, "results/inspection.tsv")


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
    """The backbone's weights as an input where they are a file: the user's, or a download."""
    weights = CONFIG["backbone"]["weights"]
    if is_tag(weights):
        return {"downloaded": "results/backbone/downloaded.safetensors"}
    return {"weights": weights} if is_file(weights) else {}


def network_choice():
    """Which network with which weights, without what is done with it."""
    return {key: CONFIG["backbone"][key] for key in ("architecture", "weights", "sha256")}


def gpus():
    """What a job that computes on `backbone.device` asks of the machine."""
    return {"gpu": 1} if CONFIG["backbone"]["device"] == "cuda" else {}


SPECIMENS = WORKFLOW / "resources" / "specimens.npz"


def image_input(wildcards):
    """The files of one image that are there. The others are refused by the job, which then can
    name them beside all that is wrong; as missing inputs they would end the whole run."""
    files = image_files(wildcards)
    return {role: path for role, path in files.items() if SIMULATED or Path(path).exists()}


def image_files(wildcards):
    """The image and the masks of one patient, modality and sequence, by role."""
    key = (wildcards.patient, wildcards.modality, wildcards.sequence)
    if key not in STUDY.images.index:
        raise WorkflowError(f"{' '.join(key)}: the study has no such image.")
    return STUDY.files(*key)


def imaging_settings(wildcards):
    """What a modality's features were made by, beside the network."""
    return {
        "sequences": STUDY.modalities[wildcards.modality]["sequences"],
        "intensity": STUDY.intensity(wildcards.modality),
        "roi": CONFIG["roi"],
    }


def image_column(column):
    """A column of the images sheet, by the wildcards of one image."""
    return lambda wildcards: STUDY.images.loc[
        (wildcards.patient, wildcards.modality, wildcards.sequence), column
    ]


def study_sheets():
    """The study's own files that say what it is: its sheets and its data dictionary."""
    return [path for path in (*CONFIG["sheets"].values(), STUDY.own_dictionary) if path]


def backbone_record():
    """The record of the pretrained network, and of every network that was fine-tuned from it."""
    if not STUDY.imaged_modalities:
        return {}
    finetuned = targets.per_network(STUDY, "backbone.json")
    return {"backbone": "results/backbone/backbone.json", "finetuned": finetuned}


def report_templates():
    return sorted(str(path) for path in (WORKFLOW / "scripts" / "templates").iterdir())
