"""What a study has and lacks, said before anything is computed: sheets, config and files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from radfuse.errors import StudyError
from radfuse.features.own_features import read_features
from radfuse.imaging.headers import look
from radfuse.imaging.inspection import ImageKey, record_path, twins
from radfuse.jobs.job import job
from radfuse.modelling.applying import check_columns
from radfuse.planning import leftovers
from radfuse.planning.inventory import inventory
from radfuse.planning.loading import load_study
from radfuse.planning.study import Study


def file_problems(study: Study) -> list[str]:
    """What paths and headers show of the images that no run has accepted yet: the files of those
    that one has may be archived."""
    if study.simulated:
        return []
    keys = study.image_keys()
    problems = [problem for _, problem in twins({key: named(study, key) for key in keys})]
    for key in keys:
        if not record_path(key).exists():
            wanted = study.image_rows[key]["volume"]
            problems += look(study.files(*key), wanted, study.roi(), " ".join(key))
    return problems


def feature_problems(study: Study) -> list[str]:
    """What is wrong with the tables of features that the study brings."""
    problems, outcome = [], study.config["outcome"]["column"]
    for modality, tables in study.own_features.items():
        try:
            features = read_features(tables, study.patients, outcome)["table"]
            given = [study.given[name] for name in study.models_of(modality) if study.applies]
            check_columns(given, {modality: features})
        except StudyError as error:
            problems += error.problems
    return problems


def named(study: Study, key: ImageKey) -> dict:
    """What stands for the record of an image that nobody has read: its path and volume."""
    files = study.files(*key)
    volume = study.image_rows[key]["volume"]
    return {
        "voxels_sha256": f"{Path(files['image']).resolve()} {volume}",
        "files": {role: {"path": path} for role, path in files.items()},
    }


def main(raw: Mapping, notices: Sequence[str]) -> None:
    """Print what the study of the working directory has. `raw` is its config as read.

    Raises StudyError with every problem of its files.
    """
    study = load_study(raw)
    print(f"\n{study.config['study']['title']}\n\n{inventory(study)}\n", flush=True)
    for notice in [*notices, *leftovers.told(study)]:
        if not notice.startswith("E10 "):  # said below, all of them
            print("Note:", notice, flush=True)
    problems = feature_problems(study) + file_problems(study)
    if problems:
        raise StudyError(*problems, f"{len(problems)} problem(s) in the study's files.")
    print("Nothing is wrong that sheets, config and headers show. The same command without `check`")
    print("runs the study.", flush=True)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(raw=snakemake.config, notices=snakemake.params.notices)
