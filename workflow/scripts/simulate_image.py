"""Draw one image of a simulated patient, and the masks of three readings of it."""

from collections.abc import Mapping

import numpy as np

from radfuse.imaging.nifti import RAS_TO_LPS, write_nifti
from radfuse.imaging.volume import Volume
from radfuse.jobs.job import job
from radfuse.simulation.anatomy import (
    BODY,
    dent,
    draw_lesions,
    draw_vessels,
    lesion_distance,
    liver_distance,
    tubes,
    window_centre,
)
from radfuse.simulation.enhancement import Look, paint, paint_lesion, sequence_look
from radfuse.simulation.phantom import (
    Axes,
    Truth,
    generator,
    inside,
    smooth_field,
    voxel_axes,
    window_mm,
)
from radfuse.simulation.readers import AGREEMENT, read_masks

SPACING_MM = {"CT": np.array([0.8, 0.8, 5.0]), "MRI": np.array([1.2, 1.2, 4.0])}
FAR_MM = 100.0


def draw_body(axes: Axes, look: Look) -> np.ndarray:
    """Everything around the liver: wall, spine, great vessels, stomach; alike on every slice."""
    u, v = axes[0][:, None], axes[1][None, :]

    def disc(centre: tuple[float, float], semi: tuple[float, float]) -> np.ndarray:
        ratio = np.sqrt(((u - centre[0]) / semi[0]) ** 2 + ((v - centre[1]) / semi[1]) ** 2)
        return (ratio - 1) * np.float32(min(semi))

    levels, skin = look.levels, disc((0, 0), BODY)
    plane = np.full(skin.shape, levels["air"], dtype=np.float32)
    paint(plane, inside(skin), levels["fat"])
    paint(plane, inside(np.abs(skin + 15) - 4), levels["muscle"])
    paint(plane, inside(disc((0, 74), (34, 26))), levels["muscle"])
    paint(plane, inside(disc((0, 70), (21, 17))), levels["bone"])
    paint(plane, inside(disc((14, 42), (11, 11))), levels["artery"])
    paint(plane, inside(disc((82, -22), (40, 46))), levels["stomach"])
    return np.repeat(plane[:, :, None], len(axes[2]), axis=2)


def draw_liver(
    image: np.ndarray, axes: Axes, truth: Truth, look: Look, fields: Mapping[str, np.ndarray]
) -> None:
    """Add lung base, liver, its veins and widened ducts to the image, in place."""
    distance = liver_distance(axes) + np.float32(2.5 * truth.cirrhosis) * fields["coarse"]
    distance = distance - np.float32(10 * truth.surface) * fields["dent"]
    u, v, w = axes
    wall = (np.sqrt((u / BODY[0]) ** 2 + ((v / BODY[1]) ** 2)[:, None]) - 1).T[:, :, None]
    lung = inside(np.maximum(wall * BODY[1] + 20, 42 - w), 2) * inside(5 - distance, 3)
    paint(image, lung, look.levels["lung"])
    parenchyma = (2.5 + 1.5 * truth.cirrhosis) * fields["fine"]
    parenchyma += 3.5 * truth.cirrhosis * fields["coarse"]
    liver = inside(distance, 1.5)
    paint(image, liver, look.levels["liver"] + np.float32(look.gain) * parenchyma)
    paint(image, fields["vessels"] * liver, look.levels["vessel"])
    if truth.ducts > 0.05:
        paint(image, fields["ducts"] * liver * np.float32(truth.ducts), look.levels["duct"])


def acquire(
    image: np.ndarray, modality: str, bias: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """The scanner's share: CT noise in HU; MRI coil shading, arbitrary scale and Rician noise."""
    noise = random.standard_normal(image.shape, dtype=np.float32)
    if modality == "CT":
        # neighbouring voxels share noise, as after a soft reconstruction kernel
        noise = 0.75 * noise + 0.5 * np.roll(noise, 1, axis=0) + 0.43 * np.roll(noise, 1, axis=1)
        return np.clip(np.round(image + 6 * noise), -1024, 3071).astype(np.int16)
    signal = image * np.exp(np.float32(0.12) * bias)
    other = random.standard_normal(image.shape, dtype=np.float32)
    magnitude = np.hypot(signal + 13 * noise, 13 * other)
    return np.round(magnitude * np.float32(random.lognormal(0.7, 0.25))).astype(np.int16)


def grid_affine(shape: tuple[int, ...], spacing_mm: np.ndarray, oblique_deg: float) -> np.ndarray:
    """Voxel to RAS mm: axes towards left, posterior, superior, tilted about the grid's centre.

    The tilt is about the left-right axis, and a third as much about the feet-head axis.
    """
    tilt, turn = np.deg2rad(oblique_deg), np.deg2rad(oblique_deg / 3)
    about_x = [[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]]
    about_z = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    affine = np.eye(4)
    affine[:3, :3] = np.array(about_z) @ about_x @ np.diag([-1, -1, 1] * spacing_mm)
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def write(voxels: np.ndarray, affine: np.ndarray, path: str) -> None:
    """Voxels (x, y, z) on a grid with this affine (RAS, mm)."""
    write_nifti(Volume(voxels.T, RAS_TO_LPS @ affine), path, description="simulated by radfuse")


def simulate(
    truth: Truth, seed: int, patient: str, modality: str, sequence: str
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Image (int16), masks (uint8) by reader, and affine of one sequence of a patient.

    Raises StudyError for a sequence that has no simulation.
    """
    body, scan = generator(seed, patient, "body"), generator(seed, patient, modality, sequence)
    look = sequence_look(modality, sequence, uptake=scan.lognormal(0, 0.06))
    lesions = draw_lesions(truth, generator(seed, patient, "lesions"))
    middle, extent = window_centre(lesions[0]), window_mm(truth)
    # breath-hold and table: each modality sees the body a little displaced
    shift = generator(seed, patient, modality).normal(0, [1.5, 1.5, 2.0])
    spacing = SPACING_MM[modality]
    axes = voxel_axes(middle + shift, extent, spacing)

    def field(name: str, scale: float, random: np.random.Generator | None = None) -> np.ndarray:
        random = random or generator(seed, patient, name)
        return smooth_field(random, axes, middle, extent, scale)

    image = draw_body(axes, look)
    vessels = draw_vessels(body)
    # portal branches come first; their ducts run beside them and are thinner
    ducts = [chain + np.array([0, 5, 4, -0.8]) for chain in vessels[:10]]
    fields = {
        "fine": field("fine", 4.5),
        "coarse": field("coarse", 8.0),
        "dent": dent(axes, lesions[0]),
        "vessels": tubes(vessels, axes),
        "ducts": tubes(ducts, axes) if truth.ducts > 0.05 else np.zeros(1),
    }
    draw_liver(image, axes, truth, look, fields)
    septa = np.exp(-((fields["coarse"] / np.float32(0.35)) ** 2))
    distance = np.full(image.shape, FAR_MM, dtype=np.float32)
    for lesion in lesions:
        box, near = lesion_distance(lesion, axes, 15)
        texture, bands = fields["fine"][box], septa[box]
        paint_lesion(image[box], near, lesion.radius, truth, look, texture, bands)
        distance[box] = np.minimum(distance[box], near)
    voxels = acquire(image, modality, field("bias", 70.0, scan), scan)
    wobbles = {
        reader: field(reader, float(np.clip(0.5 * lesions[0].radius, 6, 18)), scan)
        for reader in AGREEMENT
    }
    masks = read_masks(distance, wobbles, scan)
    return voxels, masks, grid_affine(image.shape, spacing, truth.oblique_deg)


def main(
    *,
    truth: Mapping[str, str],
    seed: int,
    patient: str,
    modality: str,
    sequence: str,
    image: str,
    mask: str,
    mask_repeat: str,
    mask_reader2: str,
) -> None:
    voxels, masks, affine = simulate(
        Truth.from_row(truth, patient), seed, patient, modality, sequence
    )
    write(voxels, affine, image)
    write(masks["reader1"], affine, mask)
    write(masks["repeat"], affine, mask_repeat)
    write(masks["reader2"], affine, mask_reader2)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            truth=snakemake.params.truth,
            seed=snakemake.params.seed,
            patient=snakemake.wildcards.patient,
            modality=snakemake.wildcards.modality,
            sequence=snakemake.wildcards.sequence,
            image=output.image,
            mask=output.mask,
            mask_repeat=output.mask_repeat,
            mask_reader2=output.mask_reader2,
        )
