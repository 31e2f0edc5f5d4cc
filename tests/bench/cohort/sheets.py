"""A study folder of any number of patients and nine sequences, as a user's would be.

Sheets as `resources/draw_sheets.py` draws them, with the published frequencies; the images and
masks that they name are empty files, or not there.
"""

import sys
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "resources"))

import draw_sheets  # noqa: E402

REREAD = 40  # patients whom both readers outline again
SHARES = {"iCCA": 0.2, "HCC": 0.7, "cHCC-CCA": 0.1}


def draw(patients: int) -> dict[str, str]:
    """The text of every sheet of a study of so many patients."""
    published = yaml.safe_load((ROOT / "resources/published.yaml").read_text(encoding="utf-8"))
    dictionary = yaml.safe_load((ROOT / "config/characteristics.yaml").read_text(encoding="utf-8"))
    pathology = {name: round(share * patients) for name, share in SHARES.items()}
    study = {**published["studies"]["paper_scale"], "pathology": pathology, "reread": REREAD}
    return draw_sheets.draw(published, study, dictionary)


def write_study(folder: Path, patients: int, files: bool) -> Path:
    """Sheets and config; the files of its images, empty, where they are asked for."""
    (folder / "config").mkdir(parents=True)
    for name, text in draw(patients).items():
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    path = ROOT / "resources/paper_scale/config/config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    del config["simulation"]
    text = yaml.safe_dump(config, sort_keys=False)
    (folder / "config" / "config.yaml").write_text(text, encoding="utf-8")
    if files:
        touch_images(folder)
    return folder


def touch_images(folder: Path) -> None:
    """Empty files in place of all images and masks of the study's sheet."""
    sheet = pd.read_csv(folder / "images.tsv", sep="\t", dtype=str, keep_default_na=False)
    for column in ("image", "mask", "mask_repeat", "mask_reader2"):
        for path in sheet[column][sheet[column] != ""]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).touch()
