"""Where the boxes of the design's figure stand, and which way its arrows go."""

import itertools
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radfuse.figures.plotting import TWO_COLUMNS_MM

# where each step stands: row and column
GRID = {
    "readings": (0, 0),
    "patients": (0, 1),
    "tables": (0, 2),
    "images": (0, 3),
    "cohorts": (1, 1),
    "regions": (1, 3),
    "network": (1, 4),
    "stability": (2, 2),
    "features": (2, 3),
    "finetuning": (2, 4),
    "R": (3, 1),
    "DLRS": (3, 2),
    "DLRR": (4, 1),
    "fused": (4, 2),
    "given": (4, 2),
    "crossfit": (4, 3),
    "description": (5, 0),
    "optimism": (5, 1),
    "performance": (5, 2),
    "predictions": (5, 3),
    "resampling": (5, 4),
    "controls": (6, 2),
    "explanation": (6, 3),
    "report": (7, 2),
}
STAGES = {
    "Data": (0,),
    "Preparation": (1,),
    "Features": (2,),
    "Models": (3, 4),
    "Evaluation": (5, 6),
    "Report": (7,),
}
COLUMNS = 5
WHOLE = "report"  # the box as wide as the figure
STAGE_MM = 9  # the stages' names, at the left
BOX_MM = 29.5
CHARACTERS = 25
LINE_MM = 2.75
PAD_MM = 1.5
GAP_MM = 7.5  # between rows
LANE_MM = 1  # between lines that run beside each other
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A step; `x` is its centre and `top` its upper edge, in mm from the bottom left."""

    name: str
    lines: tuple[str, ...]
    x: float
    top: float
    width: float
    row: int
    column: int

    @property
    def height(self) -> float:
        return LINE_MM * len(self.lines) + 2 * PAD_MM

    @property
    def bottom(self) -> float:
        return self.top - self.height

    @property
    def middle(self) -> float:
        return self.top - self.height / 2


def column_x(column: int) -> float:
    pitch = (TWO_COLUMNS_MM - STAGE_MM) / COLUMNS
    return STAGE_MM + (column + 0.5) * pitch


def wrapped(name: str, text: str) -> list[str]:
    if name == WHOLE:
        return [text]
    return [part for line in text.split("\n") for part in textwrap.wrap(line, CHARACTERS)]


def layout(texts: Mapping[str, Sequence[str]]) -> tuple[dict[str, Box], float]:
    """The boxes by name, rows without any left out, and the height of the drawing in mm."""
    lines = {name: (title, *wrapped(name, text)) for name, (title, text) in texts.items()}
    rows = sorted({GRID[name][0] for name in lines})
    tallest = [max(len(lines[name]) for name in lines if GRID[name][0] == row) for row in rows]
    heights = [LINE_MM * count + 2 * PAD_MM for count in tallest]
    total = sum(heights) + GAP_MM * len(rows)
    boxes, top = {}, total - GAP_MM / 2
    for row, count, height in zip(rows, tallest, heights, strict=True):
        for name in (name for name in lines if GRID[name][0] == row):
            padded = lines[name] + ("",) * (count - len(lines[name]))
            column = GRID[name][1]
            whole = name == WHOLE
            width = column_x(COLUMNS - 1) - column_x(0) + BOX_MM if whole else BOX_MM
            boxes[name] = Box(name, padded, column_x(column), top, width, row, column)
        top -= height + GAP_MM
    return boxes, total


def passes(corners: Sequence[Point], point: Point) -> bool:
    """Whether a way of straight lines goes through a point, other than to end there."""
    return point != corners[-1] and any(
        min(x1, x2) <= point[0] <= max(x1, x2) and min(y1, y2) <= point[1] <= max(y1, y2)
        for (x1, y1), (x2, y2) in itertools.pairwise(corners)
    )


def junctions(ways: Mapping[tuple[str, str], Sequence[Point]]) -> list[Point]:
    """Where lines of one source part, or lines to one target meet: elsewhere they only cross."""
    return [
        point
        for (source, target), corners in ways.items()
        for point in corners[1:-1]
        if any(
            passes(others, point)
            for (a, b), others in ways.items()
            if (a == source) != (b == target)
        )
    ]


def free(boxes: Mapping[str, Box], column: int, above: int, below: int) -> bool:
    """Whether a line down this column meets no box between two rows."""
    return not any(box.column == column and above < box.row < below for box in boxes.values())


def lane(boxes: Mapping[str, Box], source: Box, row: int) -> float:
    """The height at which lines of this source run above the boxes of a row."""
    top = max(box.top for box in boxes.values() if box.row == row)
    return top + GAP_MM / 2 + LANE_MM * (source.column - 2)


def way(boxes: Mapping[str, Box], source: Box, target: Box) -> list[Point]:
    """The corners of an arrow that meets no box: beside, or down and across, across and
    down, or between two columns."""
    if source.row == target.row:
        side = 1 if target.x > source.x else -1
        return [
            (source.x + side * source.width / 2, source.middle),
            (target.x - side * target.width / 2, target.middle),
        ]
    end_x = source.x if target.name == WHOLE else target.x
    start, end = (source.x, source.bottom), (end_x, target.top)
    lower = lane(boxes, source, target.row)
    upper = lane(boxes, source, min(box.row for box in boxes.values() if box.row > source.row))
    if free(boxes, source.column, source.row, target.row):
        across = [(source.x, lower), (end_x, lower)] if source.x != end_x else []
    elif free(boxes, target.column, source.row, target.row):
        across = [(source.x, upper), (end_x, upper)]
    else:
        beside = end_x - (TWO_COLUMNS_MM - STAGE_MM) / COLUMNS / 2
        across = [(source.x, upper), (beside, upper), (beside, lower), (end_x, lower)]
    return [start, *across, end]
