"""What no run can know: the statements that the authors make in the config's `study:`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from radfuse.manuscript.references import BEGIN, END

SCHEMA = Path(__file__).resolve().parents[3] / "schemas" / "config.schema.yaml"


@cache
def meanings() -> dict[str, str]:
    """What belongs into each key of `study:`, the title apart."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    keys = schema["properties"]["study"]["properties"]
    return {key: inner["description"] for key, inner in keys.items() if key != "title"}


def statement(study: Mapping, key: str) -> list[str]:
    """The authors' statement as sentences, or none."""
    text = " ".join(str(study.get(key) or "").replace(BEGIN, "").replace(END, "").split())
    if not text:
        return []
    return [text if text[-1] in ".!?" else f"{text}."]


def unstated(study: Mapping) -> dict[str, str]:
    """The keys that are still blank, with what belongs there."""
    return {key: text for key, text in meanings().items() if not statement(study, key)}
