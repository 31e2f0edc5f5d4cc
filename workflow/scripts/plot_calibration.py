"""Calibration: observed against predicted risk, one column per modality, one row per cohort.

Panels hold the models of one modality (seven models with their intervals in one panel cannot be
read). Points are the groups of calibration.tsv with their intervals, lines the smooth curves of
calibration_curve.tsv; only the panel's fullest model, its last, shows the band. Slopes and
intercepts are those of performance.tsv.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radfuse.figures.plotting import (
    FAINT,
    ONE_COLUMN_MM,
    TWO_COLUMNS_MM,
    ModelStyle,
    cohort_title,
    modality_of,
    model_styles,
    new_figure,
    save,
    unit_square,
)
from radfuse.formatting import COHORT_NAMES, is_missing, model_label, number
from radfuse.jobs.job import job
from radfuse.modelling.models import PROTOCOL
from radfuse.tables import read_table

MOST_COLUMNS = 3  # side by side: a legend takes a third of a page's width
LINE_MM = 3  # of a legend
SMALL_MM = 52  # a panel's height where so many stand below one another that they fill a page


def legend_text(row: pd.Series) -> str:
    """`DLRR CT: slope 0.91, intercept −0.12`."""
    if is_missing(row["slope"]) or is_missing(row["intercept"]):
        return f"{model_label(row['model'])}: no slope"
    slope, intercept = (number(row[name], 2, powers=False) for name in ("slope", "intercept"))
    return f"{model_label(row['model'])}: slope {slope}, intercept {intercept}"


def draw_panel(
    axes: Axes,
    groups: pd.DataFrame,
    curves: pd.DataFrame,
    performance: pd.DataFrame,
    styles: dict[str, ModelStyle],
) -> None:
    """`groups`, `curves` and `performance`: the rows of one cohort and of one panel's models."""
    fullest = performance["model"].iloc[-1]
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)))
    for _, row in performance.iterrows():
        own = groups[groups["model"] == row["model"]]
        style = styles[row["model"]]
        observed = own["observed"].to_numpy()
        axes.errorbar(
            own["predicted"],
            observed,
            # an interval that rounding leaves on the wrong side of its estimate has no length
            yerr=np.clip([observed - own["observed_low"], own["observed_high"] - observed], 0, 1),
            fmt=style.marker,
            color=style.colour,
            markersize=3,
            elinewidth=0.5,
            label=legend_text(row),
        )
        # towards 0 and 1 the band runs up or down the axis, a hair's breadth wide
        curve = curves[(curves["model"] == row["model"]) & curves["predicted"].between(0.02, 0.98)]
        if curve.empty:
            continue
        x = curve["predicted"]
        axes.plot(
            x, curve["observed"], color=style.colour, linestyle=style.line, linewidth=style.width
        )
        if row["model"] == fullest:
            band = curve["observed_low"], curve["observed_high"]
            axes.fill_between(x, *band, color=style.colour, alpha=0.13, linewidth=0, zorder=0)
    unit_square(axes)
    most = performance.loc[performance["n"].idxmax()]
    # above the panel: inside, it would hide the points of a badly calibrated model
    axes.legend(
        title=cohort_title(most["cohort"], most["n"], most["events"]),
        title_fontsize=7,
        alignment="left",
        loc="lower left",
        bbox_to_anchor=(0, 1),
        handletextpad=0.4,
        borderaxespad=0,
    )


def draw(calibration: pd.DataFrame, curve: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    """Cohorts down and modalities across; cohorts across where more columns could not be read, or
    where the study has one modality."""
    calibration, curve, performance = (
        frame[frame["protocol"] == PROTOCOL] for frame in (calibration, curve, performance)
    )
    models = list(dict.fromkeys(performance["model"]))
    styles = model_styles(models)
    modalities: dict[str, list[str]] = {}
    for model in models:
        modalities.setdefault(modality_of(model), []).append(model)
    cohorts = [cohort for cohort in COHORT_NAMES if (calibration["cohort"] == cohort).any()]
    upright = 1 < len(modalities) <= MOST_COLUMNS
    columns = len(modalities) if upright else len(cohorts)
    width = ONE_COLUMN_MM if columns == 1 else min(TWO_COLUMNS_MM, 65 * columns)
    lines = [len(own) for own in modalities.values()]
    legends = [max(lines)] * len(cohorts) if upright else lines
    side = width / columns if len(legends) <= MOST_COLUMNS else SMALL_MM
    figure = new_figure(width, sum(side + LINE_MM * most for most in legends) + 8)
    grid = figure.subplots(len(legends), columns, squeeze=False)
    for down, across in np.ndindex(len(cohorts), len(modalities)):
        axes = grid[down, across] if upright else grid[across, down]
        cohort, own = cohorts[down], list(modalities.values())[across]
        rows = performance[(performance["cohort"] == cohort) & performance["model"].isin(own)]
        if rows.empty:
            axes.set_visible(False)
            continue
        here = (frame[frame["cohort"] == cohort] for frame in (calibration, curve))
        draw_panel(axes, *here, rows, styles)
    for axes in grid[-1]:
        axes.set_xlabel("Predicted probability")
    for axes in grid[:, 0]:
        axes.set_ylabel("Observed proportion (95% CI)")
    return figure


def main(
    *, calibration: str, curve: str, performance: str, png: str, svg: str, simulated: bool
) -> None:
    tables = [read_table(path) for path in (calibration, curve, performance)]
    save(draw(*tables), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            calibration=snakemake.input.calibration,
            curve=snakemake.input.curve,
            performance=snakemake.input.performance,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
