"""Negative controls of a lesion: its own voxels in random order, and the tissue beside it.

A score that means what it says must do worse on both. The idea is READII's (bhklab/readii).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from radfuse.imaging.grid import nearest_voxels
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

    Of all squares of that size on reader 1's slice, moved by no more than their side, that hold no
    voxel that any reader outlined (`outlined`: masks on the image's grid): the one with most
    tissue, that is with most voxels above the lower of the intensity `limits`; of equals the
    nearest, then the one farthest to the patient's right and front. With the background masked
    out, what is left of it has the lesion's outline. None where none is half tissue.
    """
    own = region.squares["reader1"]
    start, side, spacing_mm = region.start + own.start, own.side, settings["spacing_mm"]
    wide = surroundings(image, region, spacing_mm)
    # shares of tissue of all squares, by how far they are moved along the two axes of the plane
    place = tuple(0 if axis == own.axis else slice(None) for axis in range(3))
    rows, columns = (axis for axis in range(3) if axis != own.axis)
    tissue = wide.section(wide.volume.voxels > limits[0])[place]
    taken = wide.section(marked(outlined, image, wide, spacing_mm))[place]
    shares = sums(tissue, side) / side**2
    shares[sums(taken, side) > 0] = 0
    if not shares.max() >= TISSUE:
        return None
    moves = np.argwhere(shares == shares.max()) - side
    steps = np.zeros((len(moves), 3))
    steps[:, [rows, columns]] = moves
    toward = steps[:, ::-1] @ image.direction.T  # LPS
    best = np.lexsort([*toward.round(3).T[::-1], (moves**2).sum(axis=1)])[0]
    square = Square(own.axis, start + steps[best].astype(int), side)
    return patch(moved(wide, region, square), "reader1", *limits, settings["background"])


@dataclass(frozen=True)
class Surroundings:
    """What lies around a square, resampled: `volume` begins at `start` of the image's grid; on the
    plane the square with its own side around it begins at `first`, perhaps beyond the image."""

    volume: Volume
    start: np.ndarray
    first: np.ndarray
    shape: np.ndarray
    axis: int
    slice: int  # the square's, in `volume`

    def section(self, values: np.ndarray) -> np.ndarray:
        """Booleans of the volume's shape on the square's slice, false beyond the image."""
        whole = np.zeros(self.shape, dtype=bool)
        plane = np.take(values, [self.slice], axis=self.axis)
        offset = self.start - self.first
        offset[self.axis] = 0
        whole[slices(offset, offset + plane.shape)] = plane
        return whole


def surroundings(image: Volume, region: Roi, spacing_mm: float) -> Surroundings:
    """Three times as wide as reader 1's square, as thick as its patch."""
    own = region.squares["reader1"]
    in_plane = np.arange(3) != own.axis
    first = region.start + own.start - own.side * in_plane
    shape = np.where(in_plane, 3 * own.side, 1)
    across = region.neighbour * ~in_plane
    start = np.maximum(first - across, 0)
    stop = np.minimum(first + shape + across, grid_size(image, spacing_mm)[::-1])
    volume = resample_box(image, spacing_mm, start[::-1], stop[::-1])
    return Surroundings(volume, start, first, shape, own.axis, int((first - start)[own.axis]))


def marked(
    outlined: Mapping[str, np.ndarray], image: Volume, wide: Surroundings, spacing_mm: float
) -> np.ndarray:
    """The surroundings' voxels that any reader outlined on any slice of the image within them."""
    found = np.zeros(wide.volume.voxels.shape, dtype=bool)
    near = [
        nearest_voxels(begin + np.arange(count), spacing_mm, spacing, size)
        for begin, count, spacing, size in zip(
            wide.start, found.shape, image.spacing[::-1], image.voxels.shape, strict=True
        )
    ]
    near[wide.axis] = np.arange(near[wide.axis].min(), near[wide.axis].max() + 1)
    for mask in outlined.values():
        found |= mask[np.ix_(*near)].any(axis=wide.axis, keepdims=True)
    return found


def sums(plane: np.ndarray, side: int) -> np.ndarray:
    """Sums over all squares of a side on a plane, by where they begin."""
    total = np.pad(plane.astype(np.int64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    return (
        total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    ).astype(float)


def moved(wide: Surroundings, region: Roi, square: Square) -> Roi:
    """The region around another square, with reader 1's outline moved along."""
    shift = square.start - region.start - region.squares["reader1"].start
    shape = np.array(wide.volume.voxels.shape)
    inside = np.argwhere(region.masks["reader1"]) + region.start + shift - wide.start
    inside = inside[((inside >= 0) & (inside < shape)).all(axis=1)]
    mask = np.zeros(shape, dtype=bool)
    mask[tuple(inside.T)] = True
    return replace(
        region,
        volume=wide.volume,
        start=wide.start,
        masks={"reader1": mask},
        squares={"reader1": square.seen_from(wide.start)},
    )
