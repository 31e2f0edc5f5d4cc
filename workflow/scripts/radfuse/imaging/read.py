"""Reading images and masks, whatever their format, and whether what was read can be used."""

import os
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.files import beginning, is_dicom, there
from radfuse.imaging.volume import Volume, by_axes

# no scanner of the body works at less, no slices lie farther apart, no pixels are larger
SMALLEST_SPACING_MM, LARGEST_SPACING_MM, LARGEST_PIXEL_MM = 0.02, 50.0, 10.0
FARTHEST_MM = 1e5  # of a voxel from the origin of the patient's space
# how far from orthogonal the axes of a grid may be; files hold them in single precision
SHEAR = 0.01


def read_image(path: str | Path, place: str, wanted: str = "") -> Volume:
    """Read a three-dimensional volume: NIfTI, NRRD, MetaImage, or a folder of DICOM files.

    `place` (patient, modality, sequence, role) begins every message; `wanted` is the images
    sheet's `volume`. Raises StudyError: E10 missing, E11 unreadable, E12 dimensions or grid, E15
    voxels that are not finite, E17 a series that is not whole, E18 which of several volumes.
    """
    path = existing(path, place)
    return checked(by_format(path, place, wanted), path, place)


def read_mask(path: str | Path, place: str, image: Volume | None, label: str = "") -> Volume:
    """Read a mask (labels) of `image`, on its own grid; as `read_image`, or DICOM SEG, RTSTRUCT,
    which need the image."""
    path = existing(path, place)
    if is_dicom(path):
        from radfuse.imaging.dicom.masks import read_dicom_mask

        return checked(read_dicom_mask(path, place, image, label), path, place)
    return checked(by_format(path, place, None), path, place)


def existing(path: str | Path, place: str) -> Path:
    """The path, if there is something."""
    path = Path(path)
    if there(path):
        return path
    what = "is neither a file nor a folder" if os.path.lexists(path) else "does not exist"
    raise StudyError(
        f"E10 file: {place}: {path} {what} (seen from {Path.cwd()}); correct the path in the "
        "images sheet."
    )


def by_format(path: Path, place: str, wanted: str | None) -> Volume:
    """Read with the reader of the format that the content shows. Readers are imported at need:
    each costs more to import than a small image costs to read."""
    if is_dicom(path):
        from radfuse.imaging.dicom.series import read_series

        return read_series(path, place, wanted)
    start = beginning(path)
    if start.startswith(b"NRRD") or b"NDims" in start:
        from radfuse.imaging.itk import read_itk

        image_io = "NrrdImageIO" if start.startswith(b"NRRD") else "MetaImageIO"
        return read_itk(path, place, wanted, image_io)
    from radfuse.imaging.nifti import read_nifti

    return read_nifti(path, place, wanted)


def checked(volume: Volume, path: Path, place: str) -> Volume:
    """The volume, if its voxels are finite numbers on a grid. Raises StudyError E12, E15."""
    voxels = volume.voxels
    if voxels.dtype.kind not in "biuf":
        raise StudyError(
            f"E12 geometry: {place}: {path} holds colours or complex numbers ({voxels.dtype}), one "
            "number per voxel is needed; export the original image."
        )
    if voxels.size == 0:
        raise StudyError(f"E12 geometry: {place}: {path} has no voxel; export it again.")
    if voxels.dtype.kind == "f" and not np.isfinite(voxels).all():
        count = int((~np.isfinite(voxels)).sum())
        raise StudyError(
            f"E15 voxels: {place}: {path} has {count} of {voxels.size} voxels that are NaN or "
            "infinite; export it again."
        )
    if voxels.dtype == np.float64 and np.abs(voxels).max() > np.finfo(np.float32).max:
        raise StudyError(
            f"E15 voxels: {place}: {path} has voxels of up to {np.abs(voxels).max():.3g}, which is "
            "no intensity; export it again."
        )
    check_grid(volume, path, place)
    return volume


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


def spans(volume: Volume) -> bool:
    """Whether the three axes point into three dimensions."""
    return abs(np.linalg.det(volume.direction)) > 1e-3
