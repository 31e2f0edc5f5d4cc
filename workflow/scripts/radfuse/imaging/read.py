"""Reading images and masks, whatever their format, and whether what was read can be used."""

from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.files import beginning, is_dicom, lack, there
from radfuse.imaging.grid import check_grid, check_sizes
from radfuse.imaging.volume import Volume


def read_image(path: str | Path, place: str, wanted: str = "") -> Volume:
    """Read a three-dimensional volume: NIfTI, NRRD, MetaImage, or a folder of DICOM files.

    `place` (patient, modality, sequence, role) begins every message; `wanted` is the images
    sheet's `volume`. Raises StudyError: E10 missing, E11 unreadable, E12 dimensions or grid, E15
    voxels that are not finite, E17 a series that is not whole, E18 which of several volumes.
    """
    path = existing(path, place)
    volume = checked(by_format(path, place, wanted), path, place)
    check_sizes(volume, path, place)
    return volume


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
    raise StudyError(
        f"E10 file: {place}: {path} {lack(path)} (seen from {Path.cwd()}); correct the path in the "
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
