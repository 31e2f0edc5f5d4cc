"""What the characteristics are, as the data dictionary has them."""

from collections.abc import Mapping

from radfuse.formatting import listed
from radfuse.manuscript.printed import NONE, Printed
from radfuse.manuscript.results import Results

SOURCE = "the data dictionary"
ENTERED = {
    "binary": "binary",
    "ordinal": "ordered, as one number",
    "nominal": "nominal, one indicator per level but the first",
    "continuous": "measured",
}


def definitions(results: Results) -> list[Printed]:
    """Every characteristic's modalities, codes and definition, where a model may use them."""
    modalities = read(results)
    entries = [each for each in results.dictionary if modalities & set(each["modalities"])]
    if not entries:
        return []
    rows = [
        [
            entry["label"],
            listed([name for name in entry["modalities"] if name in modalities]),
            ENTERED[entry["type"]],
            codes(entry),
            entry.get("definition") or NONE,
        ]
        for entry in entries
    ]
    columns = ["Characteristic", "Read on", "Enters models as", "Codes", "Definition"]
    title = "The radiological characteristics"
    return [Printed("definitions", title, columns, [("", rows)], [], [SOURCE], supplement=True)]


def read(results: Results) -> set[str]:
    """The modalities with a radiological model."""
    return {name.removeprefix("R_") for name in results.models if name.startswith("R_")}


def codes(entry: Mapping) -> str:
    """`1 left lobe; 2 right lobe`; nothing of a measurement."""
    levels = entry.get("levels") or {}
    return "; ".join(f"{code} {meaning}" for code, meaning in levels.items()) or NONE
