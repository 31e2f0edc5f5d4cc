"""The gate's verdict: which images were refused and why, in one table."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from radfuse.tables import write_table

ImageKey = tuple[str, str, str]  # patient, modality, sequence

REFUSAL = re.compile(r"^ERROR ((E\d\d) .*)$", re.MULTILINE)
DEFECT = re.compile(r"^ERROR Traceback .*\n(?:[ \t].*\n)*(\S.*)$", re.MULTILINE)
TITLE = "Images that were refused, and why; a row per problem."
COLUMNS = {
    "patient": "patient identifier",
    "modality": "modality",
    "sequence": "sequence",
    "code": "code of the problem, as the troubleshooting section of the README lists it",
    "problem": "what is wrong, with the file, both disagreeing values, and what to do",
}


def record_path(key: ImageKey) -> Path:
    """What `resample_roi` wrote of an image that it accepted."""
    return Path("results/roi", *key, "source.json")


def log_path(key: ImageKey) -> Path:
    patient, modality, sequence = key
    return Path("results/logs/resample_roi", patient, modality, f"{sequence}.log")


def read_records(paths: Iterable[str | Path]) -> dict[ImageKey, dict]:
    """The records of accepted images, results/roi/{patient}/{modality}/{sequence}/source.json."""
    return {
        tuple(Path(path).parts[-4:-1]): json.loads(Path(path).read_text(encoding="utf-8"))
        for path in paths
    }


def refusals(key: ImageKey) -> list[tuple[str, str]]:
    """Code and sentence of every problem in the log of an image that was not accepted."""
    path = log_path(key)
    if record_path(key).exists() or not path.exists():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    found = [(code, problem) for problem, code in REFUSAL.findall(text)]
    return found or [
        (
            "E00",
            f"E00 defect: {' '.join(key)}: {last}: an error that radfuse does not know; report it "
            f"with {path}.",
        )
        for last in DEFECT.findall(text)
    ]


def twins(records: Mapping[ImageKey, Mapping]) -> list[tuple[ImageKey, str]]:
    """Images that are the same file, or a copy, and masks that two patients share.

    Sequences of one patient may share a mask: they can lie on one grid.
    """
    images: dict[str, list[ImageKey]] = {}
    masks: dict[str, list[ImageKey]] = {}
    for key, record in records.items():
        images.setdefault(record["files"]["image"]["sha256"], []).append(key)
        for role, file in record["files"].items():
            if role != "image":
                masks.setdefault(str(Path(file["path"]).resolve()), []).append(key)
    problems = []
    for alike in images.values():
        for key in alike if len(alike) > 1 else []:
            path = records[key]["files"]["image"]["path"]
            others = ", ".join(
                f"{' '.join(other)} ({records[other]['files']['image']['path']})"
                for other in alike
                if other != key
            )
            problems.append(
                (
                    key,
                    f"E19 twin: {' '.join(key)}: image {path} has the same content as that of "
                    f"{others}; correct the paths in the images sheet, or exclude what is wrong.",
                )
            )
    for path, sharing in masks.items():
        patients = {key[0] for key in sharing}
        for key in sharing if len(patients) > 1 else []:
            others = ", ".join(sorted(patients - {key[0]}))
            problems.append(
                (
                    key,
                    f"E19 twin: {' '.join(key)}: mask {path} is also named for {others}; a lesion "
                    "is one patient's: correct the paths in the images sheet.",
                )
            )
    return problems


def problems_of(keys: Iterable[ImageKey]) -> pd.DataFrame:
    """Every problem of these images as far as they were looked at (see `COLUMNS`)."""
    keys = list(keys)
    accepted = [path for path in map(record_path, keys) if path.exists()]
    rows = [(*key, *problem) for key in keys for problem in refusals(key)]
    rows += [(*key, "E19", problem) for key, problem in twins(read_records(accepted))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write_problems(problems: pd.DataFrame, path: str, simulated: bool) -> None:
    write_table(
        problems,
        path,
        title=TITLE,
        columns=COLUMNS,
        simulated=simulated,
        notes=[f"{len(images_in(problems))} images were refused."] if len(problems) else [],
    )


def images_in(problems: pd.DataFrame) -> set[ImageKey]:
    return set(problems[["patient", "modality", "sequence"]].itertuples(index=False, name=None))


def in_words(problems: pd.DataFrame, path: str) -> str:
    """What the terminal says at the end of a run in which images were refused."""
    count = len(images_in(problems))
    return "\n".join(
        [
            "",
            f"{count} image{'s were' if count > 1 else ' was'} refused; what is wrong:",
            *(f"  {problem}" for problem in problems["problem"]),
            f"The list is in {path}. The other images were processed and are not computed again.",
            "Mend the files or the sheet, or give a reason in the sheet's column 'exclude' (the "
            "patient is then left out, and counted); then run the same command again.",
        ]
    )
