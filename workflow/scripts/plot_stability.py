"""Stability of one modality's deep features: how their ICCs are distributed, per sequence.

Intra-reader above the axis, inter-reader below it; what reaches the threshold is filled.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radfuse.features.second_outlines import NO_SEQUENCE, assessed
from radfuse.figures.plotting import (
    FAINT,
    INK,
    TWO_COLUMNS_MM,
    cohort_title,
    model_styles,
    new_figure,
    save,
    shade,
)
from radfuse.formatting import bounds, number, percent
from radfuse.jobs.job import job
from radfuse.tables import read_table

BIN = 0.025
ROW_MM = 24
KINDS = {"intra": (1, -0.35), "inter": (-1, 0.35)}  # above or below the axis; shade of the hue
CELLS = {"what": 0.0, "pairs": 0.27, "middle": 0.64, "reached": 1.0}  # where the numbers stand


def judged(stability: pd.DataFrame, kind: str, by: str) -> pd.Series:
    """What the threshold is held against: the ICCs that are defined, or their lower limits."""
    return stability[f"{kind}_low" if by == "lower" else kind].dropna()


def bin_edges(values: np.ndarray, threshold: float) -> np.ndarray:
    """Edges BIN apart from below the lowest of `values` (at least -1) to 1 or just above it.

    The threshold is one of them: no bar holds both stable and unstable features.
    """
    lowest = max(values.min(initial=0.0), -1.0)
    first, last = np.floor((lowest - threshold) / BIN), np.ceil((1 - threshold) / BIN - 1e-9)
    return threshold + BIN * np.arange(first, max(last, 1) + 1)


def shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Per cent of `values` in each bin; ICCs of means of k have no lower end, so the first bin
    holds whatever lies below it."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return 100 * counts / max(len(values), 1)


def row_title(sequence: str, features: pd.DataFrame) -> str:
    """`AP: 812 of 1280 features stable (63.4%); 40 constant, 3 undefined`."""
    kept = int((features["stable"] == "yes").sum())
    what = "stable" if assessed(features) else "kept, stability not assessed"
    found = features["reason"].value_counts()
    lost = [f"{found[why]} {why}" for why in ("constant", "undefined") if why in found]
    name = "" if sequence == NO_SEQUENCE else f"{sequence}: "
    text = f"{name}{kept} of {len(features)} features {what} ({percent(kept / len(features))})"
    return "; ".join([text, ", ".join(lost)] if lost else [text])


def describe(features: pd.DataFrame, kind: str, stability: Mapping) -> dict[str, str]:
    """One reader's numbers beside one sequence's bars, by the cell they stand in."""
    values, pairs = judged(features, kind, stability["by"]), int(features[f"n_{kind}"].max())
    cells = {"what": f"{kind.capitalize()}-reader", "pairs": str(pairs)}
    if pairs < 2:
        return {**cells, "reached": "not assessed"}
    if values.empty:
        return {**cells, "reached": "undefined"}
    first, middle, third = values.quantile([0.25, 0.5, 0.75])
    reached = int((values >= stability["threshold"]).sum())
    return {
        **cells,
        "middle": f"{number(middle, 2)} ({bounds(first, third, 2)})",
        "reached": f"{reached} of {len(values)} ({percent(reached / len(values))})",
    }


def draw_bars(
    axes: Axes, features: pd.DataFrame, edges: np.ndarray, colours: Mapping, stability: Mapping
) -> None:
    """Both readers' distributions of one sequence: hollow below the threshold, filled above."""
    passing = int(np.argmin(np.abs(edges - stability["threshold"])))
    for kind, (side, _) in KINDS.items():
        heights = side * shares(judged(features, kind, stability["by"]).to_numpy(), edges)
        look = {"color": colours[kind], "linewidth": 0.6}
        axes.stairs(heights[:passing], edges[: passing + 1], **look)
        axes.stairs(heights[passing:], edges[passing:], fill=True, label=kind, **look)
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.axvline(stability["threshold"], color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.tick_params(axis="x", length=2)


def write_numbers(axes: Axes, features: pd.DataFrame, colours: Mapping, stability: Mapping) -> None:
    axes.axis("off")
    inside = {"transform": axes.transAxes, "clip_on": False}
    for kind, (side, _) in KINDS.items():
        height = 0.5 + 0.22 * side
        axes.plot([-0.03], [height], "s", color=colours[kind], markersize=4, **inside)
        for cell, text in describe(features, kind, stability).items():
            aligned = {"ha": "left" if cell == "what" else "right", "va": "center"}
            axes.text(CELLS[cell], height, text, fontsize=6, **aligned, **inside)


def write_header(axes: Axes, threshold: float) -> None:
    texts = {"pairs": "Pairs", "middle": "Median (IQR)", "reached": f"≥ {threshold:g} (filled)"}
    for cell, text in texts.items():
        place = {"ha": "right", "va": "top", "transform": axes.transAxes}
        axes.text(CELLS[cell], 0.98, text, color=FAINT, fontsize=6, **place)


def draw(table: pd.DataFrame, modality: str, stability: Mapping, models: Sequence[str]) -> Figure:
    """A row per sequence. `stability`: the config's; `models`: all of the study's, for the hue."""
    hue = model_styles(models)[f"DLRS_{modality}"].colour
    colours = {kind: shade(hue, amount) for kind, (_, amount) in KINDS.items()}
    sequences = list(table.groupby("sequence", sort=False))
    everything = [judged(table, kind, stability["by"]) for kind in KINDS]
    edges = bin_edges(np.concatenate(everything), stability["threshold"])
    figure = new_figure(TWO_COLUMNS_MM, ROW_MM * len(sequences) + 16)
    grid = figure.subplots(
        len(sequences), 2, squeeze=False, sharex="col", sharey="col", width_ratios=[1.15, 1]
    )
    for (left, right), (sequence, features) in zip(grid, sequences, strict=True):
        draw_bars(left, features, edges, colours, stability)
        write_numbers(right, features, colours, stability)
        left.set_title(row_title(sequence, features), loc="left")
    write_header(grid[0, 1], stability["threshold"])
    limit = "Lower 95% limit of the " if stability["by"] == "lower" else ""
    grid[-1, 0].set(xlabel=f"{limit}{stability['form']}", xlim=(edges[0], edges[-1]))
    figure.supylabel("Features (%)", fontsize=7)
    title = cohort_title("train", table["n"].iloc[0], table["events"].iloc[0])
    figure.suptitle(f"{modality}: features against a second outline. {title}")
    return figure


def main(
    *,
    table: str,
    modality: str,
    stability: Mapping,
    models: Sequence[str],
    png: str,
    svg: str,
    simulated: bool,
) -> None:
    save(draw(read_table(table), modality, stability, models), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            table=snakemake.input.table,
            modality=snakemake.wildcards.modality,
            stability=snakemake.params.stability,
            models=snakemake.params.models,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
