"""Reading an RTSTRUCT: contours in the patient's space, filled on an image's voxels."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from radfuse.errors import StudyError
from radfuse.imaging.dicom_slices import unreadable
from radfuse.imaging.volume import Volume

OFF_SLICE = 0.5  # how far from a slice a contour may lie, in slices
SAME_PLANE = 0.1  # contours farther apart than this, in slices, are of different planes
NOTED_MM = 0.1  # a contour farther than this from its slice is noted


def read_contours(path: Path, place: str, image: Volume, label: str) -> Volume:
    """One ROI of an RTSTRUCT (DICOM PS3.3 C.8.8.6) on the image's grid, its number as the label.

    Each voxel whose centre lies within is set; contours of one slice are combined by exclusive
    or, so that an inner contour is a hole. Raises StudyError: E11 unreadable, E13 contours that
    do not lie on the image's slices, E14 a ROI that is not there or not on the image.
    """
    try:
        header = pydicom.dcmread(path)
        names = {int(each.ROINumber): str(each.ROIName) for each in header.StructureSetROISequence}
        contours = {
            int(each.ReferencedROINumber): closed_contours(each)
            for each in header.get("ROIContourSequence") or []
        }
    except Exception as error:  # pydicom raises whatever a damaged file runs it into
        raise unreadable(path, place, error) from None
    number = choose_roi(names, label, path, place)
    points = contours.get(number, [])
    roi = f"ROI {number} ({names[number]})"
    if not points:
        raise StudyError(
            f"E14 mask: {place}: {path} has no closed contour of {roi}; outline it again."
        )
    planes, notes = on_slices([image.index(each) for each in points], image, roi, path, place)
    value = max(number, 1)  # 0 is what lies outside
    voxels = np.zeros(image.voxels.shape, dtype=np.min_scalar_type(value))
    axis = planes.axis
    for plane, polygons in planes.polygons.items():
        inside = filled(polygons, np.delete(voxels.shape, 2 - axis))
        voxels[(slice(None),) * (2 - axis) + (plane,)] = inside * value
    return Volume(voxels, image.affine, image.stated, notes)
