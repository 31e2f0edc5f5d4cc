"""Results of an earlier form of the study, which no run makes, changes or reads any more.

A modality, a model or a figure that goes leaves its files behind, as results are not deleted; in a
folder that is handed on they would pass for results of the study.
"""

from pathlib import Path

from radfuse.formatting import listed
from radfuse.planning import targets
from radfuse.planning.study import Study

FOLDERS = ("tables", "figures", "models")  # what is handed on
OF_PATIENTS = ("roi", "features", "controls/patches", "controls/features")
LISTED = 40
ON_DEMAND = "shap_waterfall_"  # of any patient of the study whom somebody asks for


def leftovers(study: Study) -> list[Path]:
    """What the study of the working directory does not have of what is handed on."""
    made = [*targets.everything(study), *targets.models(study)]
    known = {(Path(path).parent.name, Path(path).stem) for path in made}
    there = [path for folder in FOLDERS for path in sorted(Path("results", folder).glob("*.*"))]
    # authors work on in the manuscript's folder
    written = [Path(path) for path in targets.WRITTEN if Path(path).exists()]
    return [
        path
        for path in [*written, *there]
        if (path.parent.name, Path(path.name.removesuffix(".header.txt")).stem) not in known
        and path.stem.removeprefix(ON_DEMAND) not in study.patients
    ]


def folders_of_patients(study: Study) -> list[Path]:
    """What was cut and computed of patients who are not analysed (any more)."""
    return [
        path
        for folder in OF_PATIENTS
        for path in sorted(Path("results", folder).glob("*/"))
        if path.name not in {*study.patients, "training"}
    ]


def told(study: Study) -> list[str]:
    """A sentence on each kind of them that there is."""
    found = [
        (
            leftovers(study),
            "of an earlier form of this study; no run makes or reads this any more. "
            "Delete it before you hand the results on.",
        ),
        (
            folders_of_patients(study),
            "of patients who are not analysed (any more); no run reads this. "
            "Delete it where somebody withdrew.",
        ),
    ]
    return [f"{named(paths)}: {verdict}" for paths, verdict in found if paths]


def named(paths: list[Path]) -> str:
    names = [path.as_posix() for path in paths[:LISTED]]
    return listed([*names, *[f"{len(paths) - LISTED} more"] * (len(paths) > LISTED)])
