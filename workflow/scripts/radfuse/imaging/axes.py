"""The same voxels at the same places with their axes in another order or direction.

Scanners and converters store an image in any of 48 ways. The new grid begins at a corner, and of
equal slices or lesions one counts, so every image is first turned to the patient's axes: how its
file stores it then changes nothing.
"""

from dataclasses import replace
from itertools import permutations

import numpy as np

from radfuse.imaging.volume import Volume

PATIENT = np.eye(3)  # x to the patient's left, y to posterior, z to superior (LPS)
PLANES = ("axial", "coronal", "sagittal")  # across z, y, x of an image with these axes


def turned(volume: Volume, direction: np.ndarray) -> Volume:
    """A volume whose axes x, y, z are those nearest to the columns of `direction` (3 x 3, LPS).

    Nothing is interpolated, and the voxels are a view. What other affines the file states is lost.
    """
    cosines = direction.T @ volume.direction  # wanted axes x the volume's

    def nearness(order: tuple[int, ...]) -> tuple[float, ...]:
        """How well an order fits; of equals (axes at 45 degrees) the axes themselves decide."""
        found = cosines[:, order]
        found = (found * np.where(found.diagonal() < 0, -1, 1)).round(5)
        return (found.trace().round(4), *found.ravel())

    order = max(permutations(range(3)), key=nearness)
    voxels = volume.voxels.transpose([2 - order[2 - place] for place in range(3)])
    affine = volume.affine.copy()
    affine[:3, :3] = volume.affine[:3, order]
    for axis, taken in enumerate(order):
        if cosines[axis, taken] < 0:
            affine[:3, 3] += affine[:3, axis] * (voxels.shape[2 - axis] - 1)
            affine[:3, axis] *= -1
            voxels = np.flip(voxels, 2 - axis)
    return replace(volume, voxels=voxels, affine=affine, stated=())


def as_seen(slab: np.ndarray, axis: int) -> np.ndarray:
    """One slice across `axis` of an array (z, y, x) with the patient's axes, as (rows, columns).

    As radiologists see it: anterior or superior at the top, right or anterior to the left.
    """
    plane = slab.squeeze(axis)
    return plane if axis == 0 else plane[::-1]


def stored_index(volume: Volume, axis: int, index: int, stored: Volume) -> int:
    """Which slice of a file, from 0 in its order, is slice `index` across `axis` (z, y, x order)
    of the same volume with other axes."""
    across = np.eye(3)[2 - axis]
    here, after = (stored.index(volume.position(place * across)) for place in (index, index + 1))
    along = int(np.abs(after - here).argmax())
    return round(float(here[along]))
