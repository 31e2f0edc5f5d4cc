"""What a DICOM header says of a slice: numbers, and what tells its volume from others."""

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset

# what tells the volumes of a series apart, in the order in which they are numbered; the last of
# the keywords are those of enhanced files
TOLD_APART = {
    "b-value": ("DiffusionBValue",),
    "gradient direction": ("DiffusionGradientOrientation",),
    "temporal position": ("TemporalPositionIdentifier", "TemporalPositionIndex"),
    "echo time": ("EchoTime", "EffectiveEchoTime"),
    "inversion time": ("InversionTime", "InversionTimes"),
    "image type": ("FrameType", "ImageType"),
    "acquisition": ("AcquisitionNumber", "FrameAcquisitionNumber"),
    "trigger time": ("TriggerTime", "NominalCardiacTriggerDelayTime"),
    "acquisition time": ("AcquisitionTime", "FrameAcquisitionDateTime"),
}
# where scanners kept the b-value before DICOM had an attribute for it: group, creator, element
PRIVATE_B_VALUES = (
    (0x0019, "SIEMENS MR HEADER", 0x0C),
    (0x0043, "GEMS_PARM_01", 0x39),
    (0x2001, "Philips Imaging DD 001", 0x03),
)
GE_OFFSET = 1e9  # GE writes 1000000800 for a b-value of 800


def frames(header: Dataset) -> list[Dataset]:
    """The header of each frame, with its functional groups laid flat (DICOM PS3.3 C.7.6.16).

    Raises ValueError where not every frame has its functional groups.
    """
    groups = header.get("PerFrameFunctionalGroupsSequence")
    count = int(header.get("NumberOfFrames") or 1)
    if not groups:
        return [header] * count
    if len(groups) != count:
        raise ValueError(f"it has {count} frames, but functional groups of {len(groups)}")
    shared = flat(header.get("SharedFunctionalGroupsSequence") or [])
    top = Dataset()
    top.update({e.tag: e for e in header if e.VR != "SQ"})
    found = []
    for group in groups:
        frame = Dataset()
        for part in (top, shared, flat([group])):
            frame.update(part)
        found.append(frame)
    return found


def flat(groups: Sequence[Dataset]) -> Dataset:
    """The attributes of all functional groups side by side, those of nested sequences too."""
    attributes = Dataset()
    for element in (element for group in groups for element in group):
        if element.VR != "SQ":
            attributes[element.tag] = element
        elif element.value and not element.tag.is_private:
            attributes.update(flat(element.value[:1]))
    return attributes


def numbers(header: Dataset, keyword: str, count: int) -> np.ndarray | None:
    """The numbers of an attribute; None where it is missing or empty."""
    value = header.get(keyword)
    if value is None or value == "":
        return None
    found = np.atleast_1d(np.array(value, dtype=float))
    if found.shape != (count,) or not np.isfinite(found).all():
        raise ValueError(f"its {keyword} is {value}")
    return found


def told(header: Dataset, name: str) -> float | str | None:
    """What a slice says on one of `TOLD_APART`: a number where it is one, None where nothing."""
    values = [header.get(keyword) for keyword in TOLD_APART[name]]
    value = next((value for value in values if value not in (None, "")), None)
    if name == "b-value" and value is None:
        return private_b_value(header)
    if value is None or isinstance(value, str):
        return value
    try:
        return float(value)
    except TypeError:
        return " ".join(map(str, value))


def private_b_value(header: Dataset) -> float | None:
    """The b-value (s/mm2) as Siemens, GE and Philips keep it in classic files."""
    for group, creator, element in PRIVATE_B_VALUES:
        if header.get((group, 0x0010)) is None or header[group, 0x0010].value != creator:
            continue
        stated = header.get((group, 0x1000 + element))
        if stated is not None and stated.value not in (None, ""):
            value = stated.value
            if isinstance(value, bytes):  # of unknown representation, in text
                value = value.decode("ascii").split("\\")
            first = value if isinstance(value, (int, float)) else next(iter(value))
            return float(first) % GE_OFFSET
    return None
