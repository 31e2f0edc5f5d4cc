"""All lesions of one sequence on one sheet, each with its outlines, for a person to look over."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from radfuse.imaging.picture import read_slice
from radfuse.jobs.job import job
from radfuse.marking import short

CELL = 128  # pixels
CAPTION = 15
WIDTH, HEIGHT = CELL + 4, CELL + CAPTION + 4  # of a cell with what is around it
TITLE = 24
FEWEST_COLUMNS = 6


def thumbnail(path: str) -> Image.Image:
    """The resampled slice of an overlay, within CELL x CELL."""
    picture = Image.fromarray(read_slice(path))
    picture.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
    return picture


def places(patients: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Left and top of every patient's thumbnail, about three wide for two high."""
    columns = max(FEWEST_COLUMNS, math.ceil(math.sqrt(1.5 * len(patients))))
    return {
        patient: (place % columns * WIDTH, TITLE + place // columns * HEIGHT)
        for place, patient in enumerate(patients)
    }


def draw(overlays: Mapping[str, str], title: str) -> Image.Image:
    """A sheet of thumbnails by patient, in the given order."""
    where = places(list(overlays))
    columns = max(FEWEST_COLUMNS, max(left for left, _ in where.values()) // WIDTH + 1)
    bottom = max(top for _, top in where.values()) + HEIGHT
    sheet = Image.new("RGB", (columns * WIDTH, bottom), "black")
    pen = ImageDraw.Draw(sheet)
    pen.text((4, 4), title, fill="white", font=ImageFont.load_default(size=14))
    font = ImageFont.load_default(size=11)
    for patient, (left, top) in where.items():
        picture = thumbnail(overlays[patient])
        sheet.paste(picture, (left + (CELL - picture.width) // 2, top))
        pen.text((left + 2, top + CELL), patient, fill=(200, 200, 200), font=font)
    return sheet


def main(overlays: list[str], place: str, simulated: bool, sheet: str) -> None:
    """`overlays` are results/roi/{patient}/{modality}/{sequence}/overlay.png, sorted by patient.

    The file's text entry `cells` says where in the picture each patient's thumbnail is: left upper
    right lower, by patient.
    """
    by_patient = {Path(path).parts[-4]: path for path in overlays}
    boxes = {p: (x, y, x + CELL, y + CELL) for p, (x, y) in places(list(by_patient)).items()}
    cells = PngInfo()
    cells.add_text("cells", json.dumps(boxes))
    title = f"{place}, {len(by_patient)} patients"
    picture = draw(by_patient, f"{title}. {short(simulated)}" if simulated else title)
    picture.save(sheet, pnginfo=cells)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            overlays=snakemake.input.overlays,
            place=" ".join(snakemake.wildcards),
            simulated=snakemake.params.simulated,
            sheet=output.sheet,
        )
