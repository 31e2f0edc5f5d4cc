"""The header of NIfTI-1 and NIfTI-2: what describes voxels and grid, read and written.

Offsets and formulas from the standard's nifti1.h and nifti2.h (https://nifti.nimh.nih.gov). Written
out here because it is read in every job, and the libraries that read it take longer to import than
a small image takes to be cut.
"""

from dataclasses import dataclass

import numpy as np

FIELDS_1 = {
    "sizeof_hdr": (0, "i4"),
    "dim": (40, "8i2"),
    "datatype": (70, "i2"),
    "bitpix": (72, "i2"),
    "pixdim": (76, "8f4"),
    "vox_offset": (108, "f4"),
    "scl_slope": (112, "f4"),
    "scl_inter": (116, "f4"),
    "xyzt_units": (123, "u1"),
    "descrip": (148, "S80"),
    "qform_code": (252, "i2"),
    "sform_code": (254, "i2"),
    "quatern": (256, "3f4"),
    "qoffset": (268, "3f4"),
    "srow": (280, "(3,4)f4"),
    "magic": (344, "S4"),
}
FIELDS_2 = {
    "sizeof_hdr": (0, "i4"),
    "magic": (4, "S8"),
    "datatype": (12, "i2"),
    "bitpix": (14, "i2"),
    "dim": (16, "8i8"),
    "pixdim": (104, "8f8"),
    "vox_offset": (168, "i8"),
    "scl_slope": (176, "f8"),
    "scl_inter": (184, "f8"),
    "qform_code": (344, "i4"),
    "sform_code": (348, "i4"),
    "quatern": (352, "3f8"),
    "qoffset": (376, "3f8"),
    "srow": (400, "(3,4)f8"),
    "xyzt_units": (500, "i4"),
}
SIZES = {348: FIELDS_1, 540: FIELDS_2}
HEADER_BYTES = 348  # of the shorter
DATA_TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    32: "c8",
    64: "f8",
    128: "V3",  # red, green, blue
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
    1792: "c16",
    2304: "V4",
}
CODES = {np.dtype(name): code for code, name in DATA_TYPES.items()}
MILLIMETRES = {1: 1000.0, 3: 0.001}  # metres, micrometres; all else is taken for mm
HALF_A_TURN = 1e-7  # below this the quaternion's real part is rounding (as in nifti1_io.c)
VOXELS_AT = 352  # after a NIfTI-1 header and the four bytes that say that no extension follows


@dataclass(frozen=True)
class Header:
    """`shape` along x, y, z, ...; affines from voxel to position in mm, RAS.

    `slope` is 0 where values are as stored. `sform` and `qform` are None where the file has none.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    offset: int  # bytes before the voxels
    slope: float
    intercept: float
    zooms: np.ndarray  # spacing in mm
    sform: np.ndarray | None
    qform: np.ndarray | None


def layout(fields: dict[str, tuple[int, str]], size: int, order: str) -> np.dtype:
    offsets, formats = zip(*fields.values(), strict=True)
    record = {"names": [*fields], "formats": formats, "offsets": offsets, "itemsize": size}
    return np.dtype(record).newbyteorder(order)


def parse(content: bytes) -> Header:
    """The header of a file's content. Raises ValueError, in words, where it is none."""
    for order in "<>":
        size = int(np.frombuffer(content, f"{order}i4", 1)[0]) if len(content) > 4 else 0
        if size in SIZES and len(content) >= size:
            return interpreted(
                np.frombuffer(content, layout(SIZES[size], size, order), 1)[0], order
            )
    raise ValueError("its beginning is none of NIfTI, NRRD, MetaImage and DICOM")


def interpreted(raw: np.void, order: str) -> Header:
    """Raises ValueError where a field makes no sense."""
    magic = bytes(raw["magic"])[:3]
    if magic in (b"ni1", b"ni2"):
        raise ValueError("it is one half of a pair of .hdr and .img: save it as .nii")
    if magic not in (b"n+1", b"n+2"):
        raise ValueError("it is not NIfTI, Analyze 7.5 perhaps, which says no orientation")
    dimensions = int(raw["dim"][0])
    if not 1 <= dimensions <= 7:
        raise ValueError(f"its header says {dimensions} dimensions")
    shape = tuple(int(count) for count in raw["dim"][1 : dimensions + 1])
    if min(shape) < 0:
        raise ValueError(f"its header says a size of {' x '.join(map(str, shape))}")
    code = int(raw["datatype"])
    if code not in DATA_TYPES:
        raise ValueError(f"its data type {code} is none that is used for images")
    slope, intercept = float(raw["scl_slope"]), float(raw["scl_inter"])
    scale = MILLIMETRES.get(int(raw["xyzt_units"]) & 7, 1.0)
    zooms = np.abs(raw["pixdim"][1:4].astype(float))
    return Header(
        shape=shape,
        dtype=np.dtype(DATA_TYPES[code]).newbyteorder(order),
        offset=int(raw["vox_offset"]),
        slope=slope if np.isfinite(slope) else 0.0,
        intercept=intercept if np.isfinite(intercept) else 0.0,
        zooms=zooms * scale,
        sform=in_mm(sform(raw), scale) if raw["sform_code"] > 0 else None,
        qform=in_mm(qform(raw, zooms), scale) if raw["qform_code"] > 0 else None,
    )


def in_mm(affine: np.ndarray, scale: float) -> np.ndarray:
    return np.diag([scale, scale, scale, 1.0]) @ affine


def sform(raw: np.void) -> np.ndarray:
    """Method 3 of the standard."""
    return np.vstack([raw["srow"].astype(float), [0, 0, 0, 1]])


def qform(raw: np.void, zooms: np.ndarray) -> np.ndarray:
    """Method 2 of the standard: rotation by a quaternion, x, y, z scaled, z perhaps flipped."""
    affine = np.eye(4)
    affine[:3, :3] = rotation(*raw["quatern"].astype(float)) * zooms
    if raw["pixdim"][0] < 0:
        affine[:, 2] *= -1
    affine[:3, 3] = raw["qoffset"]
    return affine


def rotation(b: float, c: float, d: float) -> np.ndarray:
    """The rotation (3 x 3) by the unit quaternion whose imaginary parts are b, c, d."""
    square = 1.0 - (b * b + c * c + d * d)
    a = np.sqrt(max(square, 0.0))
    if square < HALF_A_TURN:
        a = 0.0
        b, c, d = np.array([b, c, d]) / np.sqrt(b * b + c * c + d * d)
    return np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )


def quaternion(turn: np.ndarray) -> np.ndarray:
    """b, c, d of the unit quaternion, a >= 0, of a rotation (3 x 3).

    The eigenvector of the largest eigenvalue of Bar-Itzhack's matrix (2000, J Guidance 23:1085),
    which is well conditioned for every rotation.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = turn
    symmetric = np.array(
        [
            [xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, xx - yy - zz, yx + xy, zx + xz],
            [xz - zx, yx + xy, yy - xx - zz, zy + yz],
            [yx - xy, zx + xz, zy + yz, zz - xx - yy],
        ]
    )
    largest = np.linalg.eigh(symmetric / 3)[1][:, -1]
    return largest[1:] * (-1 if largest[0] < 0 else 1)


def header_bytes(
    shape: tuple[int, int, int], dtype: np.dtype, affine: np.ndarray, description: str
) -> bytes:
    """A NIfTI-1 header, little endian, with `affine` (RAS, mm) as sform and as qform."""
    zooms = np.linalg.norm(affine[:3, :3], axis=0)
    turn = affine[:3, :3] / zooms
    mirrored = np.linalg.det(turn) < 0
    raw = np.zeros((), layout(FIELDS_1, HEADER_BYTES, "<"))
    raw["sizeof_hdr"] = HEADER_BYTES
    raw["dim"] = [3, *shape, 1, 1, 1, 1]
    raw["datatype"], raw["bitpix"] = CODES[np.dtype(dtype)], 8 * np.dtype(dtype).itemsize
    raw["pixdim"] = [-1 if mirrored else 1, *zooms, 1, 1, 1, 1]
    raw["vox_offset"] = VOXELS_AT
    raw["scl_slope"] = 1
    raw["xyzt_units"] = 2  # mm
    raw["descrip"] = description.encode("ascii")
    raw["qform_code"] = raw["sform_code"] = 1
    raw["quatern"] = quaternion(turn * [1, 1, -1 if mirrored else 1])
    raw["qoffset"] = affine[:3, 3]
    raw["srow"] = affine[:3]
    raw["magic"] = b"n+1"
    return raw.tobytes() + bytes(VOXELS_AT - HEADER_BYTES)
