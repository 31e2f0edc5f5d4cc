"""How far two outlines of one lesion agree."""

import numpy as np


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Dice's coefficient 2 |A and B| / (|A| + |B|) of two masks that are not both empty."""
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def hausdorff_mm(a: np.ndarray, b: np.ndarray, spacing_mm: float) -> float:
    """Hausdorff's distance in mm between two masks (z, y, x) on one isotropic grid, not empty:
    the farthest that a voxel of either lies from the nearest voxel of the other."""
    from radfuse.imaging.toolkit import sitk

    images = [sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in (a, b)]
    for image in images:
        image.SetSpacing([spacing_mm] * 3)
    distance = sitk.HausdorffDistanceImageFilter()
    distance.Execute(*images)
    return float(distance.GetHausdorffDistance())
