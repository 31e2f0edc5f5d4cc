"""The shapes of the simulated upper abdomen: liver, vessels and lesions.

Coordinates are those of `phantom`: u to the patient's left, v posterior, w superior, in mm, with
the origin in front of the spine. Distances are negative inside a shape.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from radfuse.simulation.phantom import Axes, Box, Truth, box_around, inside, window_mm

RIGHT_LOBE = (np.array([-68.0, 5.0, 0.0]), np.array([82.0, 84.0, 78.0]))  # centre, semi-axes
LEFT_LOBE = (np.array([8.0, -46.0, 8.0]), np.array([74.0, 44.0, 52.0]))
BODY = (170.0, 116.0)
PORTAL_HILUM = np.array([-22.0, 4.0, -14.0])
CAVAL_ORIFICE = np.array([-20.0, 38.0, 42.0])


@dataclass(frozen=True)
class Lesion:
    """A lobulated ball: its radius towards the unit vector n is `radius` (1 + waves(n)), mm."""

    centre: np.ndarray
    radius: float
    waves: np.ndarray  # wave vectors (k, 3)
    phases: np.ndarray
    amplitude: float

    def boundary(self, directions: np.ndarray) -> np.ndarray:
        """Radius towards unit vectors (3, ...), mm."""
        waves = np.zeros(directions.shape[1:], dtype=np.float32)
        for wave, phase in zip(self.waves, self.phases, strict=True):
            waves += np.cos(np.tensordot(wave, directions, 1) + phase)
        waves *= self.amplitude / np.sqrt(len(self.waves) / 2)
        return self.radius * np.clip(1 + waves, 0.5, 1.6)


def ellipsoid(axes: Axes, centre: np.ndarray, semi: np.ndarray) -> np.ndarray:
    """About the distance to an ellipsoid: exact at the surface along its axes, mm."""
    u, v, w = ((axis - c) / s for axis, c, s in zip(axes, centre, semi, strict=True))
    squares = (u**2)[:, None, None] + (v**2)[:, None] + w**2
    return (np.sqrt(squares) - 1) * np.float32(semi.min())


def liver_distance(axes: Axes) -> np.ndarray:
    return np.minimum(ellipsoid(axes, *RIGHT_LOBE), ellipsoid(axes, *LEFT_LOBE))


def lesion_centre(truth: Truth, random: np.random.Generator) -> np.ndarray:
    """Inside a lobe, or so near the right lobe's surface that the lesion reaches it."""
    jitter = random.uniform(-1, 1, 3)
    if truth.location == "left":
        return LEFT_LOBE[0] + jitter * [22, 6, 10]
    middle, semi = RIGHT_LOBE
    if truth.location == "right":
        return middle + jitter * [16, 18, 12] + [-4, 0, 0]
    angle = np.deg2rad(random.uniform(150, 250))
    towards = np.array([np.cos(angle), np.sin(angle), 0.25 * jitter[2]])
    return middle + towards * (semi - 0.42 * truth.diameter_mm)


def window_centre(lesion: Lesion) -> np.ndarray:
    """The field of view leans from the lesion towards the skin, so that the body wall shows."""
    outwards = lesion.centre * [1, 1, 0]
    return lesion.centre + 16 * outwards / np.linalg.norm(outwards)


def draw_lesion(
    centre: np.ndarray, diameter_mm: float, lobulation: float, random: np.random.Generator
) -> Lesion:
    """A lesion whose widest diameter, on the axial plane through its centre, is the wanted one."""
    waves = random.normal(0, 1, (6, 3))
    waves *= (random.uniform(1.5, 5.0, 6) / np.linalg.norm(waves, axis=1))[:, None]
    phases, amplitude = random.uniform(0, 2 * np.pi, 6), 0.04 + 0.14 * lobulation
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    equator = np.stack([np.cos(angles), np.sin(angles), np.zeros(72)])
    radii = Lesion(centre, 1.0, waves, phases, amplitude).boundary(equator)
    return Lesion(
        centre, diameter_mm / (radii + np.roll(radii, 36)).max(), waves, phases, amplitude
    )


def satellite_centre(
    lesions: list[Lesion], diameter_mm: float, window: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Of 60 places beside the first lesion the best: in the liver, in view, far from the others."""
    largest, *others = lesions
    directions = random.normal(0, 1, (60, 3)) * [1, 1, 0.6]
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    gaps = largest.boundary(directions.T) + 0.65 * diameter_mm + random.uniform(5, 13, 60)
    places = largest.centre + directions * gaps[:, None]
    cost = np.zeros(60)
    for k, place in enumerate(places):
        depth = liver_distance(tuple(np.atleast_1d(coordinate) for coordinate in place)).item()
        beyond = np.abs(place - window_centre(largest)) + diameter_mm / 2 + 4 - window / 2
        apart = min([30.0, *(np.linalg.norm(place - other.centre) for other in others)])
        cost[k] = max(depth + diameter_mm / 2 + 2, 0) + np.maximum(beyond, 0).sum() + 30 - apart
    return places[np.argmin(cost)]


def draw_lesions(truth: Truth, random: np.random.Generator) -> list[Lesion]:
    """The largest lesion, whose axial diameter is the truth's, and its satellites in the liver."""
    lobulation = truth.lobulation
    lesions = [draw_lesion(lesion_centre(truth, random), truth.diameter_mm, lobulation, random)]
    for _ in range(round(truth.lesions) - 1):
        diameter = np.clip(truth.diameter_mm * random.uniform(0.25, 0.4), 8, 22)
        centre = satellite_centre(lesions, diameter, window_mm(truth), random)
        lesions.append(draw_lesion(centre, diameter, lobulation, random))
    return lesions


def dent(axes: Axes, lesion: Lesion) -> np.ndarray:
    """A bump of height 1 on the liver's surface nearest the lesion, about as wide as it."""
    middle, semi = RIGHT_LOBE
    towards = (lesion.centre - middle) / semi
    point = middle + towards / max(np.linalg.norm(towards), 0.2) * semi
    u, v, w = ((axis - p) ** 2 for axis, p in zip(axes, point, strict=True))
    width = np.float32(2 * (0.7 * lesion.radius) ** 2)
    bump = np.exp(-u / width)[:, None, None] * np.exp(-v / width)[:, None] * np.exp(-w / width)
    return bump.astype(np.float32)


def lesion_distance(lesion: Lesion, axes: Axes, margin_mm: float) -> tuple[Box, np.ndarray]:
    """The box around a lesion and, within it, about the distance to its surface (mm)."""
    box = box_around(axes, lesion.centre, 1.6 * lesion.radius + margin_mm)
    u, v, w = (
        axis[part] - np.float32(middle)
        for axis, part, middle in zip(axes, box, lesion.centre, strict=True)
    )
    from_centre = np.sqrt((u**2)[:, None, None] + (v**2)[:, None] + w**2)
    grid = np.stack(np.broadcast_arrays(u[:, None, None], v[:, None], w))
    directions = grid / np.maximum(from_centre, np.float32(1e-3))
    return box, (from_centre - lesion.boundary(directions)).astype(np.float32)


def draw_vessels(random: np.random.Generator) -> list[np.ndarray]:
    """Portal and hepatic veins as chains of points, rows of (u, v, w, radius in mm)."""
    ends = [(-120, -15, -25), (-105, 50, -30), (-85, -40, 15), (35, -55, 0), (-130, 15, 10)]
    veins = [(-135, 20, -5), (-60, -55, -10), (25, -60, 10), (-95, 60, 5), (-70, -5, -40)]
    chains = []
    for root, tips in ((PORTAL_HILUM, ends), (CAVAL_ORIFICE, veins)):
        for tip in tips:
            target = np.array(tip) + random.normal(0, 9, 3)
            bend = (root + target) / 2 + random.normal(0, 10, 3)
            t = np.linspace(0, 1, 6)[:, None]
            path = (1 - t) ** 2 * root + 2 * t * (1 - t) * bend + t**2 * target
            chains.append(np.hstack([path, 5.5 - 3.8 * t]))
            twig = path[3] + random.normal(0, 24, 3)
            radii = np.linspace(2.6, 1.2, 4)[:, None]
            s = np.linspace(0, 1, 4)[:, None]
            chains.append(np.hstack([(1 - s) * path[3] + s * twig, radii]))
    return chains


def tubes(chains: list[np.ndarray], axes: Axes) -> np.ndarray:
    """Share of each voxel that lies in a chain of segments (see `draw_vessels`)."""
    share = np.zeros([len(axis) for axis in axes], dtype=np.float32)
    for chain in chains:
        for start, end in pairwise(chain):
            middle, radius = (start[:3] + end[:3]) / 2, (start[3] + end[3]) / 2
            run = (end[:3] - start[:3]).astype(np.float32)
            box = box_around(axes, middle, np.abs(run).max() / 2 + radius + 2)
            u, v, w = (
                axis[part] - np.float32(s)
                for axis, part, s in zip(axes, box, start[:3], strict=True)
            )
            along = (u * run[0])[:, None, None] + (v * run[1])[:, None] + w * run[2]
            along = np.clip(along / np.float32(run @ run), 0, 1)
            squares = (
                (u[:, None, None] - along * run[0]) ** 2
                + (v[:, None] - along * run[1]) ** 2
                + (w - along * run[2]) ** 2
            )
            share[box] = np.maximum(share[box], inside(np.sqrt(squares) - np.float32(radius), 1.5))
    return share
