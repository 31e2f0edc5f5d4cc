"""Cut the lesion out of one image: a 1 mm crop, its mask, a patch per reader, and a picture."""

import json
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.grid import grid_problem
from radfuse.imaging.intensity import limits
from radfuse.imaging.nifti import write_nifti
from radfuse.imaging.overlay import save_overlay
from radfuse.imaging.read import read_image
from radfuse.imaging.roi import LesionLostError, Roi, extract_roi, patch
from radfuse.imaging.volume import Volume
from radfuse.job import logged
from radfuse.provenance import file_digest

READERS = {"mask": "reader1", "mask_repeat": "repeat", "mask_reader2": "reader2"}


def read_mask(
    path: str, image: Volume, label: str, tolerance_mm: float, place: str
) -> np.ndarray:
    """A mask on the image's grid as (z, y, x) booleans. Raises StudyError E13 or E14."""
    mask = read_image(path, place)
    problem = grid_problem(image, mask, tolerance_mm)
    if problem:
        raise StudyError(
            f"E13 geometry: {place}: {path} is not on its image's grid: {problem}; "
            "outline on this image, or resample the mask to it with nearest neighbour."
        )
    voxels = mask.voxels
    chosen = voxels == int(label) if label else voxels > 0
    if not chosen.any():
        present = ", ".join(f"{value:g}" for value in np.unique(voxels)[:10])
        wanted = f"no voxel of label {label}" if label else "no voxel above 0"
        raise StudyError(
            f"E14 mask: {place}: {path} has {wanted}; it holds {present}. "
            "Save the outline again, or correct 'label' in the images sheet."
        )
    return chosen


def read_study_image(
    image: str, masks: dict[str, str], label: str, tolerance_mm: float, place: str
) -> tuple[Volume, dict[str, np.ndarray]]:
    """The image and its readers' masks. Raises one StudyError with the problems of all of them."""
    volume = read_image(image, f"{place} image")
    voxels = volume.voxels
    problems, outlined = [], {}
    if voxels.min() == voxels.max():
        problems.append(
            f"E16 voxels: {place}: {image} is {voxels.min():g} everywhere; export it again."
        )
    for role, path in masks.items():
        try:
            outlined[READERS[role]] = read_mask(
                path, volume, label, tolerance_mm, f"{place} {role}"
            )
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError(*problems)
    return volume, outlined


def cut(volume: Volume, masks: dict[str, np.ndarray], roi: dict, place: str) -> Roi:
    try:
        return extract_roi(volume, masks, roi["spacing_mm"], roi["margin_mm"])
    except LesionLostError as lost:
        raise StudyError(
            f"E14 mask: {place}: the lesion of {lost.reader} ({lost.voxels} voxels) falls between "
            f"the voxels of the {roi['spacing_mm']} mm grid; outline the whole lesion."
        ) from None


def source_record(
    image: str, masks: dict[str, str], volume: Volume, region: Roi, limits: tuple[float, float]
) -> dict:
    """What was read and what became of it, as JSON."""
    files = {"image": image, **masks}
    return {
        "files": {
            role: {"path": path, "sha256": file_digest(path)} for role, path in files.items()
        },
        "size_voxels": volume.size.tolist(),
        "spacing_mm": volume.spacing.round(4).tolist(),
        "intensity_limits": [float(limit) for limit in limits],
        "lesions": region.lesions,
        "clamped_voxels": region.clamped,
    }


def main(
    image: str,
    masks: dict[str, str],
    label: str,
    place: str,
    roi: dict,
    intensity: dict,
    simulated: bool,
    roi_image: str,
    roi_mask: str,
    overlay: str,
    patches: str,
    source: str,
) -> None:
    volume, outlined = read_study_image(image, masks, label, roi["tolerance_mm"], place)
    region = cut(volume, outlined, roi, place)
    low, high = limits(volume.voxels, **intensity)
    if not low < high:
        raise StudyError(
            f"E16 voxels: {place}: {image}: percentiles {intensity['low']:g} and "
            f"{intensity['high']:g} of the image are both {low:g}: most of it is constant, as in "
            "an export that was masked. Use the image as acquired, or other percentiles."
        )
    write_nifti(region.volume, roi_image)
    write_nifti(Volume(region.masks["reader1"].astype(np.uint8), region.volume.affine), roi_mask)
    np.savez(patches, **{reader: patch(region, reader, low, high) for reader in region.masks})
    save_overlay(region, low, high, place, simulated, overlay)
    record = source_record(image, masks, volume, region, (low, high))
    Path(source).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            image=snakemake.input.image,
            masks={
                role: snakemake.input.get(role) for role in READERS if snakemake.input.get(role)
            },
            label=snakemake.params.label,
            place=" ".join(snakemake.wildcards),
            roi=snakemake.params.roi,
            intensity=snakemake.params.intensity,
            simulated=snakemake.params.simulated,
            roi_image=snakemake.output.roi,
            roi_mask=snakemake.output.mask,
            overlay=snakemake.output.overlay,
            patches=snakemake.output.patches,
            source=snakemake.output.source,
        )
