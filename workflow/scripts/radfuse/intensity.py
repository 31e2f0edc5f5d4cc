"""Intensities to 0..1: a Hounsfield window for CT, robust percentiles for MRI."""

import numpy as np


def limits(voxels: np.ndarray, method: str, low: float, high: float) -> tuple[float, float]:
    """The intensities that become 0 and 1.

    `window`: `low` and `high` themselves (HU). `percentile`: these percentiles of the whole
    acquired image, air included, so that they do not depend on where the lesion was outlined.
    """
    if method == "window":
        return low, high
    first, last = np.percentile(voxels, [low, high])
    return float(first), float(last)


def rescale(voxels: np.ndarray, low: float, high: float) -> np.ndarray:
    """Linear from `low` = 0 to `high` = 1, clipped; float32."""
    return np.clip((voxels - low) / (high - low), 0.0, 1.0).astype(np.float32)
