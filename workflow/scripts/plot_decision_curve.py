"""Decision curves: the net benefit of each model beside treating all patients and none."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radfuse.figures.plotting import (
    FAINT,
    INK,
    ONE_COLUMN_MM,
    TWO_COLUMNS_MM,
    ModelStyle,
    cohort_title,
    model_styles,
    new_figure,
    save,
)
from radfuse.formatting import COHORT_NAMES, model_label
from radfuse.jobs.job import job
from radfuse.modelling.models import PROTOCOL
from radfuse.tables import read_table

REFERENCES = {
    "treat all": ModelStyle(FAINT, "-", "", 0.8),
    "treat none": ModelStyle(INK, "-", "", 0.8),
}


def label(name: str) -> str:
    return name.capitalize() if name in REFERENCES else model_label(name)


def draw_panel(
    axes: Axes, curves: pd.DataFrame, styles: dict[str, ModelStyle], banded: str
) -> None:
    """One cohort's curves, as in the table, and the band of the model `banded`.

    What lies far below zero runs out of the panel.
    """
    for name, curve in curves.groupby("model", sort=False):
        style = styles[name]
        axes.plot(
            curve["threshold"],
            curve["net_benefit"],
            color=style.colour,
            linestyle=style.line,
            linewidth=style.width,
            label=label(name),
            zorder=1 if name in REFERENCES else 2,
        )
        if name == banded:
            axes.fill_between(
                curve["threshold"],
                curve["net_benefit_low"],
                curve["net_benefit_high"],
                color=style.colour,
                alpha=0.12,
                linewidth=0,
                zorder=0,
                label=f"{label(name)}, 95% interval",
            )
    most = curves.loc[curves["n"].idxmax()]
    # the benefit of a perfect model is the prevalence; without events there is nothing to gain
    top = most["events"] / most["n"] if most["events"] else 0.1
    highest = max(
        1.08 * top, 1.03 * curves.loc[curves["model"] == banded, "net_benefit_high"].max()
    )
    axes.set(
        xlim=(0, 1),
        ylim=(-0.2 * top, highest if np.isfinite(highest) else 1.08 * top),
        xlabel="Threshold probability",
        ylabel="Net benefit",
        title=cohort_title(most["cohort"], most["n"], most["events"]),
    )


def draw(decision_curve: pd.DataFrame) -> Figure:
    """A panel per cohort, one legend for all; the band is that of the last model, the fullest."""
    rows = decision_curve[decision_curve["protocol"] == PROTOCOL]
    names = list(dict.fromkeys(rows["model"]))
    models = [name for name in names if name not in REFERENCES]
    styles = model_styles(models) | REFERENCES
    cohorts = [cohort for cohort in COHORT_NAMES if (rows["cohort"] == cohort).any()]
    width = ONE_COLUMN_MM if len(cohorts) == 1 else TWO_COLUMNS_MM
    columns = 3 if len(cohorts) == 1 else 5
    legend_rows = -(-(len(names) + 1) // columns)
    figure = new_figure(width, 0.8 * width / len(cohorts) + 4 * legend_rows)
    panels = np.atleast_1d(figure.subplots(1, len(cohorts)))
    for axes, cohort in zip(panels, cohorts, strict=True):
        draw_panel(axes, rows[rows["cohort"] == cohort], styles, models[-1])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, handlelength=2.6)
    return figure


def main(*, decision_curve: str, png: str, svg: str, simulated: bool) -> None:
    save(draw(read_table(decision_curve)), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            decision_curve=snakemake.input.decision_curve,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
