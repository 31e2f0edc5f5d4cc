"""Images of known geometry: grids of any direction, balls and ramps at known positions (LPS)."""

from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk
from hypothesis import strategies as st

from radfuse.imaging.volume import Volume

ROI = {
    "spacing_mm": 1.0,
    "margin_mm": 10.0,
    "tolerance_mm": 0.1,
    "tolerance_deg": 0.1,
    "mask_grid": "refuse",
    "box": "own",
    "background": "keep",
    "channels": "slice",
    "neighbour_mm": None,
}
RAS = np.diag([-1.0, -1.0, 1.0, 1.0])  # from LPS, and back


def rotation(angles) -> np.ndarray:
    """About x, then y, then z, in radians."""
    (a, b, c) = angles
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def affine_of(spacing, angles=(0, 0, 0), origin=(0, 0, 0), flips=(1, 1, 1), order=(0, 1, 2)):
    """From voxel x, y, z to LPS mm; `order` says which patient's axis each voxel axis follows."""
    affine = np.eye(4)
    affine[:3, :3] = rotation(angles) @ np.diag(flips) @ np.eye(3)[:, list(order)] * spacing
    affine[:3, 3] = origin
    return affine


def triples(*bounds):
    return st.tuples(*[st.floats(*bounds, allow_subnormal=False)] * 3)  # ITK stumbles over them


AFFINES = st.builds(
    affine_of,
    triples(0.5, 6.0),
    angles=st.one_of(st.just((0.0, 0.0, 0.0)), triples(-3.1, 3.1)),
    origin=triples(-300.0, 300.0),
    flips=st.tuples(*[st.sampled_from([1, -1])] * 3),
    order=st.permutations([0, 1, 2]),
)


def positions(size, affine) -> np.ndarray:
    """LPS mm of every voxel of a grid of `size` (x, y, z), ordered (z, y, x, 3)."""
    grid = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij"), axis=-1)
    return (grid @ affine[:3, :3].T + affine[:3, 3]).transpose(2, 1, 0, 3)


def ball(size, affine, centre, radius) -> np.ndarray:
    """The voxels (z, y, x) of a grid within `radius` mm of `centre`."""
    return np.linalg.norm(positions(size, affine) - centre, axis=-1) <= radius


def block(shape, *extents) -> np.ndarray:
    """A mask (z, y, x) that is true in one box, given by (first, last + 1) along z, y, x."""
    mask = np.zeros(shape, bool)
    mask[tuple(slice(*extent) for extent in extents)] = True
    return mask


def to_sitk(volume: Volume) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.voxels))
    spacing = np.linalg.norm(volume.affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((volume.affine[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(volume.affine[:3, 3].tolist())
    return image


def save(path: Path, voxels: np.ndarray, affine: np.ndarray) -> str:
    """Write (z, y, x) voxels and an LPS affine as NIfTI-1."""
    nibabel.save(nibabel.Nifti1Image(voxels.T, RAS @ affine), path)
    return str(path)
