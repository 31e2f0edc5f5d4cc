"""What a person would check of one image, and what is worth a second look."""

from collections.abc import Mapping

import numpy as np

from radfuse.imaging.agreement import dice, hausdorff_mm
from radfuse.imaging.axes import PLANES
from radfuse.imaging.roi import Roi
from radfuse.imaging.volume import Volume

SMALL_MM = 10.0
FEW = 10  # voxels that a lesion may have and be a single row of pixels
MOST = 0.5  # share of an image beyond which an outline may be its inverse


def measures(volume: Volume, lesion: np.ndarray, region: Roi) -> dict:
    """What a person would check of one image, in mm: where, how large, how bright, how agreed.

    `lesion`: the voxels of the lesion.
    """
    square, mask = region.squares["reader1"], region.masks["reader1"]
    spacing_mm = float(region.volume.spacing[0])
    voxel_mm3 = float(np.prod(volume.spacing))
    on_slice = np.take(mask, square.start[square.axis], axis=square.axis)
    sides = [np.ptp(np.flatnonzero(on_slice.any(axis=axis))) + 1 for axis in (0, 1)]
    return {
        "plane": PLANES[square.axis],
        "slices": volume.voxels.shape[square.axis],
        "slice_spacing_mm": round(float(volume.spacing[::-1][square.axis]), 4),
        "pixel_spacing_mm": round(float(np.delete(volume.spacing[::-1], square.axis).max()), 4),
        "extent_mm": round(float(max(sides)) * spacing_mm, 1),
        "area_mm2": round(float(on_slice.sum()) * spacing_mm**2, 1),
        "lesions_mm3": {
            reader: [round(count * voxel_mm3, 1) for count in counts]
            for reader, counts in region.components.items()
        },
        "lesion_median": float(np.median(lesion)),
        "agreement": {
            reader: {
                "dice": round(dice(mask, other), 4),
                "hausdorff_mm": round(hausdorff_mm(mask, other, spacing_mm), 2),
            }
            for reader, other in region.masks.items()
            if reader != "reader1"
        },
        "clamped_voxels": region.clamped,
        "crop_voxels": int(region.volume.voxels.size),
    }


def remarks(region: Roi, outlined: Mapping[str, np.ndarray], extent_mm: float) -> list[str]:
    """What is no reason to refuse an image, and yet worth a look."""
    found = [
        f"{reader}: the same voxels as reader1's outline: a copy, or drawn again?"
        for reader, mask in outlined.items()
        if reader != "reader1" and np.array_equal(mask, outlined["reader1"])
    ]
    found += [
        f"{reader}: {mask.mean():.0%} of the image is outlined: its inverse, perhaps?"
        for reader, mask in outlined.items()
        if mask.mean() > MOST
    ]
    found += [
        f"{reader}: the lesion reaches the edge of the image: it may go on beyond it"
        for reader, reaches in region.at_border.items()
        if reaches
    ]
    found += [
        f"{reader}: {len(counts)} lesions are outlined; the largest ({counts[0]} voxels) counts, "
        f"the next has {counts[1]}"
        for reader, counts in region.components.items()
        if len(counts) > 1
    ]
    found += [
        f"{reader}: outlined on one {PLANES[across]} slice, one pixel wide on the image's "
        f"{PLANES[region.squares[reader].axis]} slices: in the wrong plane?"
        for reader, lesion in region.outlined.items()
        for across in np.flatnonzero(np.array(lesion.voxels.shape) == 1)
        if across != region.squares[reader].axis and lesion.voxels.sum() > FEW
    ]
    if extent_mm < SMALL_MM:
        found.append(f"the lesion is {extent_mm:g} mm wide: below {SMALL_MM:g} mm little is seen")
    return found
