"""Reading back the pictures that `overlay` and `draw_contact_sheet` draw."""

import json

import numpy as np
from PIL import Image


def read_slice(path: str) -> np.ndarray:
    """The resampled slice in an overlay, (rows, columns, 3), without what is around it."""
    with Image.open(path) as picture:
        box = tuple(int(edge) for edge in picture.info["slice"].split())
        return np.asarray(picture.crop(box))


def read_cells(path: str) -> dict[str, Image.Image]:
    """The thumbnails of a contact sheet by patient, without their captions."""
    with Image.open(path) as sheet:
        boxes = json.loads(sheet.info["cells"])
        return {patient: sheet.crop(box) for patient, box in boxes.items()}
