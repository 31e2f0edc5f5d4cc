"""The gallery shows every image once, and where there are too many those that stand out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from radfuse.report import gallery
from radfuse.report.exhibits import Files

PATIENTS = [f"P{i:02d}" for i in range(12)]
SEQUENCES = [("CT", "AP"), ("MR_1", "01")]


@pytest.fixture
def study(tmp_path: Path) -> tuple[Files, list[str]]:
    """Two sequences of twelve patients, of whom P03 and P07 stand out in one."""
    boxes = {patient: (10 * i, 4, 10 * i + 8, 12) for i, patient in enumerate(PATIENTS)}
    cells = PngInfo()
    cells.add_text("cells", json.dumps(boxes))
    sheets, rows = [], []
    (tmp_path / "roi").mkdir()
    for modality, sequence in SEQUENCES:
        sheets.append(str(tmp_path / "roi" / f"contact_{modality}_{sequence}.png"))
        noise = np.random.default_rng(1).integers(0, 255, (16, 120, 3), dtype=np.uint8)
        Image.fromarray(noise).save(sheets[-1], pnginfo=cells)
        rows += [[patient, modality, sequence, np.nan] for patient in PATIENTS]
    images = pd.DataFrame(rows, columns=["patient", "modality", "sequence", "outlier"])
    images.loc[images["patient"].isin(["P03", "P07"]) & (images["modality"] == "CT"), "outlier"] = (
        "area_mm2 9 (median 80)"
    )
    table = tmp_path / "roi" / "images.tsv"
    images.to_csv(table, sep="\t", index=False)
    return Files([str(table)], [], tmp_path), sheets


def keys(shown: gallery.Gallery) -> list[tuple[str, str, str]]:
    return [(each.modality, each.sequence, each.patient) for each in shown.pictures]


def test_every_image_is_shown_with_its_address(study) -> None:
    files, sheets = study
    shown = gallery.build_gallery(files, sheets)
    assert keys(shown) == [(*place, patient) for place in SEQUENCES for patient in PATIENTS]
    assert (shown.modalities, shown.sequences, shown.images) == (["CT", "MR_1"], ["AP", "01"], 24)
    odd = [each for each in shown.pictures if each.outlier]
    assert [(each.patient, each.outlier) for each in odd] == [
        ("P03", "area_mm2 9 (median 80)"),
        ("P07", "area_mm2 9 (median 80)"),
    ]
    last = shown.pictures[-1]
    assert last.address == "roi/P11/MR_1/01/overlay.png"
    assert last.size == (8, 8) and last.uri.startswith("data:image/webp;base64,")
    assert len({each.uri for each in shown.pictures}) == 12


def test_of_too_many_images_those_that_stand_out_are_shown(study, monkeypatch) -> None:
    files, sheets = study
    monkeypatch.setattr(gallery, "MOST", 23)
    shown = gallery.build_gallery(files, sheets)
    assert keys(shown) == [("CT", "AP", "P03"), ("CT", "AP", "P07")]
    assert shown.images == 24
    monkeypatch.setattr(gallery, "MOST", 1)
    assert keys(gallery.build_gallery(files, sheets)) == [("CT", "AP", "P03")]
