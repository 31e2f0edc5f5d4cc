"""Write docs/config.md from the schema of the config, so that the page is what is checked.

Run by `make docs`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
PAGE = ROOT / "docs" / "config.md"
LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
HEAD = ["| key | value | default | meaning |", "|---|---|---|---|"]
INTRODUCTION = """# The config

`config/config.yaml` of the study folder. A key that is left out has its default; an unknown one is
an error that names the nearest right one. Paths are relative to the study folder. `make new-study`
writes a config with what most studies change; [the demo's](../config/config.yaml) has every key.

This page is made from the schema that a config is checked by, workflow/schemas/config.schema.yaml,
by `make docs`.
"""


def values(key: Mapping) -> str:
    """What a key may be, in a few words."""
    if "enum" in key:
        return ", ".join(f"`{value}`" for value in key["enum"])
    kinds = key.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(key.get("additionalProperties"), Mapping):
        return f"names, each with {values(key['additionalProperties'])}"
    words = {"array": "list", "object": "section", "null": "`null`", "string": "text"}
    if kinds == ["array"] and "type" in key.get("items", {}):
        return f"list of {values(key['items'])}"
    limits = ", ".join(f"{sign} {key[name]:g}" for name, sign in LIMITS.items() if name in key)
    numbers = ("number", "integer")
    return " or ".join(
        f"{words.get(kind, kind)} {limits * (kind in numbers)}".strip() for kind in kinds
    )


def rows(key: Mapping, name: str, required: bool) -> Iterator[str]:
    """A row of the table for every key, with its place; of a section its keys'."""
    inner = key.get("items", key) if key.get("type") == "array" else key
    if "properties" in inner:
        if "." in name and "description" in key:
            yield f"| `{name}` | section | | {key['description'].strip()} |"
        list_of = "[]" * (key.get("type") == "array")
        for child, below in inner["properties"].items():
            yield from rows(below, f"{name}{list_of}.{child}", child in inner.get("required", []))
        return
    default = "needed" if required else f"`{json.dumps(key.get('default'))}`"
    if key.get("default", "") is None:
        default = "`null`"
    yield f"| `{name}` | {values(key)} | {default} | {key.get('description', '').strip()} |"


def page(schema: Mapping) -> str:
    parts = [INTRODUCTION]
    for name, key in schema["properties"].items():
        described = key.get("description", "").strip()
        table = list(rows(key, name, name in schema["required"]))
        section = "properties" in key.get("items", key)
        parts.append(f"## {name}\n")
        if section and described:
            parts.append(f"{described[0].upper()}{described[1:]}.\n")
        parts.append("\n".join([*HEAD, *table, ""]))
    return "\n".join(parts)


def main() -> None:
    PAGE.write_text(page(yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
