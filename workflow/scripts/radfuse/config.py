"""The config and the data dictionary: defaults filled in, every problem listed at once."""

import math
import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from radfuse.errors import StudyError
from radfuse.imaging.intensity import configured_limits
from radfuse.sheets import nearest
from radfuse.weights import RANDOM
from radfuse.written import as_written

EXPONENT = re.compile(r"[+-]?\d+e[+-]?\d+", re.I)
SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


def load_schema(name: str) -> dict:
    return yaml.safe_load((SCHEMAS / f"{name}.schema.yaml").read_text(encoding="utf-8"))


def with_defaults(value: Any, schema: Mapping) -> Any:
    """`value` with the schema's defaults filled in at every depth."""
    if isinstance(value, Mapping):
        filled = dict(value)
        for key, inner in schema.get("properties", {}).items():
            if key not in filled and "default" in inner:
                filled[key] = deepcopy(inner["default"])
            if key in filled:
                filled[key] = with_defaults(filled[key], inner)
        return filled
    if isinstance(value, list) and "items" in schema:
        return [with_defaults(item, schema["items"]) for item in value]
    return value


def describe(error: ValidationError, home: str, code: str) -> list[str]:
    """A schema violation as sentences that name the place and, for a key, the nearest right one."""
    place = ".".join(str(part) for part in error.absolute_path) or "top level"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        return [
            f"{code}: {home}: {place}: unknown key '{key}'"
            + (nearest(str(key), known) or f"; known keys are {', '.join(known)}.")
            for key in error.instance
            if key not in known
        ]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [f"{code}: {home}: {place}: the key '{key}' is missing." for key in missing]
    if error.validator == "not":
        wanted = " ".join(error.schema["description"].split())
        return [f"{code}: {home}: {place}: {error.instance!r} cannot stand here: {wanted}."]
    hint = ""
    if error.validator == "type" and isinstance(error.instance, bool):
        hint = " (YAML reads a bare yes, no, on or off so: put it in quotes)"
    elif error.validator == "type" and EXPONENT.fullmatch(str(error.instance)):
        hint = " (YAML takes a number with an exponent for text unless it has a point: 1.0e-4)"
    return [f"{code}: {home}: {place}: {error.message}{hint}."]


def violations(value: Any, schema: Mapping, home: str, code: str) -> list[str]:
    errors = sorted(
        Draft202012Validator(schema).iter_errors(value), key=lambda e: list(map(str, e.path))
    )
    return list(dict.fromkeys(text for error in errors for text in describe(error, home, code)))


def load_config(raw: Mapping) -> dict:
    """The config with its defaults. Raises StudyError with every violation of the schema."""
    schema = load_schema("config")
    config = deepcopy(dict(raw))
    outcome = config.get("outcome")
    if isinstance(outcome, dict) and isinstance(outcome.get("positive"), list):
        outcome["positive"] = [as_text(value) for value in outcome["positive"]]
    radiology = config.get("radiology")
    if isinstance(radiology, dict) and "reader" in radiology:
        radiology["reader"] = as_text(radiology["reader"])
    config = with_defaults(config, schema)
    problems = violations(config, schema, "config", "E01 config") + endless(config)
    if not problems:
        problems = contradictions(config)
    if problems:
        raise StudyError(*problems)
    return config


def endless(value: Any, place: str = "") -> list[str]:
    """Numbers that are infinite or none (`.inf`, `.nan`), which no schema refuses."""
    if isinstance(value, Mapping):
        return [each for key, inner in value.items() for each in endless(inner, f"{place}.{key}")]
    if isinstance(value, list):
        return [each for inner in value for each in endless(inner, place)]
    if isinstance(value, float) and not math.isfinite(value):
        return [f"E01 config: config: {place[1:]}: {value} is no finite number."]
    return []


def as_text(value: Any) -> Any:
    """YAML reads `1` as a number; the sheets hold text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def contradictions(config: Mapping) -> list[str]:
    """What the schema cannot see: names used twice, images without sequences, odd limits."""
    names = [modality["name"] for modality in config["modalities"]]
    problems = [
        f"E01 config: modalities: '{name}' stands there {names.count(name)} times."
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    for modality in config["modalities"]:
        if modality["features"] and modality["sequences"]:
            problems.append(
                f"E01 config: modalities: {modality['name']} has sequences and features of its "
                "own; leave one of them out."
            )
        method, low, high = configured_limits(modality)
        if method == "percentile" and not 0 <= low < high <= 100:
            problems.append(
                f"E01 config: modalities: {modality['name']}: intensity percentiles {low} and "
                f"{high} do not rise within 0 to 100."
            )
        elif low >= high:
            problems.append(
                f"E01 config: modalities: {modality['name']}: intensity low {low} is not below "
                f"high {high}."
            )
        if method == "window" and modality["intensity"]["bias_correction"] == "n4":
            problems.append(
                f"E01 config: modalities: {modality['name']}: N4 would change what a window of "
                "fixed limits compares; use it with intensity.method: percentile (MRI)."
            )
    if config["backbone"]["weights"] == RANDOM and "simulation" not in config:
        problems.append(
            f"E01 config: backbone.weights: {RANDOM} is for tests on simulated images alone; "
            "features of random weights mean nothing: name weights (packaged, a file or a tag)."
        )
    first, last, step = config["validation"]["thresholds"]
    if not first + step <= last:
        problems.append(
            f"E01 config: validation.thresholds: from {first} in steps of {step} there is nothing "
            f"up to {last}; they are first, last and step."
        )
    clinical = config["clinical"]
    columns = [*clinical["numeric"], *clinical["categorical"], config["outcome"]["column"]]
    problems += [
        f"E01 config: the column '{name}' is named {columns.count(name)} times under clinical and "
        "outcome; it has one meaning."
        for name in dict.fromkeys(columns)
        if columns.count(name) > 1
    ]
    problems += label_problems(clinical)
    paths = [*config["sheets"].values(), config["characteristics"]]
    paths += [
        path for modality in config["modalities"] for path in (modality["features"] or {}).values()
    ]
    problems += [
        f"E01 config: {path}: braces cannot stand in a path; rename the file."
        for path in paths
        if path and ("{" in path or "}" in path)
    ]
    return problems


def label_problems(clinical: dict) -> list[str]:
    """Labels of no clinical column, or of two."""
    named = [*clinical["numeric"], *clinical["categorical"]]
    problems = [
        f"E01 config: clinical.labels: '{column}' is no column under clinical.numeric or "
        f"clinical.categorical{nearest(column, named)}"
        for column in clinical["labels"]
        if column not in named
    ]
    printed = [clinical["labels"].get(column, column) for column in named]
    return problems + [
        f"E01 config: clinical.labels: {printed.count(label)} columns would be printed as "
        f"'{label}'; give each a label of its own."
        for label in dict.fromkeys(clinical["labels"].values())
        if printed.count(label) > 1
    ]


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
