"""Reading masks kept as DICOM: segmentations, contours, or an ordinary series of labels."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.dicom.contours import read_contours
from radfuse.imaging.dicom.series import read_series
from radfuse.imaging.dicom.slices import read_kind, unreadable
from radfuse.imaging.dicom.stack import REGULAR_MM, SHOWN
from radfuse.imaging.files import dicom_files
from radfuse.imaging.volume import Volume

CONTOURS = "RT Structure Set"
PARALLEL = 0.999  # cosine of the angle between axes that are taken to be the same
STEP_MM = 0.01  # how far the slice spacings of a mask and its image may differ to be the same


def read_dicom_mask(path: Path, place: str, image: Volume, label: str) -> Volume:
    """Labels of `image`: of a SEG on its own grid, of an RTSTRUCT on the image's.

    `path` is a file, or a folder in which one is a SEG or an RTSTRUCT; with none it is read as a
    series of images. `label` is a segment number or a ROI number, the value of its voxels; where
    it is blank a SEG gives all segments, an RTSTRUCT its only ROI. Raises StudyError: E11
    unreadable, E13 contours between slices, E14 a label that is not there, E17 a SEG whose
    frames make no volume, E18 which of several files, and those of `read_series`.
    """
    kinds = {}
    for each in dicom_files(path) if path.is_dir() else [path]:
        kind = read_kind(each, place)
        if "Segmentation" in kind or kind.startswith(CONTOURS):
            kinds[each] = kind
    if not kinds:
        return read_series(path, place, "")
    if len(kinds) > 1:
        listed = ", ".join(f"{each.name}: {kind}" for each, kind in list(kinds.items())[:SHOWN])
        raise StudyError(
            f"E18 volume: {place}: {path} has {len(kinds)} masks ({listed}); name the file that "
            "was meant in the images sheet."
        )
    file, kind = next(iter(kinds.items()))
    if kind.startswith(CONTOURS):
        return read_contours(file, place, image, label)
    return with_empty_slices(read_segments(file, place, label), image)


def read_segments(path: Path, place: str, label: str) -> Volume:
    """A DICOM segmentation's voxels (segment numbers) on the grid of its frames.

    Slices between its frames that it does not store are 0 (DICOM PS3.3 A.51). Where segments
    overlap the one of the highest number is given, unless `label` asks for one.
    """
    try:
        segmentation = highdicom.seg.segread(path)
        names = segment_names(segmentation)
    except Exception as error:  # pydicom raises whatever a damaged file runs it into
        raise unreadable(path, place, error) from None
    wanted = [int(label)] if label else sorted(names)
    if not set(wanted) <= set(names):
        raise StudyError(
            f"E14 mask: {place}: {path} has no segment {label}; it holds {listing(names)}. Correct "
            "'label' in the images sheet."
        )
    if str(segmentation.SegmentationType) == "FRACTIONAL":
        raise StudyError(
            f"E14 mask: {place}: {path} holds fractions (a probability or occupancy), no outline; "
            "save it as a binary segmentation."
        )
    try:
        found = segmentation.get_volume_geometry(atol=REGULAR_MM)
        if found is not None:
            volume = segmentation.get_volume(
                segment_numbers=wanted,
                combine_segments=True,
                skip_overlap_checks=True,
                atol=REGULAR_MM,
            )
    except Exception as error:  # as above, in its frames
        raise unreadable(path, place, error) from None
    if found is None:
        raise StudyError(
            f"E17 series: {place}: {path} has frames that make no volume (irregular distances, or "
            "shifted against each other); save the segmentation again, or as NIfTI or NRRD."
        )
    subject = str(segmentation.get("PatientID", ""))
    space = str(segmentation.get("FrameOfReferenceUID", ""))
    return replace(upright(volume.array, volume.affine), subject=subject, space=space)


def segment_names(segmentation: highdicom.seg.Segmentation) -> dict[int, str]:
    """What each segment is called, by number."""
    return {
        number: segmentation.get_segment_description(number).segment_label
        for number in segmentation.segment_numbers
        if number > 0  # a label map may describe its background
    }


def listing(names: Mapping[int, str]) -> str:
    return ", ".join(f"{number}: {name}" for number, name in sorted(names.items()))


def upright(voxels: np.ndarray, affine: np.ndarray) -> Volume:
    """A volume of highdicom's, whose affine takes (slice, row, column), as read_series gives it."""
    ours = affine[:, [2, 1, 0, 3]]
    volume = Volume(voxels, ours)
    if np.linalg.det(ours[:3, :3]) > 0:
        return volume
    flipped = ours.copy()
    flipped[:3, 3] = volume.position(np.array([0, 0, len(voxels) - 1]))
    flipped[:3, 2] *= -1
    return Volume(voxels[::-1], flipped)


def with_empty_slices(mask: Volume, image: Volume) -> Volume:
    """The mask with the empty slices above and below that a SEG leaves out, as many as its image.

    They are laid on in the mask's own steps, so that its grid can still be compared with the
    image's. A mask of one slice, which has no step of its own, takes the image's.
    """
    along = (mask.direction * image.direction).sum(axis=0)
    if (mask.size[:2] != image.size[:2]).any() or along.min() < PARALLEL:
        return mask
    affine = mask.affine.copy()
    if mask.size[2] == 1:
        affine[:3, 2] = image.affine[:3, 2]
    mask = replace(mask, affine=affine)
    if abs(mask.spacing[2] - image.spacing[2]) > STEP_MM:
        return mask
    before = int(np.rint(image.index(affine[:3, 3])[2]))
    after = int(image.size[2] - mask.size[2] - before)
    if before < 0 or after < 0:
        return mask
    affine = affine.copy()
    affine[:3, 3] = mask.position(np.array([0, 0, -before]))
    voxels = np.pad(mask.voxels, ((before, after), (0, 0), (0, 0)))
    return replace(mask, voxels=voxels, affine=affine)
