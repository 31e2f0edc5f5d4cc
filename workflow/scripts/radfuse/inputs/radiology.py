"""Radiological characteristics: the readers' codes as numbers, and as the columns of a model."""

from collections.abc import Sequence

import pandas as pd

Characteristic = dict  # one entry of the data dictionary: name, label, type, levels, modalities


def reader_values(
    radiology: pd.DataFrame, modality: str, reader: str, dictionary: Sequence[Characteristic]
) -> pd.DataFrame:
    """One reader's characteristics of one modality.

    `radiology` is the sheet as text (blank = missing). Returns a frame indexed by patient (sorted),
    one column per characteristic of `dictionary`: numbers, or text codes where it is nominal.
    """
    rows = radiology[(radiology["modality"] == modality) & (radiology["reader"] == reader)]
    values = rows.set_index("patient")[[entry["name"] for entry in dictionary]].sort_index()
    for entry in dictionary:
        column = values[entry["name"]]
        if entry["type"] == "nominal":
            values[entry["name"]] = column.where(column != "", None)
        else:
            values[entry["name"]] = pd.to_numeric(column.where(column != "", None))
    return values


def typical_values(
    values: pd.DataFrame, dictionary: Sequence[Characteristic]
) -> dict[str, float | str]:
    """What stands in for a missing value: the median of a continuous characteristic, the most
    frequent level of any other (of equally frequent ones the first). Nothing for one that nobody
    has. `values` as of `reader_values`.
    """
    found = {}
    for entry in dictionary:
        known = values[entry["name"]].dropna()
        if len(known):
            continuous = entry["type"] == "continuous"
            found[entry["name"]] = known.median() if continuous else known.mode().iloc[0]
    return found


def design_columns(entry: Characteristic) -> dict[str, str]:
    """The model columns of a characteristic and their labels.

    A nominal one has an indicator per level but the first, `location=2`; any other is one number.
    """
    if entry["type"] != "nominal":
        return {entry["name"]: entry["label"]}
    reference, *others = entry["levels"].items()
    return {
        f"{entry['name']}={code}": f"{entry['label']}: {meaning} (vs {reference[1]})"
        for code, meaning in others
    }


def with_references(
    dictionary: Sequence[Characteristic], values: pd.DataFrame
) -> list[Characteristic]:
    """The dictionary as it is, but that a nominal characteristic's first level is one that occurs.

    An odds ratio against a level that nobody has would be one against something else. The first
    level that occurs among the patients with all characteristics is taken, or among all patients;
    a characteristic that was read in nobody does not count. `values` as of `reader_values`.
    """
    complete, found = values.dropna(axis="columns", how="all").dropna(), []
    for entry in dictionary:
        codes = list(entry.get("levels", {})) if entry["type"] == "nominal" else []
        occurring = [
            code
            for rows in (complete, values)
            if entry["name"] in rows
            for code in codes
            if (rows[entry["name"]].astype(object) == str(code)).any()
        ]
        if occurring:
            order = dict.fromkeys([occurring[0], *codes])
            entry = {**entry, "levels": {code: entry["levels"][code] for code in order}}
        found.append(entry)
    return found


def design_matrix(values: pd.DataFrame, dictionary: Sequence[Characteristic]) -> pd.DataFrame:
    """`reader_values` as float columns, with an indicator of every level of a nominal one (see
    `design_columns` for those that a model has); missing stays missing."""
    columns: dict[str, pd.Series] = {}
    for entry in dictionary:
        codes = values[entry["name"]]
        if entry["type"] != "nominal":
            columns[entry["name"]] = codes.astype(float)
            continue
        for code in entry["levels"]:
            indicator = (codes.astype(object) == str(code)).astype(float)
            columns[f"{entry['name']}={code}"] = indicator.where(codes.notna())
    return pd.DataFrame(columns, index=values.index)
