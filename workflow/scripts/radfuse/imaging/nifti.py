"""Reading NIfTI-1 and NIfTI-2, compressed or not."""

import gzip
import zlib
from pathlib import Path

import nibabel
import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.volume import Volume

UNREADABLE = (
    nibabel.filebasedimages.ImageFileError,
    nibabel.spatialimages.HeaderDataError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    zlib.error,
)
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def read_nifti(path: Path, place: str) -> Volume:
    """Read the file once and as a whole. Raises StudyError E11 where it cannot be read."""
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        kind = nibabel.Nifti1Image if content[:4] in SIZES_1 else nibabel.Nifti2Image
        nifti = kind.from_bytes(content)
        voxels = np.asanyarray(nifti.dataobj)
    except UNREADABLE as error:
        raise StudyError(
            f"E11 file: {place}: {path} cannot be read as NIfTI ({error}); export it again."
        ) from None
    return Volume(voxels.T, RAS_TO_LPS @ nifti.affine)  # (x, y, z) to (z, y, x)


SIZES_1 = ((348).to_bytes(4, "little"), (348).to_bytes(4, "big"))


def write_nifti(volume: Volume, path: str | Path) -> None:
    """Write a volume as NIfTI-1, gzipped without a time stamp: equal volumes are equal files."""
    affine = RAS_TO_LPS @ volume.affine
    nifti = nibabel.Nifti1Image(volume.voxels.T, affine)
    nifti.set_sform(affine, code=1)
    nifti.set_qform(affine, code=1)
    nifti.header.set_xyzt_units("mm")
    Path(path).write_bytes(gzip.compress(nifti.to_bytes(), compresslevel=1, mtime=0))
