"""Which radiological characteristics the outcome chooses among training patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from radfuse.formatting import listed
from radfuse.inputs.radiology import (
    Characteristic,
    design_columns,
    design_matrix,
    typical_values,
    with_references,
)
from radfuse.statistics.collinearity import variance_inflation
from radfuse.statistics.selection import TIE, Selection, columns_of, select, stepwise


def terms_of(dictionary: Sequence[Characteristic]) -> dict[str, list[str]]:
    """The design columns of every characteristic."""
    return {entry["name"]: list(design_columns(entry)) for entry in dictionary}


@dataclass(frozen=True)
class Choice:
    """What the outcome chose among characteristics, and what it was learnt with: the `dictionary`
    with the references that the patients have, the values that stand in for missing ones
    (`typical`, where the config says so), their `design` (patients x columns)."""

    dictionary: list[Characteristic]
    typical: dict[str, float | str]
    design: pd.DataFrame
    selection: Selection

    @property
    def columns(self) -> list[str]:
        """The design columns of R, its characteristics those that were selected."""
        return columns_of(terms_of(self.dictionary), self.selection.selected)

    def coded(self, values: pd.DataFrame) -> pd.DataFrame:
        """Other patients' columns of R, of their `values` as `reader_values` gives them."""
        return design_matrix(values.fillna(self.typical), self.dictionary)[self.columns]


def choose(
    values: pd.DataFrame,
    outcome: pd.Series,
    dictionary: Sequence[Characteristic],
    settings: Mapping,
) -> Choice:
    """The selection among the characteristics of `dictionary`.

    `values` as of `reader_values` and `outcome` (0/1) share their index of training patients;
    `settings` are the config's `radiology`. Raises StudyError as `select`.
    """
    typical = typical_values(values, dictionary) if settings["missing"] == "impute" else {}
    filled = values.fillna(typical)
    entries = with_references(dictionary, filled)
    design = design_matrix(filled, entries)
    rules = {key: settings[key] for key in ("p_enter", "p_stay", "direction")}
    return Choice(entries, typical, design, select(design, outcome, terms_of(entries), **rules))


def order_matters(choice: Choice, direction: str) -> str:
    """A sentence where the stepwise search ends elsewhere with the dictionary in reverse, else "".

    Of equal moves it makes the dictionary's first, and models that separate the outcome are often
    equal: the supremum of their likelihood is one.
    """
    selection = choice.selection
    terms = terms_of(choice.dictionary)
    reverse = {name: terms[name] for name in reversed(selection.candidates)}
    rows = choice.design.loc[selection.patients, columns_of(terms, selection.candidates)]
    retained, aic = stepwise(rows, selection.outcome, reverse, direction)
    if set(retained) == set(selection.retained):
        return ""
    labels = {entry["name"]: entry["label"] for entry in choice.dictionary}
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


def inflation(choice: Choice, names: Sequence[str]) -> dict[str, float]:
    """Variance inflation of the characteristics of one model (see `variance_inflation`)."""
    terms = terms_of(choice.dictionary)
    rows = choice.design.loc[choice.selection.patients]
    return variance_inflation(rows, {name: terms[name] for name in names})
