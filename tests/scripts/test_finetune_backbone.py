"""One sequence's network, from the training patients' patches to the export."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from export_backbone import main as export_backbone
from extract_features import main as extract_features
from finetune_backbone import COLUMNS, main

from radfuse.errors import StudyError
from radfuse.features.backbone import create
from radfuse.imaging.digests import file_digest
from radfuse.tables import read_table

SETTINGS = {
    "epochs": 1,
    "patience": 1,
    "learning_rate": 1e-3,
    "batch_size": 4,
    "validation_fraction": 0.25,
    "weight_decay": 0.01,
    "seed": 1,
}
TRAINING = [f"P{i}" for i in range(8)]
OUTPUTS = ("network.onnx", "backbone.json", "weights.safetensors", "history.tsv")


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """A small exported network, patches of eight training patients, one test patient's."""
    folder = tmp_path_factory.mktemp("study")
    torch.manual_seed(4)
    torch.save(create("test_resnet").state_dict(), folder / "w.pth")
    export_backbone(
        {"architecture": "test_resnet", "weights": str(folder / "w.pth"), "sha256": None},
        None,
        *(str(folder / name) for name in OUTPUTS[:3]),
        threads=1,
    )
    generator = np.random.default_rng(5)
    for patient in [*TRAINING, "T1"]:
        path = Path(patches_of(folder, patient))
        path.parent.mkdir(parents=True)
        lesion, again = generator.random((2, 30, 30), dtype=np.float32)
        np.savez(path, reader1=lesion, repeat=again)
    rows = [[name, place % 2] for place, name in enumerate(TRAINING)]
    train = pd.DataFrame(rows, columns=["patient", "outcome"])
    train.to_csv(folder / "training.tsv", sep="\t", index=False)
    return folder


def patches_of(folder: Path, patient: str) -> str:
    return str(folder / "roi" / patient / "CT" / "AP" / "patches.npz")


def run(study: Path, place: Path, patients: list[str], device: str = "cpu") -> None:
    main(
        patches=[patches_of(study, patient) for patient in patients],
        training=str(study / "training.tsv"),
        frozen_weights=str(study / "weights.safetensors"),
        frozen_record=str(study / "backbone.json"),
        modality="CT",
        sequence="AP",
        settings=SETTINGS,
        device=device,
        simulated=True,
        threads=1,
        **dict(
            zip(
                ("network", "record", "weights", "history"),
                (str(place / name) for name in OUTPUTS),
                strict=True,
            )
        ),
    )


def test_twice_the_same_is_the_same_to_the_byte(study, tmp_path):
    places = [tmp_path / "a", tmp_path / "b"]
    for place in places:
        place.mkdir()
        run(study, place, TRAINING)
    for name in OUTPUTS:
        assert (places[0] / name).read_bytes() == (places[1] / name).read_bytes()
    record = json.loads((places[0] / "backbone.json").read_text())
    assert record["transfer"] == "finetune"
    assert record["weights_sha256"] == file_digest(places[0] / "weights.safetensors")
    assert record["finetune"]["from_sha256"] == file_digest(study / "w.pth")
    assert (record["finetune"]["n"], record["finetune"]["events"]) == (8, 4)
    assert record["export_difference"] < 1e-4
    history = read_table(places[0] / "history.tsv")
    assert list(history) == list(COLUMNS)
    assert list(history["chosen"]).count("yes") == 1
    assert (history["n"] + history["validation_n"] == 8).all()
    chosen = history.loc[history["chosen"] == "yes", "validation_loss"].item()
    assert chosen == history["validation_loss"].min()


def test_the_exported_network_is_the_tuned_one_without_its_head(study, tmp_path):
    run(study, tmp_path, TRAINING)
    features = []
    for folder in (study, tmp_path):
        extract_features(
            patches_of(study, "T1"),
            str(folder / "network.onnx"),
            str(folder / "backbone.json"),
            str(tmp_path / "features.npz"),
            threads=1,
        )
        features.append(np.load(tmp_path / "features.npz")["reader1"])
    assert features[0].shape == features[1].shape
    history = read_table(tmp_path / "history.tsv")
    tuned = history.loc[history["chosen"] == "yes", "epoch"].item() > 0
    assert np.allclose(*features) != tuned


def test_a_patient_outside_the_training_cohort_is_refused(study, tmp_path):
    with pytest.raises(KeyError, match="T1"):
        run(study, tmp_path, [*TRAINING, "T1"])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(study, tmp_path):
    with pytest.raises(StudyError, match="E35 backbone: device: cuda, but PyTorch sees no GPU"):
        run(study, tmp_path, TRAINING, device="cuda")
