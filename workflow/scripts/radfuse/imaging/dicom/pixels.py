"""The voxels of DICOM slices, as the scanner meant them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import iter_pixels
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    RLELossless,
)

from radfuse.imaging.dicom.slices import Slice, unreadable
from radfuse.imaging.rescaling import rescaled
from radfuse.imaging.toolkit import sitk

PIXEL_ATTRIBUTES = {
    "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelData",
}  # fmt: skip
NATIVE = (RLELossless, DeflatedExplicitVRLittleEndian)  # compressed, but pydicom decodes them


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
