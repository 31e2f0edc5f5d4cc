"""Reading back the pictures that `overlay` draws."""

import numpy as np
from PIL import Image


def read_slice(path: str) -> np.ndarray:
    """The resampled slice in an overlay, (rows, columns, 3), without what is around it."""
    with Image.open(path) as picture:
        box = tuple(int(edge) for edge in picture.info["slice"].split())
        return np.asarray(picture.crop(box))
