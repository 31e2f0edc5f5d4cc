"""What the readers outlined on one image, brought onto its grid, or every reason against it."""

import os
from collections.abc import Mapping

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.files import is_dicom
from radfuse.imaging.grid import (
    agreed_by,
    along_axes_of,
    grid_problems,
    onto_grid,
    other_grid,
    same_voxels,
)
from radfuse.imaging.headers import same_files
from radfuse.imaging.lesion import bounding_box
from radfuse.imaging.read import existing, read_image, read_mask
from radfuse.imaging.volume import Volume

READERS = {"mask": "reader1", "mask_repeat": "repeat", "mask_reader2": "reader2"}
INTEGER = 1e-3  # how far a label may be from an integer; rescaled files are not exact
FULL = 100  # labels are counted up from 1; a mask of 0 and a number like 255 is of one lesion
MANY_LABELS = 3  # no reader draws a rim of as many
RIM = 0.75  # share of the voxels of lower labels by which they are a rim; resampled ones have 0.8
MOST_LABELS = 50  # an image has hundreds of values, no outline has so many lesions
OUTSIDE = 0.01  # share of a lesion that may lie outside the image when its mask is resampled


def read_outlined(
    image: str, masks: Mapping[str, str], label: str, wanted: str, settings: Mapping, place: str
) -> tuple[Volume, dict[str, np.ndarray], list[str]]:
    """The image, its readers' masks (z, y, x booleans on its grid), and notes on what was decided.

    `masks` are paths by role, `settings` the config's `roi`. Raises one StudyError with the
    problems of all files.
    """
    problems = same_files({"image": image, **masks}, place)
    volume = None
    try:
        volume = read_image(image, f"{place} image", wanted)
        if volume.voxels.min() == volume.voxels.max():
            problems.append(
                f"E16 voxels: {place}: {image} is {volume.voxels.min():g} everywhere; export it "
                "again."
            )
    except StudyError as error:
        problems += error.problems
    notes = list(volume.notes) if volume else []
    outlined = {}
    for role, path in masks.items():
        try:
            if volume is None:
                check_alone(path, label, f"{place} {role}")
            elif os.path.realpath(path) != os.path.realpath(image):
                outlined[READERS[role]], found = read_outline(
                    path, volume, label, settings, f"{place} {role}"
                )
                notes += [f"{role}: {note}" for note in found]
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError(*problems)
    return volume, outlined, notes


def check_alone(path: str, label: str, place: str) -> None:
    """What can be said of a mask without its image. Raises StudyError."""
    if not is_dicom(existing(path, place)):  # contours need the image's slices
        chosen_voxels(read_mask(path, place, None), path, label, place, [])


def read_outline(
    path: str, image: Volume, label: str, settings: Mapping, place: str
) -> tuple[np.ndarray, list[str]]:
    """A lesion on the image's grid as (z, y, x) booleans, and notes. Raises StudyError."""
    mask = read_mask(path, place, image, label)
    if mask.voxels.shape == image.voxels.shape and np.array_equal(mask.voxels, image.voxels):
        raise StudyError(
            f"E19 twin: {place}: {path} holds the same voxels as its image; name the outline."
        )
    tolerances = settings["tolerance_mm"], settings["tolerance_deg"]
    if not agreed_by(image, mask, *tolerances):
        mask = along_axes_of(image, mask)
    notes = [*mask.notes, *others(image, mask)]
    chosen = chosen_voxels(mask, path, label, place, notes)
    disagreeing = grid_problems(image, mask, *tolerances)
    if not disagreeing:
        return chosen, notes
    if (image.size == mask.size).all() and agreed_by(image, mask, *tolerances):
        notes.append(
            f"on the image's grid by the files' other orientation (sform or qform); by the one "
            f"that is used: {'; '.join(disagreeing)}"
        )
        return chosen, notes
    lost = [name for name, each in (("it", mask), ("its image", image)) if not each.placed]
    if len(lost) == 1 and same_voxels(image, mask):
        raise StudyError(
            f"E13 geometry: {place}: {path} may or may not be on its image's grid: {lost[0]} "
            "states no place in the patient (sform and qform codes are 0), and the other does "
            f"({'; '.join(disagreeing)}). Save the image with its orientation, outline on that, "
            "and name both."
        )
    if settings["mask_grid"] == "refuse":
        raise other_grid(path, disagreeing, place)
    if lost:
        raise StudyError(
            f"E13 geometry: {place}: {path} cannot be resampled to its image: {' and '.join(lost)} "
            "states no place in the patient (sform and qform codes are 0); "
            f"{'; '.join(disagreeing)}. Outline on this image."
        )
    placed, outside = onto_grid(image, mask, chosen)
    if outside > OUTSIDE or not placed.any():
        lost = f"{outside:.0%} of its lesion lies outside the image"
        between = "its lesion falls between the image's voxels"
        raise StudyError(
            f"E14 mask: {place}: {path} cannot be resampled to its image: "
            f"{lost if outside > OUTSIDE else between} ({'; '.join(disagreeing)}); outline on this "
            "image."
        )
    notes.append(f"resampled to the image's grid ({'; '.join(disagreeing)})")
    return placed, notes


def others(image: Volume, mask: Volume) -> list[str]:
    """Where DICOM says that a mask is another patient's, or of another space, than its image.

    No refusal: files that were de-identified one by one may have lost what they shared.
    """
    found = []
    if image.subject and mask.subject and image.subject != mask.subject:
        found.append("by its Patient ID it is of another patient than the image")
    if image.space and mask.space and image.space != mask.space:
        found.append("its Frame of Reference UID is another than the image's: outlined on it?")
    return found


def chosen_voxels(mask: Volume, path: str, label: str, place: str, notes: list[str]) -> np.ndarray:
    """The voxels of the lesion's label, or of any above 0. Raises StudyError E14."""
    voxels = mask.voxels
    chosen, lowest, highest = np.empty(voxels.shape, dtype=bool), np.inf, 0.0
    for z, labels in enumerate(voxels):  # slice by slice: a large mask is not copied
        if voxels.dtype.kind == "f":
            stored, labels = labels, np.round(labels)
            off = stored[np.abs(stored - labels) > INTEGER]
            if off.size:
                raise StudyError(
                    f"E14 mask: {place}: {path} holds {off[0]:.4g}, which is no label: it was "
                    "interpolated; save the outline again, or resample with nearest neighbour."
                )
        chosen[z] = labels == int(label) if label else labels > 0
        if chosen[z].any():
            own = labels[chosen[z]]
            lowest, highest = min(lowest, own.min()), max(highest, own.max())
    if not chosen.any():
        present = ", ".join(f"{value:g}" for value in np.unique(np.round(voxels))[:10])
        wanted = f"no voxel of label {label}" if label else "no voxel above 0"
        raise StudyError(
            f"E14 mask: {place}: {path} has {wanted}; it holds {present}. "
            "Save the outline again, or correct 'label' in the images sheet."
        )
    if chosen.all():
        raise StudyError(
            f"E14 mask: {place}: {path} is lesion everywhere ({chosen.size} of {chosen.size} "
            "voxels); save the outline again, or name its label in the images sheet."
        )
    check_interpolated(voxels, chosen, highest, path, place)
    if not label and lowest < highest:
        values = np.unique(np.round(voxels[chosen]))
        shown = listed(values)
        if len(values) > MOST_LABELS:
            raise StudyError(
                f"E14 mask: {place}: {path} holds {len(values)} values above 0 ({shown}), as "
                "an image does, or a segmentation of organs; name the outline, or the lesion's "
                "label in the column 'label'."
            )
        notes.append(f"labels {shown} taken together; to take one, name it in the column 'label'")
    return chosen


def listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:g}" for value in values[:10]) + ", ..." * (len(values) > 10)


def check_interpolated(
    voxels: np.ndarray, chosen: np.ndarray, highest: float, path: str, place: str
) -> None:
    """Raises StudyError E14 where many values lie around a lesion of 255, say, as a thin rim, as
    interpolation leaves them: most within two voxels of it and of what is not outlined."""
    box = tuple(slice(max(each.start - 2, 0), each.stop + 2) for each in bounding_box(chosen))
    around = np.round(voxels[box])
    between = (around > 0) & (around < highest)
    values = np.unique(around[between])
    if len(values) < MANY_LABELS or highest < FULL:
        return
    near = between.copy()
    for part in (around == highest, around <= 0):
        near &= widened(widened(part))
    if near.sum() >= RIM * between.sum():
        raise StudyError(
            f"E14 mask: {place}: {path} holds {listed(values)} as a thin rim around "
            f"{highest:g}: it was interpolated; save the outline again, or resample with nearest "
            "neighbour."
        )


def widened(mask: np.ndarray) -> np.ndarray:
    """A mask and every voxel that touches it, by a corner too."""
    for axis in range(mask.ndim):
        first, last = slices_along(axis)
        wide = mask.copy()
        wide[last] |= mask[first]
        wide[first] |= mask[last]
        mask = wide
    return mask


def slices_along(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """All of an array but its last, and but its first, plane across an axis."""
    whole = (slice(None),) * axis
    return (*whole, slice(None, -1)), (*whole, slice(1, None))
