"""One modality's score: how its penalty was chosen, what enters it, and what it gives patients."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import logit

from radfuse.figures.plotting import (
    FAINT,
    INK,
    TWO_COLUMNS_MM,
    ModelStyle,
    model_styles,
    new_figure,
    save,
    swarm_offsets,
)
from radfuse.formatting import COHORT_NAMES, number, positives
from radfuse.jobs.job import job
from radfuse.modelling.models import read_model
from radfuse.tables import read_table

HEIGHT_MM = 78
RULES = {"min": (0, (4, 2)), "1se": (0, (1, 1.2))}  # the line of each penalty
NAMED = 5  # components named at the end of their path
TITLE_PT = 24  # above the panel, for the numbers between
TICKS = 6  # penalties whose number of components stands above the panel
MEDIAN_MM = 0.28  # half the length of a median's bar, where groups lie 1 apart


def coefficients(path: Mapping) -> pd.DataFrame:
    """Log odds per unit: penalties x the components that enter anywhere, in their order."""
    frame = pd.DataFrame(path["coefficients"], index=range(len(path["lambda"])), dtype=float)
    return frame[sorted(frame, key=int)].fillna(0.0)


def strongest(paths: pd.DataFrame, place: int) -> list[str]:
    """The components with the largest coefficients at one penalty, at most NAMED."""
    size = paths.loc[place].abs().sort_values(ascending=False, kind="stable")
    return list(size[size > 0].index[:NAMED])


def apart(heights: np.ndarray, gap: float) -> np.ndarray:
    """Ascending heights moved so that none is nearer than `gap` to the next, their mean kept."""
    moved = heights.copy()
    for place in range(1, len(moved)):
        moved[place] = max(moved[place], moved[place - 1] + gap)
    return moved + (heights - moved).sum() / max(len(heights), 1)


def threshold_score(model: Mapping) -> float:
    """The score at which the model's probability is its threshold; NaN where it has none."""
    slope = model["covariates"][0]["coefficient"]
    if not slope or not 0 < model["threshold"] < 1:
        return np.nan
    return (logit(model["threshold"]) - model["intercept"]) / slope


def penalty_text(score: Mapping, rule: str) -> str:
    """`λ min = 0.034, 9 components (used)`."""
    penalty = score[f"lambda_{rule}"]
    count = score["path"]["selected"][score["path"]["lambda"].index(penalty)]
    used = " (used)" if score["lambda_rule"] == rule else ""
    return f"λ {rule} = {number(penalty)}, {count} of {score['components']} components{used}"


def mark_penalties(axes: Axes, score: Mapping) -> None:
    """A line at both penalties; above the panel how many components some penalties select."""
    for rule, line in RULES.items():
        axes.axvline(np.log(score[f"lambda_{rule}"]), color=INK, linewidth=0.8, linestyle=line)
    axes.set_xlabel("log(λ)")
    places, selected = np.log(score["path"]["lambda"]), score["path"]["selected"]
    chosen = np.unique(np.linspace(0, len(places) - 1, TICKS).round().astype(int))
    above = axes.secondary_xaxis("top")
    above.set_xticks(places[chosen], [str(selected[place]) for place in chosen])
    above.set_xlabel("Components selected", fontsize=6)
    above.tick_params(length=2)


def draw_deviance(axes: Axes, score: Mapping, style: ModelStyle) -> None:
    """Cross-validated deviance with its standard error."""
    path = score["path"]
    places = np.log(path["lambda"])
    axes.errorbar(
        places,
        path["deviance"],
        yerr=path["standard_error"],
        fmt=style.marker,
        color=style.colour,
        ecolor=FAINT,
        elinewidth=0.5,
        markersize=1.8,
    )
    mark_penalties(axes, score)
    axes.set_ylabel("Deviance per patient (mean ± SE)")


def draw_paths(axes: Axes, score: Mapping, style: ModelStyle) -> None:
    """A line per component; those that the used penalty selects in the model's colour."""
    places = np.log(score["path"]["lambda"])
    paths = coefficients(score["path"])
    used = score["path"]["lambda"].index(score["lambda"])
    axes.axhline(0, color=INK, linewidth=0.6)
    for component in paths:
        selected = paths.loc[used, component] != 0
        look = {"color": style.colour, "zorder": 3} if selected else {"color": FAINT}
        axes.plot(places, paths[component], linewidth=0.9 if selected else 0.5, **look)
    named = paths.loc[len(places) - 1, strongest(paths, used)].sort_values()
    first, last = places.min(), places.max()
    axes.set_xlim(first - 0.2 * (last - first), last + 0.04 * (last - first))
    gap = 0.045 * np.ptp(axes.get_ylim())
    for component, height in zip(named.index, apart(named.to_numpy(), gap), strict=True):
        axes.annotate(
            f"PC{component}",
            (first, named[component]),
            (first - 0.04 * (last - first), height),
            fontsize=5.5,
            ha="right",
            va="center",
        )
    mark_penalties(axes, score)
    axes.set_ylabel(f"Coefficient (log odds / {'SD' if score['whiten'] else 'unit'})")


def draw_scores(axes: Axes, model: Mapping, patients: pd.DataFrame, style: ModelStyle) -> None:
    """Every patient's score by cohort and outcome, and the medians."""
    cohorts = [cohort for cohort in COHORT_NAMES if (patients["cohort"] == cohort).any()]
    for place, cohort in enumerate(cohorts):
        for outcome in (0, 1):
            own = patients[(patients["cohort"] == cohort) & (patients["outcome"] == outcome)]
            values, centre = np.sort(own["score"].to_numpy()), 2.4 * place + outcome
            if len(values) == 0:
                continue
            axes.plot(
                centre + 1.2 * swarm_offsets(values, bins=35),
                values,
                style.marker,
                **point(outcome, style),
            )
            ends = [centre - MEDIAN_MM, centre + MEDIAN_MM]
            axes.plot(ends, [np.median(values)] * 2, color=INK, linewidth=1.6, zorder=4)
    axes.axhline(threshold_score(model), color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)))
    texts = [cohort_text(cohort, patients[patients["cohort"] == cohort]) for cohort in cohorts]
    axes.set_xticks([2.4 * place + 0.5 for place in range(len(cohorts))], texts)
    axes.set_xlim(-0.7, 2.4 * len(cohorts) - 0.7)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("Score (log odds)")


def point(outcome: int, style: ModelStyle) -> dict:
    """Filled with the outcome, hollow without: to be told apart in grey too."""
    return {
        "markersize": 2.4,
        "markeredgewidth": 0.5,
        "markeredgecolor": style.colour if outcome else FAINT,
        "markerfacecolor": style.colour if outcome else "white",
    }


def cohort_text(cohort: str, patients: pd.DataFrame) -> str:
    """`Training`, `n = 124`, `28 positive` below one another."""
    sizes = positives(len(patients), patients["outcome"].sum()).replace(", ", "\n")
    return f"{COHORT_NAMES[cohort].partition(' ')[0]}\n{sizes}"


def legend_entries(model: Mapping, style: ModelStyle) -> list[Line2D]:
    score = model["score"]
    entries = [
        Line2D([], [], color=INK, linewidth=0.8, linestyle=line, label=penalty_text(score, rule))
        for rule, line in RULES.items()
    ]
    for outcome, label in ((1, "Positive"), (0, "Negative")):
        look = {**point(outcome, style), "marker": style.marker, "linestyle": ""}
        entries.append(Line2D([], [], label=label, **look))
    entries.append(Line2D([], [], color=INK, linewidth=1.6, label="Median"))
    dashed = {"color": FAINT, "linewidth": 0.8, "linestyle": (0, (2, 2))}
    if np.isnan(threshold_score(model)):
        return entries
    return [*entries, Line2D([], [], label="Threshold of the training cohort", **dashed)]


def draw(model: Mapping, covariates: pd.DataFrame, models: Sequence[str]) -> Figure:
    """Three panels. `models`: all of the study's, for the colour of this one."""
    name = model["model"]
    style = model_styles(models)[name]
    patients = covariates[["cohort", "outcome"]].assign(score=covariates[name]).dropna()
    figure = new_figure(TWO_COLUMNS_MM, HEIGHT_MM)
    deviance, paths, scores = figure.subplots(1, 3)
    draw_deviance(deviance, model["score"], style)
    draw_paths(paths, model["score"], style)
    draw_scores(scores, model, patients[patients["cohort"].isin(COHORT_NAMES)], style)
    folds = f"{model['score']['folds']}-fold cross-validation"
    titles = {"a": folds, "b": "Principal components", "c": "Patients"}
    for axes, (letter, title) in zip((deviance, paths, scores), titles.items(), strict=True):
        axes.set_title(letter, loc="left", fontweight="bold", y=1, pad=TITLE_PT)
        axes.set_title(title, y=1, pad=TITLE_PT)
    sizes = positives(model["n"], model["events"])
    figure.suptitle(f"DLRS {model['modality']}, fitted on the training cohort ({sizes})")
    figure.legend(
        handles=legend_entries(model, style), loc="outside lower center", ncols=3, handlelength=2.6
    )
    return figure


def main(
    *,
    model: str,
    covariates: str,
    models: Sequence[str],
    png: str,
    svg: str,
    simulated: bool,
) -> None:
    save(draw(read_model(model), read_table(covariates), models), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            model=snakemake.input.model,
            covariates=snakemake.input.covariates,
            models=snakemake.params.models,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
