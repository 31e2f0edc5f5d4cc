"""The radiological model R of one modality: its characteristics, selected and refitted."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.fitting import fit_model
from radfuse.radiology import Characteristic, design_columns, design_matrix, reader_values
from radfuse.selection import Selection, columns_of, select


def fit_radiological(
    radiology: pd.DataFrame,
    train: pd.Series,
    modality: str,
    dictionary: Sequence[Characteristic],
    settings: Mapping,
    outcome_definition: Mapping,
) -> tuple[Selection, dict]:
    """The selection among the characteristics of `dictionary`, and R.

    `radiology` is the sheet, `train` the outcome (0/1) of the training patients: others of the
    sheet are left out. `settings` are the config's `radiology`. Raises StudyError as `select`.
    """
    values = reader_values(radiology, modality, settings["reader"], dictionary)
    values = values[values.index.isin(train.index)]
    classes = train[values.index]
    design = design_matrix(values, dictionary)
    selection = select(
        design,
        classes,
        {entry["name"]: list(design_columns(entry)) for entry in dictionary},
        p_enter=settings["p_enter"],
        p_stay=settings["p_stay"],
        direction=settings["direction"],
    )
    return selection, radiological_model(
        selection, design, classes, dictionary, modality, outcome_definition
    )


def radiological_model(
    selection: Selection,
    design: pd.DataFrame,
    outcome: pd.Series,
    dictionary: Sequence[Characteristic],
    modality: str,
    outcome_definition: Mapping,
) -> dict:
    """R: the selected characteristics refitted on the patients who have all candidates."""
    labels: dict[str, str] = {}
    terms = {}
    for entry in dictionary:
        terms[entry["name"]] = list(design_columns(entry))
        labels |= design_columns(entry)
    columns = columns_of(terms, selection.selected)
    unseen = [column for column in columns if column in selection.fit.aliased]
    columns = [column for column in columns if column not in unseen]
    notes = []
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
        design.loc[selection.patients, columns],
        outcome.loc[selection.patients].to_numpy(dtype=int),
        {column: labels[column] for column in columns},
        dict.fromkeys(columns, "radiology"),
        outcome_definition,
        note=" ".join(notes),
    )
