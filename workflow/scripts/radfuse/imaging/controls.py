"""Negative controls of a lesion: its own voxels in random order, and the tissue beside it.

A score of the lesion's texture is expected to do worse on both. The idea is READII's
(bhklab/readii).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from radfuse.imaging.grid import nearest_voxels
from radfuse.imaging.lesion import Square, slices
from radfuse.imaging.roi import Roi, patch
from radfuse.imaging.spline import grid_size, resample_box
from radfuse.imaging.volume import Volume

TISSUE = 0.5  # the least share of a background that must be tissue
GAP_MM = 3.0  # between a background and what was outlined: edges are blurred, outlines tight
SIGNAL = 0.25  # of the signal around the lesion, below which a voxel shows air


def shuffled(region: Roi, seed: Sequence[int]) -> Roi:
    """The region with the voxels of reader 1's lesion in random order, slice by slice.

    Intensities, size and outline of the lesion stay as they are, and so does what is around it; its
    texture goes.
    """
    axis, random = region.squares["reader1"].axis, np.random.default_rng(seed)
    voxels = region.volume.voxels.copy()
    inside = region.masks["reader1"]
    for plane, chosen in zip(
        np.moveaxis(voxels, axis, 0), np.moveaxis(inside, axis, 0), strict=True
    ):
        plane[chosen] = random.permutation(plane[chosen])
    return replace(region, volume=Volume(voxels, region.volume.affine))


def least_signal(image: Volume, region: Roi) -> float:
    """The intensity above which a voxel of an image without physical units shows tissue.

    A quarter of the way from the image's lowest voxel to the upper quartile of what lies around the
    lesion, within its margin: whatever the lesion is like, and however much air is in the image.
    Where there is no margin, the lesion itself stands for tissue.
    """
    outlined = np.any(list(region.masks.values()), axis=0)
    lowest = float(image.voxels.min())
    around = region.volume.voxels[~outlined | outlined.all()]
    return lowest + SIGNAL * (float(np.percentile(around, 75)) - lowest)


def background(
    image: Volume,
    outlined: Mapping[str, np.ndarray],
    region: Roi,
    limits: tuple[float, float],
    air: float,
    settings: Mapping,
) -> np.ndarray | None:
    """A patch of the lesion's size from beside it, as `roi.patch` gives the lesion's own.

    Squares of that size on reader 1's slice come into question that lie no farther from its own
    than that is wide, and GAP_MM from every voxel that a reader outlined (`outlined`: masks on the
    image's grid). The one with most tissue is taken, that is with most voxels brighter than `air`;
    of equals the nearest, then the one farthest to the patient's right and front. With
    `roi.background: mask` it is cut in the shape of the lesion's outline. None where none is half
    tissue.
    """
    own = region.squares["reader1"]
    side, spacing_mm = own.side, settings["spacing_mm"]
    gap = int(np.ceil(GAP_MM / spacing_mm))
    wide = surroundings(image, region, side + gap, spacing_mm)
    rows, columns = (axis for axis in range(3) if axis != own.axis)
    tissue = wide.section(wide.volume.voxels > air)
    taken = wide.section(marked(outlined, image, wide, spacing_mm) | wide.holding(region))
    # shares of tissue of all squares, by how far they are moved along the two axes of the plane
    shares = sums(tissue, side) / side**2
    shares[sums(np.pad(taken, gap), side + 2 * gap) > 0] = 0
    if not shares.max() >= TISSUE:
        return None
    moves = np.argwhere(shares == shares.max()) - (side + gap)
    steps = np.zeros((len(moves), 3), dtype=int)
    steps[:, [rows, columns]] = moves
    best = np.lexsort([*steps.T, (moves**2).sum(axis=1)])[0]
    square = Square(own.axis, region.start + own.start + steps[best], side)
    return patch(moved(wide, region, square), "reader1", *limits, settings["background"])


@dataclass(frozen=True)
class Surroundings:
    """What lies around a square, resampled: `volume` begins at `start` of the image's grid; on the
    plane all that was asked for begins at `first`, perhaps beyond the image."""

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
        return whole.squeeze(self.axis)

    def holding(self, region: Roi) -> np.ndarray:
        """The volume's voxels in the lesions that a region has, on any slice of it."""
        found = np.zeros(self.volume.voxels.shape, dtype=bool)
        for mask in region.masks.values():
            found |= placed(mask, region.start - self.start, found.shape).any(
                axis=self.axis, keepdims=True
            )
        return found


def placed(mask: np.ndarray, offset: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """A mask that begins at `offset` of a grid of this shape, as far as it lies on it."""
    inside = np.argwhere(mask) + offset
    inside = inside[((inside >= 0) & (inside < shape)).all(axis=1)]
    found = np.zeros(shape, dtype=bool)
    found[tuple(inside.T)] = True
    return found


def surroundings(image: Volume, region: Roi, reach: int, spacing_mm: float) -> Surroundings:
    """Reader 1's square with `reach` voxels around it, as thick as its patch."""
    own = region.squares["reader1"]
    in_plane = np.arange(3) != own.axis
    first = region.start + own.start - reach * in_plane
    shape = np.where(in_plane, own.side + 2 * reach, 1)
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
    shift = square.start - region.squares["reader1"].start  # of what began at the region's start
    shape = wide.volume.voxels.shape
    mask = placed(region.masks["reader1"], shift - wide.start, shape)
    return replace(
        region,
        volume=wide.volume,
        start=wide.start,
        masks={"reader1": mask},
        squares={"reader1": square.seen_from(wide.start)},
    )
