"""The obvious way: one process that has its imports and its network, image by image.

Each image is resampled as a whole by SimpleITK; with `--cropped` only the lesion's neighbourhood,
by radfuse's own functions, so that what is left of the difference is what separate jobs cost.
`python warm.py STUDY FEATURES` prints as JSON the seconds that the images took; with `--against
ROI` instead how far the crops of that folder are from the same boxes of the whole resampled images.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from radfuse.features.inference import deep_features, load_network  # noqa: E402
from radfuse.imaging.intensity import rescale  # noqa: E402
from radfuse.imaging.prepared import prepare  # noqa: E402
from radfuse.imaging.roi import extract_roi, patch  # noqa: E402

THREADS = 2
SPACING_MM, MARGIN_MM = 1.0, 10
ROI = {
    "spacing_mm": SPACING_MM,
    "margin_mm": MARGIN_MM,
    "tolerance_mm": 0.1,
    "tolerance_deg": 0.1,
    "mask_grid": "refuse",
    "box": "own",
    "channels": "slice",
}
WINDOW_HU, PERCENTILES = (-100.0, 240.0), (0.1, 99.9)


def sheet(study: Path) -> list[dict[str, str]]:
    with (study / "images.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def resample(image: sitk.Image, interpolator: int, pixel_type: int) -> sitk.Image:
    """The whole image on the grid of 1 mm that begins at its first voxel."""
    extent_mm = (np.array(image.GetSize()) - 1) * image.GetSpacing()
    size = (np.floor(extent_mm / SPACING_MM + 1e-6).astype(int) + 1).tolist()
    grid = (image.GetOrigin(), [SPACING_MM] * 3, image.GetDirection())
    return sitk.Resample(image, size, sitk.Transform(), interpolator, *grid, 0.0, pixel_type)


def middle_of_largest(areas: np.ndarray) -> int:
    """The slice of largest area; of equals, which nearest neighbours make, the middle one."""
    equals = np.flatnonzero(areas == areas.max())
    return int(equals[len(equals) // 2])


def square(image: np.ndarray, lesion: np.ndarray, outside: float) -> np.ndarray:
    """The square with its margin on the largest slice across z; (z, y, x) to (rows, columns)."""
    index = middle_of_largest(lesion.sum(axis=(1, 2)))
    edges = [np.flatnonzero(lesion[index].any(axis=axis))[[0, -1]] for axis in (1, 0)]
    side = max(int(last - first) + 1 for first, last in edges) + 2 * MARGIN_MM
    starts = [int(first) - (side - int(last - first) - 1) // 2 for first, last in edges]
    padded = np.pad(image[index], side, constant_values=outside)
    window = tuple(slice(start + side, start + 2 * side) for start in starts)
    return padded[window]


def limits(voxels: np.ndarray, modality: str) -> tuple[float, float]:
    if modality == "CT":
        return WINDOW_HU
    low, high = np.percentile(voxels, PERCENTILES)
    return float(low), float(high)


def whole_patch(row: dict[str, str]) -> np.ndarray:
    """The patch of one image, 0 to 1, by resampling all of it."""
    image, mask = (sitk.ReadImage(row[role]) for role in ("image", "mask"))
    whole = resample(image, sitk.sitkBSpline, sitk.sitkFloat32)
    lesion = resample(mask > 0, sitk.sitkNearestNeighbor, sitk.sitkUInt8)
    low, high = limits(sitk.GetArrayViewFromImage(image), row["modality"])
    views = [sitk.GetArrayViewFromImage(each) for each in (whole, lesion)]
    return rescale(square(*views, outside=low), low, high)


def cropped_patch(row: dict[str, str]) -> np.ndarray:
    """The same by radfuse's functions, which resample the lesion's neighbourhood alone."""
    files = {role: row[role] for role in ("image", "mask")}
    intensity = {"hounsfield": row["modality"] == "CT", "low": WINDOW_HU[0]}
    prepared = prepare(files, "", "", ROI, {**intensity, "bias_correction": "none"}, "")
    region = extract_roi(prepared.image, prepared.masks, ROI)
    return patch(region, "reader1", *limits(prepared.image.voxels, row["modality"]))


def extract(study: Path, folder: Path, patch_of: Callable) -> dict[str, float]:
    """Features of every image of a study, written to the folder; what that took."""
    spec = json.loads((study / "results/backbone/backbone.json").read_text(encoding="utf-8"))
    network = load_network(study / "results/backbone/network.onnx", THREADS)
    rows = sheet(study)
    started = time.perf_counter(), time.process_time()
    for row in rows:
        path = folder / row["patient"] / row["modality"] / f"{row['sequence']}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, reader1=deep_features(network, [patch_of(row)], spec["input"])[0])
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    return {"seconds": wall, "core_seconds": cpu}


def largest_difference(study: Path, roi: Path) -> dict[str, float]:
    """The voxels of every crop against the whole image's resampling, relative to its range.

    Both are clamped to the image's own range. The crop's place comes from its affine.
    """
    differences = []
    for row in sheet(study):
        crop = sitk.ReadImage(
            str(roi / row["patient"] / row["modality"] / row["sequence"] / "roi.nii.gz")
        )
        image = sitk.ReadImage(row["image"])
        whole = resample(image, sitk.sitkBSpline, sitk.sitkFloat32)
        place = whole.TransformPhysicalPointToIndex(crop.GetOrigin())
        box = sitk.RegionOfInterest(whole, crop.GetSize(), place)
        if not np.allclose(box.GetOrigin(), crop.GetOrigin(), atol=1e-2):
            raise SystemExit(f"{row['image']}: the crop does not lie on the 1 mm grid.")
        voxels = sitk.GetArrayViewFromImage(image)
        low, high = float(voxels.min()), float(voxels.max())
        pair = [np.clip(sitk.GetArrayFromImage(each), low, high) for each in (crop, box)]
        differences.append(float(np.abs(pair[0] - pair[1]).max() / (high - low)))
    return {"largest_difference": max(differences)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("features", type=Path, nargs="?")
    parser.add_argument("--against", type=Path, metavar="ROI")
    parser.add_argument("--cropped", action="store_true")
    options = parser.parse_args()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(THREADS)
    if options.against:
        print(json.dumps(largest_difference(options.study, options.against)))
    else:
        patch_of = cropped_patch if options.cropped else whole_patch
        print(json.dumps(extract(options.study, options.features, patch_of)))
