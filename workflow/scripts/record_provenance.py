"""What the study's results were made from: versions, digests, the commit, the seeds."""

import json
import platform
from pathlib import Path

from radfuse.imaging.digests import file_digest
from radfuse.jobs.digests import value_digest
from radfuse.jobs.job import job
from radfuse.jobs.provenance import LIBRARY, git_commit, versions

PACKAGES = (
    "snakemake",
    "numpy",
    "scipy",
    "pandas",
    "SimpleITK",
    "pydicom",
    "highdicom",
    "torch",
    "timm",
    "onnxruntime",
    "scikit-learn",
    "statsmodels",
    "firthmodels",
    "shap",
    "matplotlib",
)


def image_digests(sources: list[str]) -> dict:
    """Number of image and mask files, and one digest over all of theirs in order.

    Each file's own digest is in its source.json.
    """
    digests = [
        entry["sha256"]
        for path in sources
        for entry in json.loads(Path(path).read_text(encoding="utf-8"))["files"].values()
    ]
    return {"files": len(digests), "sha256": value_digest(digests)}


def seeds(config: dict, place: str = "") -> dict[str, int]:
    """Every seed of the config by its place."""
    found = {f"{place}seed": config["seed"]} if "seed" in config else {}
    for section, values in config.items():
        if isinstance(values, dict):
            found |= seeds(values, f"{place}{section}.")
    return found


def pinned(pins: dict[str, str]) -> dict[str, str]:
    return {name: pins[name.lower()] for name in PACKAGES if name.lower() in pins}


def read_network(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def main(
    sheets: list[str],
    sources: list[str],
    models: list[str],
    backbone: str | None,
    config: dict,
    dictionary: list[dict],
    provenance: str,
    finetuned: list[str] = (),
    pins: dict[str, str] | None = None,
    left_out: dict[str, list[str]] | None = None,
) -> None:
    """`finetuned` are results/backbone/{modality}/{sequence}/backbone.json, `pins` the versions in
    the other rules' environments, which this job does not see, `left_out` the models of another
    study that are not applied, by the reason."""
    record = {
        "simulated": "simulation" in config,
        "commit": git_commit(LIBRARY),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": versions(PACKAGES) | pinned(pins or {}),
        "config_sha256": value_digest(config),
        "config": config,
        "dictionary_sha256": value_digest(dictionary),
        "seeds": seeds(config),
        "sheets": {path: file_digest(path) for path in sheets},
        "images": image_digests(sources),
        "backbone": read_network(backbone) if backbone else None,
        "finetuned": {" ".join(Path(path).parts[-3:-1]): read_network(path) for path in finetuned},
        "models": {Path(path).stem: file_digest(path) for path in models},
        "models_left_out": left_out or {},
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    Path(provenance).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            sheets=snakemake.input.sheets,
            sources=snakemake.input.sources,
            models=snakemake.input.models,
            backbone=snakemake.input.get("backbone"),
            finetuned=snakemake.input.get("finetuned", []),
            config=snakemake.params.config,
            dictionary=snakemake.params.dictionary,
            pins=snakemake.params.pins,
            left_out=snakemake.params.left_out,
            provenance=output.provenance,
        )
