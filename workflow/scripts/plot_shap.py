"""SHAP of the final model over the original covariates: every patient, and the mean size."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from radfuse.figures.plotting import (
    FAINT,
    HUES,
    new_figure,
    only_text,
    row_mm,
    save,
    shade,
    swarm_offsets,
)
from radfuse.formatting import COHORT_NAMES, model_label, positives
from radfuse.jobs.job import job
from radfuse.tables import read_table

ROW_MM = 7.5
WIDTH_MM = 120
NOTHING = "The final model has no covariates to explain."
COLOURS = "viridis"
COHORT_COLOURS = {"train": HUES[0], "test": HUES[1], "external": HUES[2]}


def importance(shap: pd.DataFrame) -> pd.DataFrame:
    """Mean |SHAP| (log odds): covariates, the most important over all patients first, x cohorts."""
    size = shap.assign(size=shap["shap"].abs())
    order = size.groupby("covariate")["size"].mean().sort_values(ascending=False, kind="stable")
    cohorts = [cohort for cohort in COHORT_NAMES if (size["cohort"] == cohort).any()]
    means = size.pivot_table(index="covariate", columns="cohort", values="size", aggfunc="mean")
    return means.loc[order.index, cohorts]


def scaled(values: pd.Series) -> np.ndarray:
    """A covariate's values between its lowest (0) and highest (1) patient; 0.5 where constant."""
    span = values.max() - values.min()
    return ((values - values.min()) / span).to_numpy() if span > 0 else np.full(len(values), 0.5)


def row_labels(shap: pd.DataFrame, covariates: pd.Index) -> list[str]:
    labels = shap.drop_duplicates("covariate").set_index("covariate")["label"]
    return [textwrap.fill(str(labels[covariate]), 34) for covariate in covariates]


def name_rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def background(shap: pd.DataFrame) -> str:
    first = shap.iloc[0]
    return f"Reference: mean of the training cohort, {positives(first['n'], first['events'])}"


def draw_summary(shap: pd.DataFrame) -> Figure:
    """A swarm per covariate: a point per patient, coloured by the patient's value."""
    covariates = importance(shap).index
    labels = row_labels(shap, covariates)
    # at least as tall as the label of the colours
    figure = new_figure(WIDTH_MM, row_mm(labels, ROW_MM) * max(len(labels), 2) + 20)
    axes = figure.subplots()
    axes.axvline(0, color=FAINT, linewidth=0.6)
    for row, covariate in enumerate(covariates):
        own = shap[shap["covariate"] == covariate].sort_values(["shap", "patient"])
        axes.scatter(
            own["shap"],
            row + swarm_offsets(own["shap"].to_numpy()),
            c=scaled(own["value"]),
            cmap=COLOURS,
            vmin=0,
            vmax=1,
            s=6,
            linewidths=0,
        )
    name_rows(axes, labels)
    patients = shap["patient"].nunique()
    axes.set_xlabel(f"SHAP value (log odds)\n{background(shap)}")
    axes.set_title(f"{model_label(shap['model'].iloc[0])} model, {patients} patients")
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 1), COLOURS),
        ax=axes,
        aspect=30,
        shrink=0.7 if len(covariates) > 3 else 1.0,
        pad=0.01,
        ticks=[0, 1],
    )
    bar.ax.set_yticklabels(["lowest", "highest"])
    bar.set_label("Covariate’s value", labelpad=2)
    bar.outline.set_visible(False)
    return figure


def draw_importance(shap: pd.DataFrame) -> Figure:
    """Mean |SHAP| per covariate, a bar per cohort."""
    means = importance(shap)
    labels = row_labels(shap, means.index)
    figure = new_figure(WIDTH_MM, row_mm(labels, ROW_MM) * len(labels) + 20)
    axes = figure.subplots()
    height = 0.7 / len(means.columns)
    for place, cohort in enumerate(means.columns):
        patients = shap.loc[shap["cohort"] == cohort, "patient"].nunique()
        axes.barh(
            np.arange(len(means)) + (place - (len(means.columns) - 1) / 2) * height,
            means[cohort],
            height=0.92 * height,
            color=shade(COHORT_COLOURS[cohort], 0.15),
            label=f"{COHORT_NAMES[cohort]} (n = {patients})",
        )
    name_rows(axes, labels)
    axes.set_xlabel(f"Mean |SHAP value| (log odds)\n{background(shap)}")
    axes.set_title(f"{model_label(shap['model'].iloc[0])} model")
    axes.legend(loc="lower right")
    return figure


def main(
    *,
    shap: str,
    summary_png: str,
    summary_svg: str,
    importance_png: str,
    importance_svg: str,
    simulated: bool,
) -> None:
    values = read_table(shap)
    labelled = values[values["cohort"].isin(COHORT_NAMES)]
    empty = labelled.empty
    summary = only_text(WIDTH_MM, NOTHING) if empty else draw_summary(labelled)
    bars = only_text(WIDTH_MM, NOTHING) if empty else draw_importance(labelled)
    save(summary, summary_png, summary_svg, simulated)
    save(bars, importance_png, importance_svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            shap=snakemake.input.shap,
            summary_png=output.summary_png,
            summary_svg=output.summary_svg,
            importance_png=output.importance_png,
            importance_svg=output.importance_svg,
            simulated=snakemake.params.simulated,
        )
