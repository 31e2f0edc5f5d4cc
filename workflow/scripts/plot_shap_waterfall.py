"""SHAP of the final model for one patient: from the mean log odds to the patient's own."""

import textwrap
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.special import expit, logit

from radfuse.figures.plotting import FAINT, HUES, new_figure, only_text, row_mm, save
from radfuse.formatting import COHORT_NAMES, covariate_value, model_label, number, positives
from radfuse.jobs.job import job
from radfuse.tables import read_table

ROW_MM = 8
WIDTH_MM = 120
RAISES, LOWERS = HUES[1], HUES[0]
UNLIKELY = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
APART = 0.018  # of the axis' length per letter between the middles of two labels
PROBABILITIES = (*UNLIKELY, 0.5, *(round(1 - p, 4) for p in reversed(UNLIKELY)))


def steps(own: pd.DataFrame) -> pd.DataFrame:
    """One patient's rows of shap.tsv in the order they are added, the smallest first.

    `start` and `end` are log odds; the first start is the base value, the last end the patient's.
    """
    order = own["shap"].abs().sort_values(kind="stable").index
    ordered = own.loc[order].reset_index(drop=True)
    end = ordered["base_value"] + ordered["shap"].cumsum()
    return ordered.assign(start=end - ordered["shap"], end=end)


def row_label(row: pd.Series) -> str:
    """`Cirrhosis (CT) = 1`, over two lines where long; no line breaks at the equals sign."""
    return textwrap.fill(f"{row['label']}\u00a0=\u00a0{covariate_value(row['value'])}", 36)


def legible(probabilities: Iterable[float], low: float, high: float) -> list[float]:
    """The probabilities between two log odds whose labels do not touch, from 0.5 outwards."""
    shown: list[float] = []
    inside = [p for p in probabilities if 0 < p < 1 and low < logit(p) < high]
    for probability in sorted(inside, key=lambda p: abs(logit(p))):
        letters = {other: len(f"{probability:.10g}{other:.10g}") / 2 + 2 for other in shown}
        if all(
            abs(logit(probability) - logit(other)) > APART * letters[other] * (high - low)
            for other in shown
        ):
            shown.append(probability)
    return shown


def risk_axis(axes: Axes) -> None:
    """The probabilities that belong to the log odds, along the top."""
    low, high = axes.get_xlim()
    shown = legible(PROBABILITIES, low, high)
    if len(shown) < 3:  # where nothing moves far: round ones between those at the ends
        round_ones = legible(MaxNLocator(5).tick_values(*expit([low, high])), low, high)
        shown = max(shown, round_ones, key=len)
    top = axes.secondary_xaxis("top")
    top.set_xticks(logit(shown), [f"{p:.10g}" for p in shown])
    top.set_xlabel("Probability")
    top.spines["top"].set_visible(True)


def draw(own: pd.DataFrame) -> Figure:
    """The rows of one patient: a bar per covariate, the one that moves most on top."""
    rows = steps(own)
    labels = [row_label(row) for _, row in rows.iterrows()]
    figure = new_figure(WIDTH_MM, row_mm(labels, ROW_MM) * len(rows) + 34)
    axes = figure.subplots()
    base, final = rows["start"].iloc[0], rows["end"].iloc[-1]
    edges = np.array([rows["start"], rows["end"]])
    span = max(np.ptp(edges), 0.1)
    axes.axvline(base, color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)))
    for place, row in rows.iterrows():
        colour = RAISES if row["shap"] > 0 else LOWERS
        axes.barh(place, row["shap"], left=row["start"], height=0.62, color=colour)
        axes.plot([row["end"]] * 2, [place - 0.31, place + 1.31], color=FAINT, linewidth=0.5)
        sign = "+" if row["shap"] > 0 else ""
        axes.annotate(
            f"{sign}{number(row['shap'], 2, powers=False)}",
            (max(row["start"], row["end"]), place),
            xytext=(2, 0),
            textcoords="offset points",
            va="center",
            fontsize=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    axes.set_yticks(range(len(rows)), labels)
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(-0.6, len(rows) - 0.1))
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlim(edges.min() - 0.06 * span, edges.max() + 0.13 * span)
    first = rows.iloc[0]
    axes.set_xlabel(
        f"Log odds\ndashed: training mean {number(base, 2)} "
        f"({positives(first['n'], first['events'])})"
    )
    risk_axis(axes)
    cohort = COHORT_NAMES.get(first["cohort"], first["cohort"]).lower()
    risk = number(expit(final), 3, powers=False)
    axes.set_title(
        f"{model_label(first['model'])} model, patient {first['patient']} ({cohort})\n"
        f"log odds {number(final, 2)}, probability {risk}"
    )
    return figure


def nothing(patient: str) -> Figure:
    return only_text(
        WIDTH_MM,
        f"Nothing to explain for patient {patient}:\nthe final model has no covariates, or one of "
        "the patient’s is missing.",
    )


def main(*, shap: str, patient: str, png: str, svg: str, simulated: bool) -> None:
    values = read_table(shap)
    own = values[values["patient"] == patient]
    save(nothing(patient) if own.empty else draw(own), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            shap=snakemake.input.shap,
            patient=snakemake.wildcards.patient,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
