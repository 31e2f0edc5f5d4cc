"""Stored values to what the scanner meant: a slope and an intercept per slice."""

from collections.abc import Sequence

import numpy as np

INTEGERS = (np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64)


def rescaled(
    stored: Sequence[np.ndarray], slopes: np.ndarray, intercepts: np.ndarray
) -> np.ndarray:
    """Stored values times slope plus intercept, slice by slice; (z, y, x).

    DICOM PS3.3 C.11.1; NIfTI's scl_slope and scl_inter. An integer type where all slopes are 1 and
    all intercepts integers, else float32.
    """
    whole = all(pixels.dtype.kind in "iu" for pixels in stored)
    exact = whole and (slopes == 1).all() and (intercepts == np.rint(intercepts)).all()
    kind = integer_type(stored, intercepts) if exact else np.float32
    voxels = np.empty((len(stored), *stored[0].shape), dtype=kind)
    for z, pixels in enumerate(stored):
        if exact:
            voxels[z] = pixels
            voxels[z] += kind(intercepts[z])
        else:
            voxels[z] = pixels * slopes[z] + intercepts[z]
    return voxels


def integer_type(stored: Sequence[np.ndarray], intercepts: np.ndarray) -> type:
    """The smallest integer type for the values before and after the intercepts, and for those;
    float32 where none is."""
    lows = np.array([int(pixels.min()) for pixels in stored])
    highs = np.array([int(pixels.max()) for pixels in stored])
    low = min(lows.min(), (lows + intercepts).min(), intercepts.min())
    high = max(highs.max(), (highs + intercepts).max(), intercepts.max())
    if not intercepts.any() and len({pixels.dtype for pixels in stored}) == 1:
        return stored[0].dtype.type
    return next(
        (kind for kind in INTEGERS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max),
        np.float32,
    )
