"""Intensities to 0..1: a Hounsfield window for CT, robust percentiles for MRI."""

from collections.abc import Mapping

import numpy as np

HOUNSFIELD_LESION = 500.0  # no soft tissue, with or without contrast, is as dense
HOUNSFIELD_AIR = -950.0  # nor is any lesion air
HOUNSFIELD_PADDING = -1100.0  # below: what scanners and viewers put outside the field of view
EIGHT_BITS = 255  # without fat, air or bone there is no patient
HOUNSFIELD_RANGE = 10.0  # the noise of any CT spans more


def configured_limits(modality: Mapping) -> tuple[str, float, float]:
    """A modality's intensity method (window or percentile) and its two limits."""
    intensity = modality["intensity"]
    method = intensity["method"]
    if method == "auto":
        method = "window" if is_ct(modality["name"]) else "percentile"
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


def in_hounsfield(modality: Mapping) -> bool:
    """Whether voxels have to be Hounsfield units: of CT, or where the window is the default one."""
    intensity = modality["intensity"]
    default = intensity["method"] == "window" and intensity["low"] is None
    return is_ct(modality["name"]) or default


def is_ct(name: str) -> bool:
    return name.upper() == "CT"


def like_a_picture(image: np.ndarray, low: float) -> bool:
    """Whether a CT looks like a picture of a window (0 to 255), and `low`, the lower limit that its
    voxels are given, like one for Hounsfield units."""
    return low < 0 <= image.min() and image.max() <= EIGHT_BITS


def not_hounsfield(image: np.ndarray, lesion: np.ndarray) -> str:
    """Why the voxels of a CT cannot be Hounsfield units; empty where they can.

    `lesion`: the voxels of the lesion in `image`. A CT that was saved without its rescale intercept
    has no negative voxel but padding, and a lesion of about 1,050; one with its intercept applied
    twice has a lesion of about -970.
    """
    lowest, highest = float(image.min()), float(image.max())
    if highest - lowest < HOUNSFIELD_RANGE:
        return f"all its voxels lie between {lowest:g} and {highest:g}"
    median = float(np.median(lesion))
    if median < HOUNSFIELD_AIR:
        return f"the lesion's median is {median:g}, that of air"
    if lowest < HOUNSFIELD_PADDING:
        lowest = float(image[image >= HOUNSFIELD_PADDING].min(initial=highest))
    if lowest >= 0 and median > HOUNSFIELD_LESION:
        return f"the lesion's median is {median:g} and no voxel is below 0 (lowest {lowest:g})"
    return ""


def rescale(voxels: np.ndarray, low: float, high: float) -> np.ndarray:
    """Linear from `low` = 0 to `high` = 1, clipped; float32."""
    return np.clip((voxels - low) / (high - low), 0.0, 1.0).astype(np.float32)
