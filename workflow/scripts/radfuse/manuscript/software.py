"""The software of a run, in a sentence and in the reference list."""

from radfuse.formatting import listed
from radfuse.manuscript.references import cite
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph

# how the packages of provenance.json are called in print, and their entries
PACKAGES = {
    "snakemake": "Snakemake",
    "numpy": "NumPy",
    "scipy": "SciPy",
    "pandas": "pandas",
    "SimpleITK": "SimpleITK",
    "pydicom": "pydicom",
    "highdicom": "highdicom",
    "torch": "PyTorch",
    "timm": "timm",
    "onnxruntime": "ONNX Runtime",
    "scikit-learn": "scikit-learn",
    "statsmodels": "statsmodels",
    "firthmodels": "firthmodels",
    "shap": "SHAP",
    "matplotlib": "Matplotlib",
}
IMAGING = {"SimpleITK", "pydicom", "highdicom", "torch", "timm", "onnxruntime"}
FITTING = {"scikit-learn", "statsmodels", "firthmodels", "shap"}


def used_packages(run: Run) -> dict[str, str]:
    """Versions of the packages that this run had a use for, by their names in provenance.json."""
    unused = set() if run.images else set(IMAGING)
    unused |= FITTING if run.applied else set()
    unused |= set() if "shap" in run.results.frames else {"shap"}
    versions = run.provenance["packages"]
    return {name: versions[name] for name in PACKAGES if name in versions and name not in unused}


def versions(run: Run) -> dict[str, str]:
    """What stands beside an entry of the reference list: which version was used."""
    notes = {name.lower(): f"Version {text}" for name, text in used_packages(run).items()}
    commit = run.provenance["commit"]
    return {**notes, "radfuse": f"Commit {commit}"} if commit else notes


def used_seeds(run: Run) -> dict[str, int]:
    """The seeds of what this run did, by their places in the config."""
    trained = run.config["backbone"]["transfer"] == "finetune"
    unused = [] if run.scored and not run.applied else ["score."]
    unused += [] if run.images and trained else ["backbone."]
    seeds = run.provenance["seeds"].items()
    return {name: seed for name, seed in seeds if not name.startswith(tuple(unused))}


def software(run: Run) -> Section:
    used = [
        f"{PACKAGES[name]} {version}{cite(name.lower())}"
        for name, version in used_packages(run).items()
    ]
    seeds = ", ".join(f"{name} {seed}" for name, seed in used_seeds(run).items())
    return Section(
        "Software and reproducibility",
        paragraph(
            f"All results were computed by radfuse{cite('radfuse')} with Python "
            f"{run.provenance['python']}, {listed(used)}.",
            "Versions, digests of all inputs, and the config with its seeds "
            f"({seeds}) are in provenance.json; the same inputs, config and versions give the "
            "same tables and models.",
            run.stated("code_availability"),
        ),
    )
