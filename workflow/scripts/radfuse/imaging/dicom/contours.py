"""Reading an RTSTRUCT: contours in the patient's space, filled on an image's voxels."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from radfuse.errors import StudyError
from radfuse.imaging.dicom.slices import unreadable
from radfuse.imaging.volume import Volume

# in slices: how far a contour may lie from one, how far two on the same one may lie apart
OFF_SLICE, SAME_SLICE = 0.5, 0.1
MARGIN = 1.0  # how far a contour may reach beyond the outermost voxel centres, in voxels
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
        number = choose_roi(names, label, path, place)
        subject = str(header.get("PatientID", ""))
        space = frame_of_reference(header, number)
        contours = closed_contours(header, number)
    except StudyError:
        raise
    except Exception as error:  # pydicom raises whatever a damaged file runs it into
        raise unreadable(path, place, error) from None
    roi = f"{path} ROI {number} ({names[number]})"
    if not contours:
        raise StudyError(f"E14 mask: {place}: {roi} has no closed contour; outline it again.")
    indices = [image.index(each) for each in contours]
    # contours are flat along the axis that the slices are stacked on
    axis = int(np.max([np.ptp(each, axis=0) for each in indices], axis=0).argmin())
    slices, notes = on_slices(indices, axis, image, roi, place)
    value = max(number, 1)  # 0 is what lies outside
    voxels = np.zeros(image.voxels.shape, dtype=np.min_scalar_type(value))
    stacked = np.moveaxis(voxels, 2 - axis, 0)  # a view: (slice, row, column)
    for at, polygons in slices.items():
        stacked[at] = filled(polygons, stacked.shape[1:]) * value
    return Volume(voxels, image.affine, image.stated, notes, subject=subject, space=space)


def frame_of_reference(header: Dataset, number: int) -> str:
    """In whose space a ROI was drawn."""
    roi = next(each for each in header.StructureSetROISequence if int(each.ROINumber) == number)
    return str(roi.get("ReferencedFrameOfReferenceUID", ""))


def choose_roi(names: Mapping[int, str], label: str, path: Path, place: str) -> int:
    """The number of the ROI that is wanted, or of the only one. Raises StudyError E14."""
    if label and int(label) in names:
        return int(label)
    if not label and len(names) == 1:
        return next(iter(names))
    holds = ", ".join(f"{number}: {name}" for number, name in sorted(names.items())) or "none"
    what = f"no ROI {label}" if label else f"{len(names)} ROIs"
    raise StudyError(
        f"E14 mask: {place}: {path} has {what}; it holds {holds}. Give the number of the one that "
        "was meant as 'label' in the images sheet."
    )


def closed_contours(header: Dataset, number: int) -> list[np.ndarray]:
    """The closed planar contours (points, 3) of a ROI, in mm, LPS; each once."""
    found = {}
    for roi in header.get("ROIContourSequence") or []:
        if int(roi.ReferencedROINumber) != number:
            continue
        for contour in roi.get("ContourSequence") or []:
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            if not np.isfinite(points).all():
                raise ValueError(f"ROI {number} has points that are not finite")
            if str(contour.ContourGeometricType).startswith("CLOSED_PLANAR") and len(points) > 2:
                found[points.tobytes()] = points  # a copy would cancel its original
    return list(found.values())


def on_slices(
    contours: Sequence[np.ndarray], axis: int, image: Volume, roi: str, place: str
) -> tuple[dict[int, list[np.ndarray]], tuple[str, ...]]:
    """Contours (points, 3: voxels x, y, z) as polygons (points, 2: column, row) by slice.

    Raises StudyError: E13 where they were not drawn on the image's slices, E14 outside of it.
    """
    step = float(image.spacing[axis])
    along = np.array([each[:, axis].mean() for each in contours])
    nearest = np.rint(along).astype(int)
    off = max(
        float(np.abs(each[:, axis] - at).max()) for each, at in zip(contours, nearest, strict=True)
    )
    if off > OFF_SLICE + 1e-3:
        raise StudyError(
            f"E13 geometry: {place}: {roi} has contours that lie in no slice of the image: up to "
            f"{off * step:.2f} mm from the nearest, slices are {step:.4g} mm apart; outline on "
            "this image."
        )
    check_inside(contours, image, roi, place)
    problem = other_slices(along, nearest, step)
    if problem:
        raise StudyError(f"E13 geometry: {place}: {roi} {problem}; outline on this image.")
    slices: dict[int, list[np.ndarray]] = {}
    for each, at in zip(contours, nearest.tolist(), strict=True):
        # files hold positions in decimals: an edge through voxel centres shall be one throughout
        slices.setdefault(at, []).append(np.delete(each, axis, axis=1).round(3))
    if off * step <= NOTED_MM:
        return slices, ()
    return slices, (f"contours up to {off * step:.2f} mm off the slices they were put on",)


def check_inside(contours: Sequence[np.ndarray], image: Volume, roi: str, place: str) -> None:
    """Raises StudyError E14 where contours reach beyond the image."""
    points = np.concatenate(contours)
    beyond = np.maximum(-points, points - (image.size - 1)).max(axis=0)
    if (beyond > MARGIN).any():
        raise StudyError(
            f"E14 mask: {place}: {roi} reaches {(beyond * image.spacing).max():.2f} mm beyond the "
            "image; outline on this image, or name the image that it was outlined on."
        )


def other_slices(along: np.ndarray, nearest: np.ndarray, step: float) -> str:
    """How contours show that they were drawn on thinner or thicker slices; empty where not.

    `along` is where they lie across the slices, `nearest` the slice, `step` the spacing in mm.
    """
    for at in np.unique(nearest):
        apart = float(np.ptp(along[nearest == at]))
        if apart > SAME_SLICE:
            return (
                f"has contours {apart * step:.2f} mm apart that would fall on one slice "
                f"({step:.4g} mm)"
            )
    used = np.unique(nearest)
    if len(used) > 2 and np.diff(used).min() > 1:
        return (
            f"has contours at least {np.diff(used).min() * step:.4g} mm apart, but the image's "
            f"slices are {step:.4g} mm apart"
        )
    return ""


def filled(polygons: Sequence[np.ndarray], shape: Sequence[int]) -> np.ndarray:
    """Which pixels (row, column) have their centre within an odd number of polygons.

    Polygons (points, 2: column, row) are closed. Each edge is crossed by the rows from its upper
    end up to, and without, its lower end; a pixel is inside where the number of crossings at or
    left of it is odd (Foley and van Dam, scan conversion by edges).
    """
    rows, columns = shape
    crossings = np.zeros((rows, columns + 1), dtype=np.int32)
    for polygon in polygons:
        x0, y0 = polygon.T
        x1, y1 = np.roll(polygon, -1, axis=0).T
        first = np.clip(np.ceil(np.minimum(y0, y1)), 0, rows).astype(int)
        stop = np.clip(np.ceil(np.maximum(y0, y1)), 0, rows).astype(int)
        for edge in np.flatnonzero(stop > first):
            row = np.arange(first[edge], stop[edge])
            slope = (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
            x = x0[edge] + slope * (row - y0[edge])
            column = np.clip(np.ceil(x), 0, columns).astype(int)
            crossings[row, column] += 1  # rows differ, so that no place is counted once for two
    return crossings.cumsum(axis=1)[:, :columns] % 2 == 1
