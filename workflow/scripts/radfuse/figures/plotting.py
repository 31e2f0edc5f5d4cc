"""The figures' one visual language: size, type, and a fixed look for every model.

Importing it sets matplotlib's style. Figures are made without pyplot: no state, no window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from radfuse.formatting import COHORT_NAMES, positives
from radfuse.marking import sentence, short

MM = 1 / 25.4
DPI = 300
ONE_COLUMN_MM = 85
TWO_COLUMNS_MM = 180
INK = "#222222"
FAINT = "#8a8a8a"

matplotlib.rcdefaults()  # whatever the user's own matplotlibrc says
matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": 7,
        "axes.titlesize": 7,
        "axes.labelsize": 7,
        "legend.fontsize": 6,
        "legend.title_fontsize": 6,
        "legend.frameon": True,
        "legend.framealpha": 0.85,
        "legend.edgecolor": "none",
        "legend.fancybox": False,
        "figure.titlesize": 8,
        "xtick.labelsize": 6,
        "ytick.labelsize": 6,
        "axes.linewidth": 0.6,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "text.color": INK,
        "text.parse_math": False,  # a sheet may have a $
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 1.1,
        "svg.fonttype": "none",
        "svg.hashsalt": "radfuse",
    }
)

# Okabe & Ito's colours, told apart with every common colour-vision deficiency; the yellow is left
# out, which vanishes on paper, and black belongs to the fused model
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")


@dataclass(frozen=True)
class ModelStyle:
    """How one model looks in every figure: hue by modality; shade, line and marker by kind."""

    colour: str
    line: str | tuple
    marker: str
    width: float


KINDS: dict[str, tuple[float, str | tuple, str]] = {
    "R": (0.35, (0, (1, 1.2)), "o"),
    "DLRS": (0.0, (0, (4, 1.5)), "s"),
    "DLRR": (-0.35, "-", "^"),
}
FUSED = ModelStyle("#000000", "-", "D", 1.6)


def shade(colour: str, amount: float) -> str:
    """Mix a colour with white (amount > 0) or with black (amount < 0)."""
    target = 1.0 if amount > 0 else 0.0
    return to_hex(np.asarray(to_rgb(colour)) * (1 - abs(amount)) + target * abs(amount))


def modality_of(model: str) -> str:
    """`CT` of `DLRR_CT`; `fused` has none and gives ""."""
    return "" if model == "fused" else model.partition("_")[2]


def model_styles(models: Sequence[str]) -> dict[str, ModelStyle]:
    """The look of every model of a study.

    `models` must be all of the study's, in its order: a modality's hue follows its place among
    the modalities, so a figure that draws one modality only still shows it in its own colour.
    """
    modalities = list(dict.fromkeys(modality_of(model) for model in models if model != "fused"))
    styles = {}
    for model in models:
        if model == "fused":
            styles[model] = FUSED
            continue
        place = modalities.index(modality_of(model))
        lightness, line, marker = KINDS[model.partition("_")[0]]
        # past the last hue the colours come again, darker each time
        hue = shade(HUES[place % len(HUES)], -(1 - 0.6 ** (place // len(HUES))))
        styles[model] = ModelStyle(shade(hue, lightness), line, marker, 1.1)
    return styles


def new_figure(width_mm: float, height_mm: float) -> Figure:
    # at another resolution than it is saved in, hinted letters have other widths: labels would be
    # laid out too narrow, and cut at the border
    figure = Figure(figsize=(width_mm * MM, height_mm * MM), dpi=DPI, layout="constrained")
    # keeps its renderer; the default canvas makes a new one, of all pixels, for every text measured
    FigureCanvasAgg(figure)
    return figure


def row_mm(labels: Iterable[str], least: float) -> float:
    """The height of rows whose labels, of several lines of small type, do not touch."""
    return max(least, 3 * max(label.count("\n") + 1 for label in labels) + 0.6)


def only_text(width_mm: float, text: str) -> Figure:
    """What stands in place of a figure that there is nothing to draw in."""
    figure = new_figure(width_mm, 25)
    axes = figure.subplots()
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def cohort_title(cohort: str, n: object, events: object) -> str:
    return f"{COHORT_NAMES[cohort]} ({positives(n, events)})"


def swarm_offsets(values: np.ndarray, bins: int = 60, reach: float = 0.38) -> np.ndarray:
    """Offsets across a row (within ±reach) that spread points of nearly equal value evenly."""
    span = np.ptp(values)
    place = np.floor((values - values.min()) / span * (bins - 1)) if span > 0 else 0 * values
    offsets = np.zeros(len(values))
    for bin_ in np.unique(place):
        members = np.flatnonzero(place == bin_)
        rank = np.arange(len(members))
        # 0, 1, -1, 2, -2, ...
        offsets[members] = np.where(rank % 2, (rank + 1) // 2, -(rank // 2))
    most = np.abs(offsets).max()
    return offsets * min(0.07, reach / most) if most > 0 else offsets


def unit_square(axes: matplotlib.axes.Axes) -> None:
    """Both axes from 0 to 1 at equal scale, with room for lines that run along the border."""
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)


def lay_out(figure: Figure) -> None:
    """Let the layout be found once, and round it.

    The solver's last digits differ between runs, and names within an SVG are made of all digits.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, 6))


def save(figure: Figure, png: str, svg: str, simulated: bool | str) -> None:
    """Write a figure as PNG (300 dpi) and SVG (text as text); same figure, same bytes.

    A simulated study says so in the figure itself, where no caption can lose it.
    """
    described = {}
    if simulated:
        height_mm = figure.get_figheight() / MM
        engine = figure.get_layout_engine()
        if engine is not None:
            strip = 3 / height_mm
            engine.set(rect=(0, strip, 1, 1 - strip))
        figure.text(
            0.995,
            0.6 / height_mm,
            short(simulated),
            ha="right",
            va="bottom",
            fontsize=5.5,
            style="italic",
            color=FAINT,
        )
        described = {"Description": sentence(simulated)}
    lay_out(figure)
    figure.savefig(png, dpi=DPI, metadata={"Software": None, **described})
    figure.savefig(svg, metadata={"Date": None, "Creator": None, **described})
