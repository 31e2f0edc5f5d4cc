"""The networks of a study: which files they are made of and are."""

import hashlib
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from radfuse.inputs.weights import is_file
from radfuse.planning import networks

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def study() -> SimpleNamespace:
    backbone = {"architecture": "resnet50", "weights": "packaged", "sha256": None}
    return SimpleNamespace(
        config={"backbone": {**backbone, "device": "cpu", "transfer": "frozen"}},
        modalities={"CT": {"sequences": ["AP", "VP"]}, "US": {"sequences": ["B"]}},
        imaged_modalities=["CT", "US"],
        training=pd.Series({"a": 1, "d": 0}),
    )


def test_one_network_for_all_or_one_for_every_sequence(study):
    assert networks.folder(study) == "results/backbone"
    assert networks.records(study)["finetuned"] == []
    study.config["backbone"]["transfer"] = "finetune"
    assert networks.folder(study) == "results/backbone/{modality}/{sequence}"
    assert networks.records(study) == {
        "backbone": "results/backbone/backbone.json",
        "finetuned": [
            "results/backbone/CT/AP/backbone.json",
            "results/backbone/CT/VP/backbone.json",
            "results/backbone/US/B/backbone.json",
        ],
    }
    study.imaged_modalities = []
    assert networks.records(study) == {}
    assert not networks.finetuned(study)


def test_a_network_learns_from_training_patients_with_an_outcome_alone(study):
    assert networks.training_patches(study, "CT", "AP") == [
        "results/roi/a/CT/AP/patches.npz",
        "results/roi/d/CT/AP/patches.npz",
    ]


@pytest.mark.parametrize(
    ("weights", "files"),
    [
        ("packaged", {}),
        ("a1_in1k", {"downloaded": "results/backbone/downloaded.safetensors"}),
        ("my/w.safetensors", {"weights": "my/w.safetensors"}),
    ],
)
def test_weights_are_an_input_where_they_are_a_file(study, weights, files):
    study.config["backbone"]["weights"] = weights
    assert networks.weights_file(study) == files


def test_how_it_is_used_is_no_part_of_the_choice(study):
    before = networks.choice(study)
    study.config["backbone"] |= {"device": "cuda", "transfer": "finetune"}
    assert networks.choice(study) == before
    assert networks.gpus(study) == {"gpu": 1}


@pytest.mark.parametrize(
    "rule", ["evaluate_performance", "measure_optimism", "crossfit_score", "collect_resamples"]
)
def test_results_on_patients_whom_the_network_knows_say_so(study, rule):
    assert networks.caution(study) == ""
    study.config["backbone"]["transfer"] = "finetune"
    assert networks.caution(study) == networks.CAUTION
    rules = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    (own,) = re.findall(rf"^ *rule {rule}:\n(.*?)^ *script:", rules, re.DOTALL | re.MULTILINE)
    assert "caution=networks.caution(STUDY)," in own


def test_another_network_than_the_models_shows_before_a_run(study, tmp_path):
    weights = tmp_path / "w.pth"
    study.config["backbone"]["weights"] = str(weights)
    study.applies, study.applied = True, []
    (problem,) = networks.unfit(study)
    assert problem.startswith(f"E30 backbone: backbone.weights: {weights} does not exist")
    weights.write_bytes(b"weights")
    theirs = {
        "architecture": "resnet50.a1_in1k",
        "weights_sha256": hashlib.sha256(b"weights").hexdigest(),
    }
    study.applied = [
        {"model": "DLRS_CT", "features": {"backbone": theirs}},
        {"model": "R_CT"},
    ]
    assert networks.unfit(study) == []
    theirs |= {"architecture": "vit_tiny", "weights_sha256": "ab"}
    (problem,) = networks.unfit(study)
    assert problem.startswith("E27 model: DLRS_CT was not built on what it would be applied to")
    assert 'backbone.architecture: "vit_tiny" in the model, "resnet50" here' in problem
    assert 'backbone.weights_sha256: "ab" in the model, ' in problem
    study.config["backbone"]["weights"] = "packaged"  # known once it is exported
    (problem,) = networks.unfit(study)
    assert "architecture" in problem and "sha256" not in problem
    study.imaged_modalities = []
    assert networks.unfit(study) == []


@pytest.mark.parametrize("suffix", ["pth", "pt", "bin", "safetensors"])
def test_a_file_of_weights_is_no_tag_to_download(study, tmp_path, suffix):
    path = str(tmp_path / f"w.{suffix}")
    assert is_file(path)
    study.config["backbone"]["weights"] = path
    study.applies, study.applied = False, []
    assert f"{path} does not exist" in networks.unfit(study)[0]
