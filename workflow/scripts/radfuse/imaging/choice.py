"""Which of several volumes of one file is meant: the images sheet's column `volume` says so."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError

# the words of the column: a number, a b-value, a DICOM series
WANTED = re.compile(r"(series \d+)?( ?(b\d+(\.\d+)?|[1-9]\d*))?")


def choose_volume(
    voxels: np.ndarray, wanted: str | None, names: Sequence[str], path: Path, place: str
) -> np.ndarray:
    """One volume (z, y, x) of an array (z, y, x) or (volume, z, y, x).

    `wanted` is empty, a number that counts from 1, or one of `names` (`b800`); None for a mask,
    whose volume cannot be named. Raises StudyError E12 where the array has other dimensions, E18
    where a volume has to be named or is not there.
    """
    shape = " x ".join(map(str, voxels.shape[::-1]))
    while voxels.ndim > 3 and voxels.shape[0] == 1:
        voxels = voxels[0]
    if voxels.ndim not in (3, 4):
        raise StudyError(
            f"E12 geometry: {place}: {path} has {len(shape.split(' x '))} dimensions ({shape}), "
            "three are needed; save the one volume that was outlined."
        )
    if voxels.ndim == 3:
        if wanted not in (None, "", "1", *names[:1]):
            raise StudyError(
                f"E18 volume: {place}: {path} has one volume, the sheet's 'volume' is '{wanted}'; "
                "leave it blank, or name the file that was meant."
            )
        return voxels
    count = voxels.shape[0]
    if count == 0:
        raise StudyError(
            f"E12 geometry: {place}: {path} is 4D ({shape}) without a volume; export it again."
        )
    names = list(names) if len(names) == count else []
    listed = ", ".join(f"{i}: {name}" for i, name in enumerate(names, 1)) or f"1 to {count}"
    if not wanted:
        fix = "save the outline as a mask of its own"
        if wanted is not None:
            fix = "name the one that was outlined in the sheet's column 'volume', or save it alone"
        raise StudyError(
            f"E18 volume: {place}: {path} is 4D ({shape}) with {count} volumes ({listed}); {fix}."
        )
    if wanted in names:
        if names.count(wanted) > 1:
            raise StudyError(
                f"E18 volume: {place}: {path} has {names.count(wanted)} volumes of {wanted} "
                f"({listed}); name one by its number in the sheet's column 'volume'."
            )
        return voxels[names.index(wanted)]
    if wanted.isdecimal() and 1 <= int(wanted) <= count:
        return voxels[int(wanted) - 1]
    raise StudyError(
        f"E18 volume: {place}: {path} has no volume '{wanted}'; it has {listed}. Correct the "
        "sheet's column 'volume'."
    )
