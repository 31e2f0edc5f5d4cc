"""The region of interest of one image: a resampled crop and, per reader's mask, the patch in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from radfuse.imaging.grid import nearest_indices
from radfuse.imaging.intensity import rescale
from radfuse.imaging.lesion import (
    Square,
    bounding_box,
    largest_lesion,
    square_around,
    through_plane_axis,
)
from radfuse.imaging.spline import grid_size, resample_box
from radfuse.imaging.view import in_radiological_view
from radfuse.imaging.volume import Volume


@dataclass(frozen=True)
class Roi:
    """`volume` and `masks` share one grid, that of the image at the new spacing, cropped.

    `squares` are in that grid; `masks` are (z, y, x) booleans by reader.
    """

    volume: Volume
    masks: dict[str, np.ndarray]
    squares: dict[str, Square]
    lesions: dict[str, int]  # connected components in each mask
    clamped: int  # voxels where the spline overshot


class LesionLostError(Exception):
    """A lesion so small that no voxel of the new grid falls on it."""

    def __init__(self, reader: str, voxels: int) -> None:
        self.reader, self.voxels = reader, voxels
        super().__init__(f"{reader}: {voxels} voxels")


def extract_roi(
    image: Volume, masks: Mapping[str, np.ndarray], spacing_mm: float, margin_mm: float
) -> Roi:
    """Resample the neighbourhood of the lesion that the masks outline.

    `masks` by reader on the image's grid, not empty. Every mask has its own largest slice and its
    own square, because where a reader sees the lesion is part of what the readers may disagree on.
    """
    margin = round(margin_mm / spacing_mm)
    nearest = nearest_indices(image, spacing_mm)[::-1]  # (z, y, x)
    resampled, squares, lesions = {}, {}, {}
    for reader, mask in masks.items():
        lesion, lesions[reader] = largest_lesion(mask)
        axis = through_plane_axis(lesion, image.spacing[::-1], image.direction)
        resampled[reader] = lesion[np.ix_(*nearest)]
        if not resampled[reader].any():
            raise LesionLostError(reader, int(lesion.sum()))
        squares[reader] = square_around(resampled[reader], axis, margin)
    start, stop = bounds(resampled, squares, margin)
    start = np.maximum(start, 0)
    stop = np.minimum(stop, grid_size(image, spacing_mm)[::-1])
    resampled_image = resample_box(image, spacing_mm, start[::-1], stop[::-1])
    lowest, highest = image.voxels.min(), image.voxels.max()
    voxels = resampled_image.voxels
    clamped = int(((voxels < lowest) | (voxels > highest)).sum())
    volume = Volume(np.clip(voxels, lowest, highest), resampled_image.affine)
    window = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    return Roi(
        volume=volume,
        masks={reader: mask[window] for reader, mask in resampled.items()},
        squares={
            reader: Square(square.axis, square.start - start, square.side)
            for reader, square in squares.items()
        },
        lesions=lesions,
        clamped=clamped,
    )


def bounds(
    masks: Mapping[str, np.ndarray], squares: Mapping[str, Square], margin: int
) -> tuple[np.ndarray, np.ndarray]:
    """First and last+1 voxel (z, y, x) that hold every lesion with its margin and every square."""
    starts, stops = [], []
    for reader, mask in masks.items():
        box = bounding_box(mask)
        starts += [np.array([extent.start for extent in box]) - margin, squares[reader].start]
        stops += [np.array([extent.stop for extent in box]) + margin, squares[reader].stop]
    return np.min(starts, axis=0), np.max(stops, axis=0)


def patch(roi: Roi, reader: str, low: float, high: float) -> np.ndarray:
    """The reader's square as (rows, columns) in 0..1, in the radiologist's view.

    Whatever the storage order, rows run to posterior and columns to the patient's left (for axial
    slices; LPS in general). Outside the image it is 0, the lower intensity limit.
    """
    square = roi.squares[reader]
    voxels = roi.volume.voxels
    inside = tuple(
        slice(max(a, 0), min(b, n))
        for a, b, n in zip(square.start, square.stop, voxels.shape, strict=True)
    )
    padding = [
        (max(-a, 0), max(b - n, 0))
        for a, b, n in zip(square.start, square.stop, voxels.shape, strict=True)
    ]
    slab = np.pad(rescale(voxels[inside], low, high), padding)
    return in_radiological_view(slab, square.axis, roi.volume.direction)
