"""Forest plots: the AUC of the model that a study is about, in every centre and subgroup."""

from collections.abc import Sequence
from textwrap import indent, wrap
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radfuse.figures.plotting import (
    FAINT,
    ONE_COLUMN_MM,
    TWO_COLUMNS_MM,
    ModelStyle,
    model_styles,
    new_figure,
    save,
)
from radfuse.formatting import COHORT_NAMES, interval, is_missing, model_label, p_text, positives
from radfuse.jobs.job import job
from radfuse.modelling.models import PROTOCOL
from radfuse.report.measures import read_printed

LINE_MM = 3.4
LONGEST = 36  # letters in a line of a label
SMALLEST, LARGEST = 2.0, 5.0  # sides of the squares, points
INDENT = "   "


def unbroken(text: str) -> str:
    """In brackets, and on one line."""
    return f"({text})".replace(" ", "\u00a0")


class Row(NamedTuple):
    """A row of a panel. `found` holds n, events, auc and its limits; a heading has none."""

    label: str
    found: pd.Series | None = None
    indent: str = ""

    @property
    def text(self) -> str:
        """`male (n = 24, 7 positive)`, on as many lines as it takes."""
        text = self.label
        if self.found is not None:
            text += f" {unbroken(positives(self.found['n'], self.found['events']))}"
        return indent("\n".join(wrap(text, LONGEST)), self.indent)

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1


def rows_of(performance: pd.DataFrame, centers: pd.DataFrame, subgroups: pd.DataFrame) -> list[Row]:
    """All patients, every centre, every level of every variable. The tables as they are printed,
    their rows those of one model in one cohort."""
    rows = [Row("All patients", row) for _, row in performance.iterrows()]
    if len(centers):
        rows.append(Row("Centre"))
        rows += [Row(str(row["center"]), row, INDENT) for _, row in centers.iterrows()]
    for variable, own in subgroups.groupby("variable", sort=False):
        whole = own["level"].isna()
        p = own.loc[whole, "p_adjusted"].iloc[0]
        test = "" if is_missing(p) else f" {unbroken(f'adjusted {p_text(p)}')}"
        rows.append(Row(f"{variable}{test}"))
        rows += [Row(str(row["level"]), row, INDENT) for _, row in own[~whole].iterrows()]
    return rows


def draw_row(
    axes: Axes, height: float, found: pd.Series, largest: float, style: ModelStyle
) -> None:
    """A square, the larger the more patients, on its interval."""
    ends = np.clip([found["auc_low"], found["auc_high"]], 0, 1)
    axes.plot(ends, [height] * 2, color=style.colour, linewidth=0.9)
    size = max(LARGEST * np.sqrt(found["n"] / largest), SMALLEST)
    axes.plot(found["auc"], height, "s", color=style.colour, markersize=size, markeredgewidth=0)


def left_aligned(axes: Axes, heights: Sequence[float], rows: Sequence[Row]) -> None:
    """The labels begin below each other, as far left as the widest of them needs."""
    axes.set_yticks(heights, [row.text for row in rows], ha="left")
    widths = [each.get_window_extent().width for each in axes.get_yticklabels()]
    axes.tick_params(axis="y", length=0, pad=max(widths) * 72 / axes.figure.dpi + 3)


def draw_panel(axes: Axes, rows: Sequence[Row], style: ModelStyle, lines: int) -> None:
    """`lines`: those of the longest panel. The AUCs in figures stand at the right."""
    tall = [row.lines for row in rows]
    heights = np.cumsum(tall) - np.array(tall) / 2
    axes.axvline(0.5, color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)))
    whole = rows[0].found
    axes.axvline(whole["auc"], color=style.colour, linewidth=0.5, linestyle=(0, (1, 1.5)))
    for height, row in zip(heights, rows, strict=True):
        if row.found is not None and not is_missing(row.found["auc"]):
            draw_row(axes, height, row.found, whole["n"], style)
    axes.set(xlim=(-0.02, 1.02), ylim=(lines + 0.3, -0.3), xlabel="AUC (95% CI)")
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_xticks([0.25, 0.75], minor=True)
    left_aligned(axes, heights, rows)
    axes.spines["left"].set_visible(False)
    right = axes.twinx()
    right.set_ylim(axes.get_ylim())
    right.set_yticks(heights, ["" if row.found is None else in_figures(row.found) for row in rows])
    right.tick_params(axis="y", length=0)
    right.spines["left"].set_visible(False)


def in_figures(found: pd.Series) -> str:
    return interval(found["auc"], found["auc_low"], found["auc_high"], 2) or "not estimable"


def draw(
    performance: pd.DataFrame,
    centers: pd.DataFrame,
    subgroups: pd.DataFrame,
    models: Sequence[str],
    shown: Sequence[str],
) -> Figure:
    """A row of panels per model `shown`, a panel per cohort that no model was fitted on. `models`
    are the study's, for their colours."""
    tables = [table[table["protocol"] == PROTOCOL] for table in (performance, centers, subgroups)]
    cohorts = [
        name for name in COHORT_NAMES if name != "train" and name in set(tables[0]["cohort"])
    ]
    panels = {
        (model, cohort): rows_of(*(rows_in(table, model, cohort) for table in tables))
        for model in shown
        for cohort in cohorts
    }
    most = max(sum(row.lines for row in rows) for rows in panels.values())
    width = ONE_COLUMN_MM if len(cohorts) == 1 else TWO_COLUMNS_MM
    figure = new_figure(width, (LINE_MM * most + 17) * len(shown))
    figure.get_layout_engine().set(wspace=0.06)
    grid = figure.subplots(len(shown), len(cohorts), squeeze=False)
    styles = model_styles(models)
    for axes, ((model, cohort), rows) in zip(grid.flat, panels.items(), strict=True):
        draw_panel(axes, rows, styles[model], most)
        axes.set_title(f"{model_label(model)}, {COHORT_NAMES[cohort].lower()}")
    return figure


def rows_in(table: pd.DataFrame, model: str, cohort: str) -> pd.DataFrame:
    return table[(table["model"] == model) & (table["cohort"] == cohort)]


def main(
    *,
    performance: str,
    centers: Sequence[str],
    subgroups: Sequence[str],
    models: Sequence[str],
    shown: Sequence[str],
    png: str,
    svg: str,
    simulated: bool,
) -> None:
    """`centers`, `subgroups`: the table, or none."""
    none = pd.DataFrame(columns=["protocol", "cohort", "model", "variable"])
    groups = [read_printed(*paths) if paths else none for paths in (centers, subgroups)]
    save(draw(read_printed(performance), *groups, models, shown), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            performance=snakemake.input.performance,
            centers=snakemake.input.centers,
            subgroups=snakemake.input.subgroups,
            models=snakemake.params.models,
            shown=snakemake.params.shown,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
