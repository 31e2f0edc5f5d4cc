"""The report's gallery: a thumbnail of every image, cut from the contact sheets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from radfuse.imaging.picture import read_cells
from radfuse.report.exhibits import Files, Gallery, Thumbnail, embed

MOST = 2000  # thumbnails of up to 4 kB that a page of 15 MB has room for
QUALITY = 75


def read_images(path: Path) -> pd.Series:
    """What stands out in every image, "" where nothing does, by patient, modality and sequence.

    A sequence may be called 800, or 01: all is read as text.
    """
    images = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    return images.set_index(["patient", "modality", "sequence"])["outlier"]


def thumbnails(
    files: Files, outliers: pd.Series, contact_sheets: Sequence[str]
) -> Iterator[Thumbnail]:
    """The thumbnails of these images, a contact sheet after the other."""
    for sheet in contact_sheets:
        modality, _, sequence = Path(sheet).stem.removeprefix("contact_").rpartition("_")
        for patient, picture in read_cells(sheet).items():
            key = (patient, modality, sequence)
            if key in outliers.index:
                yield Thumbnail(
                    *key,
                    outlier=outliers[key],
                    address=files.address(files.home.joinpath("roi", *key, "overlay.png")),
                    uri=embed(picture, quality=QUALITY),
                    size=picture.size,
                )


def build_gallery(files: Files, contact_sheets: Sequence[str]) -> Gallery:
    """Of all images, or where these are more than MOST of those that stand out."""
    outliers = read_images(files.paths["images"])
    shown = outliers if len(outliers) <= MOST else outliers[outliers != ""].head(MOST)
    return Gallery(list(thumbnails(files, shown, contact_sheets)), len(outliers))
