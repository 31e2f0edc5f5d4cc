"""Draw the sheets of the simulated studies: `python resources/draw_sheets.py` rewrites them all.

Frequencies and clinical values follow the published tables of the study that radfuse repeats
(doi 10.1038/s41598-025-92263-7). README.md, beside this file, tells what is drawn from what.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

HERE = Path(__file__).resolve().parent
SEQUENCES = {"CT": "NP AP VP", "MRI": "T1WI T2WI DWI AP VP DP"}
STUDIES = {
    "demo": {
        "seed": 7,
        "folder": "resources/demo/",
        "pathology": {"iCCA": 17, "HCC": 28, "cHCC-CCA": 5},
        "excluded": {"iCCA": "treated before imaging", "HCC": "no arterial phase"},
        "sequences": {"CT": "NP AP VP", "MRI": "T2WI DWI AP DP"},
        "reread": 20,
    },
    "paper_scale": {
        "seed": 7,
        "folder": "",
        "pathology": {"iCCA": 36, "HCC": 124, "cHCC-CCA": 18},
        "excluded": {},
        "sequences": SEQUENCES,
        "reread": 40,
    },
}
NO_IMAGES = "no arterial phase"  # this exclusion leaves no row in the other sheets

# positives in CT (of 36 iCCA, of 142 others) and MRI (of 35, of 143), as recovered from the
# published odds ratios; likeness is the correlation with a patient's likeness to an iCCA
FINDINGS = {  # name: (CT iCCA, CT other, MRI iCCA, MRI other, likeness)
    "satellite_nodule": (6, 32, 9, 31, 0.0),
    "cirrhosis": (3, 72, 3, 72, -0.3),
    "contour": (31, 82, 29, 72, 0.2),
    "cholangiectasis": (20, 11, 20, 11, 0.4),
    "duct_stone": (5, 1, 5, 1, 0.2),
    "macrovascular_invasion": (7, 16, 7, 17, 0.1),
    "tumoral_vessels": (8, 50, 3, 40, -0.2),
    "pseudocapsule": (1, 46, 2, 52, -0.4),
    "lymph_node": (20, 34, 20, 39, 0.3),  # CT: the published odds ratio fits no exact counts
    "necrosis": (9, 32, 11, 33, 0.0),
    "target_dwi": (20, 26, 20, 26, 0.4),
    "rim_hyperenhancement": (16, 23, 23, 27, 0.4),
    "diffuse_hyperenhancement": (4, 94, 5, 94, -0.5),  # the rest of the 36 and 142: diffuse hypo
    "washin_washout": (2, 95, 2, 95, -0.5),
    "progressive_enhancement": (24, 16, 30, 24, 0.5),
    "stable_enhancement": (4, 3, 3, 1, 0.0),
}
LEVELS = {  # name: (codes, shares in iCCA, shares in others, likeness)
    "location": ("123", (0.36, 0.42, 0.22), (0.25, 0.55, 0.20), 0.0),
    "morphology": ("123", (0.25, 0.31, 0.44), (0.45, 0.33, 0.22), 0.2),
    "capsule_appearance": ("012", (0.42, 0.22, 0.36), (0.62, 0.29, 0.09), 0.2),
    "t2_signal": ("012", (0.31, 0.42, 0.27), (0.50, 0.33, 0.17), 0.2),
}
PATTERN = ("rim_hyperenhancement", "diffuse_hyperenhancement", "diffuse_hypoenhancement") + (
    "washin_washout",
    "progressive_enhancement",
    "stable_enhancement",
)
CLINICAL = {  # mean and SD of iCCA, of others; age is normal, the rest log-normal
    "age": (60.39, 7.54, 55.76, 9.67),
    "afp": (24.42, 100.74, 1755.66, 6956.59),
    "cea": (7.91, 14.63, 3.84, 8.90),
    "ca199": (1353.55, 3196.06, 65.80, 232.35),
    "alt": (78.57, 148.73, 53.91, 67.83),
    "ast": (71.11, 109.28, 55.23, 74.12),
    "ggt": (240.04, 427.55, 82.43, 134.01),
    "alp": (239.61, 265.57, 120.69, 84.61),
    "tbil": (32.19, 62.03, 30.73, 57.11),
    "ibil": (7.93, 12.51, 10.01, 9.87),
}
DIAMETER_MM = {True: (58, 0.38), False: (46, 0.42)}  # median, SD of the logarithm; by iCCA
STRENGTH_SD = 0.15


def highest(scores: np.ndarray, count: int) -> np.ndarray:
    """True for the `count` highest scores."""
    chosen = np.zeros(len(scores), dtype=bool)
    chosen[np.argsort(-scores, kind="stable")[: max(count, 0)]] = True
    return chosen


def draw_scores(random: np.random.Generator, likeness: np.ndarray) -> dict[str, np.ndarray]:
    """How strongly each patient tends to each finding within the class; likeness has SD 1."""
    loadings = {name: row[-1] for name, row in (FINDINGS | LEVELS).items()}
    return {
        name: loading * likeness + np.sqrt(1 - loading**2) * random.standard_normal(len(likeness))
        for name, loading in loadings.items()
    }


def draw_pattern(score: Mapping[str, np.ndarray], count: Mapping[str, int]) -> dict:
    """Exclusive arterial patterns and, in keeping with them, exclusive later ones (one class)."""
    rim, hyper, hypo, washout, progressive, stable = PATTERN
    found = {hyper: highest(score[hyper], count[hyper])}
    found[rim] = highest(score[rim] - 99 * found[hyper], count[rim])
    found[hypo] = ~(found[hyper] | found[rim])
    wash = score[washout] + 1.5 * found[hyper] - 99 * found[hypo]
    found[washout] = highest(wash, count[washout])
    fill = score[progressive] - 0.8 * found[hyper] - 99 * found[washout]
    found[progressive] = highest(fill, count[progressive])
    rest = score[stable] - 99 * (found[washout] | found[progressive])
    found[stable] = highest(rest, count[stable])
    return found


def draw_readings(
    score: Mapping[str, np.ndarray], icca: np.ndarray, modality: str
) -> dict[str, np.ndarray]:
    """Reader 1's codes of one modality, with the published share of positives in each class."""
    totals, column = ((36, 142), 0) if modality == "CT" else ((35, 143), 2)
    codes = {name: np.zeros(len(icca), dtype=int) for name in (*FINDINGS, *LEVELS, *PATTERN)}
    for part, positive in enumerate((True, False)):
        members = np.flatnonzero(icca == positive)
        scale = len(members) / totals[part]
        count = {name: round(row[column + part] * scale) for name, row in FINDINGS.items()}
        own = {name: values[members] for name, values in score.items()}
        found = {name: highest(own[name], count[name]) for name in FINDINGS}
        for name, present in (found | draw_pattern(own, count)).items():
            codes[name][members] = present
        for name, (levels, *shares, _) in LEVELS.items():
            bounds = np.cumsum(shares[part])[:2] * len(members) - 0.5
            ranks = np.argsort(np.argsort(own[name], kind="stable"))
            codes[name][members] = int(levels[0]) + (ranks[:, None] > bounds).sum(axis=1)
    return codes


def kappa(first: np.ndarray, second: np.ndarray) -> float:
    """Cohen's kappa of two readers' codes."""
    levels = np.union1d(first, second)
    chance = sum(np.mean(first == level) * np.mean(second == level) for level in levels)
    return (np.mean(first == second) - chance) / (1 - chance) if chance < 1 else 1.0


def second_reader(
    random: np.random.Generator, codes: np.ndarray, icca: np.ndarray, target: float
) -> np.ndarray:
    """Order of patients whose codes a second reader gives: some swapped within their class.

    Of 60 random swaps the one whose kappa comes nearest the target.
    """
    best, best_gap = np.arange(len(codes)), np.inf
    for share in random.uniform(0.05, 0.5, 60):
        order = np.arange(len(codes))
        for positive in (True, False):
            chosen = np.flatnonzero((icca == positive) & (random.random(len(codes)) < share))
            order[chosen] = random.permutation(chosen)
        gap = abs(kappa(codes, codes[order]) - target)
        if gap < best_gap:
            best, best_gap = order, gap
    return best


def draw_clinical(random: np.random.Generator, icca: np.ndarray) -> dict[str, list[str]]:
    """Clinical columns as text; liver enzymes go together, indirect bilirubin below total."""
    shared = random.standard_normal(len(icca))
    columns = {}
    for name, (mean, sd, other_mean, other_sd) in CLINICAL.items():
        together = 0.75 if name in ("alt", "ast", "ggt", "alp", "tbil", "ibil") else 0.0
        own = random.standard_normal(len(icca))
        normal = together * shared + np.sqrt(1 - together**2) * own
        means, sds = np.where(icca, mean, other_mean), np.where(icca, sd, other_sd)
        variance = np.log1p((sds / means) ** 2)
        log_normal = np.exp(np.log(means) - variance / 2 + np.sqrt(variance) * normal)
        columns[name] = means + sds * normal if name == "age" else log_normal
    columns["ibil"] = np.minimum(columns["ibil"], 0.85 * columns["tbil"])
    texts = {
        name: [f"{value:.{0 if name == 'age' else 1}f}" for value in values]
        for name, values in columns.items()
    }
    female = np.where(icca, 0.607, 0.156) > random.random(len(icca))
    hepatitis = np.where(icca, 0.143, 0.625) > random.random(len(icca))
    texts["sex"] = ["female" if f else "male" for f in female]
    texts["hbv"] = ["present" if h else "absent" for h in hepatitis]
    return texts


def draw_strengths(
    random: np.random.Generator, ct: Mapping[str, np.ndarray], mri: Mapping[str, np.ndarray]
) -> dict[str, list[str]]:
    """The hidden strengths behind both modalities' findings: see README.md."""

    def strength(finding: np.ndarray) -> list[str]:
        values = 0.12 + 0.72 * finding + random.normal(0, STRENGTH_SD, len(finding))
        return [f"{value:.3f}" for value in np.clip(values, 0, 1)]

    both = {name: (ct[name] + mri[name]) / 2 for name in ct}
    surface = np.select([ct["capsule_appearance"] == 1, ct["capsule_appearance"] == 2], [0.8, -0.8])
    surface = np.clip(surface + random.normal(0, STRENGTH_SD, len(surface)), -1, 1)
    return {
        "location": [("left", "right", "subcapsular")[code - 1] for code in ct["location"]],
        "lobulation": strength((both["morphology"] - 1) / 2),
        "obscurity": strength(both["contour"]),
        "surface": [f"{value:.3f}" for value in surface],
        "hyper": strength(both["diffuse_hyperenhancement"]),
        "rim": strength(both["rim_hyperenhancement"]),
        "washout": strength(both["washin_washout"]),
        "progressive": strength(both["progressive_enhancement"]),
        "pseudocapsule": strength(both["pseudocapsule"]),
        "necrosis": strength(both["necrosis"]),
        "t2_rim": strength(mri["t2_signal"] == 1),
        "t2_centre": strength(mri["t2_signal"] == 2),
        "target": strength(mri["target_dwi"]),
        "cirrhosis": strength(both["cirrhosis"]),
        "ducts": strength(both["cholangiectasis"]),
    }


def draw_truth(
    random: np.random.Generator, icca: np.ndarray, readings: Mapping[str, dict]
) -> dict[str, list[str]]:
    """Columns of simulation.tsv."""
    count = len(icca)
    medians, sds = np.array([DIAMETER_MM[positive] for positive in icca]).T
    diameters = np.clip(medians * np.exp(sds * random.standard_normal(count)), 16, 100)
    lesions = 1 + readings["CT"]["satellite_nodule"] * (1 + (random.random(count) < 0.3))
    tilts = random.uniform(5, 18, count) * random.choice([-1, 1], count)
    tilts = np.where(random.random(count) < 0.25, tilts, 0.0)
    return {
        "diameter_mm": [f"{value:.1f}" for value in diameters],
        "lesions": [str(value) for value in lesions],
        "oblique_deg": [f"{value:.1f}" for value in tilts],
        **draw_strengths(random, readings["CT"], readings["MRI"]),
    }


def second_readings(
    random: np.random.Generator, codes: Mapping[str, np.ndarray], icca: np.ndarray
) -> dict[str, np.ndarray]:
    """Reader 2's codes: the whole enhancement pattern of a patient is swapped at once."""
    arterial, later = (
        np.select([codes[name] == 1 for name in names], [1, 2, 3])
        for names in (PATTERN[:3], PATTERN[3:])
    )
    pattern = second_reader(random, 4 * arterial + later, icca, random.uniform(0.72, 0.9))
    second = {}
    for name, values in codes.items():
        order = second_reader(random, values, icca, random.uniform(0.72, 0.9))
        second[name] = values[pattern if name in PATTERN else order]
    return second


def sheet(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as the text of a tab-separated sheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def image_rows(study: Mapping, patients: Sequence[str], reread: set[str]) -> list[dict[str, str]]:
    rows = []
    for patient in patients:
        for modality, sequences in study["sequences"].items():
            for sequence in sequences.split():
                folder = f"{study['folder']}images/{patient}/{modality}/{sequence}"
                again = {
                    f"mask_{name}": f"{folder}/mask_{name}.nii.gz" if patient in reread else ""
                    for name in ("repeat", "reader2")
                }
                key = {"patient": patient, "modality": modality, "sequence": sequence}
                files = {name: f"{folder}/{name}.nii.gz" for name in ("image", "mask")}
                rows.append(key | files | again | {"label": "", "exclude": ""})
    return rows


def draw(study: Mapping, dictionary: Sequence[Mapping]) -> dict[str, str]:
    """The text of each sheet of a study."""
    random = np.random.default_rng(study["seed"])
    names = [name for name, count in study["pathology"].items() for _ in range(count)]
    pathology = np.array(names)[random.permutation(len(names))]
    patients = [f"P{number + 1:03d}" for number in range(len(names))]
    icca = pathology == "iCCA"
    excluded = {
        patients[np.flatnonzero(pathology == name)[-1]]: reason
        for name, reason in study["excluded"].items()
    }
    likeness = random.standard_normal(len(icca)) + (pathology == "cHCC-CCA")
    scores = draw_scores(random, likeness)
    readings = {}
    for modality in SEQUENCES:
        noisy = {n: values + random.normal(0, 0.35, len(icca)) for n, values in scores.items()}
        readings[modality] = draw_readings(noisy, icca, modality)
    for shared in ("location", "duct_stone"):
        readings["MRI"][shared] = readings["CT"][shared]
    truth = draw_truth(random, icca, readings)
    clinical = draw_clinical(random, icca)
    centers = random.choice(["A", "B"], len(icca), p=[0.6, 0.4])

    radiology = []
    for modality, codes in readings.items():
        both = {"1": codes, "2": second_readings(random, codes, icca)}
        millimetres = np.array(truth["diameter_mm"], dtype=float)
        for reader, own in both.items():
            millimetres = millimetres * (1 + random.normal(0, 0.025, len(icca)))
            for k in range(len(icca)):
                cells = {"diameter": f"{millimetres[k]:.0f}"} | {
                    n: str(v[k]) for n, v in own.items()
                }
                row = {"patient": patients[k], "modality": modality, "reader": reader}
                for entry in dictionary:
                    read = modality in entry["modalities"]
                    row[entry["name"]] = cells[entry["name"]] if read else ""
                radiology.append(row)
    kept = [patient for patient in patients if excluded.get(patient) != NO_IMAGES]
    again = random.choice([p for p in kept if p not in excluded], study["reread"], replace=False)
    columns = {"patient": patients, "pathology": pathology, "cohort": [""] * len(icca)}
    columns |= {"center": centers, "exclude": [excluded.get(patient, "") for patient in patients]}
    return {
        "patients": sheet(records(columns | clinical)),
        "images": sheet(image_rows(study, kept, set(again))),
        "radiology": sheet(
            sorted(
                (row for row in radiology if row["patient"] in kept),
                key=lambda row: (row["patient"], row["modality"], row["reader"]),
            )
        ),
        "simulation": sheet(
            [r for r in records({"patient": patients} | truth) if r["patient"] in kept]
        ),
    }


def records(columns: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def main(folder: Path = HERE) -> None:
    text = (HERE.parent / "config" / "characteristics.yaml").read_text(encoding="utf-8")
    for name, study in STUDIES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for kind, sheet_text in draw(study, yaml.safe_load(text)).items():
            (folder / name / f"{kind}.tsv").write_text(sheet_text, encoding="utf-8")


if __name__ == "__main__":
    main()
