"""What the study cost: core time and peak memory of every rule."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullFormatter

from radfuse.figures.plotting import FAINT, HUES, TWO_COLUMNS_MM, new_figure, only_text, save
from radfuse.jobs.costs import duration
from radfuse.jobs.job import job
from radfuse.tables import read_table

ROW_MM = 3.4
SCOPES = {
    "image": ("a job per image: a new patient adds its own", HUES[0]),
    "study": ("all patients together: again for a new one", HUES[1]),
    "once": ("once", FAINT),
}


def label(row: pd.Series) -> str:
    times = f" × {row['jobs']}" if row["jobs"] > 1 else ""
    return f"{row['rule'].replace('_', ' ')}{times}"


def draw(costs: pd.DataFrame) -> Figure:
    """A row per rule, dearest first; the same rows in both panels."""
    if costs.empty:
        return only_text(TWO_COLUMNS_MM, "No job of this study left a benchmark file.")
    figure = new_figure(TWO_COLUMNS_MM, ROW_MM * len(costs) + 26)
    time, memory = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    colours = [SCOPES[scope][1] for scope in costs["scope"]]
    rows = range(len(costs))
    # a few rules take nearly everything, and the others are to be seen too
    time.set_xscale("log")
    time.xaxis.set_major_locator(LogLocator(numticks=7))
    time.xaxis.set_major_formatter("{x:g}")
    time.xaxis.set_minor_formatter(NullFormatter())
    time.hlines(rows, 0, 1, transform=time.get_yaxis_transform(), color=FAINT, linewidth=0.2)
    time.scatter(costs["core_seconds"], rows, c=colours, s=14, zorder=2)
    for place, seconds in zip(rows, costs["core_seconds"], strict=True):
        time.annotate(
            duration(seconds),
            (seconds, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    memory.barh(rows, costs["peak_memory_mb"].fillna(0), color=colours, height=0.7)
    time.set_yticks(rows, [label(row) for _, row in costs.iterrows()])
    time.set(ylim=(len(costs) - 0.4, -0.6), xlabel="Core-seconds (log scale)", title="Core time")
    memory.set(xlabel="Peak resident memory of a job (MB)", title="Memory")
    for letter, axes in zip("ab", (time, memory), strict=True):
        axes.set_title(letter, loc="left", fontweight="bold")
        axes.tick_params(axis="y", length=0)
    total, jobs = costs["core_seconds"].sum(), costs["jobs"].sum()
    figure.suptitle(f"{duration(total)} of one core in {jobs} jobs", fontsize=7)
    present = [SCOPES[scope] for scope in SCOPES if (costs["scope"] == scope).any()]
    handles = [Patch(color=colour, label=name) for name, colour in present]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def main(*, table: str, png: str, svg: str, simulated: bool) -> None:
    save(draw(read_table(table)), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            table=snakemake.input.table,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
