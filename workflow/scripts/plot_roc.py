"""ROC curves of the models, one panel per cohort (the paper's Fig. 4 and S1)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from radfuse.figures.plotting import (
    FAINT,
    ONE_COLUMN_MM,
    TWO_COLUMNS_MM,
    ModelStyle,
    cohort_title,
    model_styles,
    new_figure,
    save,
    unit_square,
)
from radfuse.formatting import COHORT_NAMES, interval, is_missing, model_label
from radfuse.jobs.job import job
from radfuse.modelling.models import PROTOCOL
from radfuse.report.measures import read_printed
from radfuse.tables import read_table

LETTER_MM, LINE_MM = 1.25, 3.6  # what a letter and a line of the legend take
AROUND_MM = 12  # what title, labels and ticks take of a panel's side
BELOW_PT = -24  # where ticks and label of the lower axis end
Curve = tuple[np.ndarray, np.ndarray]  # 1 - specificity and sensitivity


def roc_points(outcome: np.ndarray, probability: np.ndarray) -> Curve:
    """The empirical ROC curve: 1 - specificity and sensitivity at every distinct threshold.

    Starts at (0, 0); patients with equal probabilities move together, along a diagonal. Needs
    both classes.
    """
    order = np.argsort(-probability, kind="stable")
    positive = outcome[order] == 1
    last_of_ties = np.append(np.diff(probability[order]) != 0, True)
    sensitivity = np.cumsum(positive)[last_of_ties] / positive.sum()
    false_alarms = np.cumsum(~positive)[last_of_ties] / (~positive).sum()
    return np.append(0.0, false_alarms), np.append(0.0, sensitivity)


def corner_is_free(
    curves: Iterable[Curve], texts: Iterable[str], lines: int, panel_mm: float
) -> bool:
    """Whether a legend of so many lines, as wide as the longest text, fits into the lower right
    corner of a panel without covering a ROC curve."""
    left = 1 - (LETTER_MM * max(map(len, texts), default=0) + 9) / panel_mm
    top = (LINE_MM * (lines + 1) + 2) / panel_mm
    return left > 0 and all(np.interp(left, x, y) > top for x, y in curves if len(x))


def legend_text(row: pd.Series, n: int) -> str:
    """`DLRR CT  0.912 (0.843–0.981)`; names the number of patients where a model has fewer."""
    auc = interval(row["auc"], row["auc_low"], row["auc_high"]) or "not estimable"
    fewer = f", n = {int(row['n'])}" if int(row["n"]) != n else ""
    return f"{model_label(row['model'])}  {auc}{fewer}"


def curve_of(own: pd.DataFrame) -> Curve:
    """The ROC curve of one model's rows; no points where one class is missing."""
    own = own.dropna(subset="probability")
    if own["outcome"].nunique() < 2:
        return np.array([]), np.array([])
    return roc_points(own["outcome"].to_numpy(), own["probability"].to_numpy())


def draw_panel(
    axes: Axes,
    predictions: pd.DataFrame,
    performance: pd.DataFrame,
    curves: Mapping[tuple[str, str], Curve],
    styles: dict[str, ModelStyle],
) -> None:
    """One cohort's curves. `predictions`: its labelled patients; `performance`: rows to draw,
    with their `legend`; `curves` by cohort and model."""
    patients = predictions.drop_duplicates("patient")
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)))
    for _, row in performance.iterrows():
        style = styles[row["model"]]
        x, y = curves[row["cohort"], row["model"]]
        if len(x):
            axes.plot(
                1 - row["specificity"],
                row["sensitivity"],
                style.marker,
                color=style.colour,
                markersize=4,
                markeredgecolor="white",
                markeredgewidth=0.4,
                zorder=3,
            )
        axes.plot(
            x,
            y,
            color=style.colour,
            linestyle=style.line,
            linewidth=style.width,
            # no marker on the curve itself, but one in the legend
            marker=style.marker,
            markevery=[],
            markersize=3.5,
            label=row["legend"],
        )
    unit_square(axes)
    axes.set(
        xlabel="1 − specificity",
        ylabel="Sensitivity",
        title=cohort_title(predictions["cohort"].iloc[0], len(patients), patients["outcome"].sum()),
    )


def draw(
    predictions: pd.DataFrame,
    performance: pd.DataFrame,
    cohorts: Sequence[str],
    models: Sequence[str],
) -> Figure:
    """A panel per cohort that has labelled patients; markers are the training thresholds."""
    styles = model_styles(list(dict.fromkeys(predictions["model"])))
    labelled = predictions[(predictions["protocol"] == PROTOCOL) & predictions["outcome"].notna()]
    cohorts = [cohort for cohort in cohorts if (labelled["cohort"] == cohort).any()]
    drawn = labelled[labelled["cohort"].isin(cohorts) & labelled["model"].isin(models)]
    curves = {key: curve_of(own) for key, own in drawn.groupby(["cohort", "model"])}
    width = ONE_COLUMN_MM if len(cohorts) == 1 else TWO_COLUMNS_MM
    side = width / len(cohorts)
    rows = performance[(performance["protocol"] == PROTOCOL) & performance["cohort"].isin(cohorts)]
    rows = rows[rows["model"].isin(models)]
    rows = rows.sort_values("model", key=lambda names: names.map(list(models).index), kind="stable")
    sizes = labelled.groupby("cohort")["patient"].nunique()
    rows["legend"] = [legend_text(row, sizes[row["cohort"]]) for _, row in rows.iterrows()]
    inside = corner_is_free(curves.values(), rows["legend"], len(models), side - AROUND_MM)
    figure = new_figure(width, 0.97 * side + (0 if inside else LINE_MM * (len(models) + 1) + 6))
    for axes, cohort in zip(np.atleast_1d(figure.subplots(1, len(cohorts))), cohorts, strict=True):
        here = labelled[labelled["cohort"] == cohort]
        draw_panel(axes, here, rows[rows["cohort"] == cohort], curves, styles)
        axes.set_anchor("N")
        # else below the axis's label, which takes as much of a small panel as of a large one
        below = offset_copy(axes.transAxes, figure, y=BELOW_PT, units="points")
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": below}
        place = {"loc": "lower right"} if inside else place
        axes.legend(title="AUC (95% CI)", alignment="left", handlelength=2.6, **place)
    return figure


def main(
    *,
    predictions: str,
    performance: str,
    cohort: str,
    models: Sequence[str],
    png: str,
    svg: str,
    simulated: bool,
) -> None:
    cohorts = list(COHORT_NAMES) if is_missing(cohort) else [cohort]
    figure = draw(read_table(predictions), read_printed(performance), cohorts, models)
    save(figure, png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            performance=snakemake.input.performance,
            **snakemake.params.view,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
