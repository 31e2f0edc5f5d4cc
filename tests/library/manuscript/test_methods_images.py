"""What the draft says of how images became patches."""

from types import SimpleNamespace

import pytest

from radfuse.inputs.config import load_config
from radfuse.manuscript.methods_images import images

OUTCOME = {"column": "outcome", "positive": ["1"]}
SHEETS = {"patients": "patients.tsv", "images": "images.tsv"}


def said(modalities: list[dict], **sections: dict) -> str:
    config = load_config(
        {"sheets": SHEETS, "outcome": OUTCOME, "modalities": modalities, **sections}
    )
    run = SimpleNamespace(config=config, images=4, steady=False, stated=lambda *keys: "")
    return " ".join(text for text in images(run).texts)


def test_only_a_window_of_hounsfield_units_is_in_them():
    window = {"method": "window", "low": -5, "high": 255}
    text = said(
        [
            {"name": "CT", "sequences": ["AP"]},
            {"name": "US", "sequences": ["B"], "intensity": window},
            {"name": "PET", "sequences": ["FDG"], "intensity": {"region": "roi"}},
        ]
    )
    assert "between −100 and 240 HU for CT, −5 and 255 for US and the percentiles 0.1 and" in text
    assert "99.9 of the crop for PET" in text


def test_a_modality_of_readings_has_no_intensities():
    corrected = {"bias_correction": "n4"}
    text = said(
        [{"name": "CT", "sequences": ["AP"]}, {"name": "MG", "intensity": corrected}],
    )
    assert "MG" not in text and "N4" not in text


@pytest.mark.parametrize(("spacing", "margin", "told"), [(1.2, 3, "2.4 mm"), (1.0, 10, "10 mm")])
def test_the_margin_is_the_one_that_was_cut(spacing, margin, told):
    roi = {"spacing_mm": spacing, "margin_mm": margin}
    assert f"a margin of {told}." in said([{"name": "CT", "sequences": ["AP"]}], roi=roi)
