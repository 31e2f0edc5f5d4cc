# Functions only: the study behind the rules, and what a rule of one stage needs to know.
import re
import sys
import time
from functools import cache
from pathlib import Path

STARTED = time.time() - 2  # clocks of file servers differ

from radfuse.errors import StudyError
from radfuse.imaging import inspection
from radfuse.imaging.digests import file_digest
from radfuse.imaging.files import beside, memory_mb, there
from radfuse.inputs.controls import CONTROLS
from radfuse.inputs.weights import is_tag
from radfuse.jobs import runs
from radfuse.jobs.provenance import code_digest, env_pins
from radfuse.manuscript import evidence
from radfuse.planning import design, drawn, leftovers, negative_controls, networks
from radfuse.planning import sheet_digests, targets
from radfuse.planning.loading import load_study
from radfuse.planning.rule_graph import rule_graph
from snakemake.settings.types import DeploymentMethod


def checked_study(raw):
    """The study, or one error that lists every problem of config and sheets."""
    try:
        # a job that runs elsewhere reads the study again: its own files it sees for itself
        return load_study(raw, look_for_files=workflow.is_main_process)
    except StudyError as error:
        refuse(error.problems)


STUDY = checked_study(config)
SAYS_THEM_ITSELF = "check" in sys.argv  # the target
for notice in STUDY.notices if workflow.is_main_process and not SAYS_THEM_ITSELF else []:
    print("Note:", notice, file=sys.stderr)
CONFIG = STUDY.config
SIMULATED = CONFIG["simulation"]["images"] if STUDY.simulated else None


def code(rule, env, *resources):
    """Digest of a rule's script, of the library modules it imports, and of its env's pins.

    Without conda Snakemake does not look at the env: a new version would change nothing.
    """
    paths = [WORKFLOW.parent / "envs" / f"{env}.yaml", *map(Path, resources)]
    return code_digest(WORKFLOW / "scripts" / f"{rule}.py", *paths)


def deployed_pins():
    """The envs' versions where each rule has its own; elsewhere a job sees those that it has."""
    by_conda = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
    return env_pins(WORKFLOW.parent / "envs") if by_conda else {}


def either(names):
    """A wildcard's pattern: one of these names; of none, nothing."""
    return "|".join(names) or "(?!)"


def shown(path, category):
    """An output that Snakemake's own report shows, with the caption that is named as it is."""
    stem, *wildcards = re.split(r"_?{(\w+)}", Path(path).stem)
    of = " ".join(f"{{{name}}}" for name in wildcards if name)
    labels = {"result": stem.replace("_", " "), "of": of}
    return report(path, caption=f"../report/{stem}.rst", category=category, labels=labels)


def sheets(*names):
    """The sheets of which a job takes a part that a digest among its params is of: what else they
    hold is no reason to run."""
    paths = {name: CONFIG["sheets"][name] for name in names}
    return {name: ancient(path) for name, path in paths.items() if path}


def contents(*sheets):
    """Digests of sheets: one that is put back has an older time than what was made of another, and
    one that is edited during a run an older time than what that makes."""
    return [content(CONFIG["sheets"][name]) for name in sheets if CONFIG["sheets"][name]]


@cache  # every job's start comes by here, and several rules ask for one sheet
def content(path):
    return file_digest(path)


def optional_radiology():
    """The radiology sheet as an input where the study has one."""
    return {"radiology": CONFIG["sheets"]["radiology"]} if STUDY.read_modalities else {}


def characteristics(wildcards):
    return STUDY.characteristics(wildcards.modality)


PROJECT = WORKFLOW.parent / "pyproject.toml"
SPECIMENS = WORKFLOW / "resources" / "specimens.npz"


def memory(megabytes):
    """What a job asks for; more with each attempt, where a profile tries again."""
    return lambda wildcards, attempt: megabytes * attempt


def score_network(wildcards):
    """The record of the network behind a modality's features, where they are of images, and of
    every one that was fine-tuned from it."""
    imaged = wildcards.modality in STUDY.imaged_modalities
    return networks.records(STUDY, wildcards.modality) if imaged else {}


def study_sheets():
    """The study's own files that say what it is: its sheets, features and data dictionary."""
    own = [path for tables in STUDY.own_features.values() for path in tables.values()]
    return [path for path in (*CONFIG["sheets"].values(), STUDY.own_dictionary, *own) if path]


def report_templates():
    templates = (WORKFLOW / "scripts" / "templates").iterdir()
    return sorted(str(path) for path in templates if path.name != "audit.html.j2")


def audit_templates():
    return [
        str(WORKFLOW / "scripts" / "templates" / name) for name in ("audit.html.j2", "report.css")
    ]


def reserved_cores():
    """What every rule reserves, but those that are no part of a study."""
    return {
        each.name: each.resources["_cores"].value
        for each in workflow.rules
        if each.name not in ("all", "audit")
    }


def study_design(wildcards):
    """The study's steps and which needs which. By now every rule is known."""
    graph = rule_graph(list(workflow.rules), targets.everything(STUDY), STUDY.patients)
    return design.design(STUDY, *graph)
