"""Volumes and grids: reading, checking that image and mask share a grid, resampling a region.

Arrays are ordered (z, y, x) as SimpleITK gives them; indices and sizes (x, y, z) as it takes them;
positions in mm, LPS.
"""

from itertools import product
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk

from radfuse.errors import StudyError

# Beyond this many voxels a cubic B-spline's coefficients no longer feel the edge of what was read.
SPLINE_REACH = 16
SMALLEST_SPACING_MM, LARGEST_SPACING_MM = 0.01, 100.0
# how far from orthogonal the axes of a grid may be; files hold them in single precision
SHEAR = 0.01
UNREADABLE = (nibabel.filebasedimages.ImageFileError, OSError, EOFError, ValueError, TypeError)


def read_volume(path: str | Path, place: str) -> sitk.Image:
    """Read a three-dimensional NIfTI volume as float32.

    `place` (patient, modality, sequence, role) begins every message. nibabel reads the file
    because its affine may be oblique beyond what ITK's own reader accepts. Raises StudyError:
    E11 unreadable, E12 dimensions, E15 voxels that are not finite.
    """
    try:
        nifti = nibabel.load(path)
        voxels = np.asarray(nifti.dataobj, dtype=np.float32)
    except UNREADABLE as error:
        raise StudyError(
            f"E11 file: {place}: {path} cannot be read as NIfTI ({error}); export it again."
        ) from None
    if voxels.ndim == 4 and voxels.shape[3] == 1:
        voxels = voxels[..., 0]
    if voxels.ndim != 3:
        raise StudyError(
            f"E12 geometry: {place}: {path} has shape {voxels.shape}, three dimensions are needed; "
            "save the one volume that was outlined."
        )
    if not np.isfinite(voxels).all():
        count = int((~np.isfinite(voxels)).sum())
        raise StudyError(
            f"E15 voxels: {place}: {path} has {count} voxels that are NaN or infinite; "
            "export it again."
        )
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ nifti.affine  # RAS to LPS
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if not (spacing > 0).all() or abs(np.linalg.det(affine[:3, :3] / spacing)) < 1e-3:
        raise StudyError(
            f"E12 geometry: {place}: {path} has an affine that spans no volume "
            f"(spacing {spacing.tolist()} mm); export it again."
        )
    axes = affine[:3, :3] / spacing
    if np.abs(axes.T @ axes - np.eye(3)).max() > SHEAR:
        raise StudyError(
            f"E12 geometry: {place}: the axes of {path} are not at right angles (gantry tilt or "
            "shear); resample it to an orthogonal grid, with its mask."
        )
    if spacing.min() < SMALLEST_SPACING_MM or spacing.max() > LARGEST_SPACING_MM:
        raise StudyError(
            f"E12 geometry: {place}: {path} has a spacing of {spacing.tolist()} mm; expected are "
            f"{SMALLEST_SPACING_MM} to {LARGEST_SPACING_MM} mm: export it again."
        )
    volume = sitk.GetImageFromArray(voxels.transpose(2, 1, 0))  # (x, y, z) to (z, y, x)
    volume.SetSpacing(spacing.tolist())
    volume.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    volume.SetOrigin(affine[:3, 3].tolist())
    return volume


def corner_distance(a: sitk.Image, b: sitk.Image) -> float:
    """Largest distance in mm between the same corner voxels of two grids of one size."""
    corners = product(*((0, size - 1) for size in a.GetSize()))
    return max(
        float(
            np.linalg.norm(
                np.subtract(
                    a.TransformIndexToPhysicalPoint(corner), b.TransformIndexToPhysicalPoint(corner)
                )
            )
        )
        for corner in corners
    )


def grid_problem(image: sitk.Image, mask: sitk.Image, tolerance_mm: float) -> str:
    """In which way a mask lies on another grid than its image; empty where it does not."""
    if image.GetSize() != mask.GetSize():
        return f"size is {mask.GetSize()} voxels, the image's {image.GetSize()}"
    if np.max(np.abs(np.subtract(image.GetSpacing(), mask.GetSpacing()))) > 1e-3:
        shown = [tuple(round(s, 4) for s in each.GetSpacing()) for each in (mask, image)]
        return f"spacing is {shown[0]} mm, the image's {shown[1]} mm"
    distance = corner_distance(image, mask)
    if distance > tolerance_mm:
        return f"corners lie up to {distance:.2f} mm from the image's (tolerance {tolerance_mm} mm)"
    return ""


def grid_size(image: sitk.Image, spacing_mm: float) -> np.ndarray:
    """Voxels (x, y, z) of the grid that begins at the image's first voxel and ends within it."""
    extent = (np.array(image.GetSize()) - 1) * np.array(image.GetSpacing())
    return np.floor(extent / spacing_mm + 1e-6).astype(int) + 1


def nearest_indices(image: sitk.Image, spacing_mm: float) -> list[np.ndarray]:
    """Per axis (x, y, z): for every voxel of the resampled grid the nearest one of the image."""
    size, spacing = grid_size(image, spacing_mm), image.GetSpacing()
    return [
        np.minimum(
            np.floor(np.arange(size[axis]) * spacing_mm / spacing[axis] + 0.5).astype(int),
            image.GetSize()[axis] - 1,
        )
        for axis in range(3)
    ]


def resample_region(
    image: sitk.Image, spacing_mm: float, start: np.ndarray, size: np.ndarray
) -> tuple[sitk.Image, int]:
    """A box of the image's isotropic grid, by cubic B-spline, and how many voxels were clamped.

    `start` and `size` (x, y, z) are voxels of the grid of `spacing_mm` that begins at the image's
    first voxel. Only the neighbourhood that the spline feels is read. Values outside the range of
    that neighbourhood are ringing and are clamped to it.
    """
    spacing = np.array(image.GetSpacing())
    full = np.array(image.GetSize())
    low = np.floor(start * spacing_mm / spacing).astype(int) - SPLINE_REACH
    high = np.ceil((start + size - 1) * spacing_mm / spacing).astype(int) + SPLINE_REACH + 1
    low, high = np.clip(low, 0, full), np.clip(high, 0, full)
    window = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    neighbourhood = image[window]
    corner = start * spacing_mm / spacing
    resampled = sitk.Resample(
        neighbourhood,
        [int(n) for n in size],
        sitk.Transform(),
        sitk.sitkBSpline,
        image.TransformContinuousIndexToPhysicalPoint(corner.tolist()),
        [spacing_mm] * 3,
        image.GetDirection(),
        0.0,
        sitk.sitkFloat32,
    )
    voxels = sitk.GetArrayViewFromImage(neighbourhood)
    lowest, highest = float(voxels.min()), float(voxels.max())
    values = sitk.GetArrayViewFromImage(resampled)
    clamped = int(((values < lowest) | (values > highest)).sum())
    return sitk.Clamp(resampled, sitk.sitkFloat32, lowest, highest), clamped
