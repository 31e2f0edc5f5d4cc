"""The radiological model R of one modality: its characteristics, selected and refitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from radfuse.formatting import listed
from radfuse.inputs.radiology import (
    Characteristic,
    design_columns,
    design_matrix,
    reader_values,
    typical_values,
    with_references,
)
from radfuse.modelling.fitting import fit_model
from radfuse.modelling.models import with_details
from radfuse.statistics.collinearity import variance_inflation
from radfuse.statistics.logistic import aliased
from radfuse.statistics.selection import TIE, Selection, columns_of, select, stepwise


@dataclass(frozen=True)
class Radiological:
    """How R came: the `dictionary` with the references that the training patients have, the
    selection, their `design` (patients x columns, imputed where the config says so), how many
    `missing` each characteristic, and the model itself."""

    dictionary: list[Characteristic]
    selection: Selection
    design: pd.DataFrame
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
    typical = typical_values(values, dictionary) if settings["missing"] == "impute" else {}
    filled = values.fillna(typical)
    asked, dictionary = dictionary, with_references(dictionary, filled)
    notes = moved_references(asked, dictionary)
    design = design_matrix(filled, dictionary)
    selection = select(
        design,
        classes,
        terms_of(dictionary),
        p_enter=settings["p_enter"],
        p_stay=settings["p_stay"],
        direction=settings["direction"],
    )
    model = radiological_model(
        selection, design, classes, dictionary, modality, outcome_definition, notes
    )
    details = {
        column: {
            **{key: entry[key] for key in ("type", "levels") if key in entry},
            **imputed(entry, column, typical),
            **measured_range(entry, values),
        }
        for entry in dictionary
        for column in design_columns(entry)
    }
    model = {**with_details(model, details), "candidates": candidates(selection)}
    return Radiological(dictionary, selection, design, values.isna().sum(), model)


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


def terms_of(dictionary: Sequence[Characteristic]) -> dict[str, list[str]]:
    """The design columns of every characteristic."""
    return {entry["name"]: list(design_columns(entry)) for entry in dictionary}


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


def order_matters(found: Radiological, direction: str) -> str:
    """A sentence where the stepwise search ends elsewhere with the dictionary in reverse, else "".

    Of equal moves it makes the dictionary's first, and models that separate the outcome are often
    equal: the supremum of their likelihood is one.
    """
    selection = found.selection
    terms = terms_of(found.dictionary)
    reverse = {name: terms[name] for name in reversed(selection.candidates)}
    rows = found.design.loc[selection.patients, columns_of(terms, selection.candidates)]
    retained, aic = stepwise(rows, selection.outcome, reverse, direction)
    if set(retained) == set(selection.retained):
        return ""
    labels = {entry["name"]: entry["label"] for entry in found.dictionary}
    there, here = (
        listed([labels[name] for name in terms if name in kept]) or "nothing"
        for kept in (retained, selection.retained)
    )
    equal = abs(aic - selection.aic) <= TIE
    compared = "at the same AIC" if equal else f"at AIC {aic:.2f} against {selection.aic:.2f}"
    return (
        "The stepwise search depends on the order of the dictionary: from the last to the first it "
        f"keeps {there} in place of {here}, {compared}."
    )


def inflation(found: Radiological, names: Sequence[str]) -> dict[str, float]:
    """Variance inflation of the characteristics of one model (see `variance_inflation`)."""
    terms = terms_of(found.dictionary)
    rows = found.design.loc[found.selection.patients]
    return variance_inflation(rows, {name: terms[name] for name in names})


def radiological_model(
    selection: Selection,
    design: pd.DataFrame,
    outcome: pd.Series,
    dictionary: Sequence[Characteristic],
    modality: str,
    outcome_definition: Mapping,
    notes: Sequence[str],
) -> dict:
    """R: the selected characteristics refitted on the patients who have them.

    Those are more than the stepwise model's where one lacks a candidate that was not selected: as
    everywhere, a patient is left out of what needs the value, and of nothing else.
    """
    labels: dict[str, str] = {}
    for entry in dictionary:
        labels |= design_columns(entry)
    columns = columns_of(terms_of(dictionary), selection.selected)
    rows = design[columns].dropna()
    classes = outcome.loc[rows.index].to_numpy(dtype=int)
    unseen = aliased(rows)
    columns = [column for column in columns if column not in unseen]
    notes = list(notes)
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
