"""The nomogram of a model: read points above each value, add them, read the probability below."""

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radfuse.figures.plotting import INK, TWO_COLUMNS_MM, new_figure, only_text, save
from radfuse.formatting import covariate_value, model_label, number, positives
from radfuse.jobs.job import job
from radfuse.tables import read_table

ROW_MM = 9
GRID = "#dcdcdc"
APART = 0.012  # of the axis' length per character between the middles of two labels


def value_text(row: pd.Series) -> str:
    """`present`, or the number where the value is no code."""
    if isinstance(row["meaning"], str) and row["meaning"]:
        return row["meaning"]
    return covariate_value(row["value"])


def sides(places: Sequence[float], texts: Sequence[str], length: float) -> list[int]:
    """Where each label goes: 1 below its axis, -1 above it, 0 nowhere.

    Both ends first; what would run into another label below goes above, and if that is taken too it
    is left out.
    """
    order = np.argsort(places, kind="stable")
    chosen = [0] * len(places)

    def free(index: int, side: int) -> bool:
        return all(
            abs(places[index] - places[other])
            > APART * length * (len(texts[index]) + len(texts[other]) + 2) / 2
            for other in np.flatnonzero(np.array(chosen) == side)
        )

    for index in (*order[:1], *order[::-1][:1], *order):
        if not chosen[index]:
            chosen[index] = next((side for side in (1, -1) if free(index, side)), 0)
    return chosen


def draw_axis(
    axes: Axes, row: int, places: Sequence[float], texts: Sequence[str], length: float
) -> None:
    """A horizontal axis at height -row, ticks and labels below, above where it is crowded."""
    axes.plot([min(places), max(places)], [-row, -row], color=INK, linewidth=0.7)
    for place, text, side in zip(places, texts, sides(places, texts, length), strict=True):
        toward = side or 1
        axes.plot([place, place], [-row, -row - 0.11 * toward], color=INK, linewidth=0.6)
        if side:
            axes.annotate(
                text,
                (place, -row - 0.15 * side),
                ha="center",
                va="top" if side > 0 else "bottom",
                fontsize=5.5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3},
            )


def draw(table: pd.DataFrame) -> Figure:
    """Points on top, an axis per covariate, then total points and the probability."""
    points = table[table["kind"] == "covariate"]
    totals, risks = (table[table["kind"] == kind] for kind in ("total", "risk"))
    names = list(dict.fromkeys(points["covariate"]))
    rows = len(names) + 3
    figure = new_figure(TWO_COLUMNS_MM, ROW_MM * rows + 12)
    axes = figure.subplots()
    ruler = np.arange(0, 101, 10)
    draw_axis(axes, 0, ruler, [f"{value}" for value in ruler], 100)
    for place in ruler:
        axes.plot([place, place], [0, -len(names) - 0.4], color=GRID, linewidth=0.4, zorder=0)
    labels = ["Points"]
    for row, name in enumerate(names, start=1):
        own = points[points["covariate"] == name]
        texts = [value_text(each) for _, each in own.iterrows()]
        draw_axis(axes, row, own["points"].to_numpy(), texts, 100)
        labels.append(textwrap.fill(str(own["label"].iloc[0]), 36))
    # the totals have a scale of their own, as long as the points'
    most = (
        max(totals["points"].max(), risks["points"].max()) if len(risks) else totals["points"].max()
    )
    stretch = 100 / most if most > 0 else 1.0
    texts = [number(value, 0) for value in totals["points"]]
    draw_axis(axes, rows - 2, totals["points"].to_numpy() * stretch, texts, 100)
    labels.append("Total points")
    if len(risks):
        texts = [f"{value:g}" for value in risks["probability"]]
        draw_axis(axes, rows - 1, risks["points"].to_numpy() * stretch, texts, 100)
        labels.append("Probability")
    axes.set_yticks(-np.arange(len(labels)), labels)
    # as wide as the labels at the axes' ends
    halves = [(each.xy[0], 50 * APART * len(each.get_text())) for each in axes.texts]
    left, right = min(x - half for x, half in halves), max(x + half for x, half in halves)
    axes.set(xlim=(min(left, -3), max(right, 103)), ylim=(-rows + 0.3, 0.3), xticks=[])
    axes.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    first = table.iloc[0]
    axes.set_title(
        f"{model_label(first['model'])} model (training cohort, "
        f"{positives(first['n'], first['events'])})"
    )
    return figure


def main(*, table: str, png: str, svg: str, simulated: bool) -> None:
    rows = read_table(table)
    empty = not (rows["kind"] == "total").any()
    nothing = "The model has no covariates that count."
    save(only_text(TWO_COLUMNS_MM, nothing) if empty else draw(rows), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            table=snakemake.input.table,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
