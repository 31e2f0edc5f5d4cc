"""Learning curves of the fine-tuned networks: loss by epoch, a panel per sequence."""

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from radfuse.formatting import positives
from radfuse.job import logged
from radfuse.plotting import FAINT, HUES, INK, TWO_COLUMNS_MM, new_figure, save
from radfuse.tables import read_table

COLUMNS = 3
PANEL_MM = 48.0


def draw_panel(axes: Axes, history: pd.DataFrame) -> None:
    """One sequence: both losses, and the epoch whose network is used."""
    first = history.iloc[0]
    chosen = history[history["chosen"] == "yes"].iloc[0]
    axes.axvline(chosen["epoch"], color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)))
    axes.plot(
        history["epoch"],
        history["train_loss"],
        color=HUES[0],
        label=f"Training ({positives(first['n'], first['events'])})",
    )
    axes.plot(
        history["epoch"],
        history["validation_loss"],
        color=HUES[1],
        linestyle=(0, (4, 1.5)),
        label=f"Inner validation ({positives(first['validation_n'], first['validation_events'])})",
    )
    axes.plot(
        chosen["epoch"],
        chosen["validation_loss"],
        "o",
        color=INK,
        markersize=3.5,
        label=f"Epoch {int(chosen['epoch'])} is used",
    )
    axes.set(title=f"{first['modality']} {first['sequence']}", xlabel="Epoch", ylabel="Loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.set_ylim(bottom=0, top=1.35 * history[["train_loss", "validation_loss"]].max(axis=None))
    axes.legend(loc="upper right")


def draw(histories: Sequence[pd.DataFrame]) -> Figure:
    """A panel per sequence, in the study's order."""
    columns = min(COLUMNS, len(histories))
    rows = math.ceil(len(histories) / columns)
    figure = new_figure(TWO_COLUMNS_MM * columns / COLUMNS, PANEL_MM * rows)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, history in zip(grid, histories, strict=False):
        draw_panel(axes, history)
    for axes in grid[len(histories) :]:
        axes.set_visible(False)
    return figure


def main(*, histories: Sequence[str], png: str, svg: str, simulated: bool) -> None:
    save(draw([read_table(path) for path in histories]), png, svg, simulated)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            histories=snakemake.input.histories,
            png=snakemake.output.png,
            svg=snakemake.output.svg,
            simulated=snakemake.params.simulated,
        )
