"""How tissues and lesions look in each sequence of the simulated liver study.

CT values are Hounsfield units. MRI values are arbitrary; the dynamic phases are fat-suppressed
T1-weighted images whose enhancement is the CT's times `gain`. Levels are those of textbooks for a
well-perfused liver (portal venous liver about 110 HU, late arterial aorta about 280 HU).
"""

from dataclasses import dataclass

import numpy as np

from radfuse.errors import StudyError
from radfuse.simulation.phantom import Truth, inside

TISSUES = [
    "air",
    "lung",
    "fat",
    "muscle",
    "bone",
    "stomach",
    "liver",
    "vessel",
    "artery",
    "duct",
    "lesion",
    "necrosis",
]

# enhancement over the unenhanced level, HU; a lesion's own is in `lesion_levels`
ENHANCEMENT = {
    "AP": {"muscle": 6, "bone": 10, "stomach": 8, "liver": 11, "vessel": 35, "artery": 240},
    "VP": {"muscle": 14, "bone": 20, "stomach": 15, "liver": 52, "vessel": 115, "artery": 115},
    "DP": {"muscle": 16, "bone": 20, "stomach": 15, "liver": 44, "vessel": 80, "artery": 80},
}
UNENHANCED_CT = (-1000, -840, -100, 52, 210, 25, 56, 42, 42, 8, 43, 22)
UNENHANCED = {
    "CT": dict.fromkeys(["NP", *ENHANCEMENT], UNENHANCED_CT),
    "MRI": {
        "T1WI": (0, 15, 620, 290, 380, 190, 340, 230, 120, 130, 235, 180),
        "T2WI": (0, 15, 430, 110, 260, 480, 170, 90, 50, 720, 285, 620),
        "DWI": (0, 5, 28, 62, 40, 90, 115, 35, 15, 60, 225, 105),
        **dict.fromkeys(ENHANCEMENT, (0, 15, 75, 230, 120, 150, 270, 200, 110, 110, 190, 140)),
    },
}
GAIN = {"CT": 1.0, "MRI": 3.2}  # units of the image per HU of contrast
FILLED = {"AP": 20.0, "VP": 66.0, "DP": 74.0}  # enhancement of fibrous stroma that has filled
# what septa of fibrous stroma add, in units of the image: dark until late contrast reaches them
SEPTA = {
    "CT": {"NP": -26, "AP": -48, "VP": -40, "DP": 40},
    "MRI": {"T1WI": -75, "T2WI": -140, "DWI": -110, "AP": -130, "VP": -80, "DP": 120},
}
FRONT = {"AP": 0.0, "VP": 0.5, "DP": 1.05}  # how deep filling has come, in radii


@dataclass(frozen=True)
class Look:
    """One sequence: tissue levels, units per HU of contrast, dynamic phase or "", septa."""

    levels: dict[str, float]
    gain: float
    phase: str
    sequence: str
    septa: float


@dataclass(frozen=True)
class LesionLevels:
    """Levels of a lesion's parts: core, periphery, filled stroma, centre, capsule, dead tissue."""

    core: float
    periphery: float
    filled: float
    centre: float
    capsule: float
    necrosis: float


def undrawn(modality: str, sequence: str) -> list[str]:
    """E06 for a sequence that has no simulation."""
    if sequence in UNENHANCED.get(modality, {}):
        return []
    known = "; ".join(f"{name} {' '.join(sequences)}" for name, sequences in UNENHANCED.items())
    return [
        f"E06 simulation: no images of {modality} {sequence} can be drawn, only {known}; "
        "correct `modalities:` and the images sheet, or remove `simulation:` from the config."
    ]


def sequence_look(modality: str, sequence: str, uptake: float = 1.0) -> Look:
    """Tissue levels of a sequence; `uptake` scales its enhancement (contrast timing and dose).

    Raises StudyError for a sequence that has no simulation.
    """
    problems = undrawn(modality, sequence)
    if problems:
        raise StudyError(*problems)
    gain = GAIN[modality]
    levels = dict(zip(TISSUES, map(float, UNENHANCED[modality][sequence]), strict=True))
    for tissue, enhancement in ENHANCEMENT.get(sequence, {}).items():
        levels[tissue] += gain * uptake * enhancement
    phase = sequence if sequence in ENHANCEMENT else ""
    return Look(levels, gain, phase, sequence, SEPTA[modality][sequence])


def lesion_levels(truth: Truth, look: Look) -> LesionLevels:
    """A lesion's parts in one sequence, from the strengths of its pattern.

    Diffuse uptake (`hyper`) fills core and periphery in AP, `rim` the periphery alone; `washout`
    lowers VP and DP below the liver; `progressive` stroma fills from the surface inwards.
    """
    base, dead = look.levels["lesion"], look.levels["necrosis"]
    if look.sequence == "T2WI":
        periphery, centre = base + 150 * truth.t2_rim, base + 190 * truth.t2_centre
        return LesionLevels(base, periphery, base, centre, base - 60 * truth.pseudocapsule, dead)
    if look.sequence == "DWI":
        core = base - 75 * truth.target
        return LesionLevels(core, base + 75 * truth.target, core, core, base, dead)
    if not look.phase:
        return LesionLevels(base, base, base, base, base, dead)
    core, periphery, capsule = {
        "AP": (6 + 78 * truth.hyper, 6 + 84 * max(truth.hyper, truth.rim), 10),
        "VP": (
            34 + 30 * truth.hyper - 44 * truth.washout,
            34 + 30 * max(truth.hyper, 0.7 * truth.rim) - 44 * truth.washout,
            82,
        ),
        "DP": (
            33 + 24 * truth.hyper - 44 * truth.washout,
            33 + 24 * max(truth.hyper, 0.6 * truth.rim) - 44 * truth.washout,
            84,
        ),
    }[look.phase]
    core, periphery, filled, capsule = (
        base + look.gain * enhancement
        for enhancement in (core, periphery, FILLED[look.phase], capsule)
    )
    return LesionLevels(core, periphery, filled, core, capsule, dead)


def paint(image: np.ndarray, share: np.ndarray, level: float | np.ndarray) -> None:
    """Mix `level` into the image, in place, where `share` (0 to 1) says so."""
    image += share * (np.asarray(level, dtype=np.float32) - image)


def paint_lesion(
    image: np.ndarray,
    distance: np.ndarray,
    radius: float,
    truth: Truth,
    look: Look,
    texture: np.ndarray,
    septa: np.ndarray,
) -> None:
    """Draw a lesion into its box of the image, in place.

    `distance` to its surface in mm, `texture` a smooth field of variance 1, `septa`
    where fibrous bands run (0 to 1); all of one shape.
    """
    levels = lesion_levels(truth, look)
    depth = -distance
    band = np.float32(np.clip(0.26 * radius, 3.0, 8.0))
    lesion = np.full_like(image, levels.core)
    paint(lesion, np.clip((depth - 0.45 * radius) / (0.25 * radius), 0, 1), levels.centre)
    paint(lesion, np.clip(1.5 - (depth + 0.8 * texture) / band, 0, 1), levels.periphery)
    if look.phase and FRONT[look.phase]:
        front = (1.25 * truth.progressive - 0.12) * FRONT[look.phase] * radius
        filling = np.clip((front - depth + 1.2 * texture) / (0.3 * radius) + 0.5, 0, 1)
        paint(lesion, filling, levels.filled)
    if truth.necrosis > 0.3:
        dead = (1.65 - 1.2 * truth.necrosis) * radius
        share = np.clip((depth - dead + 0.18 * radius * texture) / 3 + 0.5, 0, 1)
        paint(lesion, share, levels.necrosis)
    lesion += np.float32(4.5 * look.gain) * texture
    lesion += np.float32(look.septa * truth.stroma) * septa
    paint(image, inside(distance, 1.2 + 6 * truth.obscurity), lesion)
    if look.phase in ("VP", "DP") or look.sequence == "T2WI":
        shell = np.clip(1.4 - np.abs(distance - 0.4), 0, 1) * np.float32(truth.pseudocapsule)
        paint(image, shell, levels.capsule)
