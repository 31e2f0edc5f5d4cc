"""A slice as a radiologist sees it, whatever the order in which its voxels are stored."""

from itertools import permutations

import numpy as np

PLANES = ("sagittal", "coronal", "axial")  # across the patient's axes L, P, S


def anatomical_axes(direction: np.ndarray) -> tuple[int, ...]:
    """For each voxel axis x, y, z the patient's axis that it follows most: 0 L, 1 P, 2 S."""
    cosines = np.abs(direction).round(5)  # at 45 degrees the last digits must not choose
    return max(permutations(range(3)), key=lambda order: sum(cosines[order, range(3)]))


def plane_name(axis: int, direction: np.ndarray) -> str:
    """Axial, coronal or sagittal: how slices across `axis` (z, y, x order) lie."""
    return PLANES[anatomical_axes(direction)[2 - axis]]


def in_radiological_view(slab: np.ndarray, axis: int, direction: np.ndarray) -> np.ndarray:
    """The first slice of a (z, y, x) array across `axis`, as (rows, columns).

    `direction` (3 x 3) has the voxel axes x, y, z as columns, LPS. Rows and columns are permuted
    and flipped so that x runs to the left, y to posterior and z up (rows of a coronal slice too).
    """
    anatomical = anatomical_axes(direction)
    flipped = slab.transpose(2, 1, 0)  # (x, y, z)
    for place, target in enumerate(anatomical):
        if direction[target, place] < 0:
            flipped = np.flip(flipped, place)
    patient = flipped.transpose(np.argsort(anatomical)).transpose(2, 1, 0)  # (S, P, L)
    return np.take(patient, 0, axis=2 - anatomical[2 - axis])


def view_spacing(axis: int, spacing: np.ndarray, direction: np.ndarray) -> tuple[float, float]:
    """Distance of rows and of columns (mm) of such a view; `spacing` along x, y, z."""
    by_anatomy = spacing[np.argsort(anatomical_axes(direction))][::-1]  # S, P, L
    rows, columns = np.delete(by_anatomy, 2 - anatomical_axes(direction)[2 - axis])
    return float(rows), float(columns)
