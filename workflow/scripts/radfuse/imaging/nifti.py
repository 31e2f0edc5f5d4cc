"""Reading NIfTI-1 and NIfTI-2, compressed or not; writing NIfTI-1."""

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.choice import choose_volume
from radfuse.imaging.files import b_value_file, beginning
from radfuse.imaging.grid import SIZES_APART, corner_distance
from radfuse.imaging.nifti_header import HEADER_BYTES, SIZES, Header, header_bytes, parse
from radfuse.imaging.rescaling import rescaled
from radfuse.imaging.volume import Volume

GZIP = b"\x1f\x8b"
UNREADABLE = (OSError, EOFError, ValueError, OverflowError, zlib.error)
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
APART_MM = 0.1  # beyond this, sform and qform of one file are said to disagree


def read_nifti(path: Path, place: str, wanted: str | None = "") -> Volume:
    """Read the file once and as a whole; of a 4D file the volume that is `wanted`.

    The affine is the sform where the file has one, else the qform (the standard's methods 3 and
    2); where both are given and disagree, a note says by how much. Raises StudyError: E11 where it
    cannot be read, E12 or E18 where it is no single volume.
    """
    with readable(path, place):
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == GZIP else content
        header = parse(content)
        voxels = stored_voxels(content, header)
    voxels = choose_volume(voxels, wanted, b_values(path), path, place)
    affine, stated = affines(header)
    volume = Volume(in_units(voxels, header), affine, stated, placed=placed(header))
    return replace(volume, notes=notes(header, volume))


def read_grid(path: Path, place: str, wanted: str | None = "") -> Volume:
    """As `read_nifti`, of the header alone: every voxel is 0, and none takes memory."""
    with readable(path, place):
        opened = gzip.open if beginning(path, 2) == GZIP else open
        with opened(path, "rb") as file:
            header = parse(file.read(max(SIZES)))
        voxels = np.broadcast_to(np.zeros((), header.dtype), header.shape[::-1])
    affine, stated = affines(header)
    return Volume(choose_volume(voxels, wanted, b_values(path), path, place), affine, stated)


@contextmanager
def readable(path: Path, place: str) -> Iterator[None]:
    """Raises StudyError E11, with the reason, where a file cannot be read."""
    try:
        yield
    except UNREADABLE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise StudyError(
            f"E11 file: {place}: {path} cannot be read ({reason}); export it again."
        ) from None


def stored_voxels(content: bytes, header: Header) -> np.ndarray:
    """Voxels (..., z, y, x) in the type they are stored in. Raises ValueError where some lack."""
    needed = math.prod(header.shape) * header.dtype.itemsize
    there = max(len(content) - header.offset, 0)
    if there < needed:
        raise ValueError(f"it ends after {there} of {needed} bytes of voxels")
    if header.offset < HEADER_BYTES:
        raise ValueError(f"its voxels are said to begin at byte {header.offset}, in its header")
    count = math.prod(header.shape)
    voxels = np.frombuffer(content, header.dtype, count, header.offset)
    return voxels.reshape(header.shape[::-1])


def in_units(voxels: np.ndarray, header: Header) -> np.ndarray:
    """Voxels as stored, in this machine's byte order, or as the header rescales them."""
    plain = header.slope == 0 or (header.slope, header.intercept) == (1, 0)
    if plain or voxels.dtype.kind not in "iuf" or voxels.size == 0:
        return voxels.astype(voxels.dtype.newbyteorder("="), copy=False)
    slopes = np.full(len(voxels), header.slope)
    return rescaled(voxels, slopes, np.full(len(voxels), header.intercept))


def affines(header: Header) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The affine to use and, where the file states both sform and qform, the other; LPS, mm.
    Where voxel sizes (pixdim) contradict a lone sform, the other is that with these sizes.

    Of a file that states none, voxel sizes alone are known: axes run to the left, to anterior and
    up, as of old, from the middle of the image.
    """
    given = [affine for affine in (header.sform, header.qform) if affine is not None]
    if header.qform is None and header.sform is not None:
        given += other_sizes(header)
    if given:
        return RAS_TO_LPS @ given[0], tuple(RAS_TO_LPS @ each for each in given[1:])
    affine = np.diag([*header.zooms * [1, -1, 1], 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(header.shape[:3]) - 1) / 2)
    return affine, ()


def other_sizes(header: Header) -> list[np.ndarray]:
    """The sform with the voxel sizes of pixdim, where these are others."""
    sizes = np.linalg.norm(header.sform[:3, :3], axis=0)
    known = (sizes > 0).all() and (header.zooms > 0).all()
    if not known or np.allclose(sizes, header.zooms, rtol=SIZES_APART, atol=0):
        return []
    affine = header.sform.copy()
    affine[:3, :3] *= header.zooms / sizes
    return [affine]


def placed(header: Header) -> bool:
    """Whether the file says where in the patient its voxels lie."""
    return header.sform is not None or header.qform is not None


def notes(header: Header, volume: Volume) -> tuple[str, ...]:
    """What a reader of the file has to decide, and a person may want to know."""
    if not placed(header):
        return ("the file states no orientation (sform and qform codes are 0)",)
    apart = [corner_distance(volume, affine) for affine in volume.stated]
    other = "pixdim" if header.qform is None else "qform"
    return tuple(
        f"sform and {other} disagree by up to {distance:.1f} mm; the sform is used"
        for distance in apart
        if distance > APART_MM
    )


def b_values(path: Path) -> list[str]:
    """What tells the volumes of a 4D file apart: the b-values of its .bval file, if it has one."""
    sidecar = b_value_file(path)
    if not sidecar.is_file():
        return []
    try:
        return [f"b{float(text):g}" for text in sidecar.read_text(encoding="ascii").split()]
    except ValueError:  # not what its name says; the volumes still have their numbers
        return []


def write_nifti(volume: Volume, path: str | Path, description: str = "") -> None:
    """Write a volume as NIfTI-1, gzipped without a time stamp: equal volumes are equal files.

    Of zlib's strategies run lengths: no larger than the default for interpolated voxels, in which
    nothing repeats but the background, and three times as fast.
    """
    shape, affine = volume.voxels.shape[::-1], RAS_TO_LPS @ volume.affine
    header = header_bytes(shape, volume.voxels.dtype, affine, description)
    gzip_format = zlib.MAX_WBITS | 16
    packer = zlib.compressobj(1, zlib.DEFLATED, gzip_format, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    packed = packer.compress(header + np.ascontiguousarray(volume.voxels).tobytes())
    Path(path).write_bytes(packed + packer.flush())
