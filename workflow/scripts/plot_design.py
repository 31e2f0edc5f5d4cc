"""The design of the study: its steps from the sheets to the report, and which needs which."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from radfuse.figures.flowchart import (
    GAP_MM,
    LINE_MM,
    STAGE_MM,
    STAGES,
    Box,
    Point,
    junctions,
    layout,
    way,
)
from radfuse.figures.plotting import HUES, INK, MM, TWO_COLUMNS_MM, save, shade
from radfuse.jobs.job import job


def draw_box(axes: Axes, box: Box, colour: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (box.x - box.width / 2, box.bottom),
            box.width,
            box.height,
            boxstyle="round,pad=0,rounding_size=1",
            facecolor=colour,
            edgecolor=INK,
            linewidth=0.6,
            zorder=3,
        )
    )
    shown = [line for line in box.lines if line]
    first = box.middle + (len(shown) - 1) / 2 * LINE_MM
    for place, line in enumerate(shown):
        axes.text(
            box.x,
            first - place * LINE_MM,
            line,
            ha="center",
            va="center",
            fontsize=6.5 if place == 0 else 5.5,
            weight="bold" if place == 0 else "normal",
            zorder=4,
        )


def draw_arrow(axes: Axes, corners: Sequence[Point]) -> None:
    xs, ys = zip(*corners, strict=True)
    axes.plot(xs[:-1], ys[:-1], color=INK, linewidth=0.6, solid_capstyle="round", zorder=2)
    style = {"arrowstyle": "-|>,head_width=0.12,head_length=0.28", "color": INK, "lw": 0.6}
    axes.annotate(
        "", corners[-1], corners[-2], arrowprops={**style, "shrinkA": 0, "shrinkB": 0}, zorder=2
    )


def draw(boxes: Mapping[str, Sequence[str]], arrows: Sequence[Sequence[str]]) -> Figure:
    placed, height = layout(boxes)
    figure = Figure(figsize=(TWO_COLUMNS_MM * MM, height * MM))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, TWO_COLUMNS_MM), ylim=(0, height))
    axes.axis("off")
    for place, (stage, rows) in enumerate(STAGES.items()):
        inside = [box for box in placed.values() if box.row in rows]
        if not inside:
            continue
        top = max(box.top for box in inside) + GAP_MM / 2
        bottom = min(box.bottom for box in inside) - GAP_MM / 2
        tint = shade(HUES[0], 0.93 if place % 2 else 0.97)
        axes.add_patch(
            Rectangle((0, bottom), TWO_COLUMNS_MM, top - bottom, color=tint, lw=0, zorder=0)
        )
        axes.text(
            STAGE_MM / 2, (top + bottom) / 2, stage, rotation=90, ha="center", va="center",
            fontsize=6.5, weight="bold", color=shade(INK, 0.25),
        )  # fmt: skip
    ways = {(a, b): way(placed, placed[a], placed[b]) for a, b in arrows}
    for corners in ways.values():
        draw_arrow(axes, corners)
    for x, y in junctions(ways):
        axes.add_patch(Circle((x, y), 0.5, color=INK, lw=0, zorder=2))
    for box in placed.values():
        draw_box(axes, box, "white")
    return figure


def main(
    *,
    boxes: Mapping[str, Sequence[str]],
    arrows: Sequence[Sequence[str]],
    png: str,
    svg: str,
    simulated: bool,
) -> None:
    save(draw(boxes, arrows), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            **snakemake.params.design,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
