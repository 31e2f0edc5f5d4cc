"""The config: defaults filled in, every problem listed at once."""

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
from radfuse.inputs.sheets import nearest
from radfuse.inputs.weights import RANDOM

EXPONENT = re.compile(r"[+-]?\d+e[+-]?\d+", re.I)
READ_BY = {"sheets", "outcome", "modalities", "clinical", "characteristics", "apply_models"}
CONTRADICTING = {"validation", "backbone"}  # what `contradictions` has of other sections
SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"


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


def describe(error: ValidationError, home: str, code: str, root: Any) -> list[str]:
    """A schema violation as sentences that name the place and, for a key, the nearest right one."""
    place = ".".join(map(str, place_of(error, root))) or "top level"
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


def place_of(error: ValidationError, root: Any) -> list:
    """The way to a violation, entries of a list by their names where they have one."""
    way, inside = [], root
    for part in error.absolute_path:
        inside = inside[part]
        in_list = isinstance(part, int) and isinstance(inside, Mapping)
        way.append(inside.get("name", part) if in_list else part)
    return way


def violations(value: Any, schema: Mapping, home: str, code: str) -> list[str]:
    found = [
        text for error in errors_of(value, schema) for text in describe(error, home, code, value)
    ]
    return list(dict.fromkeys(found))


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


def sound_part(raw: Mapping) -> dict | None:
    """The config with defaults in place of the sections that violate the schema or contradict the
    others, for whoever reads the sheets all the same; None where these say how to read them."""
    schema = load_schema("config")
    filled = with_defaults(deepcopy(dict(raw)), schema)
    faulty = {error.absolute_path[0] for error in errors_of(filled, schema) if error.absolute_path}
    known = {key: filled[key] for key in filled if key in schema["properties"]}
    if faulty & READ_BY:
        return None
    for left_out in (faulty, faulty | CONTRADICTING):
        try:
            return load_config({key: known[key] for key in known if key not in left_out})
        except StudyError:
            continue
    return None


def errors_of(value: Any, schema: Mapping) -> list[ValidationError]:
    errors = Draft202012Validator(schema).iter_errors(value)
    return sorted(errors, key=lambda error: list(map(str, error.path)))


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
    problems += [
        f"E01 config: validation.subgroups: '{name}' is none of clinical.categorical "
        f"({', '.join(clinical['categorical']) or 'which names nothing'}); a variable that is a "
        "number needs a column of its groups."
        for name in config["validation"]["subgroups"]
        if name not in clinical["categorical"]
    ]
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
