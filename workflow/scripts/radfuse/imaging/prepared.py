"""An image and what its readers outlined, read, checked and ready to be cut."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from radfuse.imaging.axes import PATIENT, turned
from radfuse.imaging.intensity import filled_in
from radfuse.imaging.outline import read_outlined
from radfuse.imaging.volume import Volume


@dataclass(frozen=True)
class Prepared:
    """`image` has the patient's axes, and `masks` by reader are (z, y, x) booleans on its grid;
    `acquired` is the same before any change of its intensities, `stored` as the file has it.
    """

    image: Volume
    masks: dict[str, np.ndarray]
    acquired: Volume
    stored: Volume
    notes: list[str]


def prepare(
    files: Mapping[str, str],
    label: str,
    wanted: str,
    roi: Mapping,
    intensity: Mapping,
    place: str,
) -> Prepared:
    """`files` are paths by role: image, mask and, where named, mask_repeat and mask_reader2.

    `intensity` is what the modality's intensities become 0 to 1 by.

    Raises StudyError with every reason why the image cannot be used.
    """
    path = files["image"]
    outlines = {role: each for role, each in files.items() if role != "image"}
    stored, outlined, notes = read_outlined(path, outlines, label, wanted, roi, place)
    acquired = turned(stored, PATIENT)
    masks = {
        reader: turned(replace(stored, voxels=mask), PATIENT).voxels
        for reader, mask in outlined.items()
    }
    image = acquired
    if intensity["hounsfield"]:
        image = replace(image, voxels=filled_in(image.voxels, intensity["low"]))
    if intensity["bias_correction"] == "n4":
        from radfuse.imaging.bias import without_bias

        image = without_bias(image, path, place)
    return Prepared(image, masks, acquired, stored, notes)
