"""The data dictionary: what the columns of the radiology sheet mean."""

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from radfuse.errors import StudyError
from radfuse.inputs.config import as_text, load_schema, violations
from radfuse.inputs.written import as_written


def load_dictionary(path: str | Path) -> list[dict]:
    """The characteristics, level codes as text. Raises StudyError with every violation."""
    try:
        entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(
            f"E06 dictionary: {path} does not exist; correct `characteristics:`."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise StudyError(
            f"E06 dictionary: {path} cannot be read as YAML in UTF-8 ({error})."
        ) from None
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("levels"), dict):
            entry["levels"] = {as_text(code): text for code, text in entry["levels"].items()}
    problems = as_written(Path(path), "E06 dictionary")
    problems += violations(entries, load_schema("characteristics"), str(path), "E06 dictionary")
    if not problems:
        names = [entry["name"] for entry in entries]
        problems += [
            f"E06 dictionary: {path}: '{name}' stands there {names.count(name)} times."
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
        problems += [
            f"E06 dictionary: {path}: {entry['name']} is {entry['type']}, so its codes must be "
            f"numbers; '{code}' is none."
            for entry in entries
            if entry["type"] in ("binary", "ordinal")
            for code in entry["levels"]
            if not re.fullmatch(r"-?\d+(\.\d+)?", str(code))
        ]
        problems += [problem for entry in entries for problem in doubtful(entry, path)]
        labels = [(m, entry["label"]) for entry in entries for m in entry["modalities"]]
        problems += [
            f"E06 dictionary: {path}: {labels.count(each)} characteristics of {each[0]} are called "
            f"'{each[1]}'; give each a label of its own."
            for each in dict.fromkeys(labels)
            if labels.count(each) > 1
        ]
    if problems:
        raise StudyError(*problems)
    return entries


def doubtful(entry: Mapping, path: str | Path) -> list[str]:
    """Levels that are one number written twice, a binary one with other than two, a taken name."""
    place = f"E06 dictionary: {path}: {entry['name']}"
    codes = [str(code) for code in entry.get("levels", {})]
    problems = []
    if entry["name"] in ("patient", "modality", "reader"):
        problems.append(f"{place}: the sheet has a column of this name already; choose another.")
    if entry["type"] == "binary" and len(codes) != 2:
        problems.append(f"{place} is binary and has {len(codes)} levels; it needs two.")
    numeric = [code for code in codes if re.fullmatch(r"-?\d+(\.\d+)?", code)]
    if len({float(code) for code in numeric}) < len(numeric):
        problems.append(f"{place}: two of the codes {', '.join(codes)} are the same number.")
    return problems
