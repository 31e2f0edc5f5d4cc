"""The lesion in a mask: which one, on which slice, and the square around it.

Masks are boolean arrays ordered (z, y, x); so are starts, stops, shapes and spacings here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radfuse.imaging.volume import ROUNDING


@dataclass(frozen=True)
class Lesion:
    """The voxels of one lesion within their bounding box, which begins at `start` of the grid."""

    start: np.ndarray
    voxels: np.ndarray

    @property
    def stop(self) -> np.ndarray:
        return self.start + self.voxels.shape

    def within(self, start: np.ndarray, shape: Sequence[int]) -> np.ndarray:
        """The lesion as a mask of this shape that begins at `start` and holds it whole."""
        mask = np.zeros(shape, dtype=bool)
        offset = self.start - start
        mask[slices(offset, offset + self.voxels.shape)] = self.voxels
        return mask


@dataclass(frozen=True)
class Square:
    """A square on one slice of the resampled grid.

    `start` may be negative and the square may end outside the grid: that part is padded.
    """

    axis: int
    start: np.ndarray  # at `axis` the slice's index
    side: int

    @property
    def stop(self) -> np.ndarray:
        stop = self.start + self.side
        stop[self.axis] = self.start[self.axis] + 1
        return stop

    def seen_from(self, start: np.ndarray) -> "Square":
        """The same square on a grid that begins at `start` of this one."""
        return Square(self.axis, self.start - start, self.side)


def slices(start: np.ndarray, stop: np.ndarray) -> tuple[slice, ...]:
    return tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))


def bounding_box(mask: np.ndarray) -> tuple[slice, ...]:
    """The smallest box that holds every true voxel of a mask that is not empty."""
    box: tuple[slice, ...] = ()
    for axis in range(mask.ndim):
        inner = mask[box]  # what is known of the box spares most of the voxels
        others = tuple(other for other in range(mask.ndim) if other != axis)
        filled = np.flatnonzero(inner.any(axis=others))
        box += (slice(int(filled[0]), int(filled[-1]) + 1),)
    return box


def starts(box: Sequence[slice]) -> np.ndarray:
    return np.array([extent.start for extent in box])


def largest_lesion(mask: np.ndarray) -> tuple[Lesion, list[int]]:
    """The largest connected component (26 neighbours), and the voxels of each, largest first.

    All voxels of a mask are of one size, so the count of voxels orders volumes (and, for outlines
    on a single slice, areas). Of equals the first in voxel order.
    """
    from radfuse.imaging.toolkit import sitk

    outer = bounding_box(mask)
    components = sitk.ConnectedComponent(sitk.GetImageFromArray(mask[outer].astype(np.uint8)), True)
    labels = sitk.GetArrayViewFromImage(components)
    sizes = np.bincount(labels.ravel())[1:]
    lesion = labels == int(np.argmax(sizes)) + 1
    box = bounding_box(lesion)
    return Lesion(starts(outer) + starts(box), lesion[box]), sorted(sizes.tolist(), reverse=True)


def touches_border(lesion: Lesion, shape: Sequence[int]) -> bool:
    """Whether a lesion reaches the image's edge, or its first or last slice of several."""
    return any(
        (start == 0 or stop == size) and size > 1
        for start, stop, size in zip(lesion.start, lesion.stop, shape, strict=True)
    )


def through_plane_axis(lesion: Lesion, shape: Sequence[int], spacing: np.ndarray) -> int:
    """The axis (z, y, x order) across the acquired slices of an image with the patient's axes.

    An image of one slice tells it, or an outline on a single slice (unless slices that way would
    be less than half as thick as the others: that is a lesion one pixel wide); else the axis of
    clearly largest spacing (1.2 times the next); else, for isotropic voxels, axial slices.
    """
    single = [axis for axis in range(3) if shape[axis] == 1]
    if len(single) == 1:
        return single[0]
    single = [axis for axis in range(3) if lesion.voxels.shape[axis] == 1]
    larger = 1 + ROUNDING  # than what a file's precision makes of equals
    if len(single) == 1 and 2 * larger * spacing[single[0]] >= spacing.max():
        return single[0]
    order = np.argsort(spacing)
    if spacing[order[2]] > 1.2 * larger * spacing[order[1]]:
        return int(order[2])
    return 0


def areas(lesion: Lesion, axis: int) -> np.ndarray:
    """The lesion's voxels on each of its slices across `axis`."""
    return lesion.voxels.sum(axis=tuple(other for other in range(3) if other != axis))


def largest_slice(lesion: Lesion, axis: int) -> int:
    """The slice of largest area across `axis`; of equals the middle of the first that lie
    together."""
    found = areas(lesion, axis)
    equals = np.flatnonzero(found == found.max())
    run = np.split(equals, np.flatnonzero(np.diff(equals) > 1) + 1)[0]
    return int(lesion.start[axis] + run[len(run) // 2])


def plane_nearest(lesion: Lesion, axis: int, at: float) -> int:
    """The slice across `axis` that the lesion reaches and that is nearest to `at`; of equals the
    first."""
    reached = lesion.start[axis] + np.flatnonzero(areas(lesion, axis))
    distances = np.abs(reached - at)
    return int(reached[distances <= distances.min() + 2 * ROUNDING][0])


def square_around(lesions: Sequence[Lesion], axis: int, index: int, margin: int) -> Square:
    """The square on slice `index`: the longer side of what the lesions, of which at least one
    reaches that slice, cover there, plus `margin` voxels all round."""
    low, high = [], []
    for lesion in lesions:
        if lesion.start[axis] <= index < lesion.stop[axis]:
            section = np.take(lesion.voxels, [index - lesion.start[axis]], axis=axis)
            if section.any():
                box = bounding_box(section)
                low.append(lesion.start + starts(box))
                high.append(lesion.start + [extent.stop for extent in box])
    first, extent = np.min(low, axis=0), np.max(high, axis=0) - np.min(low, axis=0)
    extent[axis] = 0
    side = int(extent.max()) + 2 * margin
    start = first - (side - extent) // 2
    start[axis] = index
    return Square(axis=axis, start=start, side=side)
