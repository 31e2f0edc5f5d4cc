"""All lesions of one sequence on one sheet, each with its outlines, for a person to look over."""

import math
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from radfuse.imaging.picture import read_slice
from radfuse.job import job
from radfuse.marking import short

CELL = 128  # pixels
CAPTION = 15
TITLE = 24
FEWEST_COLUMNS = 6


def thumbnail(path: str) -> Image.Image:
    """The resampled slice of an overlay, within CELL x CELL."""
    picture = Image.fromarray(read_slice(path))
    picture.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
    return picture


def draw(overlays: Mapping[str, str], title: str) -> Image.Image:
    """A sheet of thumbnails by patient, in the given order, about three wide for two high."""
    columns = max(FEWEST_COLUMNS, math.ceil(math.sqrt(1.5 * len(overlays))))
    rows = math.ceil(len(overlays) / columns)
    width, height = CELL + 4, CELL + CAPTION + 4
    sheet = Image.new("RGB", (columns * width, TITLE + rows * height), "black")
    pen = ImageDraw.Draw(sheet)
    pen.text((4, 4), title, fill="white", font=ImageFont.load_default(size=14))
    font = ImageFont.load_default(size=11)
    for place, (patient, path) in enumerate(overlays.items()):
        picture = thumbnail(path)
        left, top = place % columns * width, TITLE + place // columns * height
        sheet.paste(picture, (left + (CELL - picture.width) // 2, top))
        pen.text((left + 2, top + CELL), patient, fill=(200, 200, 200), font=font)
    return sheet


def main(overlays: list[str], place: str, simulated: bool, sheet: str) -> None:
    """`overlays` are results/roi/{patient}/{modality}/{sequence}/overlay.png, sorted by patient."""
    by_patient = {Path(path).parts[-4]: path for path in overlays}
    title = f"{place}, {len(by_patient)} patients"
    draw(by_patient, f"{title}. {short(simulated)}" if simulated else title).save(sheet)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            overlays=snakemake.input.overlays,
            place=" ".join(snakemake.wildcards),
            simulated=snakemake.params.simulated,
            sheet=output.sheet,
        )
