"""How every model does on other divisions of the patients: AUC, calibration slope, differences."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radfuse.figures.plotting import (
    FAINT,
    INK,
    TWO_COLUMNS_MM,
    ModelStyle,
    model_styles,
    new_figure,
    save,
    swarm_offsets,
)
from radfuse.formatting import interval, model_label, positives
from radfuse.jobs.job import job
from radfuse.modelling.distributions import DIFFERENCE
from radfuse.tables import read_table

ROW_MM = 9
# title of each panel, its axis, the value that it is compared with
PANELS = {
    "auc": ("Test AUC", "AUC", 0.5),
    "slope": ("Calibration slope", "Slope", 1.0),
    DIFFERENCE: ("Differences", "Difference of the AUCs", 0.0),
}
POINTS, SUMMARY = -0.1, 0.33  # where they lie in a row that is 1 high
SLOPES = (-1.0, 3.0)  # beyond, points are drawn at the border: a small test part can give any slope


def label(row: pd.Series) -> str:
    """The model, or the pair; below it the median, the percentiles and how many they rest on.

    The slopes stand beside the AUCs, whose labels name the models of the same rows.
    """
    name = model_label(row["model"])
    if pd.notna(row["against"]):
        name += f" − {model_label(row['against'])}"
    known = int(row["resamples"] - row["failed"] - row["undefined"])
    text = interval(row["median"], row["low"], row["high"], 2) or "not estimable"
    rest = [f"{known} of {int(row['resamples'])}"] if known < row["resamples"] else []
    return "\n".join([*([] if row["measure"] == "slope" else [name]), text, *rest])


def draw_row(
    axes: Axes, place: int, values: np.ndarray, row: pd.Series, style: ModelStyle, reach: tuple
) -> None:
    """A point per resample; below them the median as a bar, the percentiles as a line."""
    ordered = np.sort(values)
    inside = (ordered >= reach[0]) & (ordered <= reach[1])
    heights = place + POINTS + swarm_offsets(np.clip(ordered, *reach), bins=45, reach=0.28)
    look = {"color": style.colour, "linestyle": "", "markeredgewidth": 0, "alpha": 0.7}
    axes.plot(ordered[inside], heights[inside], marker="o", markersize=2.2, **look)
    for marker, beyond in (("<", ordered < reach[0]), (">", ordered > reach[1])):
        if beyond.any():
            ends = np.clip(ordered[beyond], *reach)
            axes.plot(ends, heights[beyond], marker=marker, markersize=3, clip_on=False, **look)
    low, high = np.clip([row["low"], row["high"]], *reach)
    axes.plot([low, high], [place + SUMMARY] * 2, color=INK, linewidth=0.9)
    if reach[0] <= row["median"] <= reach[1]:
        ends = [place + SUMMARY - 0.09, place + SUMMARY + 0.09]
        axes.plot([row["median"]] * 2, ends, color=INK, linewidth=1.8)


def draw_panel(
    axes: Axes, measure: str, resamples: pd.DataFrame, summary: pd.DataFrame, styles: dict
) -> None:
    """The rows of one measure, the first at the top."""
    title, name, reference = PANELS[measure]
    column = "slope" if measure == "slope" else "auc"
    reach = SLOPES if measure == "slope" else (-np.inf, np.inf)
    axes.axvline(reference, color=FAINT, linewidth=0.7, linestyle=(0, (2, 2)))
    rows = summary[summary["measure"] == measure].reset_index(drop=True)
    for place, row in rows.iterrows():
        own = resamples[resamples["model"] == row["model"]]
        against = own["against"].fillna("")
        own = own[against == ("" if pd.isna(row["against"]) else row["against"])]
        values = own[column].dropna().to_numpy(dtype=float)
        if len(values):
            draw_row(axes, place, values, row, styles[row["model"]], reach)
    axes.set_yticks(range(len(rows)), [label(row) for _, row in rows.iterrows()])
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=name, title=title)
    if measure == "slope":
        axes.set_xlim(*SLOPES)


def draw(resamples: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """A panel per measure; that of the differences is left out where there are none."""
    models = list(dict.fromkeys(summary["model"]))
    measures = [name for name in PANELS if (summary["measure"] == name).any()]
    most = max((summary["measure"] == name).sum() for name in measures)
    figure = new_figure(TWO_COLUMNS_MM, ROW_MM * most + 24)
    styles = model_styles(models)
    panels = np.atleast_1d(figure.subplots(1, len(measures)))
    for letter, axes, measure in zip("abc", panels, measures, strict=False):
        draw_panel(axes, measure, resamples, summary, styles)
        axes.set_title(letter, loc="left", fontweight="bold")
    sizes = summary.loc[summary["measure"] == "auc", ["n", "events"]].max()
    figure.suptitle(
        f"{resamples['seed'].nunique()} divisions of the patients, all models built anew on each "
        f"(test parts: {positives(sizes['n'], sizes['events'])})\n"
        "Points: divisions. Bars and lines: median, 2.5th to 97.5th percentile.",
        fontsize=7,
    )
    return figure


def main(*, resamples: str, table: str, png: str, svg: str, simulated: bool) -> None:
    save(draw(read_table(resamples), read_table(table)), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            resamples=snakemake.input.resamples,
            table=snakemake.input.table,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
