"""The region of interest of one image: a resampled crop and, per reader's mask, the patch in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from radfuse.imaging.axes import as_seen
from radfuse.imaging.grid import nearest_lesion
from radfuse.imaging.intensity import rescale
from radfuse.imaging.lesion import (
    Lesion,
    Square,
    bounding_box,
    largest_lesion,
    largest_slice,
    plane_nearest,
    square_around,
    through_plane_axis,
    touches_border,
)
from radfuse.imaging.spline import grid_size, resample_box
from radfuse.imaging.volume import Volume, nearest_voxel


@dataclass(frozen=True)
class Roi:
    """`volume` and `masks` share one grid, that of the image at the new spacing, cropped.

    `masks` are (z, y, x) booleans by reader, `squares` in the crop's grid. `acquired` are the
    slices of the image (counted from 0 along `squares[reader].axis`) that the squares lie on.
    """

    volume: Volume
    start: np.ndarray  # (z, y, x) where the crop begins on that grid
    masks: dict[str, np.ndarray]
    squares: dict[str, Square]
    acquired: dict[str, int]
    outlined: dict[str, Lesion]  # the largest lesion on the image's own grid
    components: dict[str, list[int]]  # voxels of the image in each lesion, largest first
    at_border: dict[str, bool]  # whether the lesion reaches the edge of the image
    margin: int  # voxels around the lesion
    neighbour: int  # voxels between the slices of a 2.5D patch; 0: one slice
    clamped: int  # voxels where the spline overshot


class LesionLostError(Exception):
    """A lesion so small that no voxel of the new grid falls on it."""

    def __init__(self, reader: str, size_mm: np.ndarray) -> None:
        self.reader, self.size_mm = reader, size_mm  # along x, y, z
        super().__init__(f"{reader}: {size_mm} mm")


def extract_roi(image: Volume, masks: Mapping[str, np.ndarray], settings: Mapping) -> Roi:
    """Resample the neighbourhood of the lesion that the masks outline.

    `image` has the patient's axes (`axes.turned`); `masks` by reader are on its grid, not empty;
    `settings` are the config's `roi`. With `box: own` every mask has its own largest slice and its
    own square, because where a reader sees the lesion is part of what the readers may disagree on.
    Raises LesionLostError.
    """
    spacing_mm = settings["spacing_mm"]
    margin = round(settings["margin_mm"] / spacing_mm)
    shape, spacing = image.voxels.shape, image.spacing[::-1]
    outlined: dict[str, Lesion] = {}
    lesions: dict[str, Lesion] = {}
    components, at_border = {}, {}
    for reader, mask in masks.items():
        lesion, components[reader] = largest_lesion(mask)
        at_border[reader] = touches_border(lesion, shape)
        outlined[reader] = lesion
        resampled = nearest_lesion(lesion, image, spacing_mm)
        if resampled is None:
            raise LesionLostError(reader, lesion.voxels.shape[::-1] * image.spacing)
        lesions[reader] = resampled
    # all in reader 1's plane: patches across different ones could not be compared
    axis = through_plane_axis(outlined["reader1"], shape, spacing)
    slices = {
        reader: plane_nearest(
            lesions[reader], axis, largest_slice(lesion, axis) * spacing[axis] / spacing_mm
        )
        for reader, lesion in outlined.items()
    }
    squares = place_squares(lesions, axis, slices, margin, settings["box"])
    neighbour = neighbour_distance(settings, spacing[axis])
    start, stop = bounds(lesions, squares, margin, neighbour)
    start = np.maximum(start, 0)
    stop = np.minimum(stop, grid_size(image, spacing_mm)[::-1])
    volume = resample_box(image, spacing_mm, start[::-1], stop[::-1])
    lowest, highest = image.voxels.min(), image.voxels.max()
    clamped = int(((volume.voxels < lowest) | (volume.voxels > highest)).sum())
    return Roi(
        volume=Volume(volume.voxels.clip(*np.float32([lowest, highest])), volume.affine),
        start=start,
        masks={reader: lesion.within(start, stop - start) for reader, lesion in lesions.items()},
        squares={reader: square.seen_from(start) for reader, square in squares.items()},
        acquired={
            reader: acquired_slice(square, image, spacing_mm) for reader, square in squares.items()
        },
        outlined=outlined,
        components=components,
        at_border=at_border,
        margin=margin,
        neighbour=neighbour,
        clamped=clamped,
    )


def place_squares(
    lesions: Mapping[str, Lesion], axis: int, slices: Mapping[str, int], margin: int, box: str
) -> dict[str, Square]:
    """Each reader's square: `own`, or `shared` = reader 1's slice and what all outlined on it."""
    if box == "own":
        return {
            reader: square_around([lesion], axis, slices[reader], margin)
            for reader, lesion in lesions.items()
        }
    shared = square_around(list(lesions.values()), axis, slices["reader1"], margin)
    return dict.fromkeys(lesions, shared)


def neighbour_distance(settings: Mapping, slice_spacing_mm: float) -> int:
    """Voxels between a 2.5D patch's slices: as configured, or one acquired slice; 0 without."""
    if settings["channels"] == "slice":
        return 0
    distance = settings["neighbour_mm"] or slice_spacing_mm
    return max(1, round(round(distance / settings["spacing_mm"], 4)))  # in a file's precision


def acquired_slice(square: Square, image: Volume, spacing_mm: float) -> int:
    """The slice of the image, from 0, that is nearest to the square's slice."""
    index = square.start[square.axis] * spacing_mm / image.spacing[::-1][square.axis]
    return min(int(nearest_voxel(index)), image.voxels.shape[square.axis] - 1)


def bounds(
    lesions: Mapping[str, Lesion], squares: Mapping[str, Square], margin: int, neighbour: int
) -> tuple[np.ndarray, np.ndarray]:
    """First and last+1 voxel (z, y, x) that hold every lesion with its margin and every patch."""
    first, last = [], []
    for reader, lesion in lesions.items():
        square = squares[reader]
        across = neighbour * (np.arange(3) == square.axis)
        first += [lesion.start - margin, square.start - across]
        last += [lesion.stop + margin, square.stop + across]
    return np.min(first, axis=0), np.max(last, axis=0)


def patch(roi: Roi, reader: str, low: float, high: float, background: str = "keep") -> np.ndarray:
    """The reader's square in 0..1 as the radiologist sees it: (rows, columns), or (3, rows,
    columns) with the slices before and after, towards left, posterior or superior (2.5D).

    Outside the image it is 0, the lower intensity limit; with background `mask` outside the
    reader's lesion too. Beyond the first and last slice the last one repeats.
    """
    square = roi.squares[reader]
    if not roi.neighbour:
        return section(roi, reader, square, low, high, background)
    slices = []
    for step in (-roi.neighbour, 0, roi.neighbour):
        start = square.start.copy()
        last = roi.volume.voxels.shape[square.axis] - 1
        start[square.axis] = np.clip(start[square.axis] + step, 0, last)
        beside = Square(square.axis, start, square.side)
        slices.append(section(roi, reader, beside, low, high, background))
    return np.stack(slices)


def around_lesion(roi: Roi) -> np.ndarray:
    """The voxels of reader 1's lesion and its margin, within the crop."""
    box = bounding_box(roi.masks["reader1"])
    return roi.volume.voxels[
        tuple(slice(max(each.start - roi.margin, 0), each.stop + roi.margin) for each in box)
    ]


def section(
    roi: Roi, reader: str, square: Square, low: float, high: float, background: str
) -> np.ndarray:
    """One slice of a patch: (rows, columns) in 0..1."""
    shape = roi.volume.voxels.shape
    inside = tuple(
        slice(max(a, 0), min(b, n))
        for a, b, n in zip(square.start, square.stop, shape, strict=True)
    )
    padding = [
        (max(-a, 0), max(b - n, 0))
        for a, b, n in zip(square.start, square.stop, shape, strict=True)
    ]
    slab = rescale(roi.volume.voxels[inside], low, high)
    if background == "mask":
        slab = slab * roi.masks[reader][inside]
    return as_seen(np.pad(slab, padding), square.axis)
