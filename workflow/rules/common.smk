# Functions only: the study behind the rules, and what a rule of one stage needs to know.
import sys
import time
from pathlib import Path

STARTED = time.time() - 2  # clocks of file servers differ
WORKFLOW = Path(workflow.basedir) / "workflow"
sys.path.insert(0, str(WORKFLOW / "scripts"))

from radfuse import inspection, networks, targets
from radfuse.errors import StudyError
from radfuse.imaging.files import beside, there
from radfuse.provenance import code_digest
from radfuse.loading import load_study
from radfuse.weights import is_tag
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
    """Say which images this run refused, and write all that are to results/inspection.tsv.

    `inspect_images` makes the same table of a study without any: what it made before of other
    images goes, so that it runs again.
    """
    keys = STUDY.image_keys()
    now = inspection.problems_of(inspection.looked_at(keys, STARTED))
    if now.empty:
        return
    print(inspection.in_words(now, "results/inspection.tsv"), file=sys.stderr)
    problems = inspection.problems_of(keys)
    try:
        inspection.write_problems(problems, "results/inspection.tsv", STUDY.simulated)
        Path("results/roi/images.tsv").unlink(missing_ok=True)
    except OSError as error:
        print(f"results/inspection.tsv could not be written: {error}", file=sys.stderr)


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


SPECIMENS = WORKFLOW / "resources" / "specimens.npz"


def image_input(wildcards):
    """The files of one image that are there, and what else lies beside them.

    The others are refused by the job, which then can name them beside all that is wrong; as missing
    inputs they would end the whole run. Of an image that was accepted they stay inputs: files that
    are away for a while take no result with them.
    """
    files, key = image_files(wildcards), tuple(wildcards)
    if SIMULATED:
        return files
    accepted = inspection.record_path(key).exists()
    present = {role: path for role, path in files.items() if accepted or there(Path(path))}
    return {
        **present,
        "beside": [str(each) for path in present.values() for each in beside(Path(path))],
    }


def image_memory(wildcards, input, attempt):
    """Megabytes: compressed images unfold, N4 works on floating point, and a retry gets more."""
    n4 = STUDY.intensity(wildcards.modality)["bias_correction"] == "n4"
    return int(((2500 if n4 else 1000) + 15 * input.size_mb) * attempt)


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
        "roi": STUDY.roi(),
    }


def image_column(column):
    """A column of the images sheet, by the wildcards of one image."""
    return lambda wildcards: STUDY.images.loc[
        (wildcards.patient, wildcards.modality, wildcards.sequence), column
    ]


def study_sheets():
    """The study's own files that say what it is: its sheets and its data dictionary."""
    return [path for path in (*CONFIG["sheets"].values(), STUDY.own_dictionary) if path]


def report_templates():
    return sorted(str(path) for path in (WORKFLOW / "scripts" / "templates").iterdir())
