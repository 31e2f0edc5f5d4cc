"""The network's weights: the right ones, or a message; and ONNX Runtime against PyTorch."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from export_backbone import main as export_backbone
from extract_features import main as extract_features

from radfuse.backbone import (
    PACKAGED_ARCHITECTURE,
    create,
    input_spec,
    load_backbone,
    reference_features,
    spec_record,
)
from radfuse.errors import StudyError
from radfuse.inference import pixels
from radfuse.provenance import file_digest

PACKAGED = {"architecture": PACKAGED_ARCHITECTURE, "weights": "packaged", "sha256": None}


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return create("resnet18").state_dict()


def test_packaged_weights_are_those_of_imagenet():
    network, source, digest = load_backbone(PACKAGED_ARCHITECTURE, "packaged", None)
    assert source.startswith("efficientnet-lite0")
    assert digest == "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    spec = input_spec(network)
    assert (spec.height, spec.width, spec.features) == (224, 224, 1280)
    assert spec.mean == spec.std == (0.5, 0.5, 0.5)
    # a trained stem has structure that random initialisation has not: smooth, oriented filters
    stem = network.conv_stem.weight.detach().numpy()
    neighbours = np.corrcoef(stem[..., :-1].ravel(), stem[..., 1:].ravel())[0, 1]
    assert abs(neighbours) > 0.1


@pytest.mark.parametrize("prefix", ["", "module.", "backbone."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_s_state_dict_loads_whatever_its_wrapper(tmp_path, state, prefix, suffix):
    from safetensors.torch import save_file

    named = {f"{prefix}{name}": tensor for name, tensor in state.items()}
    named[f"{prefix}fc.weight"] = torch.zeros(1000, 512)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save({"state_dict": named}, path)
    else:
        save_file(named, path)
    network, source, digest = load_backbone("resnet18", str(path), None)
    assert source == path.name
    assert digest == file_digest(path)
    assert all(torch.equal(network.state_dict()[name], state[name]) for name in state)


def test_weights_that_do_not_fit_are_listed(tmp_path, state):
    wrong = {**state, "extra.weight": torch.zeros(1), "conv1.weight": torch.zeros(64, 1, 7, 7)}
    wrong.pop("bn1.bias")
    path = tmp_path / "w.pth"
    torch.save(wrong, path)
    with pytest.raises(StudyError) as caught:
        load_backbone("resnet18", str(path), None)
    message = caught.value.problems[0]
    assert message.startswith("E31 backbone")
    assert "bn1.bias is missing" in message
    assert "extra.weight is unexpected" in message
    assert "conv1.weight has shape (64, 1, 7, 7), the network's (64, 3, 7, 7)" in message


def test_another_digest_is_refused(tmp_path, state):
    path = tmp_path / "w.pth"
    torch.save(state, path)
    with pytest.raises(StudyError, match="E32 backbone"):
        load_backbone("resnet18", str(path), "0" * 64)


@pytest.mark.parametrize(
    ("architecture", "weights", "message"),
    [
        ("resnet50", "packaged", "the packaged weights are those of tf_efficientnet_lite0"),
        ("resnet5o", "a1_in1k", "resnet5o"),
        ("resnet50", "no_such_tag", "known tags: .*a1_in1k"),
        ("resnet50", "absent.pth", "absent.pth does not exist"),
    ],
)
def test_there_is_no_way_to_random_weights(architecture, weights, message):
    with pytest.raises(StudyError, match=f"E30 backbone: .*{message}"):
        load_backbone(architecture, weights, None)


def test_an_export_that_differs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("export_backbone.TOLERANCE", 0.0)
    outputs = [tmp_path / "n.onnx", tmp_path / "n.json"]
    with pytest.raises(StudyError, match=r"E33 backbone: .* differs from PyTorch"):
        export_backbone(PACKAGED, *map(str, outputs), threads=1)


def test_exported_features_equal_those_of_pytorch(tmp_path):
    network, record = tmp_path / "n.onnx", tmp_path / "n.json"
    export_backbone(PACKAGED, str(network), str(record), threads=1)
    assert json.loads(record.read_text())["export_difference"] < 1e-4
    # the same bytes wherever the workflow lies
    assert str(Path(__file__).parents[2]).encode() not in network.read_bytes()
    assert b".py" not in network.read_bytes()
    generator = np.random.default_rng(3)
    patches = {
        "reader1": generator.random((41, 41), dtype=np.float32),
        "reader2": generator.random((60, 60), dtype=np.float32),
    }
    np.savez(tmp_path / "p.npz", **patches)
    outputs = [tmp_path / "f.npz", tmp_path / "g.npz"]
    for output in outputs:
        extract_features(str(tmp_path / "p.npz"), str(network), str(record), str(output), threads=1)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    model = load_backbone(PACKAGED_ARCHITECTURE, "packaged", None)[0]
    spec = spec_record(input_spec(model))
    expected = reference_features(
        model, np.stack([pixels(patch, spec) for patch in patches.values()])
    )
    with np.load(outputs[0]) as features:
        assert features["reader1"].shape == (1280,)
        for row, reader in enumerate(patches):
            assert np.abs(features[reader] - expected[row]).max() < 1e-4 * np.abs(expected).max()


def test_features_that_are_not_finite_are_refused(tmp_path):
    network, record = tmp_path / "n.onnx", tmp_path / "n.json"
    export_backbone(PACKAGED, str(network), str(record), threads=1)
    np.savez(tmp_path / "p.npz", reader1=np.full((40, 40), np.nan, np.float32))
    arguments = [str(tmp_path / "p.npz"), str(network), str(record), str(tmp_path / "f.npz")]
    with pytest.raises(StudyError, match="E34 backbone"):
        extract_features(*arguments, threads=1)
    assert not (tmp_path / "f.npz").exists()


def test_pixels_are_resized_repeated_and_normalised():
    spec = {"height": 8, "width": 8, "mean": [0.5, 0.4, 0.3], "std": [0.5, 0.25, 0.1]}
    spec["interpolation"] = "bicubic"
    result = pixels(np.full((5, 5), 0.75, np.float32), spec)
    assert result.shape == (3, 8, 8)
    assert result.dtype == np.float32
    assert np.allclose(result[:, 4, 4], [0.5, 1.4, 4.5], atol=1e-5)
