"""Typical images: a row per patient, a column per sequence, the lesion's outline on each."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from radfuse.figures.plotting import TWO_COLUMNS_MM, new_figure, save
from radfuse.imaging.picture import read_slice
from radfuse.jobs.job import job

LETTER_MM = 1.7  # of a row's label
FRAME = 4  # black pixels around an image, or a white square at its border would not be seen


def split_labels(labels: Sequence[str]) -> tuple[str, list[str]]:
    """The words that a row's labels begin with in common, and what is left of each.

    `P001 iCCA CT NP` and `P001 iCCA CT AP` give `P001 iCCA CT`, `NP` and `AP`; something is left
    of every label.
    """
    words = [label.split() for label in labels]
    same = 0
    while all(len(w) > same + 1 and w[: same + 1] == words[0][: same + 1] for w in words):
        same += 1
    return " ".join(words[0][:same]).strip(" ·"), [" ".join(w[same:]) for w in words]


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
        common, own = split_labels(labels[here])
        for axes, image, label in zip(grid[row], images[here], own, strict=False):
            framed = np.pad(image, [(FRAME, FRAME)] * 2 + [(0, 0)] * (image.ndim - 2))
            axes.imshow(framed, cmap="gray")
            axes.set_title(label, fontsize=6, pad=2)
        if common:
            grid[row, 0].text(
                -0.06,
                0.5,
                textwrap.fill(common, round(cell / LETTER_MM)),
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
    png: str,
    svg: str,
    simulated: bool,
) -> None:
    pictures = [read_slice(path) for path in overlays]
    save(draw(pictures, labels, len(pictures) // 2), png, svg, simulated)  # a row per patient


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            overlays=snakemake.input.overlays,
            labels=snakemake.params.labels,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
