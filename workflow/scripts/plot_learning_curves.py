"""Learning curves of the fine-tuned networks: loss by epoch, a panel per sequence."""

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from radfuse.figures.plotting import FAINT, HUES, INK, TWO_COLUMNS_MM, new_figure, save
from radfuse.formatting import count
from radfuse.jobs.job import job
from radfuse.tables import read_table

COLUMNS = 3
PANEL_MM = 45.0
CURVES = {
    "train_loss": ("Training", HUES[0], "-"),
    "validation_loss": ("Inner validation", HUES[1], (0, (4, 1.5))),
}


def panel_title(history: pd.DataFrame) -> str:
    """The sequence, and how many patients (positive ones) are behind either curve."""
    first = history.iloc[0]
    n, events, held_out, of_them = (
        count(first[name]) for name in ("n", "events", "validation_n", "validation_events")
    )
    sizes = f"n = {n} ({events} positive);\n{held_out} ({of_them} positive) held out"
    return f"{first['modality']} {first['sequence']}\n{sizes}"


def draw_panel(axes: Axes, history: pd.DataFrame) -> None:
    """One sequence: both losses, and the epoch whose network is used."""
    for column, (label, colour, line) in CURVES.items():
        axes.plot(history["epoch"], history[column], color=colour, linestyle=line, label=label)
    chosen = history[history["chosen"] == "yes"].iloc[0]
    axes.axvline(chosen["epoch"], color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    axes.plot(
        chosen["epoch"],
        chosen["validation_loss"],
        "o",
        color=INK,
        markersize=3.5,
        clip_on=False,
        zorder=3,
        label="Chosen epoch",
    )
    axes.set(
        title=panel_title(history),
        xlabel="Epoch",
        ylabel="Loss",
        ylim=(0, 1.1 * history[list(CURVES)].max(axis=None)),
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))


def draw(histories: Sequence[pd.DataFrame]) -> Figure:
    """A panel per sequence, in the study's order; one legend for all."""
    columns = min(COLUMNS, len(histories))
    rows = math.ceil(len(histories) / columns)
    figure = new_figure(TWO_COLUMNS_MM * max(columns, 1.4) / COLUMNS, PANEL_MM * rows + 5)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, history in zip(grid, histories, strict=False):
        draw_panel(axes, history)
    for axes in grid[len(histories) :]:
        axes.set_visible(False)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, handlelength=2.6)
    return figure


def main(*, histories: Sequence[str], png: str, svg: str, simulated: bool) -> None:
    save(draw([read_table(path) for path in histories]), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            histories=snakemake.input.histories,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
