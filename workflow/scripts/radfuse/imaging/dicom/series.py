"""Reading DICOM images: a folder of slices, or one file of one or many frames."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.choice import choose_volume
from radfuse.imaging.dicom.pixels import read_voxels
from radfuse.imaging.dicom.slices import Slice, read_kind, read_slices
from radfuse.imaging.dicom.split import split
from radfuse.imaging.dicom.stack import SHOWN, disagreements, distances, irregularities, named
from radfuse.imaging.files import dicom_files, no_dicom
from radfuse.imaging.volume import Volume

SERIES = re.compile(r"(?:series (\d+))? ?(.*)")


def read_series(path: Path, place: str, wanted: str = "") -> Volume:
    """Read one volume of one series: a folder's (not its subfolders'), or a single file's.

    Slices are sorted by position along row cross column, so that voxel axis z points there. Of
    several series the one that `wanted` numbers (`series 4`), of several volumes the one that it
    numbers or names (`2`, `b800`): they are numbered by ascending b-value, then by the other
    attributes of `attributes.TOLD_APART`. Raises StudyError: E11 where there is no image or a
    file cannot be read, E12 colour, E17 where the slices make no volume, E18 which of several.
    """
    number, wanted = SERIES.fullmatch(wanted).groups()
    slices = choose_series(images(path, place), number, path, place)
    colour = [each for each in slices if each.samples > 1]
    if colour:
        raise StudyError(
            f"E12 geometry: {place}: {path} holds colour ({named(colour)}), one number per voxel "
            "is needed; export the original image."
        )
    refuse(several_patients(slices), path, place)
    refuse(disagreements(slices), path, place)
    stack = choose_stack(slices, wanted, path, place)
    stack = [stack[i] for i in np.argsort(distances(stack), kind="stable")]
    refuse(irregularities(stack, slices), path, place)
    affine, notes = geometry(stack, path, place)
    subject, space = stack[0].patient, stack[0].space
    return Volume(read_voxels(stack, place), affine, notes=notes, subject=subject, space=space)


def several_patients(slices: Sequence[Slice]) -> list[str]:
    """Slices of more than one patient, named by their files alone."""
    others = [each for each in slices if each.patient != slices[0].patient]
    if not others:
        return []
    return [
        f"holds slices of several patients ({slices[0].name} is of another than {named(others)}); "
        "keep one patient's series per folder"
    ]


def refuse(problems: Sequence[str], path: Path, place: str) -> None:
    if problems:
        raise StudyError(*(f"E17 series: {place}: {path} {problem}." for problem in problems))


def images(path: Path, place: str) -> list[Slice]:
    """The slices of all images at a path. Raises StudyError E11, of all files that are broken."""
    paths = dicom_files(path) if path.is_dir() else [path]
    found, problems = [], []
    for each in paths:
        try:
            found += read_slices(each, place)
        except StudyError as error:
            problems += error.problems
    if len(problems) > SHOWN:
        more = len(problems) - SHOWN
        problems[SHOWN:] = [f"E11 file: {place}: {path} has {more} more files that cannot be read."]
    if problems:
        raise StudyError(*problems)
    if not found:
        raise StudyError(f"E11 file: {place}: {path} {nothing(paths, path, place)}.")
    return found


def nothing(paths: Sequence[Path], path: Path, place: str) -> str:
    """Why there is no image, and what to do."""
    if not paths:
        return no_dicom(path)
    kinds = {read_kind(each, place) for each in paths}
    return f"holds no image ({', '.join(sorted(kinds))}); name the image's file or folder"


def choose_series(
    slices: Sequence[Slice], number: str | None, path: Path, place: str
) -> list[Slice]:
    """The slices of the series of that number, or of the only one. Raises StudyError E18."""
    series: dict[str, list[Slice]] = {}
    for each in slices:
        series.setdefault(each.series, []).append(each)
    found = [each for each in series.values() if number is None or each[0].number == int(number)]
    if len(found) == 1:
        return found[0]
    stacks = sorted(series.values(), key=lambda stack: (stack[0].number or 0, stack[0].series))
    listed = "; ".join(
        f"series {'without number' if stack[0].number is None else stack[0].number}: "
        f"{stack[0].description}, {len(stack)} images"
        for stack in stacks
    )
    asked = f"no series {number}" if number else f"{len(series)} series"
    fix = "name one in the sheet's column 'volume', or keep one series per folder"
    if len(found) > 1 and number:
        asked, fix = f"{len(found)} series with the number {number}", "keep one series per folder"
    raise StudyError(f"E18 volume: {place}: {path} has {asked} ({listed}); {fix}.")


def choose_stack(slices: Sequence[Slice], wanted: str, path: Path, place: str) -> list[Slice]:
    """The slices of the volume that is wanted, in any order. Raises StudyError E18."""
    volumes = split(slices)
    names = list(volumes)
    alike = [name for name in names if name.split(" ")[0] == wanted]
    if len(alike) > 1:
        listed = ", ".join(f"{names.index(name) + 1}: {name}" for name in alike)
        raise StudyError(
            f"E18 volume: {place}: {path} has {len(alike)} volumes of {wanted} ({listed}); name "
            "one by its number in the sheet's column 'volume'."
        )
    if alike:
        wanted = alike[0]
    # chosen by number, before any pixel is decoded: an array of that size, but one value each
    size = (len(slices) // len(names), *slices[0].shape)
    numbers = np.broadcast_to(np.arange(len(names))[:, None, None, None], (len(names), *size))
    return volumes[names[int(choose_volume(numbers, wanted, names, path, place).flat[0])]]


def geometry(stack: Sequence[Slice], path: Path, place: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The affine (4 x 4, voxel x, y, z to LPS mm) of sorted slices, and notes on it.

    DICOM PS3.3 C.7.6.2.1.1; the step to the next slice is measured between the first and the last
    position, so that a gantry tilt shows as shear. Raises StudyError E17 for one slice that does
    not say how thick it is.
    """
    first, last = stack[0], stack[-1]
    cosines = first.cosines / np.linalg.norm(first.cosines, axis=1)[:, None]
    affine, notes = np.eye(4), ()
    affine[:3, :2] = (cosines * first.spacing[:, None]).T
    affine[:3, 3] = first.position
    if len(stack) > 1:
        affine[:3, 2] = (last.position - first.position) / (len(stack) - 1)
        return affine, notes
    if not first.thickness:
        refuse(
            ["is one slice, and gives no SliceThickness; name the folder of the whole series"],
            path,
            place,
        )
    affine[:3, 2] = np.cross(*cosines) * first.thickness
    notes = (
        f"one slice, taken to be {first.thickness:g} mm thick as its file says; for a whole series "
        "name its folder",
    )
    return affine, notes
