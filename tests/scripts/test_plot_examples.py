"""The typical images: in their order, labelled, a row per patient."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from plot_examples import FRAME, draw, main, split_labels

LABELS = [
    f"{patient} {sequence}"
    for patient in ("P001 (positive)", "P007 (negative)")
    for sequence in ("CT AP", "MRI DWI", "MRI AP")
]


@pytest.mark.parametrize(
    ("labels", "common", "own"),
    [
        (LABELS[:3], "P001 (positive)", ["CT AP", "MRI DWI", "MRI AP"]),
        (["P001 · iCCA · CT NP", "P001 · iCCA · CT AP"], "P001 · iCCA · CT", ["NP", "AP"]),
        (["P001 iCCA · CT AP", "P001 iCCA · MRI T2"], "P001 iCCA", ["CT AP", "MRI T2"]),
        (["P001 CT AP"], "P001 CT", ["AP"]),
        (["A x", "B x"], "", ["A x", "B x"]),
        (["same same", "same same"], "same", ["same", "same"]),
    ],
)
def test_what_labels_share_is_written_once(labels: list, common: str, own: list) -> None:
    assert split_labels(labels) == (common, own)


def test_images_stand_in_their_order() -> None:
    images = [np.full((4, 5, 3), i, dtype=np.uint8) for i in range(6)]
    figure = draw(images, LABELS, 3)
    shown = [int(axes.get_images()[0].get_array()[FRAME, FRAME, 0]) for axes in figure.axes]
    assert shown == list(range(6))
    assert [axes.get_title() for axes in figure.axes] == ["CT AP", "MRI DWI", "MRI AP"] * 2
    rows = [axes.texts[0].get_text() for axes in figure.axes if axes.texts]
    assert rows == ["P001 (positive)", "P007 (negative)"]


def test_a_last_row_may_be_short() -> None:
    images = [np.zeros((4, 4, 3))] * 5
    figure = draw(images, LABELS[:5], 3)
    assert [len(axes.get_images()) for axes in figure.axes] == [1, 1, 1, 1, 1, 0]


def test_main_reads_overlays_of_any_size(tmp_path: Path) -> None:
    overlays = []
    for i in range(4):
        place = PngInfo()
        place.add_text("slice", f"2 0 {12 + i} 20")
        overlays.append(str(tmp_path / f"{i}.png"))
        Image.new("RGB", (20 + i, 30)).save(overlays[-1], pnginfo=place)
    png, svg = tmp_path / "examples.png", tmp_path / "examples.svg"
    labels = ["P1 CT AP", "P1 CT VP", "P2 CT AP", "P2 CT VP"]
    main(
        overlays=overlays,
        labels=labels,
        png=str(png),
        svg=str(svg),
        simulated=True,
    )
    drawing = svg.read_text(encoding="utf-8")
    assert "P1 CT" in drawing and "Simulated data" in drawing and png.stat().st_size > 0
