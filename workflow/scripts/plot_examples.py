"""Typical images: a row per patient, a column per sequence, the lesion's outline on each."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread

from radfuse.job import logged
from radfuse.plotting import TWO_COLUMNS_MM, new_figure, save

SEPARATOR = " · "


def row_title(labels: Sequence[str]) -> str:
    """What a row's labels begin with (`P001 · iCCA`); "" where they do not agree."""
    starts = {label.rpartition(SEPARATOR)[0] for label in labels}
    return starts.pop() if len(starts) == 1 else ""


def draw(images: Sequence[np.ndarray], labels: Sequence[str], columns: int) -> Figure:
    """Images in rows of `columns`, in their order; a row's common label is written once."""
    rows = -(-len(images) // columns)
    cell = TWO_COLUMNS_MM / max(columns, 3)
    figure = new_figure(cell * columns, rows * (cell + 4) + 2)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for row in range(rows):
        here = slice(row * columns, (row + 1) * columns)
        common = row_title(labels[here])
        for axes, image, label in zip(grid[row], images[here], labels[here], strict=False):
            axes.imshow(image, cmap="gray")
            axes.set_title(label.removeprefix(common + SEPARATOR), fontsize=6, pad=2)
        if common:
            grid[row, 0].text(
                -0.06,
                0.5,
                common,
                transform=grid[row, 0].transAxes,
                rotation=90,
                ha="right",
                va="center",
                fontsize=7,
                weight="bold",
            )
    return figure


def main(
    *,
    overlays: Sequence[str],
    labels: Sequence[str],
    columns: int,
    png: str,
    svg: str,
    simulated: bool,
) -> None:
    save(draw([imread(path) for path in overlays], labels, columns), png, svg, simulated)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            overlays=snakemake.input.overlays,
            labels=snakemake.params.labels,
            columns=snakemake.params.columns,
            png=snakemake.output.png,
            svg=snakemake.output.svg,
            simulated=snakemake.params.simulated,
        )
