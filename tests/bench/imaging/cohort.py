"""Study folders for the benchmark: a simulated full-size CT cohort, and the real images."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np

ROOT = Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "real" / "sts"

SHAPE = (512, 512, 120)  # voxels x, y, z
SPACING_MM = np.array([0.75, 0.75, 2.5])
DIAMETER_MM = (25.0, 45.0)  # of the lesion
NOISE_HU = 12.0  # of a soft reconstruction; a CT without noise would be gzipped to nothing
SEED = 20250711

CONFIG = """\
outcome: {column: out, positive: ["1"]}
sheets: {patients: patients.tsv, images: images.tsv}
modalities: [%s]
"""


def draw_patient(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A body-like ellipse with a spherical lesion: image (x, y, z) in HU int16, mask uint8."""
    size_mm = np.array(SHAPE) * SPACING_MM
    x, y, z = np.ogrid[tuple(slice(count) for count in SHAPE)]
    x, y, z = (axis * step for axis, step in zip((x, y, z), SPACING_MM, strict=True))
    centre = size_mm * random.uniform([0.35, 0.4, 0.35], [0.65, 0.6, 0.65])
    radius = random.uniform(*DIAMETER_MM) / 2
    body = ((x - size_mm[0] / 2) / 170) ** 2 + ((y - size_mm[1] / 2) / 115) ** 2 < 1
    lesion = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 < radius**2
    image = random.standard_normal(SHAPE, dtype=np.float32)
    image *= np.float32(NOISE_HU)
    image += np.where(body, np.float32(60), np.float32(-1000))
    image[lesion] += np.float32(40)
    np.clip(image, -1024, 3071, out=image)
    return np.rint(image, out=image).astype(np.int16), lesion.astype(np.uint8)


def write_nifti(voxels: np.ndarray, path: Path) -> None:
    """NIfTI-1 with axes towards left, posterior, superior; gzip level 1."""
    affine = np.diag([*SPACING_MM * [-1, -1, 1], 1.0])
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"unfinished_{path.name}")
    content = nibabel.Nifti1Image(voxels, affine).to_bytes()
    unfinished.write_bytes(gzip.compress(content, compresslevel=1, mtime=0))
    unfinished.rename(path)


def write_sheet(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(rows)


def write_study(
    folder: Path,
    outcomes: Sequence[tuple[str, str]],
    images: Sequence[tuple[str, str, str, str, str]],
) -> Path:
    """Sheets and config; `images` are rows patient, modality, sequence, image, mask."""
    (folder / "config").mkdir(parents=True, exist_ok=True)
    sequences = dict.fromkeys((modality, sequence) for _, modality, sequence, *_ in images)
    modalities = ", ".join(f"{{name: {name}, sequences: [{each}]}}" for name, each in sequences)
    (folder / "config" / "config.yaml").write_text(CONFIG % modalities, encoding="utf-8")
    write_sheet(folder / "patients.tsv", [("patient", "out"), *outcomes])
    columns = ("patient", "modality", "sequence", "image", "mask")
    write_sheet(folder / "images.tsv", [columns, *images])
    return folder


def full_cohort(folder: Path, patients: int = 8) -> Path:
    """A study of simulated full-size CTs; images that are already in the folder are kept."""
    outcomes, rows = [], []
    for number in range(1, patients + 1):
        patient = f"P{number:03d}"
        image, mask = (folder / "images" / f"{patient}_{role}.nii.gz" for role in ("CT", "mask"))
        if not (image.is_file() and mask.is_file()):
            voxels, lesion = draw_patient(np.random.default_rng([SEED, number]))
            write_nifti(voxels, image)
            write_nifti(lesion, mask)
        outcomes.append((patient, str(number % 2)))
        rows.append((patient, "CT", "NP", str(image), str(mask)))
    return write_study(folder, outcomes, rows)


def real_cohort(folder: Path, patients: int | None = None) -> Path:
    """A study of the real patients (all by default), whose CT and MRI are read in place."""
    lines = (REAL / "outcome.tsv").read_text(encoding="utf-8").split("\n")[1:]
    outcomes = [tuple(line.split("\t")) for line in lines if line][:patients]
    rows = []
    for patient, _ in outcomes:
        for modality, sequence, name in (("CT", "NP", "CT"), ("MRI", "T1WI", "MR_T1")):
            files = (str(REAL / patient / f"{name}_{role}.nii.gz") for role in ("image", "mask"))
            rows.append((patient, modality, sequence, *files))
    return write_study(folder, outcomes, rows)
