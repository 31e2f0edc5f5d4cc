"""Fit the radiological model R of one modality on the training cohort, and tabulate how it came."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radfuse.cohort import training
from radfuse.job import logged
from radfuse.logistic import LogisticFit
from radfuse.models import write_model
from radfuse.radiological import fit_radiological
from radfuse.radiology import Characteristic, design_columns
from radfuse.selection import Screened, Selection
from radfuse.sheets import read_sheet
from radfuse.tables import read_table, write_table

COLUMNS = {
    "characteristic": "the characteristic, or a level of a nominal one against its reference",
    "n": "training patients with the characteristic, on whom the univariate estimates rest",
    "events": "positive ones among them",
    "or": "univariate odds ratio; of one level or unit more where ordered, of 1 (mm) if continuous",
    "low": "lower 95% limit, profile likelihood (penalised after Firth)",
    "high": "upper 95% limit",
    "p": "P: Wald's; after Firth the penalised likelihood ratio's; overall the likelihood ratio's",
    "method": "how the row was estimated, or why it was not",
    "separated": "yes: the outcome separates the univariate model, completely or quasi-completely",
    "multi_or": "odds ratio in the stepwise model; blank where it was not retained",
    "multi_low": "lower 95% limit",
    "multi_high": "upper 95% limit",
    "multi_p": "P in the stepwise model, tests as in the univariate column",
    "selected": "yes: refitted as the radiological model R",
}


def yes(condition: bool) -> str:
    return "yes" if condition else "no"


def estimates(fit: LogisticFit, intervals: pd.DataFrame, column: str) -> dict[str, float]:
    """Odds ratio, its limits and P of one design column; {} where the column is aliased."""
    if column in fit.aliased:
        return {}
    position = 1 + fit.names.index(column)
    return {
        "or": float(np.exp(fit.coefficients[position])),
        "low": float(np.exp(intervals.loc[column, "low"])),
        "high": float(np.exp(intervals.loc[column, "high"])),
        "p": float(fit.p_values[position]),
    }


def univariate_cells(result: Screened, column: str | None) -> dict:
    """The univariate part of a row: of one column, or (None) of the characteristic as a whole."""
    cells = {"n": result.n, "events": result.events, "method": result.method, "separated": "no"}
    if result.fit is None:
        return cells
    cells["separated"] = yes(result.fit.separated)
    if column is None:
        return {**cells, "p": result.p}
    estimated = estimates(result.fit, result.intervals, column)
    method = result.fit.method if estimated else "not estimable: constant"
    return {**cells, **estimated, "method": method}


def characteristics_table(
    selection: Selection, dictionary: Sequence[Characteristic]
) -> pd.DataFrame:
    """One row per characteristic; a nominal one's overall row is followed by one per level."""
    rows = []
    for entry in dictionary:
        name = entry["name"]
        result = selection.univariate[name]
        lines: list[tuple[str | None, str]] = list(design_columns(entry).items())
        if entry["type"] == "nominal":
            lines.insert(0, (None, entry["label"]))
        for column, label in lines:
            row = {"characteristic": label, **univariate_cells(result, column)}
            multi: dict[str, float] = {}
            if name in selection.retained and column is None:
                multi = {"p": selection.p[name]}
            elif name in selection.retained:
                multi = estimates(selection.fit, selection.intervals, column)
            row |= {f"multi_{key}": value for key, value in multi.items()}
            rows.append({**row, "selected": yes(name in selection.selected)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def header_notes(selection: Selection, settings: Mapping, fitted: Mapping) -> list[str]:
    return [
        f"Training cohort only; reader {settings['reader']}; complete cases in every column.",
        f"Characteristics with univariate P < {settings['p_enter']} "
        f"({', '.join(selection.candidates) or 'none'}) entered an AIC stepwise model (direction "
        f"{settings['direction']}) of the {len(selection.patients)} patients "
        f"({selection.fit.events} positive) who have all of them; it kept "
        f"{', '.join(selection.retained) or 'none'} (AIC {selection.aic:.4f}; estimated by "
        f"{selection.fit.method}).",
        f"Those with P < {settings['p_stay']} there are selected and refitted as {fitted['model']} "
        f"(n = {fitted['n']}, {fitted['events']} positive, {fitted['method']}).",
        *([fitted["note"]] if fitted["note"] else []),
    ]


def main(
    radiology: str,
    split: str,
    modality: str,
    dictionary: Sequence[Characteristic],
    settings: Mapping,
    outcome: Mapping,
    simulated: bool,
    model: str,
    table: str,
) -> None:
    train = training(read_table(split))
    selection, fitted = fit_radiological(
        read_sheet(radiology), train, modality, dictionary, settings, outcome
    )
    write_model({**fitted, "simulated": simulated}, model)
    write_table(
        characteristics_table(selection, dictionary),
        table,
        title=f"Radiological characteristics of {modality}: logistic regression of the outcome.",
        columns=COLUMNS,
        simulated=simulated,
        notes=header_notes(selection, settings, fitted),
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            radiology=snakemake.input.radiology,
            split=snakemake.input.split,
            modality=snakemake.wildcards.modality,
            dictionary=snakemake.params.dictionary,
            settings=snakemake.params.radiology,
            outcome=snakemake.params.outcome,
            simulated=snakemake.params.simulated,
            model=snakemake.output.model,
            table=snakemake.output.table,
        )
