"""Intensities to 0..1: a Hounsfield window for CT, robust percentiles for MRI."""

from collections.abc import Mapping

import numpy as np

HOUNSFIELD_LESION = 500.0  # no soft tissue, with or without contrast, is as dense
HOUNSFIELD_RANGE = 10.0  # the noise of any CT spans more


def configured_limits(modality: Mapping) -> tuple[str, float, float]:
    """A modality's intensity method (window or percentile) and its two limits."""
    intensity = modality["intensity"]
    method = intensity["method"]
    if method == "auto":
        method = "window" if modality["name"].upper() == "CT" else "percentile"
    low, high = (-100.0, 240.0) if method == "window" else (0.1, 99.9)
    low = low if intensity["low"] is None else float(intensity["low"])
    high = high if intensity["high"] is None else float(intensity["high"])
    return method, low, high


def limits(voxels: np.ndarray, method: str, low: float, high: float) -> tuple[float, float]:
    """The intensities that become 0 and 1.

    `window`: `low` and `high` themselves (HU). `percentile`: these percentiles of `voxels`.
    """
    if method == "window":
        return low, high
    first, last = np.percentile(voxels, [low, high])
    return float(first), float(last)


def not_hounsfield(image: np.ndarray, lesion: np.ndarray) -> str:
    """Why the voxels of a CT cannot be Hounsfield units; empty where they can.

    `lesion`: the voxels of the lesion in `image`. A CT that was saved without its rescale intercept
    has no negative voxel, and a lesion of about 1,050.
    """
    lowest, highest = float(image.min()), float(image.max())
    if highest - lowest < HOUNSFIELD_RANGE:
        return f"all its voxels lie between {lowest:g} and {highest:g}"
    median = float(np.median(lesion))
    if lowest >= 0 and median > HOUNSFIELD_LESION:
        return f"the lesion's median is {median:g} and no voxel is below 0 (lowest {lowest:g})"
    return ""


def rescale(voxels: np.ndarray, low: float, high: float) -> np.ndarray:
    """Linear from `low` = 0 to `high` = 1, clipped; float32."""
    return np.clip((voxels - low) / (high - low), 0.0, 1.0).astype(np.float32)
