"""The lesion in a mask: which one, on which slice, and the square around it.

Masks are boolean arrays ordered (z, y, x).
"""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk


@dataclass(frozen=True)
class Square:
    """A square on one slice of the resampled grid; `axis`, `start` are in (z, y, x) order.

    `start` may be negative and the square may end outside the grid: that part is padded.
    """

    axis: int
    start: np.ndarray  # (3,); at `axis` the slice's index
    side: int

    @property
    def stop(self) -> np.ndarray:
        stop = self.start + self.side
        stop[self.axis] = self.start[self.axis] + 1
        return stop


def largest_lesion(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """The largest connected component (26 neighbours), and how many components there are.

    All voxels of a mask are of one size, so the count of voxels orders volumes (and, for an outline
    on a single slice, areas). Of equals the first in voxel order.
    """
    box = bounding_box(mask)
    components = sitk.ConnectedComponent(sitk.GetImageFromArray(mask[box].astype(np.uint8)), True)
    labels = sitk.GetArrayViewFromImage(components)
    sizes = np.bincount(labels.ravel())[1:]
    lesion = np.zeros_like(mask)
    lesion[box] = labels == int(np.argmax(sizes)) + 1
    return lesion, len(sizes)


def bounding_box(mask: np.ndarray) -> tuple[slice, ...]:
    """The smallest box that holds every true voxel of a mask that is not empty."""
    box = []
    for axis in range(mask.ndim):
        others = tuple(other for other in range(mask.ndim) if other != axis)
        filled = np.flatnonzero(mask.any(axis=others))
        box.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return tuple(box)


def through_plane_axis(mask: np.ndarray, spacing: np.ndarray, direction: np.ndarray) -> int:
    """The axis (z, y, x order) across the acquired slices.

    An outline on a single slice tells it; else the axis of clearly largest spacing (1.2 times the
    next); else, for isotropic voxels, the axis nearest to the patient's foot-head direction.
    `spacing` is in (z, y, x) order; `direction` the 3x3 LPS direction cosines, columns x, y, z.
    """
    thickness = [extent.stop - extent.start for extent in bounding_box(mask)]
    single = [axis for axis in range(3) if thickness[axis] == 1]
    order = np.argsort(spacing)
    if len(single) == 1 and mask.shape[single[0]] > 1:
        return single[0]
    if spacing[order[2]] > 1.2 * spacing[order[1]]:
        return int(order[2])
    return 2 - int(np.argmax(np.abs(direction[2])))  # column x, y, z to array axis 2, 1, 0


def largest_slice(mask: np.ndarray, axis: int) -> int:
    """The slice of largest area across `axis`; the middle one of equals that lie together."""
    areas = mask.sum(axis=tuple(other for other in range(3) if other != axis))
    equals = np.flatnonzero(areas == areas.max())
    return int(equals[len(equals) // 2])


def square_around(mask: np.ndarray, axis: int, margin: int) -> Square:
    """The square on the lesion's largest slice: its longer side plus `margin` voxels all round."""
    slice_index = largest_slice(mask, axis)
    box = bounding_box(np.take(mask, slice_index, axis=axis))
    low = np.array([extent.start for extent in box])
    extent = np.array([extent.stop - extent.start for extent in box])
    side = int(extent.max()) + 2 * margin
    start = np.insert(low - (side - extent) // 2, axis, slice_index)
    return Square(axis=axis, start=start, side=side)
