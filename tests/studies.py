"""Whole studies for tests: study folders cut from the demo's sheets, and runs of the workflow."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "resources" / "demo"
REAL = ROOT / ".." / "shared" / "real" / "sts"


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, sep="\t", index=False)


def write_config(folder: Path, config: dict) -> None:
    path = folder / "config" / "config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config, sort_keys=False))


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


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / name, sep="\t", dtype={"patient": str})
