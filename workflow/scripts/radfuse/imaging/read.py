"""Reading images and masks, whatever their format, and whether what was read can be used."""

from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.nifti import read_nifti
from radfuse.imaging.volume import Volume

SMALLEST_SPACING_MM, LARGEST_SPACING_MM = 0.01, 100.0
# how far from orthogonal the axes of a grid may be; files hold them in single precision
SHEAR = 0.01


def read_image(path: str | Path, place: str) -> Volume:
    """Read a three-dimensional volume.

    `place` (patient, modality, sequence, role) begins every message. Raises StudyError: E11
    unreadable, E12 dimensions or grid, E15 voxels that are not finite.
    """
    volume = read_nifti(Path(path), place)
    voxels = volume.voxels
    if voxels.ndim == 4 and voxels.shape[0] == 1:
        voxels = voxels[0]
    if voxels.ndim != 3:
        raise StudyError(
            f"E12 geometry: {place}: {path} has shape {voxels.shape[::-1]}, three dimensions are "
            "needed; save the one volume that was outlined."
        )
    if not np.isfinite(voxels).all():
        count = int((~np.isfinite(voxels)).sum())
        raise StudyError(
            f"E15 voxels: {place}: {path} has {count} voxels that are NaN or infinite; "
            "export it again."
        )
    volume = Volume(voxels, volume.affine, volume.stated, volume.notes)
    check_grid(volume, path, place)
    return volume


def read_mask(path: str | Path, place: str, image: Volume) -> Volume:
    """Read a mask (labels), outlined on `image`; as `read_image`."""
    return read_image(path, place)


def check_grid(volume: Volume, path: str | Path, place: str) -> None:
    """Raises StudyError E12 where a grid is none, or is not plausible."""
    spacing = volume.spacing
    if not (spacing > 0).all() or abs(np.linalg.det(volume.direction)) < 1e-3:
        raise StudyError(
            f"E12 geometry: {place}: {path} has an affine that spans no volume "
            f"(spacing {spacing.tolist()} mm); export it again."
        )
    if np.abs(volume.direction.T @ volume.direction - np.eye(3)).max() > SHEAR:
        raise StudyError(
            f"E12 geometry: {place}: the axes of {path} are not at right angles (gantry tilt or "
            "shear); resample it to an orthogonal grid, with its mask."
        )
    if spacing.min() < SMALLEST_SPACING_MM or spacing.max() > LARGEST_SPACING_MM:
        raise StudyError(
            f"E12 geometry: {place}: {path} has a spacing of {spacing.tolist()} mm; expected are "
            f"{SMALLEST_SPACING_MM} to {LARGEST_SPACING_MM} mm: export it again."
        )
