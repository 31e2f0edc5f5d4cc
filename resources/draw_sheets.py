"""Draw the sheets of the simulated studies: `python resources/draw_sheets.py` rewrites them all.

Another folder may be named to write them to. published.yaml holds the frequencies they
follow; README.md tells what is drawn from what.
"""

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml
from draw_readings import Columns, draw_readings, draw_scores, second_readings

HERE = Path(__file__).resolve().parent


def draw_truth(
    random: np.random.Generator, published: Mapping, icca: np.ndarray, ct: Columns, mri: Columns
) -> Columns:
    """The columns of simulation.tsv."""
    base, gain, sd = (published["strength"][key] for key in ("base", "gain", "sd"))

    def strength(finding: np.ndarray) -> np.ndarray:
        return np.clip(base + gain * finding + random.normal(0, sd, len(icca)), 0, 1)

    def both(name: str) -> np.ndarray:
        return (ct[name] + mri[name]) / 2

    medians, sds = by_class(published["diameter_mm"], icca)
    tilts = random.uniform(5, 18, len(icca)) * random.choice([-1, 1], len(icca))
    surface = np.array([0.0, 0.8, -0.8])[ct["capsule_appearance"]]
    return {
        "diameter_mm": np.clip(medians * np.exp(random.normal(0, sds)), 16, 90),
        "lesions": 1 + ct["satellite_nodule"] * (1 + (random.random(len(icca)) < 0.3)),
        "location": np.array(["left", "right", "subcapsular"])[ct["location"] - 1],
        "oblique_deg": np.where(random.random(len(icca)) < 0.25, tilts, 0.0),
        "lobulation": strength((both("morphology") - 1) / 2),
        "obscurity": strength(both("contour")),
        "surface": np.clip(random.normal(surface, sd), -1, 1),
        "hyper": strength(both("diffuse_hyperenhancement")),
        "rim": strength(both("rim_hyperenhancement")),
        "washout": strength(both("washin_washout")),
        "progressive": strength(both("progressive_enhancement")),
        "pseudocapsule": strength(both("pseudocapsule")),
        "necrosis": strength(both("necrosis")),
        "t2_rim": strength(mri["t2_signal"] == 1),
        "t2_centre": strength(mri["t2_signal"] == 2),
        "target": strength(mri["target_dwi"]),
        "cirrhosis": strength(both("cirrhosis")),
        "ducts": strength(both("cholangiectasis")),
    }


def by_class(values: Mapping[str, Sequence[float]], icca: np.ndarray) -> np.ndarray:
    """Each patient's (mean, SD), as two arrays."""
    return np.where(icca, np.array([values["icca"]]).T, np.array([values["other"]]).T)


def draw_clinical(random: np.random.Generator, published: Mapping, icca: np.ndarray) -> Columns:
    """Clinical columns; a patient's liver tests go together, indirect bilirubin below total."""
    shared = random.standard_normal(len(icca))
    columns = {}
    for name, values in published["clinical"].items():
        mean, sd = by_class(values, icca)
        together = 0.75 if name in published["liver_tests"] else 0.0
        normal = together * shared + np.sqrt(1 - together**2) * random.standard_normal(len(icca))
        variance = np.log1p((sd / mean) ** 2)
        log_normal = np.exp(np.log(mean) - variance / 2 + np.sqrt(variance) * normal)
        columns[name] = np.round(mean + sd * normal).astype(int) if name == "age" else log_normal
    columns["ibil"] = np.minimum(columns["ibil"], 0.85 * columns["tbil"])
    for name, entry in published["shares"].items():
        first = random.random(len(icca)) < np.where(icca, entry["icca"], entry["other"])
        columns[name] = np.where(first, *entry["codes"])
    return columns


def image_rows(study: Mapping, patients: Sequence[str], reread: Sequence[str]) -> list[dict]:
    rows = []
    for patient in patients:
        for modality, sequences in study["sequences"].items():
            for sequence in sequences:
                folder = f"{study['images']}/{patient}/{modality}/{sequence}"
                row = {"patient": patient, "modality": modality, "sequence": sequence}
                for name in ("image", "mask", "mask_repeat", "mask_reader2"):
                    drawn = name in ("image", "mask") or patient in reread
                    row[name] = f"{folder}/{name}.nii.gz" if drawn else ""
                rows.append(row | {"label": "", "exclude": ""})
    return rows


def records(columns: Mapping[str, Sequence], decimals: int) -> list[dict[str, str]]:
    """One row per patient; only numbers with a fraction are rounded."""
    texts = [
        [f"{v:.{decimals}f}" if isinstance(v, float) else str(v) for v in values]
        for values in columns.values()
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*texts, strict=True)]


def sheet(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as the text of a tab-separated sheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def draw(published: Mapping, study: Mapping, dictionary: Sequence[Mapping]) -> dict[str, str]:
    """The text of each sheet of a study, by name."""
    random = np.random.default_rng(study["seed"])
    pathology = random.permutation(np.repeat(*zip(*study["pathology"].items(), strict=True)))
    icca, count = pathology == "iCCA", len(pathology)
    patients = [f"P{number + 1:03d}" for number in range(count)]
    excluded = {
        patients[np.flatnonzero(pathology == k)[-1]]: v for k, v in study["excluded"].items()
    }
    imaged = [p for p in patients if excluded.get(p) != study["without_images"]]
    # combined tumours look more like iCCA
    likeness = random.standard_normal(count) + (pathology == "cHCC-CCA")
    readings = {
        modality: draw_readings(published, modality, score, icca)
        for modality, score in zip(
            published["totals"], draw_scores(random, published, likeness), strict=True
        )
    }
    readings["MRI"]["location"] = readings["CT"]["location"]
    truth = draw_truth(random, published, icca, *readings.values())
    stroma = [published["stroma"][name] for name in pathology]
    truth["stroma"] = np.clip(random.normal(stroma, study["stroma_sd"]), 0, 1)
    radiology = []
    for modality, first in readings.items():
        millimetres = truth["diameter_mm"]
        for reader, codes in (("1", first), ("2", second_readings(random, first, icca))):
            millimetres = millimetres * (1 + random.normal(0, 0.025, count))
            cells = codes | {"diameter": np.round(millimetres).astype(int)}
            columns = {
                "patient": patients,
                "modality": [modality] * count,
                "reader": [reader] * count,
            }
            for entry in dictionary:
                read = modality in entry["modalities"]
                columns[entry["name"]] = cells[entry["name"]] if read else [""] * count
            radiology += records(columns, 0)
    radiology.sort(key=lambda row: (row["patient"], row["modality"], row["reader"]))
    columns = {"patient": patients, "pathology": pathology, "cohort": [""] * count}
    columns["center"] = random.choice(["A", "B"], count, p=[0.6, 0.4])
    columns["exclude"] = [excluded.get(patient, "") for patient in patients]
    clinical = draw_clinical(random, published, icca)
    included = [patient for patient in patients if patient not in excluded]
    reread = random.choice(included, study["reread"], replace=False)
    simulation = records({"patient": patients} | truth, 3)
    return {
        "patients": sheet(records(columns | clinical, 1)),
        "images": sheet(image_rows(study, imaged, reread)),
        "radiology": sheet([row for row in radiology if row["patient"] in imaged]),
        "simulation": sheet([row for row in simulation if row["patient"] in imaged]),
    }


def main(folder: Path = HERE) -> None:
    published = yaml.safe_load((HERE / "published.yaml").read_text(encoding="utf-8"))
    dictionary = (HERE.parent / "config" / "characteristics.yaml").read_text(encoding="utf-8")
    for name, study in published["studies"].items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for kind, text in draw(published, study, yaml.safe_load(dictionary)).items():
            (folder / name / f"{kind}.tsv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
