"""The scores of negative controls beside the lesions' own: one lesion's patches, and the AUCs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from radfuse.figures.plotting import (
    FAINT,
    FUSED,
    INK,
    TWO_COLUMNS_MM,
    ModelStyle,
    model_styles,
    new_figure,
    save,
)
from radfuse.formatting import COHORT_NAMES, interval, positives
from radfuse.inputs.controls import BACKGROUND, SHUFFLED
from radfuse.jobs.job import job
from radfuse.report.control_verdicts import group_name, judged
from radfuse.report.measures import read_printed

HEIGHT_MM, GROUP_MM = 35, 12  # of a modality
NAMES = {"lesion": "Lesion", SHUFFLED: "Shuffled", BACKGROUND: "Background"}
PATCHES = {"lesion": "reader1", SHUFFLED: SHUFFLED, BACKGROUND: BACKGROUND}
REACH = 0.3  # how far from a row's middle its first and last cohort stand
LIMITS = ("auc", "auc_low", "auc_high")


def rows_of(table: pd.DataFrame) -> list[dict]:
    """One modality's AUCs: a row per group (`group_name`) and each of NAMES that it has.

    The lesion's is that of the patients with most controls.
    """
    found = []
    for (protocol, cohort), rows in table.groupby(["protocol", "cohort"], sort=False):
        largest = rows.loc[rows["n"].idxmax()]
        group = group_name(protocol, cohort)
        lesion = [largest[name.replace("auc", "auc_lesion", 1)] for name in LIMITS]
        found.append((group, "lesion", largest["n"], largest["events"], *lesion))
        found += [
            (group, row["control"], row["n"], row["events"], *(row[name] for name in LIMITS))
            for _, row in rows.iterrows()
        ]
    columns = ("group", "patch", "n", "events", *LIMITS)
    return [dict(zip(columns, each, strict=True)) for each in found]


def draw_aucs(axes: Axes, rows: Sequence[dict], style: ModelStyle) -> None:
    """A line per kind of patch, a marker with its interval per group: filled where no patient was
    seen by any fit, hollow in the training cohort."""
    groups = list(dict.fromkeys(row["group"] for row in rows))
    sizes = {row["group"]: row for row in rows if row["patch"] == "lesion"}
    offsets = np.linspace(-REACH, REACH, len(groups)) if len(groups) > 1 else [0.0]
    axes.axvline(0.5, color=FAINT, linewidth=0.7, linestyle=(0, (2, 2)))
    for row in rows:
        place = list(NAMES).index(row["patch"]) + offsets[groups.index(row["group"])]
        colour = style.colour if row["patch"] == "lesion" else INK
        training = row["group"].startswith(COHORT_NAMES["train"])
        axes.plot([row["auc_low"], row["auc_high"]], [place] * 2, color=colour, linewidth=0.9)
        axes.plot(
            row["auc"],
            place,
            marker=style.marker,
            markersize=4,
            color=colour,
            markerfacecolor="white" if training else colour,
            linestyle="",
        )
        text = interval(*(row[name] for name in LIMITS), 2)
        if row["n"] != sizes[row["group"]]["n"]:
            text += f"\n({positives(row['n'], row['events'])})"
        axes.text(1.04, place, text, fontsize=5.5, va="center", color=colour)
    axes.set_yticks(range(len(NAMES)), list(NAMES.values()))
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(NAMES) - 0.5, -0.5), xlabel="AUC (95% CI)")
    told = []
    for group in groups:
        hollow = "hollow" if group.startswith(COHORT_NAMES["train"]) else "filled"
        size = positives(sizes[group]["n"], sizes[group]["events"])
        told.append(f"{group} ({size}): {hollow}")
    axes.set_title("\n".join(told), fontsize=6)


def draw_patch(axes: Axes, patch: np.ndarray | None, name: str) -> None:
    axes.axis("off")
    axes.set_title(name, fontsize=6, pad=2)
    if patch is None:
        axes.set_box_aspect(1)
        axes.text(0.5, 0.5, "no tissue\nbeside it", ha="center", va="center", fontsize=6)
        return
    axes.imshow(patch if patch.ndim == 2 else patch[1], cmap="gray", vmin=0, vmax=1)


def draw(
    table: pd.DataFrame, examples: Sequence[dict[str, np.ndarray]], models: Sequence[str]
) -> Figure:
    """A row per modality: patches of one patient, then the AUCs. `examples` as in `table`'s order
    of modalities, by kind of patch; `models` are the study's, for the colours."""
    modalities, judgement = list(dict.fromkeys(table["modality"])), judged(table)
    height = HEIGHT_MM + GROUP_MM * len(judgement.value_counts(["protocol", "cohort"]))
    figure = new_figure(TWO_COLUMNS_MM, height * len(modalities) + 4)
    widths = [1, 1, 1, 4.2, 1.1]
    grid = figure.subplots(len(modalities), 5, squeeze=False, width_ratios=widths)
    styles = model_styles(models)
    for axes, modality, patches in zip(grid, modalities, examples, strict=True):
        for place, (kind, name) in enumerate(NAMES.items()):
            draw_patch(axes[place], patches.get(PATCHES[kind]), name)
        axes[0].text(
            -0.12,
            0.5,
            modality,
            transform=axes[0].transAxes,
            rotation=90,
            ha="right",
            va="center",
            weight="bold",
        )
        own = judgement[judgement["modality"] == modality]
        draw_aucs(axes[3], rows_of(own), styles.get(f"DLRS_{modality}", FUSED))
        axes[4].axis("off")
    return figure


def main(
    *,
    table: str,
    patches: Sequence[str],
    models: Sequence[str],
    png: str,
    svg: str,
    simulated: bool | str,
) -> None:
    """`patches` are each modality's: the lesion's, then the controls'."""
    read = [dict(np.load(path)) for path in patches]
    examples = [{**own, **controls} for own, controls in zip(read[::2], read[1::2], strict=True)]
    save(draw(read_printed(table), examples, models), png, svg, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            table=snakemake.input.table,
            patches=snakemake.input.patches,
            models=snakemake.params.models,
            png=output.png,
            svg=output.svg,
            simulated=snakemake.params.simulated,
        )
