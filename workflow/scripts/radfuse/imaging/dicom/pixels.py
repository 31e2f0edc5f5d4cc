"""The voxels of DICOM slices, as the scanner meant them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import iter_pixels
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    RLELossless,
)

from radfuse.imaging.dicom.slices import Slice, unreadable

PIXEL_ATTRIBUTES = {
    "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData",
}  # fmt: skip
NATIVE = (RLELossless, DeflatedExplicitVRLittleEndian)  # compressed, but pydicom decodes them
INTEGERS = (np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64)


def read_voxels(stack: Sequence[Slice], place: str) -> np.ndarray:
    """The voxels (z, y, x) of slices, rescaled each by its own slope and intercept.

    Raises StudyError E11 where a file's pixels cannot be decoded.
    """
    by_path: dict[Path, list[int]] = {}
    for z, each in enumerate(stack):
        by_path.setdefault(each.path, []).append(z)
    stored: list[np.ndarray] = [np.empty(0)] * len(stack)
    for path, places in by_path.items():
        try:
            decoded = decode(path, [stack[z].frame for z in places], stack[places[0]].syntax)
        except Exception as error:  # decoders raise whatever a damaged file runs them into
            raise unreadable(path, place, error) from None
        for z, pixels in zip(places, decoded, strict=True):
            stored[z] = pixels
    slopes = np.array([each.slope for each in stack])
    intercepts = np.array([each.intercept for each in stack])
    return rescaled(stored, slopes, intercepts)


def decode(path: Path, frames: Sequence[int], syntax: UID) -> list[np.ndarray]:
    """The stored values (y, x) of a file's frames, counted from 0; not rescaled."""
    if syntax.is_compressed and syntax not in NATIVE:
        frames_of_file = decode_compressed(path)
        return [frames_of_file[frame] for frame in frames]
    dataset = pydicom.dcmread(path, force=True)
    dataset.file_meta.TransferSyntaxUID = syntax  # old files do not state it
    return list(iter_pixels(dataset, indices=frames))


def decode_compressed(path: Path) -> np.ndarray:
    """All frames (frame, y, x) of a JPEG, JPEG-LS or JPEG 2000 file, stored values.

    GDCM decodes them, from a copy without geometry and rescaling: it would apply the slope itself,
    by rules that depend on the SOP class.
    """
    header = pydicom.dcmread(path)
    bare = Dataset()
    bare.update({element.tag: element for element in header if element.keyword in PIXEL_ATTRIBUTES})
    bare.SOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    bare.SOPInstanceUID = header.SOPInstanceUID
    bare.file_meta = FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = header.file_meta.TransferSyntaxUID
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "pixels.dcm"
        bare.save_as(copy, enforce_file_format=True)
        voxels = sitk.GetArrayFromImage(sitk.ReadImage(str(copy)))
    return voxels.reshape(-1, header.Rows, header.Columns)


def rescaled(
    stored: Sequence[np.ndarray], slopes: np.ndarray, intercepts: np.ndarray
) -> np.ndarray:
    """Stored values times slope plus intercept (DICOM PS3.3 C.11.1), slice by slice; (z, y, x).

    An integer type where all slopes are 1 and all intercepts integers, else float32.
    """
    whole = all(pixels.dtype.kind in "iu" for pixels in stored)
    exact = whole and (slopes == 1).all() and (intercepts == np.rint(intercepts)).all()
    kind = integer_type(stored, intercepts) if exact else np.float32
    voxels = np.empty((len(stored), *stored[0].shape), dtype=kind)
    for z, pixels in enumerate(stored):
        if exact:
            voxels[z] = pixels
            voxels[z] += kind(intercepts[z])
        else:
            voxels[z] = pixels * slopes[z] + intercepts[z]
    return voxels


def integer_type(stored: Sequence[np.ndarray], intercepts: np.ndarray) -> type:
    """The smallest integer type for the values before and after the intercepts, and for those."""
    lows = np.array([int(pixels.min()) for pixels in stored])
    highs = np.array([int(pixels.max()) for pixels in stored])
    low = min(lows.min(), (lows + intercepts).min(), intercepts.min())
    high = max(highs.max(), (highs + intercepts).max(), intercepts.max())
    if not intercepts.any() and len({pixels.dtype for pixels in stored}) == 1:
        return stored[0].dtype.type
    return next(
        kind for kind in INTEGERS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
    )
