"""Two grids: do image and mask share one, and how a mask on another comes onto the image's."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.axes import turned
from radfuse.imaging.lesion import Lesion, bounding_box, slices, starts
from radfuse.imaging.spline import grid_size
from radfuse.imaging.volume import Volume, by_axes, nearest_voxel

SPACING_MM = 1e-3  # files hold spacing in single precision
# no scanner of the body works at less, no slices lie farther apart, no pixels are larger
SMALLEST_SPACING_MM, LARGEST_SPACING_MM, LARGEST_PIXEL_MM = 0.02, 50.0, 10.0
FARTHEST_MM = 1e5  # of a voxel from the origin of the patient's space
# how far from orthogonal the axes of a grid may be; files hold them in single precision
SHEAR = 0.01
SIZES_APART = 0.01  # how far voxel sizes of one file may differ, as a share


exact = partial(by_axes, digits=6)  # two grids may differ in the last that a file holds


def check_grid(volume: Volume, path: str | Path, place: str) -> None:
    """Raises StudyError E12 where a grid is none, or is not plausible."""
    spacing = volume.spacing
    shown = by_axes(spacing)
    if not (np.isfinite(spacing).all() and (spacing > 0).all() and spans(volume)):
        raise StudyError(
            f"E12 geometry: {place}: {path} has an affine that spans no volume "
            f"(spacing {shown} mm); export it again."
        )
    origin = volume.affine[:3, 3]
    if not np.abs(origin).max() < FARTHEST_MM:
        raise StudyError(
            f"E12 geometry: {place}: {path} begins at {by_axes(origin)} mm (LPS), which is nowhere "
            "in a patient; export it again."
        )
    cosines = np.abs(volume.direction.T @ volume.direction - np.eye(3)).max()
    if cosines > SHEAR:
        tilt = np.rad2deg(np.arcsin(min(cosines, 1.0)))
        raise StudyError(
            f"E12 geometry: {place}: the axes of {path} are {tilt:.1f} degrees off a right angle "
            "(gantry tilt or shear); resample it to an orthogonal grid, with its mask."
        )
    single = np.sort(spacing.astype(np.float32))  # as files hold it
    small = single[0] < np.float32(SMALLEST_SPACING_MM)
    if small or single[1] > LARGEST_PIXEL_MM or single[2] > LARGEST_SPACING_MM:
        raise StudyError(
            f"E12 geometry: {place}: {path} has a spacing of {shown} mm, which no scan of a "
            f"patient has (pixels of {SMALLEST_SPACING_MM} to {LARGEST_PIXEL_MM:g} mm and slices "
            f"up to {LARGEST_SPACING_MM:g} mm apart are accepted); export it again, in mm."
        )


def check_sizes(volume: Volume, path: str | Path, place: str) -> None:
    """Raises StudyError E12 where the affines that a file states have voxels of other sizes: what
    they outline is then of no known size."""
    for affine in volume.stated:
        other = np.linalg.norm(affine[:3, :3], axis=0)
        many = volume.size > 1  # how thick a single slice is changes no measure within it
        if not np.allclose(volume.spacing[many], other[many], rtol=SIZES_APART, atol=0):
            raise StudyError(
                f"E12 geometry: {place}: {path} states voxels of {by_axes(volume.spacing)} mm by "
                f"its sform and of {by_axes(other)} mm by pixdim: nobody can tell how large the "
                "lesion is; export it again, from before any registration that scaled it."
            )


def spans(volume: Volume) -> bool:
    """Whether the three axes point into three dimensions."""
    return abs(np.linalg.det(volume.direction)) > 1e-3


def corner_indices(size: np.ndarray) -> np.ndarray:
    """The eight corner voxels (8, 3) of a grid as indices (x, y, z)."""
    return np.array(np.meshgrid(*[(0, n - 1) for n in size], indexing="ij")).reshape(3, -1).T


def corner_distance(volume: Volume, affine: np.ndarray) -> float:
    """How far (mm) another affine would move the farthest corner voxel of a volume."""
    corners = corner_indices(volume.size)
    moved = corners @ affine[:3, :3].T + affine[:3, 3]
    return float(np.linalg.norm(volume.position(corners) - moved, axis=1).max())


def angle_deg(a: np.ndarray, b: np.ndarray) -> float:
    """The largest angle in degrees between the same axes of two directions (3 x 3)."""
    # by the chord, which is exact for small angles where the cosine is not
    chord = np.linalg.norm(a - b, axis=0)
    return float(np.rad2deg(2 * np.arcsin(np.clip(chord / 2, 0, 1))).max())


def grid_problems(
    image: Volume, mask: Volume, tolerance_mm: float, tolerance_deg: float
) -> list[str]:
    """Every way in which a mask lies on another grid than its image; empty where it does not."""
    problems = []
    resized = (image.size != mask.size).any()
    if resized:
        problems.append(f"size {exact(mask.size)} voxels, the image's {exact(image.size)}")
    apart = corner_distance(image, mask.affine)
    stretched = np.abs(image.spacing - mask.spacing).max() > SPACING_MM
    if stretched and (resized or not apart <= tolerance_mm):
        problems.append(f"spacing {exact(mask.spacing)} mm, the image's {exact(image.spacing)}")
    angle = angle_deg(image.direction, mask.direction)
    if not angle <= tolerance_deg:
        problems.append(f"axes turned by {angle:.2f} degrees (tolerance {tolerance_deg:g})")
    shift = float(np.linalg.norm(image.affine[:3, 3] - mask.affine[:3, 3]))
    if not shift <= tolerance_mm:
        origins = [exact(each.affine[:3, 3].round(2)) for each in (mask, image)]
        problems.append(
            f"origin {origins[0]} mm (LPS), the image's {origins[1]}: {shift:.2f} mm apart "
            f"(tolerance {tolerance_mm:g} mm)"
        )
    if not problems and not apart <= tolerance_mm:
        problems.append(
            f"corners up to {apart:.2f} mm from the image's (tolerance {tolerance_mm:g} mm)"
        )
    return problems


def same_voxels(image: Volume, mask: Volume) -> bool:
    """Whether two grids have as many voxels, as large, wherever they lie."""
    same_size = (image.size == mask.size).all()
    return bool(same_size and np.abs(image.spacing - mask.spacing).max() <= SPACING_MM)


def other_grid(path: str, disagreeing: Sequence[str], place: str) -> StudyError:
    """The refusal of a mask on another grid than its image's."""
    return StudyError(
        f"E13 geometry: {place}: {path} is not on its image's grid: {'; '.join(disagreeing)}. "
        "Is it the mask of another image or patient? Correct the row. If not, outline on this "
        "image, or set roi.mask_grid: resample, if both show the same space."
    )


def along_axes_of(image: Volume, mask: Volume) -> Volume:
    """The mask with its axes in the image's order and direction. Converters flip axes, or exchange
    them."""
    found = turned(mask, image.direction)
    if np.array_equal(found.affine, mask.affine):
        return mask
    note = "its axes are stored in another order or direction than the image's"
    return replace(found, notes=(*mask.notes, note))


def agreed_by(image: Volume, mask: Volume, tolerance_mm: float, tolerance_deg: float) -> bool:
    """Whether any affine that the image's file states puts it on a grid that the mask's states."""
    return any(
        not grid_problems(
            Volume(image.voxels, ours), Volume(mask.voxels, theirs), tolerance_mm, tolerance_deg
        )
        for ours in (image.affine, *image.stated)
        for theirs in (mask.affine, *mask.stated)
    )


def onto_grid(image: Volume, mask: Volume, chosen: np.ndarray) -> tuple[np.ndarray, float]:
    """A lesion (z, y, x booleans on the mask's grid, not empty) on the image's, nearest neighbour.

    Returns it and the share of its voxels whose centres lie outside the image.
    """
    indices = np.argwhere(chosen)[:, ::-1]  # (x, y, z)
    at = image.index(mask.position(indices))
    outside = ((at < -0.5) | (at > image.size - 0.5)).any(axis=1)
    placed = np.zeros(image.voxels.shape, dtype=bool)
    box = bounding_box(chosen)
    low = starts(box)[::-1] - 0.5
    high = np.array([extent.stop for extent in box[::-1]]) - 0.5
    corners = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
    reach = image.index(mask.position(corners))
    start = np.clip(np.floor(reach.min(axis=0)), 0, image.size).astype(int)
    stop = np.clip(np.ceil(reach.max(axis=0)) + 1, 0, image.size).astype(int)
    if (start < stop).all():
        axes = [np.arange(a, b) for a, b in zip(start, stop, strict=True)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        source = nearest_voxel(mask.index(image.position(grid)))
        inside = ((source >= 0) & (source < mask.size)).all(axis=-1)
        x, y, z = np.clip(source, 0, mask.size - 1).reshape(-1, 3).T
        values = (chosen[z, y, x].reshape(inside.shape) & inside).transpose(2, 1, 0)
        placed[slices(start[::-1], stop[::-1])] = values
    return placed, float(outside.mean())


def nearest_voxels(new: np.ndarray, spacing_mm: float, spacing: float, size: int) -> np.ndarray:
    """Along one axis: the voxel of the image nearest to each of these voxels of the new grid."""
    return np.minimum(nearest_voxel(new * spacing_mm / spacing), size - 1)


def nearest_lesion(lesion: Lesion, image: Volume, spacing_mm: float) -> Lesion | None:
    """A lesion on the image's isotropic grid, nearest neighbour; None where no voxel meets it.

    An outline on one slice, where slices are thinner than the grid's, may lie between two of its
    planes: it then goes to the nearer one.
    """
    start, sources = [], []
    on_one_slice = sum(size == 1 for size in lesion.voxels.shape) == 1
    sizes = grid_size(image, spacing_mm)[::-1]
    for axis, spacing in enumerate(image.spacing[::-1]):
        first = int((lesion.start[axis] - 1) * spacing / spacing_mm) - 1
        last = int((lesion.stop[axis] + 1) * spacing / spacing_mm) + 2
        new = np.arange(max(first, 0), min(last, sizes[axis]))
        source = nearest_voxels(new, spacing_mm, spacing, image.voxels.shape[axis])
        met = (source >= lesion.start[axis]) & (source < lesion.stop[axis])
        if not met.any():
            if not on_one_slice or lesion.voxels.shape[axis] > 1:
                return None
            nearest = int(nearest_voxel(lesion.start[axis] * spacing / spacing_mm))
            new, source = np.array([min(nearest, sizes[axis] - 1)]), lesion.start[axis : axis + 1]
            met = np.array([True])
        start.append(int(new[met][0]))
        sources.append(source[met] - lesion.start[axis])
    voxels = lesion.voxels[np.ix_(*sources)]
    if not voxels.any():
        return None
    box = bounding_box(voxels)
    return Lesion(np.array(start) + starts(box), voxels[box])
