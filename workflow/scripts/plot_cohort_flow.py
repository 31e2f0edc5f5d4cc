"""The patients' way through the study (STARD): registered, excluded, analysed, split."""

import textwrap
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from radfuse.figures.plotting import INK, MM, TWO_COLUMNS_MM, save, shade
from radfuse.formatting import COHORT_NAMES, count
from radfuse.jobs.job import job
from radfuse.tables import read_table

LINE_MM = 3.6
PAD_MM = 2.2
GAP_MM = 9
BOX_MM = 54
CHARACTERS = 38


@dataclass(frozen=True)
class Box:
    """A box of text; `x` is its centre and `top` its upper edge, in mm from the bottom left."""

    lines: tuple[str, ...]
    x: float
    top: float

    @property
    def height(self) -> float:
        return LINE_MM * len(self.lines) + 2 * PAD_MM

    @property
    def bottom(self) -> float:
        return self.top - self.height


def counted(name: str, row: pd.Series) -> tuple[str, ...]:
    """A box of patients whose outcome is known: name, n and both classes."""
    negative = row["n"] - row["events"]
    classes = f"{count(row['events'])} positive, {count(negative)} negative"
    return (f"{name} (n = {count(row['n'])})", classes)


def wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, CHARACTERS, subsequent_indent="    ")


def side_boxes(counts: pd.DataFrame) -> list[tuple[str, ...]]:
    """The texts at the side: exclusions with a line per reason, then unknown outcomes."""
    boxes = []
    excluded = counts[(counts["step"] == "excluded") & (counts["n"] > 0)]
    if len(excluded):
        lines = [f"Excluded (n = {count(excluded['n'].sum())})"]
        for _, row in excluded.iterrows():
            lines += wrapped(f"  {row['reason']} (n = {count(row['n'])})")
        boxes.append(tuple(lines))
    unlabelled = counts[(counts["step"] == "unlabelled") & (counts["n"] > 0)]
    if len(unlabelled):
        text = f"Outcome unknown (n = {count(unlabelled['n'].sum())})"
        boxes.append((text, "  predicted, not evaluated"))
    return boxes


def layout(counts: pd.DataFrame) -> tuple[list[Box], list[Box], list[Box], float]:
    """The trunk, side and cohort boxes, and the height of the drawing in mm."""
    steps = counts.drop_duplicates("step").set_index("step")
    # among all registered patients some outcomes may be unknown: no classes there
    registered = (f"Registered (n = {count(steps.loc['registered', 'n'])})",)
    trunk = [registered, counted("Analysed", steps.loc["analysed"])]
    sides = side_boxes(counts)
    cohorts = counts[counts["cohort"].isin(COHORT_NAMES) & (counts["n"] > 0)].drop_duplicates(
        "cohort"
    )
    beside = sum(LINE_MM * len(lines) + 2 * PAD_MM + 3 for lines in sides)
    between = max(GAP_MM, beside + 6 if sides else 0)
    heights = [LINE_MM * len(lines) + 2 * PAD_MM for lines in trunk]
    below = max([LINE_MM * 2 + 2 * PAD_MM] * bool(len(cohorts)), default=-GAP_MM)
    total = sum(heights) + between + GAP_MM + below + 8
    middle = TWO_COLUMNS_MM / 2
    top = Box(trunk[0], middle, total - 2)
    analysed = Box(trunk[1], middle, top.bottom - between)
    side, edge = [], top.bottom - 3
    for lines in sides:
        side.append(Box(lines, middle + 36 + BOX_MM / 2 - 5, edge))
        edge = side[-1].bottom - 3
    ends = [
        Box(
            counted(COHORT_NAMES[row["cohort"]], row),
            middle + (place - (len(cohorts) - 1) / 2) * (BOX_MM + 5),
            analysed.bottom - GAP_MM,
        )
        for place, (_, row) in enumerate(cohorts.iterrows())
    ]
    return [top, analysed], side, ends, total


def draw_box(axes: Axes, box: Box, centred: bool) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (box.x - BOX_MM / 2, box.bottom),
            BOX_MM,
            box.height,
            boxstyle="round,pad=0,rounding_size=1",
            facecolor=shade("#0072B2", 0.92) if centred else "white",
            edgecolor=INK,
            linewidth=0.6,
        )
    )
    for place, line in enumerate(box.lines):
        axes.text(
            box.x if centred else box.x - BOX_MM / 2 + PAD_MM,
            box.top - PAD_MM - (place + 0.5) * LINE_MM,
            line,
            ha="center" if centred else "left",
            va="center",
            fontsize=7 if place == 0 else 6.5,
            weight="bold" if place == 0 else "normal",
        )


def connect(axes: Axes, x: list[float], y: list[float]) -> None:
    """A line through the points, with an arrow at its end."""
    axes.plot(x[:-1], y[:-1], color=INK, linewidth=0.6, solid_capstyle="butt")
    axes.annotate(
        "",
        (x[-1], y[-1]),
        (x[-2], y[-2]),
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.6, "shrinkA": 0, "shrinkB": 0},
    )


def draw(counts: pd.DataFrame) -> Figure:
    trunk, side, ends, height = layout(counts)
    figure = Figure(figsize=(TWO_COLUMNS_MM * MM, height * MM))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, TWO_COLUMNS_MM), ylim=(0, height))
    axes.axis("off")
    top, analysed = trunk
    connect(axes, [top.x, analysed.x], [top.bottom, analysed.top])
    for box in side:
        middle = (box.top + box.bottom) / 2
        connect(axes, [top.x, box.x - BOX_MM / 2], [middle, middle])
    for box in ends:
        joint = analysed.bottom - GAP_MM / 2
        connect(
            axes, [analysed.x, analysed.x, box.x, box.x], [analysed.bottom, joint, joint, box.top]
        )
    for box in [*trunk, *side, *ends]:
        draw_box(axes, box, centred=box not in side)
    return figure


def main(*, counts: str, png: str, svg: str, simulated: bool) -> None:
    save(draw(read_table(counts)), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            counts=snakemake.input.counts,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
