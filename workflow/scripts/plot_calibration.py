"""Calibration: observed against predicted risk, one column per modality, one row per cohort.

Panels hold the models of one modality (seven models with their intervals in one panel cannot be
read). Points are the groups of calibration.tsv with their intervals; lines the logistic
recalibration of performance.tsv.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import expit, logit

from radfuse.formatting import COHORTS, is_missing, model_label, number
from radfuse.job import logged
from radfuse.models import PROTOCOL
from radfuse.plotting import (
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
from radfuse.tables import read_table


def recalibration(
    predicted: Sequence[float], intercept: float, slope: float
) -> tuple[np.ndarray, np.ndarray]:
    """The line logit(observed) = intercept + slope logit(predicted) over the groups' range."""
    x = np.linspace(min(predicted), max(predicted), 101)
    inside = x[(x > 0) & (x < 1)]
    return inside, expit(intercept + slope * logit(inside))


def legend_text(row: pd.Series) -> str:
    """`DLRR CT: slope 0.91, intercept −0.12`."""
    if is_missing(row["slope"]) or is_missing(row["intercept"]):
        return f"{model_label(row['model'])}: no recalibration line"
    slope, intercept = number(row["slope"], 2), number(row["intercept"], 2)
    return f"{model_label(row['model'])}: slope {slope}, intercept {intercept}"


def draw_panel(
    axes: Axes, groups: pd.DataFrame, performance: pd.DataFrame, styles: dict[str, ModelStyle]
) -> None:
    """`groups` and `performance`: the rows of one cohort and of one panel's models."""
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
        if len(own) > 1 and not is_missing(row["slope"]) and not is_missing(row["intercept"]):
            line = recalibration(own["predicted"], row["intercept"], row["slope"])
            axes.plot(*line, color=style.colour, linestyle=style.line, linewidth=style.width)
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


def draw(calibration: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    """Cohorts down and modalities across; a study of one modality has its cohorts across."""
    calibration = calibration[calibration["protocol"] == PROTOCOL]
    performance = performance[performance["protocol"] == PROTOCOL]
    models = list(dict.fromkeys(performance["model"]))
    styles = model_styles(models)
    modalities = list(dict.fromkeys(map(modality_of, models)))
    cohorts = [cohort for cohort in COHORTS if (calibration["cohort"] == cohort).any()]
    upright = len(modalities) > 1
    rows, columns = (len(cohorts), len(modalities)) if upright else (1, len(cohorts))
    width = ONE_COLUMN_MM if columns == 1 else min(TWO_COLUMNS_MM, 65 * columns)
    tallest = max(
        sum(modality_of(model) == modality for model in models) for modality in modalities
    )
    figure = new_figure(width, rows * (width / columns + 3 * tallest) + 8)
    grid = figure.subplots(rows, columns, squeeze=False)
    for down, cohort in enumerate(cohorts):
        for across, modality in enumerate(modalities):
            axes = grid[down, across] if upright else grid[0, down]
            own = [model for model in models if modality_of(model) == modality]
            rows_here = performance[
                (performance["cohort"] == cohort) & performance["model"].isin(own)
            ]
            if rows_here.empty:
                axes.set_visible(False)
                continue
            draw_panel(axes, calibration[calibration["cohort"] == cohort], rows_here, styles)
    for axes in grid[-1]:
        axes.set_xlabel("Predicted probability")
    for axes in grid[:, 0]:
        axes.set_ylabel("Observed proportion (95% CI)")
    return figure


def main(*, calibration: str, performance: str, png: str, svg: str, simulated: bool) -> None:
    save(draw(read_table(calibration), read_table(performance)), png, svg, simulated)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            calibration=snakemake.input.calibration,
            performance=snakemake.input.performance,
            png=snakemake.output.png,
            svg=snakemake.output.svg,
            simulated=snakemake.params.simulated,
        )
