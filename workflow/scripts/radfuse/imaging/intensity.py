"""Intensities to 0..1: a Hounsfield window for CT, robust percentiles for MRI."""

from collections.abc import Mapping

import numpy as np

HOUNSFIELD_LESION = 500.0  # no soft tissue, with or without contrast, is as dense
HOUNSFIELD_ENHANCED = 200.0  # few lesions are denser, with contrast too
HOUNSFIELD_BONE = 900.0  # what is denser is bone or metal
HOUNSFIELD_AIR = -950.0  # no lesion is air
HOUNSFIELD_FLOOR = -1024.0  # nothing is less dense; what is lower was filled in
HOUNSFIELD_PADDING = -1100.0  # below: what scanners and viewers put outside the field of view
HOUNSFIELD_LARGEST = 32767.0  # of 16 bits with a sign, as CT is stored
STRAY = 0.001  # share of voxels below 0 that a spline or a stray voxel makes
EIGHT_BITS = 255  # without fat, air or bone there is no patient
SIGNED_BITS = (-128, 127)
HOUNSFIELD_RANGE = 10.0  # the noise of any CT spans more
FAT = (-150.0, -50.0)
SOME_FAT = 0.005  # share of the voxels of any scan of a body
AIR = (-1060.0, -940.0)  # of a scan in Hounsfield units
AIRY = 0.02  # share of such voxels by which one is known
NO_CT = "hardly a voxel is below 0, as fat and air are: is it a CT?"
A_CT = "voxels like air in Hounsfield units (about -1000): is it a CT?"
DARK = 0.01  # of the intensity limits: no tissue of MRI is as dark, but air


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


def scaling(modality: Mapping) -> dict:
    """How the intensities of a modality become 0 to 1, defaults filled in; `hounsfield`: whether
    its voxels have to be Hounsfield units."""
    method, low, high = configured_limits(modality)
    intensity = modality["intensity"]
    return {
        "method": method,
        "low": low,
        "high": high,
        # what does not matter must not make an image run again
        "region": intensity["region"] if method == "percentile" else "image",
        "hounsfield": method == "window" and in_hounsfield(modality),
        "bias_correction": intensity["bias_correction"],
    }


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


def filled_in(image: np.ndarray, low: float) -> np.ndarray:
    """A CT without values that no tissue has and only padding does, beyond which the spline would
    swing; `low` is the lower limit of its window. Float or signed voxels; no copy without need."""
    floor = np.floor(min(HOUNSFIELD_FLOOR, low))
    return image if image.min() >= floor else np.maximum(image, image.dtype.type(floor))


def below_water(image: np.ndarray) -> tuple[int, int]:
    """Voxels of a CT that are below 0, and all, without padding."""
    scanned = image >= HOUNSFIELD_PADDING
    return int((scanned & (image < 0)).sum()), int(scanned.sum())


def not_hounsfield(image: np.ndarray, lesion: np.ndarray, high: float, whole: bool) -> str:
    """Why the voxels of a CT cannot be Hounsfield units; empty where they can.

    `lesion`: the voxels of the lesion in `image`; `high`: the upper limit of the window; `whole`:
    whether the image is so wide that it shows fat or air. A CT that was saved without its rescale
    intercept has a lesion of about 1,050; an MRI that is called CT has no negative voxel (but
    padding, and what a spline makes) and a lesion beyond the window.
    """
    lowest, highest = float(image.min()), float(image.max())
    if highest - lowest < HOUNSFIELD_RANGE:
        return f"all its voxels lie between {lowest:g} and {highest:g}"
    if highest > HOUNSFIELD_LARGEST:
        return f"its voxels go up to {highest:g}: negative values were stored without their sign"
    median = float(np.median(lesion))
    possible = min(max(high, HOUNSFIELD_ENHANCED), HOUNSFIELD_LESION)
    if median > (possible if whole else HOUNSFIELD_LESION):
        below, scanned = below_water(image)
        if below < STRAY * scanned:
            few = f"only {below} of {scanned} voxels are" if below else "no voxel is"
            return f"the lesion's median is {median:g} and {few} below 0"
    if median > max(high, HOUNSFIELD_BONE):
        fat = np.mean((image > FAT[0]) & (image < FAT[1]))
        if fat < SOME_FAT:
            return f"the lesion's median is {median:g}, that of bone or metal, and there is no fat"
    return ""


def doubts(image: np.ndarray, lesion: np.ndarray, intensity: Mapping) -> list[str]:
    """What an image may be that it should not be, and no voxel proves.

    `intensity` as of `scaling`, with the limits of this image; `signal`: whether its voxels are a
    scanner's own signal, as of MRI.
    """
    low, high, median = intensity["low"], intensity["high"], float(np.median(lesion))
    found = []
    if intensity["hounsfield"]:
        below, scanned = below_water(image)
        if like_a_picture(image, low):
            found.append(
                "no voxel below 0 or above 255: a picture of a window, no Hounsfield units?"
            )
        elif SIGNED_BITS[0] <= image.min() and image.max() <= SIGNED_BITS[1]:
            found.append("no voxel below -128 or above 127: Hounsfield units cut to 8 bits?")
        elif below < STRAY * scanned:
            found.append(NO_CT)
    if intensity["signal"]:
        if ((image > AIR[0]) & (image < AIR[1])).mean() > AIRY:
            found.append(A_CT)
        if low <= median < low + DARK * (high - low):
            found.append("the lesion is as dark as air: does the outline lie on the patient?")
    if median > high:
        found.append(f"the lesion's median ({median:g}) is above the upper limit ({high:g}): white")
    if median < low:
        found.append(f"the lesion's median ({median:g}) is below the lower limit ({low:g}): black")
    return found


def rescale(voxels: np.ndarray, low: float, high: float) -> np.ndarray:
    """Linear from `low` = 0 to `high` = 1, clipped; float32."""
    return np.clip((voxels - low) / (high - low), 0.0, 1.0).astype(np.float32)
