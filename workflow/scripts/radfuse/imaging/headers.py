"""A first look at an image's files, before a run: are they there, and do their headers agree?

Of NIfTI the header alone is read, of a folder whether it holds DICOM, of other formats nothing:
voxels are the run's to check.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from radfuse.errors import StudyError
from radfuse.imaging.files import beginning, holds_dicom, is_dicom, lack, no_dicom, there
from radfuse.imaging.grid import agreed_by, along_axes_of, check_grid, grid_problems, other_grid
from radfuse.imaging.nifti import read_grid
from radfuse.imaging.volume import Volume


def absent(path: str, place: str) -> str:
    return (
        f"E10 file: {place}: {path} {lack(Path(path))}; correct the path in the images sheet (it "
        "is seen from the study folder)."
    )


def grid_of(path: Path, place: str, wanted: str | None) -> Volume | None:
    """The grid of a NIfTI file; None of another format. Raises StudyError E11, E12, E18."""
    if path.is_dir() and not holds_dicom(path):
        raise StudyError(f"E11 file: {place}: {path} {no_dicom(path)}.")
    if is_dicom(path):
        return None
    start = beginning(path)
    if start.startswith(b"NRRD") or b"NDims" in start:
        return None
    volume = read_grid(path, place, wanted)
    check_grid(volume, path, place)
    return volume


def same_files(files: Mapping[str, str], place: str) -> list[str]:
    """Roles of one image that are filled by one and the same file."""
    roles: dict[str, list[str]] = {}
    for role, path in files.items():
        roles.setdefault(os.path.realpath(path), []).append(role)
    return [
        f"E19 twin: {place}: {files[named[0]]} is named as {' and as '.join(named)}; each is a "
        "file of its own: correct the images sheet."
        for named in roles.values()
        if len(named) > 1
    ]


def look(files: Mapping[str, str], wanted: str, settings: Mapping, place: str) -> list[str]:
    """Every problem that the headers of one image and its masks show.

    `files` are paths by role, `wanted` the images sheet's `volume`, `settings` the config's `roi`.
    """
    problems, grids = same_files(files, place), {}
    for role, path in files.items():
        if not there(Path(path)):
            problems.append(absent(path, f"{place} {role}"))
            continue
        try:
            volume = wanted if role == "image" else None
            grids[role] = grid_of(Path(path), f"{place} {role}", volume)
        except StudyError as error:
            problems += error.problems
    image = grids.pop("image", None)
    for role, mask in grids.items():
        disagreeing = disagreement(image, mask, settings) if image and mask else []
        if disagreeing:
            problems += other_grid(files[role], disagreeing, f"{place} {role}").problems
    return problems


def disagreement(image: Volume, mask: Volume, settings: Mapping) -> list[str]:
    """Why a run would refuse a mask for its grid; empty where it would not (see
    `outline.read_outline`)."""
    if settings["mask_grid"] == "resample":
        return []
    tolerances = settings["tolerance_mm"], settings["tolerance_deg"]
    if agreed_by(image, mask, *tolerances):
        return []
    mask = along_axes_of(image, mask)
    agreed = agreed_by(image, mask, *tolerances)
    return [] if agreed else grid_problems(image, mask, *tolerances)
