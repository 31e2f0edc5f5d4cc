"""Fit the radiological model R of one modality on the training cohort, and tabulate how it came."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radfuse.inputs.cohort import read_training
from radfuse.inputs.radiology import Characteristic, design_columns
from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.modelling.characteristics import Choice, inflation, order_matters
from radfuse.modelling.models import write_model
from radfuse.modelling.radiological import Radiological, fit_radiological
from radfuse.statistics.logistic import LogisticFit
from radfuse.statistics.selection import Screened, Selection
from radfuse.tables import write_table

COLUMNS = {
    "characteristic": "the characteristic, or a level of a nominal one against its reference",
    "n": "training patients with the characteristic, on whom the univariate estimates rest",
    "events": "positive ones among them",
    "or": "univariate odds ratio; of one level or unit more where ordered, of 1 (mm) if continuous",
    "low": "lower 95% limit, profile likelihood (penalised after Firth)",
    "high": "upper 95% limit",
    "p": "P: Wald's; after Firth the penalised likelihood ratio's; of a nominal one as a whole the "
    "likelihood ratio's, after Firth penalised too",
    "method": "how the row was estimated, or why it was not",
    "separated": "yes: the outcome separates the univariate model, completely or quasi-completely",
    "multi_or": "odds ratio in the stepwise model; blank where it was not retained",
    "multi_low": "lower 95% limit",
    "multi_high": "upper 95% limit",
    "multi_p": "P in the stepwise model, tests as in the univariate column",
    "selected": "yes: refitted as the radiological model R",
}
SELECTION_COLUMNS = {
    "characteristic": "the characteristic",
    "n": "training patients of the stepwise model, who have all candidates",
    "events": "positive ones among them",
    "missing": "training patients whose characteristic is blank in the sheet",
    "parameters": "its coefficients: one, or one less than levels where nominal",
    "candidate": "yes: passed the univariate screening",
    "retained": "yes: kept by the stepwise search",
    "selected": "yes: in R",
    "vif_candidates": "variance inflation factor among all candidates, of the linear model (of "
    "several parameters GVIF to the power of 1 / parameters, Fox and Monette 1992); above 5 to 10 "
    "estimates are unstable",
    "vif_retained": "that in the stepwise model",
    "separated": "yes: the outcome separates the stepwise model, whose estimates and P are then by "
    "Firth's penalised likelihood; blank where it was not retained",
}
COMPLETE = "Missing values: complete cases in every column."
IMPUTED = (
    "Missing values: imputed before the fit by the training cohort's most frequent level, or "
    "median of a measurement; one value each, so that intervals and P do not know of it."
)


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


def characteristics_table(choice: Choice) -> pd.DataFrame:
    """One row per characteristic; a nominal one's overall row is followed by one per level."""
    selection, rows = choice.selection, []
    for entry in choice.dictionary:
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


def selection_table(found: Radiological) -> pd.DataFrame:
    """One row per characteristic: what became of it, and what speaks against its estimates."""
    selection = found.choice.selection
    candidates = inflation(found.choice, selection.candidates)
    retained = inflation(found.choice, selection.retained)
    rows = []
    for entry in found.choice.dictionary:
        name = entry["name"]
        reached = [name in passed for passed in (selection.candidates, selection.retained)]
        rows.append(
            {
                "characteristic": entry["label"],
                "n": selection.fit.n,
                "events": selection.fit.events,
                "missing": found.missing[name],
                "parameters": len(design_columns(entry)),
                "candidate": yes(reached[0]),
                "retained": yes(reached[1]),
                "selected": yes(name in selection.selected),
                "vif_candidates": candidates.get(name),
                "vif_retained": retained.get(name),
                "separated": yes(selection.fit.separated) if reached[1] else None,
            }
        )
    return pd.DataFrame(rows, columns=list(SELECTION_COLUMNS))


def selection_notes(table: pd.DataFrame, settings: Mapping, fitted: Mapping) -> list[str]:
    """What was done about missing values, and the patients per parameter of every step."""
    stepwise = table[["n", "events"]].iloc[0]
    told = []
    for step, counts in (("candidate", stepwise), ("retained", stepwise), ("selected", fitted)):
        parameters = table.loc[table[step] == "yes", "parameters"].sum()
        rarer = min(counts["events"], counts["n"] - counts["events"])
        told.append(
            f"{step} {parameters} ({rarer / parameters:.1f})" if parameters else f"{step} 0"
        )
    return [
        IMPUTED if settings["missing"] == "impute" else COMPLETE,
        "Parameters, and patients of the rarer outcome per parameter: " + ", ".join(told) + ". "
        "Nothing is cut where there are few: below about 10 coefficients are too large and the "
        "choice itself is unstable.",
    ]


def header_notes(
    selection: Selection,
    settings: Mapping,
    fitted: Mapping,
    dictionary: Sequence[Characteristic],
) -> list[str]:
    labels = {entry["name"]: entry["label"] for entry in dictionary}

    def told(names: Sequence[str]) -> str:
        return ", ".join(labels[name] for name in names) or "none"

    return [
        f"Training cohort only; reader {settings['reader']}. "
        + (IMPUTED if settings["missing"] == "impute" else COMPLETE),
        f"Characteristics with univariate P < {settings['p_enter']} "
        f"({told(selection.candidates)}) entered an AIC stepwise model (direction "
        f"{settings['direction']}) of the {len(selection.patients)} patients "
        f"({selection.fit.events} positive) who have all of them; it kept "
        f"{told(selection.retained)} (AIC {selection.aic:.4f}; estimated by "
        f"{selection.fit.method}).",
        f"Those with P < {settings['p_stay']} there are selected and refitted as {fitted['model']} "
        f"(n = {fitted['n']}, {fitted['events']} positive, {fitted['method']}).",
        *([fitted["note"]] if fitted["note"] else []),
    ]


def main(
    radiology: str,
    training: str,
    modality: str,
    dictionary: Sequence[Characteristic],
    settings: Mapping,
    outcome: Mapping,
    simulated: bool,
    model: str,
    table: str,
    selection: str,
) -> None:
    train = read_training(training)
    found = fit_radiological(read_sheet(radiology), train, modality, dictionary, settings, outcome)
    notes = [found.model["note"], order_matters(found.choice, settings["direction"])]
    fitted = {**found.model, "note": " ".join(filter(None, notes))}
    write_model({**fitted, "simulated": simulated}, model)
    write_table(
        characteristics_table(found.choice),
        table,
        title=f"Radiological characteristics of {modality}: logistic regression of the outcome.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="confirming what was selected: the multivariable estimates are of the "
        "patients who chose them, so too far from 1, their intervals too narrow; nor "
        "for causes.",
        notes=header_notes(found.choice.selection, settings, fitted, dictionary),
    )
    steps = selection_table(found)
    write_table(
        steps,
        selection,
        title=f"Selection of the radiological characteristics of {modality}: missing values, "
        "collinearity and patients per parameter.",
        columns=SELECTION_COLUMNS,
        simulated=simulated,
        not_for="judging a characteristic: it says what the fits rest on.",
        notes=selection_notes(steps, settings, fitted),
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            radiology=snakemake.input.radiology,
            training=snakemake.input.training,
            modality=snakemake.wildcards.modality,
            dictionary=snakemake.params.dictionary,
            settings=snakemake.params.radiology,
            outcome=snakemake.params.outcome,
            simulated=snakemake.params.simulated,
            model=output.model,
            table=output.table,
            selection=output.selection,
        )
