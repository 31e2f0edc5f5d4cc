"""Cut the lesion out of one image: a 1 mm crop, its mask, a patch per reader, and a picture."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.imaging.axes import stored_index, turned
from radfuse.imaging.digests import content_digest
from radfuse.imaging.foreground import percentile_region
from radfuse.imaging.intensity import HOUNSFIELD_AIR, doubts, limits, not_hounsfield
from radfuse.imaging.lesion import bounding_box, slices
from radfuse.imaging.measures import measures, remarks
from radfuse.imaging.nifti import write_nifti
from radfuse.imaging.overlay import save_overlay
from radfuse.imaging.prepared import prepare
from radfuse.imaging.roi import LesionLostError, Roi, around_lesion, extract_roi, patch
from radfuse.imaging.volume import Volume, by_axes
from radfuse.jobs.job import job

LARGEST_MM = 500.0  # no lesion is wider
WHOLE_MM = 150.0  # as wide, twice, is no crop of an organ


def cut(volume: Volume, masks: Mapping[str, np.ndarray], roi: Mapping, place: str) -> Roi:
    for reader, mask in masks.items():
        extents = [each.stop - each.start for each in bounding_box(mask)]
        widest = float((extents * volume.spacing[::-1]).max())
        if widest > LARGEST_MM:
            raise StudyError(
                f"E14 mask: {place}: what {reader} outlined is {widest:.0f} mm wide, and no lesion "
                f"is wider than {LARGEST_MM:g} mm: look at the outline, and whether the image's "
                f"spacing ({by_axes(volume.spacing)} mm) is right."
            )
    try:
        return extract_roi(volume, masks, roi)
    except LesionLostError as lost:
        size = by_axes(lost.size_mm, digits=2)
        raise StudyError(
            f"E14 mask: {place}: the lesion of {lost.reader} ({size} mm) falls between the voxels "
            f"of the {roi['spacing_mm']:g} mm grid; outline the whole lesion, or look whether the "
            "image's spacing is right."
        ) from None


def voxels_digest(volume: Volume) -> str:
    """SHA-256 of what was read, by which a copy is known whatever its file and its data type."""
    digest = hashlib.sha256(f"{volume.voxels.shape}".encode())
    for plane in volume.voxels:
        digest.update(np.ascontiguousarray(plane, dtype=np.float32).data)
    return digest.hexdigest()


def check_hounsfield(
    acquired: Volume, lesion: np.ndarray, high: float, image: str, place: str
) -> None:
    """Raises StudyError E16 where voxels cannot be Hounsfield units, or a lesion's are air."""
    median = float(np.median(lesion))
    if median < HOUNSFIELD_AIR:
        raise StudyError(
            f"E16 voxels: {place}: {image}: the lesion's median is {median:g}, that of air. "
            "Look whether the outline lies on the patient; if it does, the image is not in "
            "Hounsfield units: export it with its rescale slope and intercept applied once."
        )
    whole = np.sort(acquired.size * acquired.spacing)[1] >= WHOLE_MM
    reason = not_hounsfield(acquired.voxels, lesion, high, bool(whole))
    if reason:
        raise StudyError(
            f"E16 voxels: {place}: {image} is not in Hounsfield units: {reason}. If it is a CT, "
            "export it with its rescale slope and intercept applied once, or give the modality "
            "other limits (intensity)."
        )


def intensity_limits(
    volume: Volume,
    region: Roi,
    intensity: Mapping,
    image: str,
    place: str,
) -> tuple[float, float]:
    """The intensities that become 0 and 1. Raises StudyError E16 where they make no sense."""
    method, low, high = (intensity[key] for key in ("method", "low", "high"))
    if method == "window":
        return limits(volume.voxels, method, low, high)
    voxels = percentile_region(volume.voxels, around_lesion(region), intensity["region"])
    first, last = limits(voxels, method, low, high)
    if not first < last:
        raise StudyError(
            f"E16 voxels: {place}: {image}: percentiles {low:g} and {high:g} of the "
            f"{intensity['region']} are both {first:g}: most of it is constant, as in an export "
            "that was masked, or a few voxels outshine all others. Use the image as acquired, or "
            "other percentiles."
        )
    return first, last


def patches_of(
    region: Roi, low: float, high: float, background: str, image: str, place: str
) -> dict[str, np.ndarray]:
    """Every reader's patch. Raises StudyError E16 where one shows nothing."""
    cuts = {reader: patch(region, reader, low, high, background) for reader in region.masks}
    problems = [
        f"E16 voxels: {place}: {image}: {reader}'s patch is {cut.flat[0]:g} everywhere, with "
        f"intensity limits {low:g} and {high:g}: all voxels lie beyond them"
        f"{', or the reader outlined nothing on the shared slice' * (background == 'mask')}. Look "
        "at image and outline, or use other limits (intensity)."
        for reader, cut in cuts.items()
        if not cut.min() < cut.max()
    ]
    if problems:
        raise StudyError(*problems)
    return cuts


def lesion_voxels(volume: Volume, region: Roi) -> np.ndarray:
    """The image's voxels in the lesion that counts, as reader 1 outlined it."""
    lesion = region.outlined["reader1"]
    return volume.voxels[slices(lesion.start, lesion.stop)][lesion.voxels]


def main(
    files: Mapping[str, str],
    label: str,
    wanted: str,
    place: str,
    roi: Mapping,
    intensity: Mapping,
    simulated: bool,
    roi_image: str,
    roi_mask: str,
    overlay: str,
    patches: str,
    source: str,
) -> None:
    """`files` are paths by role: image, mask and, where named, mask_repeat and mask_reader2.

    Nothing is written before all of it is known to be good.
    """
    image = files["image"]
    prepared = prepare(files, label, wanted, roi, intensity, place)
    volume, outlined, stored = prepared.image, prepared.masks, prepared.stored
    region = cut(volume, outlined, roi, place)
    if intensity["hounsfield"]:
        acquired = lesion_voxels(prepared.acquired, region)
        check_hounsfield(prepared.acquired, acquired, intensity["high"], image, place)
    lesion = lesion_voxels(volume, region)
    low, high = intensity_limits(volume, region, intensity, image, place)
    cuts = patches_of(region, low, high, roi["background"], image, place)
    axis = region.squares["reader1"].axis
    number = stored_index(volume, axis, region.acquired["reader1"], stored) + 1
    measured = measures(volume, lesion, region)
    scale = {**intensity, "low": low, "high": high}
    notes = [*prepared.notes, *doubts(prepared.acquired.voxels, lesion, scale)]
    record = {
        "files": {
            role: {"path": path, "sha256": content_digest(path)} for role, path in files.items()
        },
        "voxels_sha256": voxels_digest(prepared.acquired),
        "volume": wanted,
        "label": label,
        "size_voxels": stored.size.tolist(),
        "spacing_mm": stored.spacing.round(4).tolist(),
        "intensity_limits": [float(low), float(high)],
        "slice": number,
        **measured,
        "notes": notes + remarks(region, outlined, measured["extent_mm"]),
    }
    mask = replace(region.volume, voxels=region.masks["reader1"].astype(np.uint8))
    write_nifti(turned(region.volume, stored.direction), roi_image)
    write_nifti(turned(mask, stored.direction), roi_mask)
    np.savez(patches, **cuts)
    background = roi["background"]
    save_overlay(
        volume, outlined, region, (low, high), background, place, number, simulated, overlay
    )
    Path(source).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            files=snakemake.params.files,
            label=snakemake.params.within["label"],
            wanted=snakemake.params.within["volume"],
            place=" ".join(snakemake.wildcards),
            roi=snakemake.params.roi,
            intensity=snakemake.params.intensity,
            simulated=snakemake.params.simulated,
            roi_image=output.roi,
            roi_mask=output.mask,
            overlay=output.overlay,
            patches=output.patches,
            source=output.source,
        )
