"""The slices in DICOM files: one in a classic file, one per frame of an enhanced file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from radfuse.errors import StudyError
from radfuse.imaging.dicom.attributes import (
    PRIVATE_B_VALUES,
    TOLD_APART,
    frames,
    numbers,
    told,
)
from radfuse.imaging.files import beginning, marked

# read from every file; the rest of a header is skipped
TAGS = [
    "SOPClassUID", "PatientID", "FrameOfReferenceUID", "PhotometricInterpretation",
    "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "Modality",
    "Rows", "Columns", "SamplesPerPixel", "NumberOfFrames",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
    "SliceThickness", "SpacingBetweenSlices", "RescaleSlope", "RescaleIntercept",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
    *(keyword for keywords in TOLD_APART.values() for keyword in keywords),
    *((group, 0x0010) for group, _, _ in PRIVATE_B_VALUES),
    *((group, 0x1000 + element) for group, _, element in PRIVATE_B_VALUES),
]  # fmt: skip
# newer than pydicom 3.0's list of SOP classes
LABEL_MAP = {"1.2.840.10008.5.1.4.1.1.66.7": "Label Map Segmentation Storage"}


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice: where it is stored, where it lies (mm, LPS), and what it was acquired with.

    `cosines` (2, 3) point along a row and down a column, `spacing` is between neighbours along a
    row and down a column (mm); both are None, as is `position`, where the file has none.
    """

    path: Path
    frame: int
    syntax: UID
    patient: str
    space: str
    series: str
    number: int | None
    description: str
    shape: tuple[int, int]
    samples: int
    position: np.ndarray | None
    cosines: np.ndarray | None
    spacing: np.ndarray | None
    thickness: float | None
    slope: float
    intercept: float
    told_apart: dict[str, float | str | None]

    @property
    def name(self) -> str:
        return f"{self.path.name} frame {self.frame + 1}" if self.frame else self.path.name


def read_header(path: Path, tags: Sequence) -> Dataset:
    """Some of a file's header, without its pixels. Raises whatever a damaged file leads to."""
    force = marked(beginning(path))
    return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(tags), force=force)


def read_kind(path: Path, place: str) -> str:
    """What a file holds, as `sop_class`. Raises StudyError E11 where it cannot be read."""
    try:
        with pydicom.config.disable_value_validation():
            return sop_class(read_header(path, ["SOPClassUID"]))
    except Exception as error:  # pydicom raises whatever a damaged file runs it into
        raise unreadable(path, place, error) from None


def unreadable(path: Path, place: str, error: Exception | str) -> StudyError:
    if isinstance(error, MemoryError):
        raise error  # the file may be sound
    reason = " ".join(str(error).split()) or type(error).__name__
    return StudyError(
        f"E11 file: {place}: {path} cannot be read as DICOM ({reason.rstrip('.')}); "
        "export or copy it again."
    )


def sop_class(header: Dataset) -> str:
    """What a file holds, by the name of its SOP class (`CT Image Storage`)."""
    # the file's own meta information comes first in it, and is whole where the rest is cut off
    stated = header.file_meta.get("MediaStorageSOPClassUID") or header.get("SOPClassUID", "")
    return LABEL_MAP.get(str(stated)) or getattr(stated, "name", "")


def read_slices(path: Path, place: str) -> list[Slice]:
    """The slices of one file; none where it holds no image (a report, a segmentation).

    Raises StudyError E11 where it cannot be read.
    """
    try:
        with pydicom.config.disable_value_validation():
            header = read_header(path, TAGS)
            kind = sop_class(header)
            if not kind:
                raise ValueError("its header does not say what it holds")
            if "Segmentation" in kind or not ("Image Storage" in kind or "Rows" in header):
                return []
            if not (header.get("Rows") and header.get("Columns")):
                raise ValueError("its header has no Rows or Columns, and may be cut off")
            implicit = (
                ImplicitVRLittleEndian if header.original_encoding[0] else ExplicitVRLittleEndian
            )
            syntax = header.file_meta.get("TransferSyntaxUID", implicit)
            return [slice_of(frame, path, i, syntax) for i, frame in enumerate(frames(header))]
    except Exception as error:  # pydicom raises whatever a damaged file runs it into
        raise unreadable(path, place, error) from None


def slice_of(header: Dataset, path: Path, frame: int, syntax: UID) -> Slice:
    """A slice from a (flat) header. Raises ValueError where a value is not what it must be."""
    position = numbers(header, "ImagePositionPatient", 3)
    cosines = numbers(header, "ImageOrientationPatient", 6)
    spacing = numbers(header, "PixelSpacing", 2)
    thickness = numbers(header, "SpacingBetweenSlices", 1)
    if thickness is None:
        thickness = numbers(header, "SliceThickness", 1)
    slope, intercept = (numbers(header, f"Rescale{word}", 1) for word in ("Slope", "Intercept"))
    number = header.get("SeriesNumber")
    palette = header.get("PhotometricInterpretation") == "PALETTE COLOR"
    return Slice(
        path=path,
        frame=frame,
        syntax=syntax,
        patient=str(header.get("PatientID", "")),
        space=str(header.get("FrameOfReferenceUID", "")),
        series=str(header.get("SeriesInstanceUID", "")),
        number=None if number in (None, "") else int(number),
        description=str(header.get("SeriesDescription") or header.get("Modality") or "unnamed"),
        shape=(int(header.Rows), int(header.Columns)),
        samples=3 if palette else int(header.get("SamplesPerPixel") or 1),
        position=position,
        cosines=None if cosines is None else cosines.reshape(2, 3),
        spacing=None if spacing is None else spacing[::-1],  # DICOM: between rows comes first
        thickness=None if thickness is None else abs(float(thickness[0])),
        slope=1.0 if slope is None else float(slope[0]),
        intercept=0.0 if intercept is None else float(intercept[0]),
        told_apart={name: told(header, name) for name in TOLD_APART},
    )
