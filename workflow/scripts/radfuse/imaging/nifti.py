"""Reading and writing NIfTI-1 and NIfTI-2, compressed or not."""

import gzip
import zlib
from pathlib import Path

import nibabel
import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.choice import choose_volume
from radfuse.imaging.grid import corner_distance
from radfuse.imaging.volume import Volume

UNREADABLE = (
    nibabel.filebasedimages.ImageFileError,
    nibabel.spatialimages.HeaderDataError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    MemoryError,
    zlib.error,
)
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
HEADER_SIZES_1 = ((348).to_bytes(4, "little"), (348).to_bytes(4, "big"))
MILLIMETRES = {"meter": 1000.0, "micron": 0.001}
APART_MM = 0.1  # beyond this, sform and qform of one file are said to disagree


def read_nifti(path: Path, place: str, wanted: str = "") -> Volume:
    """Read the file once and as a whole; of a 4D file the volume that is `wanted`.

    The affine is the sform where the file has one, else the qform (as nibabel, and method 3 of the
    NIfTI-1 standard); where both are given and disagree, a note says by how much. Raises
    StudyError: E11 where it cannot be read, E12 or E18 where it is no single volume.
    """
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        kind = nibabel.Nifti1Image if content[:4] in HEADER_SIZES_1 else nibabel.Nifti2Image
        nifti = kind.from_bytes(content)
        voxels = read_voxels(nifti)
        affine, stated = affines(nifti)
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StudyError(
            f"E11 file: {place}: {path} cannot be read as NIfTI ({reason}); export it again."
        ) from None
    voxels = choose_volume(voxels.T, wanted, b_values(path), path, place)  # (x, y, z) to (z, y, x)
    volume = Volume(voxels, affine, stated)
    return Volume(voxels, affine, stated, notes(nifti, volume))


def read_voxels(nifti: nibabel.Nifti1Image) -> np.ndarray:
    """Voxels in the type they are stored in, or as float32 where the header rescales them."""
    if nifti.dataobj.slope == 1 and nifti.dataobj.inter == 0:
        return np.asanyarray(nifti.dataobj)
    return nifti.dataobj.get_scaled(np.float32)


def affines(nifti: nibabel.Nifti1Image) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The affine to use and, where the file states both sform and qform, the other; LPS, mm."""
    header = nifti.header
    scale = MILLIMETRES.get(header.get_xyzt_units()[0], 1.0)
    to_lps = RAS_TO_LPS @ np.diag([scale, scale, scale, 1.0])
    stated = ()
    if header["sform_code"] > 0 and header["qform_code"] > 0:
        stated = (to_lps @ header.get_qform(),)
    return to_lps @ nifti.affine, stated


def notes(nifti: nibabel.Nifti1Image, volume: Volume) -> tuple[str, ...]:
    """What a reader of the file has to decide, and a person may want to know."""
    header = nifti.header
    if header["sform_code"] == 0 and header["qform_code"] == 0:
        return ("the file states no orientation (sform and qform codes are 0)",)
    apart = [corner_distance(volume, affine) for affine in volume.stated]
    return tuple(
        f"sform and qform disagree by up to {distance:.1f} mm; the sform is used"
        for distance in apart
        if distance > APART_MM
    )


def b_values(path: Path) -> list[str]:
    """What tells the volumes of a 4D file apart: the b-values of its .bval file, if it has one."""
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    sidecar = path.with_name(f"{name}.bval")
    if not sidecar.is_file():
        return []
    return [f"b{float(text):g}" for text in sidecar.read_text(encoding="ascii").split()]


def write_nifti(volume: Volume, path: str | Path) -> None:
    """Write a volume as NIfTI-1, gzipped without a time stamp: equal volumes are equal files."""
    affine = RAS_TO_LPS @ volume.affine
    nifti = nibabel.Nifti1Image(volume.voxels.T, affine)
    nifti.set_sform(affine, code=1)
    nifti.set_qform(affine, code=1)
    nifti.header.set_xyzt_units("mm")
    Path(path).write_bytes(gzip.compress(nifti.to_bytes(), compresslevel=1, mtime=0))
