"""The radiological model R of one modality: its characteristics, selected and refitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from radfuse.inputs.radiology import Characteristic, design_columns, reader_values
from radfuse.modelling.characteristics import Choice, choose
from radfuse.modelling.fitting import fit_model
from radfuse.modelling.models import with_details
from radfuse.statistics.logistic import aliased
from radfuse.statistics.selection import Selection


@dataclass(frozen=True)
class Radiological:
    """How R came: the `choice`, how many patients miss each characteristic, and the model."""

    choice: Choice
    missing: pd.Series
    model: dict


def fit_radiological(
    radiology: pd.DataFrame,
    train: pd.Series,
    modality: str,
    dictionary: Sequence[Characteristic],
    settings: Mapping,
    outcome_definition: Mapping,
) -> Radiological:
    """The selection among the characteristics of `dictionary`, and R.

    `radiology` is the sheet, `train` the outcome (0/1) of the training patients: others of the
    sheet are left out. `settings` are the config's `radiology`. Raises StudyError as `select`.
    """
    values = reader_values(radiology, modality, settings["reader"], dictionary)
    values = values[values.index.isin(train.index)]
    classes = train[values.index]
    choice = choose(values, classes, dictionary, settings)
    notes = moved_references(dictionary, choice.dictionary)
    model = radiological_model(choice, classes, modality, outcome_definition, notes)
    details = {
        column: {
            **{key: entry[key] for key in ("type", "levels") if key in entry},
            **imputed(entry, column, choice.typical),
            **measured_range(entry, values),
        }
        for entry in choice.dictionary
        for column in design_columns(entry)
    }
    model = {**with_details(model, details), "candidates": candidates(choice.selection)}
    return Radiological(choice, values.isna().sum(), model)


def candidates(selection: Selection) -> int:
    """Design columns that the outcome could choose among: those that vary."""
    fits = [screened.fit for screened in selection.univariate.values() if screened.fit]
    return sum(len(fit.names) - len(fit.aliased) for fit in fits)


def moved_references(asked: Sequence[Characteristic], taken: Sequence[Characteristic]) -> list[str]:
    """A sentence per nominal characteristic whose first level nobody has."""
    first = [
        [next(iter(entry.get("levels", {"": ""}).values())) for entry in entries]
        for entries in (asked, taken)
    ]
    return [
        f"{entry['label']} is compared with {now}: no training patient with all characteristics is "
        f"{wanted}."
        for entry, wanted, now in zip(asked, *first, strict=True)
        if wanted != now
    ]


def measured_range(entry: Characteristic, values: pd.DataFrame) -> dict[str, list[float]]:
    """The smallest and the largest training value of a measurement."""
    if entry["type"] != "continuous":
        return {}
    found = values[entry["name"]].astype(float)
    return {"range": [float(found.min()), float(found.max())]}


def imputed(
    entry: Characteristic, column: str, typical: Mapping[str, float | str]
) -> dict[str, float]:
    """The design value of a column where its characteristic is missing, if that is imputed."""
    if entry["name"] not in typical:
        return {}
    value = typical[entry["name"]]
    level = column.partition("=")[2]
    return {"imputed": float(value == level) if level else float(value)}


def radiological_model(
    choice: Choice,
    outcome: pd.Series,
    modality: str,
    outcome_definition: Mapping,
    notes: Sequence[str],
) -> dict:
    """R: the selected characteristics refitted on the patients who have them.

    Those are more than the stepwise model's where one lacks a candidate that was not selected: as
    everywhere, a patient is left out of what needs the value, and of nothing else.
    """
    labels: dict[str, str] = {}
    for entry in choice.dictionary:
        labels |= design_columns(entry)
    rows = choice.design[choice.columns].dropna()
    classes = outcome.loc[rows.index].to_numpy(dtype=int)
    unseen = aliased(rows)
    columns = [column for column in choice.columns if column not in unseen]
    notes, selection = list(notes), choice.selection
    if not columns:
        notes.append(
            f"No characteristic was selected ({len(selection.candidates)} passed the univariate "
            f"screening, {len(selection.retained)} stayed in the stepwise model): the intercept "
            "alone, the same probability for every patient."
        )
    if unseen:
        notes.append(
            "Left out, because the training cohort cannot estimate them (coefficient 0): "
            + ", ".join(labels[column] for column in unseen)
        )
    return fit_model(
        f"R_{modality}",
        modality,
        rows[columns],
        classes,
        {column: labels[column] for column in columns},
        dict.fromkeys(columns, "radiology"),
        outcome_definition,
        note=" ".join(notes),
    )
