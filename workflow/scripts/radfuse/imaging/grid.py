"""Two grids: do image and mask share one, and which voxel is nearest to which."""

import numpy as np

from radfuse.imaging.spline import grid_size
from radfuse.imaging.volume import Volume


def corners(volume: Volume) -> np.ndarray:
    """Positions (8, 3) of the corner voxels in mm, LPS."""
    ends = np.array(np.meshgrid(*[(0, n - 1) for n in volume.size], indexing="ij"))
    return volume.position(ends.reshape(3, -1).T)


def grid_problem(image: Volume, mask: Volume, tolerance_mm: float) -> str:
    """In which way a mask lies on another grid than its image; empty where it does not."""
    if (image.size != mask.size).any():
        return f"size is {tuple(mask.size.tolist())} voxels, the image's {tuple(image.size.tolist())}"
    if np.abs(image.spacing - mask.spacing).max() > 1e-3:
        shown = [tuple(np.round(each.spacing, 4).tolist()) for each in (mask, image)]
        return f"spacing is {shown[0]} mm, the image's {shown[1]} mm"
    distance = float(np.linalg.norm(corners(image) - corners(mask), axis=1).max())
    if distance > tolerance_mm:
        return f"corners lie up to {distance:.2f} mm from the image's (tolerance {tolerance_mm} mm)"
    return ""


def nearest_indices(image: Volume, spacing_mm: float) -> list[np.ndarray]:
    """Per axis (x, y, z): for every voxel of the resampled grid the nearest one of the image."""
    size = grid_size(image, spacing_mm)
    return [
        np.minimum(
            np.floor(np.arange(size[axis]) * spacing_mm / image.spacing[axis] + 0.5).astype(int),
            image.size[axis] - 1,
        )
        for axis in range(3)
    ]
