"""Writing small DICOM series, segmentations and structure sets for tests."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import highdicom
import numpy as np
import SimpleITK as sitk
from highdicom.seg import SegmentDescription
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_fragments
from pydicom.filereader import dcmread
from pydicom.sr.codedict import codes
from pydicom.uid import (
    UID,
    CTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
    generate_uid,
)

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
VENDORS = {
    "SIEMENS MR HEADER": (0x0019, 0x0C, "IS"),
    "GEMS_PARM_01": (0x0043, 0x39, "IS"),
    "Philips Imaging DD 001": (0x2001, 0x03, "FL"),
}


def blank(sop: UID = CTImageStorage, syntax: UID = ExplicitVRLittleEndian) -> Dataset:
    """A dataset with the attributes that every file has."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.Modality = "CT" if sop == CTImageStorage else "MR"
    dataset.PatientID, dataset.PatientName = "P1", "Test^P1"
    dataset.PatientBirthDate, dataset.PatientSex = "", "O"
    dataset.StudyID, dataset.AccessionNumber, dataset.ReferringPhysicianName = "1", "", ""
    dataset.StudyDate, dataset.StudyTime = "20200101", "120000"
    dataset.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    dataset.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.2"
    dataset.PositionReferenceIndicator = ""
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    return dataset


def put_pixels(dataset: Dataset, pixels: np.ndarray) -> None:
    """Pixels (row, column), (frame, row, column), or (row, column, 3) of 8 bits."""
    colour = pixels.shape[-1] == 3
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = pixels.shape[:2] if colour else pixels.shape[-2:]
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()


def slices(
    voxels: np.ndarray,
    *,
    orientation: Sequence[float] = AXIAL,
    spacing: Sequence[float] = (0.8, 0.7, 2.5),
    origin: Sequence[float] = (-30.0, 12.5, 101.25),
    step: Sequence[float] | None = None,
    series: str = "1.2.826.0.1.3680043.8.498.3",
    sop: UID = CTImageStorage,
    **attributes: object,
) -> list[Dataset]:
    """The slices of a volume (z, y, x) of stored values, in order.

    `spacing` is along x, y, z in mm, `step` (LPS) from one slice to the next, by default along
    the normal. `attributes` are those of all slices.
    """
    row, column = np.reshape(orientation, (2, 3))
    step = np.cross(row, column) * spacing[2] if step is None else np.asarray(step)
    found = []
    for z, pixels in enumerate(voxels):
        each = blank(sop)
        each.SeriesInstanceUID, each.SeriesNumber = series, 1
        each.SeriesDescription = "thorax"
        each.InstanceNumber = len(voxels) - z  # against the positions
        each.ImageOrientationPatient = [round(float(v), 9) for v in orientation]
        each.ImagePositionPatient = [round(float(v), 6) for v in np.asarray(origin) + z * step]
        each.PixelSpacing = [spacing[1], spacing[0]]
        each.SliceThickness = 9.0  # not the distance
        put_pixels(each, pixels)
        for keyword, value in attributes.items():
            setattr(each, keyword, value)
        found.append(each)
    return found


def save(datasets: Sequence[Dataset], folder: Path, prefix: str = "") -> Path:
    """Write datasets under names that sort by nothing."""
    folder.mkdir(exist_ok=True, parents=True)
    for i, each in enumerate(datasets):
        name = f"{prefix}{(7919 * (i + 1)) % 1009:04d}"
        each.save_as(folder / name, enforce_file_format=True)
    return folder


def put_b_value(dataset: Dataset, b_value: float, vendor: str = "") -> None:
    """The b-value as the standard has it, or as a vendor keeps it under its creator's name."""
    if not vendor:
        dataset.DiffusionBValue = float(b_value)
        return
    group, element, kind = VENDORS[vendor]
    block = dataset.private_block(group, vendor, create=True)
    value: object = float(b_value) if kind == "FL" else int(b_value)
    if vendor == "GEMS_PARM_01":
        value = [int(1e9 + b_value), 8, 0, 0]
    block.add_new(element, kind, value)


def compress(dataset: Dataset, compressor: str) -> None:
    """Compress with GDCM's `JPEG` (lossless) or `JPEG2000`: pydicom has no encoder of them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pixels.dcm"
        writer = sitk.ImageFileWriter()
        writer.SetFileName(str(file))
        writer.UseCompressionOn()
        writer.SetCompressor(compressor)
        writer.Execute(sitk.GetImageFromArray(dataset.pixel_array[None]))
        written = dcmread(file)
    dataset.file_meta.TransferSyntaxUID = written.file_meta.TransferSyntaxUID
    frames = list(generate_fragments(written.PixelData))
    dataset.PixelData = encapsulate([b"".join(frames[1:] if frames[0] == b"" else frames)])
    dataset["PixelData"].is_undefined_length = True


def enhanced(datasets: Sequence[Dataset], order: Sequence[int]) -> Dataset:
    """One enhanced MR file of classic slices, its frames in the given order."""
    first = datasets[0]
    file = blank(EnhancedMRImageStorage)
    file.SeriesInstanceUID, file.SeriesNumber = first.SeriesInstanceUID, first.SeriesNumber
    file.SeriesDescription, file.NumberOfFrames = first.SeriesDescription, len(datasets)
    put_pixels(file, np.stack([datasets[i].pixel_array for i in order]))
    shared = Dataset()
    shared.PixelMeasuresSequence = [pick(first, "PixelSpacing", "SliceThickness")]
    shared.PlaneOrientationSequence = [pick(first, "ImageOrientationPatient")]
    file.SharedFunctionalGroupsSequence = [shared]
    groups = []
    for i in order:
        frame = Dataset()
        frame.PlanePositionSequence = [pick(datasets[i], "ImagePositionPatient")]
        if "RescaleSlope" in datasets[i]:
            frame.PixelValueTransformationSequence = [
                pick(datasets[i], "RescaleSlope", "RescaleIntercept")
            ]
        if "DiffusionBValue" in datasets[i]:
            frame.MRDiffusionSequence = [pick(datasets[i], "DiffusionBValue")]
        groups.append(frame)
    file.PerFrameFunctionalGroupsSequence = groups
    return file


def pick(dataset: Dataset, *keywords: str) -> Dataset:
    picked = Dataset()
    for keyword in keywords:
        picked[keyword] = dataset[keyword]
    return picked


def segmentation(
    images: Sequence[Dataset],
    masks: Mapping[str, np.ndarray],
    kind: str = "BINARY",
    **keywords: object,
) -> highdicom.seg.Segmentation:
    """A DICOM SEG of segments (z, y, x booleans) by name, numbered from 1, on images in order."""
    described = [
        SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type="MANUAL",
        )
        for number, name in enumerate(masks, 1)
    ]
    return highdicom.seg.Segmentation(
        source_images=images,
        pixel_array=np.stack(list(masks.values()), axis=-1).astype(
            np.float32 if kind == "FRACTIONAL" else np.uint8
        ),
        segmentation_type=kind,
        segment_descriptions=described,
        series_instance_uid=generate_uid(),
        series_number=900,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="radfuse",
        manufacturer_model_name="tests",
        software_versions="1",
        device_serial_number="1",
        **keywords,
    )


def structure_set(rois: Mapping[int, tuple[str, Sequence[np.ndarray]]], kind: str = "") -> Dataset:
    """An RTSTRUCT of ROIs by number: a name, and contours (points, 3) in mm, LPS."""
    file = blank(RTStructureSetStorage)
    file.Modality, file.StructureSetLabel = "RTSTRUCT", "outlines"
    file.SeriesInstanceUID = generate_uid()
    named, drawn = [], []
    for number, (name, contours) in rois.items():
        each = Dataset()
        each.ROINumber, each.ROIName = number, name
        named.append(each)
        each = Dataset()
        each.ReferencedROINumber = number
        each.ContourSequence = []
        for points in contours:
            contour = Dataset()
            contour.ContourGeometricType = kind or "CLOSED_PLANAR"
            contour.NumberOfContourPoints = len(points)
            contour.ContourData = [f"{value:.8g}" for value in np.ravel(points)]
            each.ContourSequence.append(contour)
        drawn.append(each)
    file.StructureSetROISequence, file.ROIContourSequence = named, drawn
    return file
