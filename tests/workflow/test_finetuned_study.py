"""A study whose network is fine-tuned: what it learns from, and what it never sees."""

import re
import shutil
from pathlib import Path

import pytest
from studies import (
    ROOT,
    change_config,
    planned,
    read,
    run,
    simulated_study,
    snakemake,
    table,
    write,
)

pytestmark = pytest.mark.workflow

FINETUNE = {"epochs": 2, "patience": 2, "batch_size": 4, "learning_rate": 0.001}
COHORTS = {"train": 6, "test": 2, "external": 2, "unlabelled": 1}
NETWORK = "results/backbone/CT/AP/network.onnx"
IN_FULL = ("--workflow-profile", "none")  # a dry run then tells all of every job
MADE = ("network.onnx", "backbone.json", "weights.safetensors", "history.tsv")


@pytest.fixture
def study(tmp_path) -> Path:
    """Eleven patients of one sequence, each cohort with both outcomes but the unlabelled."""
    folder = simulated_study(
        tmp_path,
        sum(COHORTS.values()) + 1,
        {"CT": ["AP"]},
        radiology=False,
        backbone={"transfer": "finetune", "finetune": FINETUNE},
    )
    sheet = read(folder / "patients.tsv").sort_values("pathology", kind="stable")
    classes = [sheet[sheet["pathology"] == "iCCA"], sheet[sheet["pathology"] != "iCCA"]]
    sizes = {"train": (2, 4), "test": (1, 1), "external": (1, 1), "": (0, 1)}
    parts = []
    for cohort, counts in sizes.items():
        for place, count in enumerate(counts):
            taken, classes[place] = classes[place][:count], classes[place][count:]
            parts.append(taken.assign(cohort=cohort))
    chosen = type(sheet)([row for part in parts for row in part.to_dict("records")])
    chosen.loc[chosen["cohort"] == "", "pathology"] = ""
    write(chosen.sort_values("patient"), folder / "patients.tsv")
    images = read(folder / "images.tsv")
    write(images[images["patient"].isin(chosen["patient"])], folder / "images.tsv")
    return folder


def made(folder: Path) -> dict[str, bytes]:
    place = (folder / NETWORK).parent
    return {name: (place / name).read_bytes() for name in MADE}


def test_no_patient_outside_the_training_cohort_reaches_the_network(study):
    """First, none of their images is even cut for it. Then their outcomes are flipped and their
    images exchanged: that alone trains nothing again, and where the network is trained again it is
    the same to the byte."""
    assert planned(study, NETWORK)["resample_roi"] == COHORTS["train"]
    printed = run(study, NETWORK, "results/cohort/split.tsv")
    assert re.search(r"CT AP, epoch 1 of 2: training loss 0\.\d+, inner validation loss", printed)
    cut = {path.parts[-4] for path in (study / "results" / "roi").rglob("patches.npz")}
    split = table(study, "cohort/split.tsv").set_index("patient")["cohort"]
    assert split.value_counts().to_dict() == COHORTS
    assert cut == set(split.index[split == "train"])
    before = made(study)

    patients = read(study / "patients.tsv")
    others = patients["cohort"] != "train"
    flipped = patients["pathology"].map({"iCCA": "HCC", "": ""}).fillna("iCCA")
    patients["pathology"] = patients["pathology"].where(~others, flipped)
    write(patients, study / "patients.tsv")
    images = read(study / "images.tsv").set_index("patient")
    names = list(patients.loc[others, "patient"])
    files = ["image", "mask", "mask_repeat", "mask_reader2"]
    images.loc[names, files] = images.loc[[*names[1:], names[0]], files].to_numpy()
    write(images.reset_index(), study / "images.tsv")
    assert planned(study, NETWORK) == {}
    run(study, "--forcerun", "select_training", "--", NETWORK)
    assert made(study) == before

    # and the test is able to fail: a training patient's outcome does reach it
    train = patients.index[patients["cohort"] == "train"]
    patients.loc[train, "pathology"] = patients.loc[train[::-1], "pathology"].to_numpy()
    write(patients, study / "patients.tsv")
    run(study, NETWORK)
    assert made(study)["history.tsv"] != before["history.tsv"]


def test_a_finetuned_study_extracts_from_its_networks_and_shows_the_curves(study):
    jobs = planned(study)
    assert jobs["finetune_backbone"] == jobs["plot_learning_curves"] == 1
    assert jobs["extract_features"] == sum(COHORTS.values())
    change_config(study, backbone={"transfer": "frozen"})
    assert not {"finetune_backbone", "plot_learning_curves"} & set(planned(study))


def test_with_a_gpu_the_jobs_ask_for_it(study):
    change_config(study, backbone={"device": "cuda"})
    printed = run(study, "--dry-run", *IN_FULL)
    assert printed.count("rule extract_features_cuda:") == sum(COHORTS.values())
    for rule in ("finetune_backbone", "extract_features_cuda"):
        assert re.search(rf"rule {rule}:(?:\n    .*)*resources: .*\bgpu=1\b", printed), rule


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="there may be a GPU")
def test_without_a_gpu_the_run_ends_with_what_to_do(study):
    change_config(study, backbone={"device": "cuda", "transfer": "frozen"})
    patient = read(study / "patients.tsv")["patient"][0]
    completed = snakemake(study, f"results/features/{patient}/CT/AP.npz")
    assert completed.returncode != 0
    printed = completed.stdout + completed.stderr
    assert "E35 backbone: device: cuda, but PyTorch sees no GPU" in printed
    assert not list((study / "results" / "features").rglob("*.npz"))


def test_a_tag_is_downloaded_by_the_submitting_host(study):
    change_config(study, backbone={"architecture": "resnet18", "weights": "a1_in1k"})
    printed = run(study, "--dry-run", *IN_FULL, NETWORK)
    # a dry run does not say which rules are local
    rules = (ROOT / "workflow" / "rules" / "backbone.smk").read_text()
    assert re.search(r"localrules:\n +download_weights,\n", rules)
    assert re.search(r"rule export_backbone:\n +input: \S+/downloaded.safetensors\n", printed)
