"""Negative controls of a lesion: its own voxels in random order, and the tissue beside it.

A score that means what it says must do worse on both. The idea is READII's (bhklab/readii).
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np

from radfuse.imaging.lesion import Square, slices
from radfuse.imaging.roi import Roi, patch
from radfuse.imaging.spline import grid_size, resample_box
from radfuse.imaging.volume import Volume

TISSUE = 0.5  # share of a square that must lie above the lower intensity limit, or it shows air


def shuffled(region: Roi, seed: int) -> Roi:
    """The region with the voxels of reader 1's lesion in random order, slice by slice.

    Intensities, size and outline of the lesion stay as they are, its texture goes.
    """
    axis, random = region.squares["reader1"].axis, np.random.default_rng(seed)
    voxels = region.volume.voxels.copy()
    inside = region.masks["reader1"]
    for plane, chosen in zip(
        np.moveaxis(voxels, axis, 0), np.moveaxis(inside, axis, 0), strict=True
    ):
        plane[chosen] = random.permutation(plane[chosen])
    return replace(region, volume=Volume(voxels, region.volume.affine))


def background(
    image: Volume,
    outlined: Mapping[str, np.ndarray],
    region: Roi,
    limits: tuple[float, float],
    settings: Mapping,
) -> np.ndarray | None:
    """A patch of the lesion's size from beside it, as `roi.patch` gives the lesion's own.

    Of the eight squares that touch reader 1's on its slice: the one with most tissue, that is with
    most voxels above the lower of the intensity `limits`, of equals the farthest to the patient's
    right and front. It holds no voxel that any reader outlined (`outlined`: masks on the image's
    grid). With the background masked out, what is left of it has the lesion's outline. None where
    each of them is outlined, or beyond the image or the body by more than half.
    """
    found = []
    for square in neighbours(region):
        if touched(square, image, outlined, settings["spacing_mm"]):
            continue
        beside = moved(image, region, square, settings["spacing_mm"])
        if beside is None:
            continue
        whole = patch(beside, "reader1", *limits)
        share = float((whole > 0).mean())
        cut = patch(beside, "reader1", *limits, settings["background"])
        if share >= TISSUE and cut.min() < cut.max():
            middle = (square.start + square.stop - 1) / 2 * settings["spacing_mm"]
            place = image.position(middle[::-1] / image.spacing)
            found.append((-share, *place.round(3), cut))
    return min(found, key=lambda each: each[:-1])[-1] if found else None


def neighbours(region: Roi) -> list[Square]:
    """The squares that touch reader 1's on its slice, on the grid of the whole image."""
    own = region.squares["reader1"]
    steps = [(0,) if axis == own.axis else (-1, 0, 1) for axis in range(3)]
    return [
        Square(own.axis, region.start + own.start + own.side * np.array(step), own.side)
        for step in product(*steps)
        if any(step)
    ]


def touched(
    square: Square, image: Volume, outlined: Mapping[str, np.ndarray], spacing_mm: float
) -> bool:
    """Whether any reader outlined a voxel of the image that lies in a square."""
    scale = spacing_mm / image.spacing[::-1]
    first = np.maximum(np.floor(square.start * scale), 0)
    last = np.maximum(np.ceil(square.stop * scale), 0)
    return any(mask[slices(first, last)].any() for mask in outlined.values())


def moved(image: Volume, region: Roi, square: Square, spacing_mm: float) -> Roi | None:
    """The region around another square, reader 1's outline moved along; None beyond the image."""
    across = region.neighbour * (np.arange(3) == square.axis)
    start = np.maximum(square.start - across, 0)
    stop = np.minimum(square.stop + across, grid_size(image, spacing_mm)[::-1])
    if not (start < stop).all():
        return None
    volume = resample_box(image, spacing_mm, start[::-1], stop[::-1])
    shift = square.start - region.start - region.squares["reader1"].start
    inside = np.argwhere(region.masks["reader1"]) + region.start + shift - start
    inside = inside[((inside >= 0) & (inside < stop - start)).all(axis=1)]
    mask = np.zeros(stop - start, dtype=bool)
    mask[tuple(inside.T)] = True
    return replace(
        region,
        volume=volume,
        start=start,
        masks={"reader1": mask},
        squares={"reader1": square.seen_from(start)},
    )
