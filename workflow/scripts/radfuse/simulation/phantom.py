"""The simulation's ground: a patient's hidden truth, randomness, voxel grids and smooth fields.

Anatomy lives in millimetres on the axes u (to the patient's left), v (posterior) and w (superior),
the origin in front of the spine; distances are negative inside a shape. Voxel arrays are indexed
(u, v, w). What is random is drawn from generators keyed by patient, never by sequence, so that
every image of a patient shows the same body.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from radfuse.errors import StudyError

Axes = tuple[np.ndarray, np.ndarray, np.ndarray]  # u, v, w of the voxels, mm
Box = tuple[slice, slice, slice]

LOCATIONS = ("left", "right", "subcapsular")


@dataclass(frozen=True)
class Truth:
    """What the simulation knows of a patient: millimetres, degrees and strengths (0 to 1)."""

    diameter_mm: float
    lesions: float
    location: str
    oblique_deg: float
    lobulation: float
    obscurity: float
    surface: float  # -1 retraction of the liver capsule, 1 bulging
    hyper: float
    rim: float
    washout: float
    progressive: float
    pseudocapsule: float
    necrosis: float
    t2_rim: float
    t2_centre: float
    target: float
    cirrhosis: float
    ducts: float
    stroma: float

    @classmethod
    def from_row(cls, row: Mapping[str, str], patient: str) -> "Truth":
        """Raises StudyError where a column is missing or a value makes no sense."""
        problems, values = [], {}
        for field in fields(cls):
            text = row.get(field.name)
            place = f"E06 simulation: patient {patient}: {field.name}"
            if text is None:
                problems.append(f"{place} is missing; add the column to the simulation sheet.")
            elif field.name == "location":
                values[field.name] = text
                if text not in LOCATIONS:
                    problems.append(f"{place} is '{text}', none of {', '.join(LOCATIONS)}.")
            else:
                try:
                    values[field.name] = float(text)
                except ValueError:
                    problems.append(f"{place} is '{text}', no number.")
        if not problems and not (5 <= values["diameter_mm"] <= 95 and values["lesions"] >= 1):
            problems.append(
                f"E06 simulation: patient {patient}: diameter_mm {row['diameter_mm']} with "
                f"{row['lesions']} lesions; 5 to 95 mm and at least one lesion can be drawn."
            )
        if problems:
            raise StudyError(*problems)
        return cls(**values)


def generator(seed: int, *words: str) -> np.random.Generator:
    """A random generator that depends on nothing but the seed and the words."""
    digest = hashlib.sha256("|".join([str(seed), *words]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def window_mm(truth: Truth) -> np.ndarray:
    """Extent of the field of view: the lesion and the liver around it."""
    in_plane = np.clip(truth.diameter_mm + 80, 135, 150)
    return np.array([in_plane, in_plane, np.clip(truth.diameter_mm + 45, 75, 115)])


def voxel_axes(centre: np.ndarray, extent_mm: np.ndarray, spacing_mm: np.ndarray) -> Axes:
    """Coordinates of the voxels of a grid of this extent about `centre`."""
    counts = np.round(extent_mm / spacing_mm).astype(int)
    u, v, w = (
        (middle + (np.arange(count) - (count - 1) / 2) * step).astype(np.float32)
        for middle, count, step in zip(centre, counts, spacing_mm, strict=True)
    )
    return u, v, w


def box_around(axes: Axes, centre: np.ndarray, reach_mm: float) -> Box:
    """The voxels whose coordinates are all within `reach_mm` of the centre."""
    u, v, w = (
        slice(*np.searchsorted(axis, [middle - reach_mm, middle + reach_mm]))
        for axis, middle in zip(axes, centre, strict=True)
    )
    return u, v, w


def smooth_field(
    random: np.random.Generator, axes: Axes, centre: np.ndarray, extent_mm: np.ndarray, scale: float
) -> np.ndarray:
    """A random field of mean 0 and variance about 1 that varies over `scale` mm.

    Normal coefficients on a lattice of cubic B-splines that covers `extent_mm` about `centre` and
    15 mm more; the lattice does not depend on the voxels, so any grid sees the same field.
    """
    reach = extent_mm / 2 + 15
    counts = np.ceil(2 * reach / scale).astype(int) + 3
    field = random.standard_normal(counts, dtype=np.float32)
    for axis, (positions, middle, count) in enumerate(zip(axes, centre, counts, strict=True)):
        lattice = middle + (np.arange(count) - (count - 1) / 2) * scale
        distance = np.abs(positions[:, None] - lattice) / scale
        near = 2 / 3 - distance**2 + distance**3 / 2
        far = np.clip(2 - distance, 0, None) ** 3 / 6
        weights = np.where(distance < 1, near, far).astype(np.float32)
        field = np.moveaxis(np.tensordot(weights, field, (1, axis)), 0, axis)
    # 151/315 is the integral of the squared cubic B-spline
    return np.ascontiguousarray(field) * np.float32((151 / 315) ** -1.5)


def inside(distance: np.ndarray, edge_mm: float = 1.0) -> np.ndarray:
    """Share of tissue from the distance to its surface, with an edge of the given width."""
    return np.clip(0.5 - distance / np.float32(edge_mm), 0, 1)
