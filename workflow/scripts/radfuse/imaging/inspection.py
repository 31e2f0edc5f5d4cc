"""The gate's verdict: which images were refused and why, in one table."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from radfuse.errors import StudyError
from radfuse.jobs.failures import LOGS, SILENT, problems_in
from radfuse.jobs.staging import staged
from radfuse.tables import header_path, write_table

KEYS = ("patient", "modality", "sequence")
ImageKey = tuple[str, str, str]  # of KEYS

GATE = "resample_roi"  # accepts an image or says why not
TABLE = "results/inspection.tsv"
TITLE = "Images that were refused or not finished, and why; a row per problem."
COLUMNS = {
    "patient": "patient identifier",
    "modality": "modality",
    "sequence": "sequence",
    "code": "code of the problem; docs/troubleshooting.md lists them",
    "problem": "what is wrong, with the file, both disagreeing values, and what to do",
}


def record_path(key: ImageKey) -> Path:
    """What the gate wrote of an image that it accepted."""
    return Path("results/roi", *key, "source.json")


def log_path(key: ImageKey) -> Path:
    patient, modality, sequence = key
    return LOGS / GATE / patient / modality / f"{sequence}.log"


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
    place = " ".join(key)
    return problems_in(path, place) or [("E00", SILENT.format(place))]


def looked_at(keys: Iterable[ImageKey], since: float) -> list[ImageKey]:
    """The images whose jobs have begun since then (seconds, as files' times)."""
    logs = {key: log_path(key) for key in keys}
    return [key for key, log in logs.items() if log.exists() and log.stat().st_mtime >= since]


def twins(records: Mapping[ImageKey, Mapping]) -> list[tuple[ImageKey, str]]:
    """Images of the same voxels, whatever their files, masks that two patients share, and masks
    that are another row's image.

    Sequences of one patient may share a mask: they can lie on one grid. And they may be volumes of
    one file.
    """
    images: dict[str, list[ImageKey]] = {}
    masks: dict[str, list[ImageKey]] = {}
    for key, record in records.items():
        images.setdefault(record["voxels_sha256"], []).append(key)
        for role, file in record["files"].items():
            if role != "image":
                masks.setdefault(str(Path(file["path"]).resolve()), []).append(key)
    problems = images_as_masks(records)
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
                    f"E19 twin: {' '.join(key)}: image {path} has the same voxels as that of "
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


def images_as_masks(records: Mapping[ImageKey, Mapping]) -> list[tuple[ImageKey, str]]:
    """Masks that are the image of another row, the file or a copy of it."""
    owners: dict[str, ImageKey] = {}
    for key, record in records.items():
        for mark in marks_of(record["files"]["image"]):
            owners.setdefault(mark, key)
    found = []
    for key, record in records.items():
        for role, file in record["files"].items():
            whose = [owners[mark] for mark in marks_of(file) if mark in owners]
            if role != "image" and whose:
                found.append(
                    (
                        key,
                        f"E19 twin: {' '.join(key)}: {role} {file['path']} is the image of "
                        f"{' '.join(whose[0])}; name the outline in the images sheet.",
                    )
                )
    return found


def marks_of(file: Mapping[str, str]) -> list[str]:
    """What a file is known by: its place, and its content where that was read."""
    return [str(Path(file["path"]).resolve()), *([file["sha256"]] if "sha256" in file else [])]


def problems_of(keys: Iterable[ImageKey]) -> pd.DataFrame:
    """Every problem of these images as far as they were looked at (see `COLUMNS`)."""
    keys = list(keys)
    accepted = [path for path in map(record_path, keys) if path.exists()]
    rows = [(*key, *problem) for key in keys for problem in refusals(key)]
    rows += [(*key, "E19", problem) for key, problem in twins(read_records(accepted))]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def copied_masks(records: Mapping[ImageKey, Mapping]) -> dict[ImageKey, str]:
    """In words, the other patients that have an image's mask, byte for byte."""
    owners: dict[str, set[str]] = {}
    digests = {
        key: [file["sha256"] for role, file in record["files"].items() if role != "image"]
        for key, record in records.items()
    }
    for key, own in digests.items():
        for digest in own:
            owners.setdefault(digest, set()).add(key[0])
    found = {}
    for key, own in digests.items():
        others = sorted(set().union(*(owners[digest] for digest in own)) - {key[0]})
        if others:
            shown = ", ".join(others[:3]) + " and others" * (len(others) > 3)
            found[key] = f"a mask with the same content as one of {shown}: a copy?"
    return found


def write_problems(problems: pd.DataFrame, path: str, simulated: bool) -> None:
    write_table(
        problems,
        path,
        title=TITLE,
        columns=COLUMNS,
        simulated=simulated,
        notes=[f"{len(images_in(problems))} images were refused or not finished."]
        if len(problems)
        else [],
    )


def keys_of(problems: pd.DataFrame) -> list[ImageKey]:
    """The image of every row."""
    return list(problems[list(KEYS)].itertuples(index=False, name=None))


def images_in(problems: pd.DataFrame) -> set[ImageKey]:
    return set(keys_of(problems))


def in_words(problems: pd.DataFrame, path: str) -> str:
    """What the terminal says at the end of a run in which images were refused, or not finished for
    what is no fault of theirs (a full disk, an interruption)."""
    wrong = problems["code"].str.startswith("E1")
    refused, unfinished = problems[wrong], problems[~wrong]
    told = [""]
    for found, what in ((refused, "refused; what is wrong"), (unfinished, "not finished")):
        count = len(images_in(found))
        if count:
            told.append(f"{count} image{'s were' if count > 1 else ' was'} {what}:")
            told += [f"  {problem}" for problem in found["problem"]]
    told.append(f"The list is in {path}. What was done of other images is not computed again.")
    if len(refused):
        told.append(
            "Mend the files or the sheet, or give a reason in the sheet's column 'exclude' (the "
            "patient is then left out, and counted)."
        )
    if len(unfinished):
        told.append("What was not finished is no fault of an image: exclude nobody for it.")
    return "\n".join([*told, "Then run the same command again."])


def close_run(keys: Iterable[ImageKey], since: float, simulated: bool) -> str:
    """Which images the run that began at `since` refused, in words; "" if none.

    Twins, problems of images with a record, are said by every run that fails: they do not depend
    on its logs.
    Writes all that are refused to results/inspection.tsv, which `inspect_images` makes of a study
    without any: the caller has that run again.
    """
    keys = list(keys)
    problems, recent = problems_of(keys), set(looked_at(keys, since))
    now = problems[[key in recent or record_path(key).exists() for key in keys_of(problems)]]
    if now.empty:
        return ""
    words = in_words(now, TABLE)
    try:
        with staged({"table": TABLE, "header": str(header_path(TABLE))}) as output:
            write_problems(problems, output.table, simulated)
    except (OSError, StudyError) as error:
        words += f"\n{TABLE} could not be written: {error}"
    return words
