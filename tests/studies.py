"""Whole studies for tests: study folders cut from the demo's sheets, and runs of the workflow."""

import hashlib
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "resources" / "demo"
REAL = ROOT / ".." / "shared" / "real" / "sts"
# what an interruption may change: how long a job took, and what was logged meanwhile
NOT_COMPARED = ("results/logs/", "results/benchmarks/", "results/cost.", "results/figures/cost.")


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, sep="\t", index=False)


def write_config(folder: Path, config: dict) -> None:
    path = folder / "config" / "config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    # what takes long and few tests look at: they ask for it
    validation = {"resamples": 0, "bootstrap_models": 10, **config.get("validation", {})}
    path.write_text(yaml.safe_dump({**config, "validation": validation}, sort_keys=False))


def change_config(folder: Path, **sections: dict) -> None:
    """Change single keys of sections: change_config(folder, roi={"margin_mm": 5})."""
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    for section, values in sections.items():
        config[section] = {**config.get(section, {}), **values}
    write_config(folder, config)


def simulated_study(
    folder: Path,
    patients: int,
    sequences: dict[str, list[str]],
    radiology: bool = True,
    **config: dict,
) -> Path:
    """A simulated study of the demo's first patients, one third of them positive."""
    sheet = read(DEMO / "patients.tsv")
    sheet = sheet[sheet["exclude"] == ""]
    positive = sheet[sheet["pathology"] == "iCCA"].head(patients // 3)
    negative = sheet[sheet["pathology"] != "iCCA"].head(patients - len(positive))
    chosen = pd.concat([positive, negative]).sort_values("patient")
    names = set(chosen["patient"])  # noqa: F841 - the queries below use it
    write(chosen, folder / "patients.tsv")
    write(read(DEMO / "simulation.tsv").query("patient in @names"), folder / "simulation.tsv")
    images = read(DEMO / "images.tsv").query("patient in @names")
    wanted = [(m, s) for m, listed in sequences.items() for s in listed]
    images = images[[pair in wanted for pair in zip(images.modality, images.sequence, strict=True)]]
    for column in ("image", "mask", "mask_repeat", "mask_reader2"):
        images[column] = images[column].str.removeprefix("resources/demo/")
    write(images, folder / "images.tsv")
    sheets = {"patients": "patients.tsv", "images": "images.tsv"}
    if radiology:
        readings = read(DEMO / "radiology.tsv").query("patient in @names")
        write(readings[readings["modality"].isin(list(sequences))], folder / "radiology.tsv")
        sheets["radiology"] = "radiology.tsv"
    demo = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    write_config(
        folder,
        {
            "study": {"title": "A test study"},
            "simulation": {"sheet": "simulation.tsv", "images": "images"},
            "outcome": demo["outcome"],
            "sheets": sheets,
            "clinical": demo["clinical"],
            "modalities": [
                {"name": name, "sequences": listed} for name, listed in sequences.items()
            ],
            "score": {"folds": 4, "n_lambdas": 20},
            **config,
        },
    )
    return folder


def without_simulation(folder: Path) -> None:
    """The study's config as it is for images that exist."""
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    del config["simulation"]
    write_config(folder, config)


def study_with_files(folder: Path, patients: int, **config: dict) -> Path:
    """A study of one CT image and one mask per patient, which are there as a user's would be."""
    from simulate_image import main as simulate_image

    simulated_study(folder, patients, {"CT": ["AP"]}, radiology=False, **config)
    truths = read(folder / "simulation.tsv").set_index("patient")
    images = read(folder / "images.tsv")
    images[["mask_repeat", "mask_reader2"]] = ""
    for row in images.itertuples():
        drawn = {name: str(folder / getattr(row, name)) for name in ("image", "mask")}
        other = {name: f"{drawn['mask']}.{name}" for name in ("mask_repeat", "mask_reader2")}
        Path(drawn["image"]).parent.mkdir(parents=True, exist_ok=True)
        simulate_image(
            truth=truths.loc[row.patient].to_dict(),
            seed=1,
            patient=row.patient,
            modality="CT",
            sequence="AP",
            **drawn,
            **other,
        )
    write(images, folder / "images.tsv")
    without_simulation(folder)
    return folder


def snakemake(folder: Path, *arguments: str, workflow: Path = ROOT) -> subprocess.CompletedProcess:
    """Run the workflow of a checkout on a study folder, from the checkout."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", str(folder)]
    return subprocess.run(
        [*command, *arguments], cwd=workflow, capture_output=True, text=True, check=False
    )


def run(folder: Path, *arguments: str, workflow: Path = ROOT) -> str:
    """As `snakemake`, and it must succeed; returns what was printed."""
    completed = snakemake(folder, *arguments, workflow=workflow)
    printed = completed.stdout + completed.stderr
    assert completed.returncode == 0, printed[-6000:]
    return printed


def planned(folder: Path, *arguments: str, workflow: Path = ROOT) -> dict[str, int]:
    """Jobs that a run would do, by rule; nothing is done."""
    printed = run(folder, "--dry-run", *arguments, workflow=workflow)
    rows = re.findall(r"^ ?([a-z][a-z0-9_ ]*?) +(\d+) *$", printed, re.MULTILINE)
    jobs = {rule.replace(" ", "_"): int(count) for rule, count in rows}
    jobs.pop("total", None)
    jobs.pop("all", None)
    return jobs


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a study that does not depend on how its run went."""
    paths = [path for part in ("images", "results") for path in (folder / part).rglob("*")]
    names = {str(path.relative_to(folder)): path for path in paths if path.is_file()}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if not name.startswith(NOT_COMPARED)
    }


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / name, sep="\t", dtype={"patient": str})


def check_predictions(
    folder: Path, names: list[str], modalities: list[str], protocol: str = "published"
) -> None:
    """Each probability, from the JSON models, the features and the sheet, by hand.

    Of the protocol `crossfit` those of patients who are not in the training cohort: a training
    patient's score is none of the model's.
    """
    results = folder / "results"
    place = results / ("models" if protocol == "published" else protocol)
    models = {name: json.loads((place / f"{name}.json").read_text()) for name in names}
    readings = None
    if (folder / "radiology.tsv").is_file():
        sheet = read(folder / "radiology.tsv")
        readings = sheet[sheet["reader"] == "1"].set_index(["modality", "patient"])
    features = {
        name: pd.read_parquet(results / "features" / f"{name}.parquet") for name in modalities
    }

    def value(model: dict, covariate: dict, patient: str) -> float:
        name, modality = covariate["name"], model["modality"]
        if covariate["source"] == "model":
            return log_odds(models[name], patient)
        if covariate["source"] == "score":
            score = models[f"DLRS_{modality}"]["score"]
            row = features[modality].loc[patient]
            return score["intercept"] + sum(w * row[f] for f, w in score["weights"].items())
        column, _, level = name.partition("=")
        code = readings.loc[(modality, patient), column]
        return float(code == level) if level else float(code)

    def log_odds(model: dict, patient: str) -> float:
        terms = [c["coefficient"] * value(model, c, patient) for c in model["covariates"]]
        return model["intercept"] + sum(terms)

    predictions = table(folder, "predictions.tsv").query("protocol == @protocol")
    others = predictions[(predictions["cohort"] != "train") | (protocol == "published")]
    predictions = predictions.set_index(["model", "patient"])
    for name, model in models.items():
        assert model["protocol"] == protocol
        for patient in sorted(set(others["patient"]))[:5]:
            expected = 1 / (1 + math.exp(-log_odds(model, patient)))
            obtained = predictions.loc[(name, patient), "probability"]
            assert abs(obtained - expected) < 1e-6, (name, patient)


def check_shap(folder: Path, final: str) -> None:
    """SHAP values and base value of every patient add up to the log odds that were predicted."""
    shap = table(folder, "tables/shap.tsv").groupby("patient")
    total = shap["base_value"].first() + shap["shap"].sum()
    predictions = table(folder, "predictions.tsv")
    predictions = predictions.query("model == @final and protocol == 'published'")
    predictions = predictions.set_index("patient")
    for patient, log_odds in total.items():
        probability = 1 / (1 + math.exp(-log_odds))
        assert abs(probability - predictions.loc[patient, "probability"]) < 1e-8, patient
