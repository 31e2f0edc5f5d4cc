"""A slice as a radiologist sees it, whatever the order in which its voxels are stored."""

from itertools import permutations

import numpy as np


def anatomical_axes(direction: np.ndarray) -> tuple[int, ...]:
    """For each voxel axis x, y, z the patient's axis that it follows most: 0 L, 1 P, 2 S."""
    cosines = np.abs(direction)
    return max(permutations(range(3)), key=lambda order: sum(cosines[order, range(3)]))


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
