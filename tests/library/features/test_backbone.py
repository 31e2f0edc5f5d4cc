"""The network's weights: the right ones, or a message; and ONNX Runtime against PyTorch."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from download_weights import main as download_weights
from export_backbone import main as export_backbone
from export_backbone import specimens
from extract_features import main as extract_features
from extract_features_cuda import main as extract_features_cuda
from safetensors.torch import save_file

from radfuse.errors import StudyError
from radfuse.features.backbone import (
    PACKAGED_ARCHITECTURE,
    InputSpec,
    classifiers,
    create,
    input_spec,
    load_backbone,
    load_saved,
    packaged_weights,
    save_weights,
    timm,  # imported there, so that torchvision can be
)
from radfuse.features.checkpoint import by_name, read_state
from radfuse.features.exporting import export_checked
from radfuse.features.inference import pixels
from radfuse.imaging.digests import file_digest

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
PACKAGED = {"architecture": PACKAGED_ARCHITECTURE, "weights": "packaged", "sha256": None}
SMALL = {"architecture": "test_resnet", "weights": "random_for_tests", "sha256": None}


def outputs(folder: Path) -> dict[str, str]:
    """Where `export_backbone` writes, by its arguments."""
    names = {"network": "network.onnx", "record": "backbone.json", "weights": "weights.safetensors"}
    return {argument: str(folder / name) for argument, name in names.items()}


def exported(folder: Path, backbone: dict, downloaded: str | None = None) -> dict:
    """Export a network into a folder; its record."""
    export_backbone(backbone, downloaded, **outputs(folder), threads=1)
    return json.loads((folder / "backbone.json").read_text())


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return create("resnet18").state_dict()


def test_packaged_weights_are_those_of_imagenet():
    network, origin = load_backbone(PACKAGED_ARCHITECTURE, "packaged", None)
    assert origin.source.startswith("efficientnet-lite0")
    assert origin.licence == "Apache-2.0"
    assert origin.sha256 == "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    spec = input_spec(network)
    assert (spec.height, spec.width, spec.features) == (224, 224, 1280)
    assert spec.mean == spec.std == (0.5, 0.5, 0.5)
    # the file has the network's tensors in its order, under other names for the same parts
    ours, theirs = list(network.state_dict()), list(read_state(packaged_weights()))
    assert theirs[len(ours) :] == ["_fc.weight", "_fc.bias"]
    for name, other in zip(ours, theirs, strict=False):
        assert name.rsplit(".", 1)[1] == other.rsplit(".", 1)[1], (name, other)
        assert ("conv_dw" in name) == ("_depthwise_conv" in other), (name, other)
        assert (".se." in name) == ("_se_" in other), (name, other)
    # a trained stem has structure that random initialisation has not: smooth, oriented filters
    stem = network.conv_stem.weight.detach().numpy()
    neighbours = np.corrcoef(stem[..., :-1].ravel(), stem[..., 1:].ravel())[0, 1]
    assert abs(neighbours) > 0.1


@pytest.mark.parametrize("prefix", ["", "module.", "backbone.", "module.encoder."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_s_state_dict_loads_whatever_its_wrapper(tmp_path, state, prefix, suffix):
    named = {f"{prefix}{name}": tensor for name, tensor in state.items()}
    named[f"{prefix}fc.weight"] = torch.zeros(1000, 512)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save({"state_dict": named}, path)
    else:
        save_file(named, path)
    network, origin = load_backbone("resnet18", str(path), None)
    assert origin.source == path.name
    assert origin.licence == "unknown"
    assert origin.sha256 == file_digest(path)
    assert all(torch.equal(network.state_dict()[name], state[name]) for name in state)


def test_torchvision_names_its_tensors_alike(tmp_path):
    reference = pytest.importorskip("torchvision.models").resnet18(weights=None)
    torch.save(reference.state_dict(), tmp_path / "w.pth")
    network, _ = load_backbone("resnet18", str(tmp_path / "w.pth"), None)
    reference.fc = torch.nn.Identity()
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(network(image), reference.eval()(image), atol=1e-5)


@pytest.mark.parametrize("architecture", ["resnet18", "densenet121"])
def test_radimagenet_numbers_the_parts_of_the_network(tmp_path, architecture):
    """As its pytorch_example.ipynb builds it: Sequential(*children()[:-1]), then a classifier."""
    reference = getattr(pytest.importorskip("torchvision.models"), architecture)(weights=None)
    parts = torch.nn.Sequential(*list(reference.children())[:-1])
    named = {f"backbone.{name}": tensor for name, tensor in parts.state_dict().items()}
    named["classifier.linear.weight"] = torch.zeros(2, 512)
    torch.save(named, tmp_path / "ResNet.pt")
    network, _ = load_backbone(architecture, str(tmp_path / "ResNet.pt"), None)
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        expected = parts.eval()(image)
        if architecture == "densenet121":  # whose last activation and pooling are not modules
            expected = torch.relu(expected).mean((2, 3))
        assert torch.allclose(network(image), expected.flatten(1), atol=1e-5)


def test_a_norm_that_belongs_to_the_head_is_kept(tmp_path):
    whole = timm.create_model("test_convnext", pretrained=False)
    save_file(whole.state_dict(), tmp_path / "w.safetensors")
    network, _ = load_backbone("test_convnext", str(tmp_path / "w.safetensors"), None)
    assert "head.fc.weight" in whole.state_dict()
    norm = "head.norm.weight"
    assert torch.equal(network.state_dict()[norm], whole.state_dict()[norm])


@pytest.mark.parametrize(
    "architecture",
    [
        "legacy_seresnet18",
        "inception_resnet_v2",
        "volo_d1_224",
        "efficientvim_m1",
        "deit_tiny_distilled_patch16_224",
        "beit_base_patch16_224",
        "swin_tiny_patch4_window7_224",
    ],
)
def test_a_network_s_whole_state_dict_loses_its_classifier_alone(architecture):
    with torch.device("meta"):
        whole = timm.create_model(architecture)
        network = timm.create_model(architecture, num_classes=0)
    expected = network.state_dict()
    parts = [name for name, _ in network.named_children()]
    found = by_name(dict(whole.state_dict()), expected, parts, classifiers(network))
    assert found.keys() == expected.keys() and len(whole.state_dict()) > len(expected)


def test_torchvision_s_auxiliary_classifier_is_a_head_too(tmp_path):
    reference = pytest.importorskip("torchvision.models").inception_v3(
        weights=None, init_weights=False
    )
    assert any(name.startswith("AuxLogits.") for name in reference.state_dict())
    torch.save(reference.state_dict(), tmp_path / "w.pth")
    network, _ = load_backbone("inception_v3", str(tmp_path / "w.pth"), None)
    reference.fc, image = torch.nn.Identity(), torch.rand(1, 3, 128, 128)
    with torch.inference_mode():
        assert torch.allclose(network(image), reference.eval()(image), atol=1e-4)


class Intruder:
    """Unpickled by a careless reader, it leaves a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return Path.touch, (self.trace,)


def test_nothing_that_a_file_holds_is_run(tmp_path, state):
    trace = tmp_path / "was_here"
    torch.save({"state_dict": state, "optimiser": Intruder(trace)}, tmp_path / "w.pth")
    with pytest.raises(StudyError, match=r"E30 backbone: .* cannot be read as weights"):
        load_backbone("resnet18", str(tmp_path / "w.pth"), None)
    assert not trace.exists()
    torch.load(tmp_path / "w.pth", weights_only=False)
    assert trace.exists()  # or the file would have been harmless


@pytest.mark.parametrize(
    "content",
    [b"no weights", pickle.dumps({"a": Path("x")}, protocol=2), b""],
    ids=["text", "objects", "empty"],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_of_other_things_is_refused(tmp_path, content, suffix):
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=r"E30 backbone: .* cannot be read as weights"):
        load_backbone("resnet18", str(path), None)


def test_a_file_without_a_state_dict_is_refused(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "w.pth")
    with pytest.raises(StudyError, match=r"E30 backbone: .* holds no state dict"):
        load_backbone("resnet18", str(tmp_path / "w.pth"), None)


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
def test_there_is_no_way_to_random_weights_by_accident(architecture, weights, message):
    with pytest.raises(StudyError, match=f"E30 backbone: .*{message}"):
        load_backbone(architecture, weights, None)


def test_random_weights_are_the_same_every_time_and_say_what_they_are(tmp_path):
    torch.manual_seed(9)
    state = torch.get_rng_state()
    network, origin = load_backbone("test_resnet", "random_for_tests", None)
    assert torch.equal(torch.get_rng_state(), state)
    again, second = load_backbone("test_resnet", "random_for_tests", None)
    assert origin == second and origin.source.startswith("RANDOM weights")
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    save_weights(network, tmp_path / "w.safetensors")
    assert file_digest(tmp_path / "w.safetensors") == origin.sha256


def test_an_export_that_differs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("radfuse.features.exporting.TOLERANCE", 0.0)
    with pytest.raises(StudyError, match=r"E33 backbone: .* differs from PyTorch"):
        exported(tmp_path, SMALL)


def test_a_network_that_no_file_holds_is_refused_before_it_is_exported(tmp_path):
    with torch.device("meta"):
        network = timm.create_model("vit_huge_patch14_224", num_classes=0)
    with pytest.raises(StudyError, match=r"E33 .* vit_huge_patch14_224 has 2\.3 GiB of weights"):
        export_checked(
            network, InputSpec(224, 224, (0,) * 3, (1,) * 3, "bicubic", 1280), tmp_path, [], 1
        )


def test_the_export_is_checked_on_lesions():
    for patch in specimens():
        assert patch.dtype == np.float32
        assert 0 <= patch.min() < 0.2 < 0.6 < patch.max() <= 1
        # neighbours are alike, as in an image and unlike in noise
        assert np.corrcoef(patch[:, :-1].ravel(), patch[:, 1:].ravel())[0, 1] > 0.8


def no_hub(monkeypatch: pytest.MonkeyPatch, answer: torch.nn.Module | Exception) -> None:
    """Let timm's hub answer with this network, or with this error."""
    build = timm.create_model

    def create_model(name: str, pretrained: bool = False, **options: object) -> torch.nn.Module:
        if pretrained and isinstance(answer, Exception):
            raise answer
        return answer if pretrained else build(name, **options)

    monkeypatch.setattr(timm, "create_model", create_model)


def test_a_tag_is_downloaded_once_and_built_from_the_file(tmp_path, monkeypatch):
    torch.manual_seed(1)
    no_hub(monkeypatch, create("test_resnet"))
    backbone = {"architecture": "test_resnet", "weights": "r160_in1k", "sha256": None}
    path = tmp_path / "downloaded.safetensors"
    download_weights(backbone, str(path))
    digest = file_digest(path)
    no_hub(monkeypatch, OSError("no network"))
    record = exported(tmp_path, {**backbone, "sha256": digest}, str(path))
    assert record["weights"] == "timm test_resnet.r160_in1k"
    assert record["architecture"] == "test_resnet.r160_in1k"
    assert record["weights_sha256"] == digest
    assert record["licence"] == "apache-2.0"
    with pytest.raises(StudyError, match=r"E30 backbone: .* could not be downloaded .*no network"):
        download_weights(backbone, str(path))


def test_other_downloaded_weights_than_the_config_s_are_refused(tmp_path, monkeypatch):
    no_hub(monkeypatch, create("test_resnet"))
    backbone = {"architecture": "test_resnet", "weights": "r160_in1k", "sha256": "0" * 64}
    with pytest.raises(StudyError, match="E32 backbone"):
        download_weights(backbone, str(tmp_path / "downloaded.safetensors"))


@pytest.fixture(params=["test_vit", "test_resnet"])
def small(request, tmp_path) -> tuple[Path, dict]:
    """A small network from a file, exported, with patches to embed; the folder and the record."""
    torch.manual_seed(2)
    torch.save(create(request.param).state_dict(), tmp_path / "w.pth")
    backbone = {"architecture": request.param, "weights": str(tmp_path / "w.pth"), "sha256": None}
    np.savez(tmp_path / "patches.npz", **dict(zip(("reader1", "repeat"), specimens(), strict=True)))
    return tmp_path, exported(tmp_path, backbone)


def by_both(folder, device: str) -> list[dict[str, np.ndarray]]:
    """The same patches' features by ONNX Runtime, and by PyTorch on a device."""
    paths, patches = outputs(folder), str(folder / "patches.npz")
    files = [str(folder / "onnx.npz"), str(folder / "torch.npz")]
    extract_features(patches, paths["network"], paths["record"], files[0], threads=1)
    extract_features_cuda(
        patches, paths["weights"], paths["record"], files[1], threads=1, device=device
    )
    return [dict(np.load(path)) for path in files]


def test_pytorch_and_onnx_runtime_agree_on_the_same_weights(small):
    """What runs on a GPU, here on the CPU: a transformer and a convolutional network."""
    folder, record = small
    first, second = by_both(folder, "cpu")
    for reader in ("reader1", "repeat"):
        assert first[reader].shape == second[reader].shape == (record["input"]["features"],)
        assert np.abs(first[reader] - second[reader]).max() < 1e-3 * np.abs(first[reader]).max()
    assert record["export_difference"] < 1e-4
    assert record["licence"] == "unknown"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StudyError, match="E35 backbone: device: cuda, but PyTorch sees no GPU"):
        extract_features_cuda("p.npz", "w", "r", str(tmp_path / "f"), threads=1, device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_agrees_with_onnx_runtime(small):
    first, second = (found["reader1"] for found in by_both(small[0], "cuda"))
    assert np.abs(first - second).max() < 1e-3 * np.abs(first).max()


def test_the_job_of_one_image_on_a_cpu_imports_neither_torch_nor_timm():
    command = (
        "import sys, extract_features; print([n for n in ('torch', 'timm') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_exported_features_equal_those_of_pytorch(tmp_path):
    paths = outputs(tmp_path)
    network = Path(paths["network"])
    assert exported(tmp_path, PACKAGED)["export_difference"] < 1e-4
    # the same bytes wherever the workflow lies
    assert str(Path(__file__).parents[3]).encode() not in network.read_bytes()
    assert b".py" not in network.read_bytes()
    generator = np.random.default_rng(3)
    patches = {
        "reader1": generator.random((41, 41), dtype=np.float32),
        "reader2": generator.random((60, 60), dtype=np.float32),
    }
    np.savez(tmp_path / "p.npz", **patches)
    files = [tmp_path / "f.npz", tmp_path / "g.npz"]
    for file in files:
        arguments = (str(tmp_path / "p.npz"), str(network), paths["record"], str(file))
        extract_features(*arguments, threads=1)
    assert files[0].read_bytes() == files[1].read_bytes()
    model = load_saved(PACKAGED_ARCHITECTURE, paths["weights"])
    spec = json.loads(Path(paths["record"]).read_text())["input"]
    batch = torch.from_numpy(np.stack([pixels(patch, spec) for patch in patches.values()]))
    with torch.inference_mode():
        expected = model(batch).numpy()
    with np.load(files[0]) as features:
        assert features["reader1"].shape == (1280,)
        for row, reader in enumerate(patches):
            assert np.abs(features[reader] - expected[row]).max() < 1e-4 * np.abs(expected).max()


def test_features_that_are_not_finite_are_refused(tmp_path):
    exported(tmp_path, SMALL)
    paths = outputs(tmp_path)
    np.savez(tmp_path / "p.npz", reader1=np.full((40, 40), np.nan, np.float32))
    arguments = (str(tmp_path / "p.npz"), paths["network"], paths["record"])
    with pytest.raises(StudyError, match="E34 backbone"):
        extract_features(*arguments, str(tmp_path / "f.npz"), threads=1)
    assert not (tmp_path / "f.npz").exists()


def test_pixels_are_resized_repeated_and_normalised():
    spec = {"height": 8, "width": 8, "mean": [0.5, 0.4, 0.3], "std": [0.5, 0.25, 0.1]}
    spec["interpolation"] = "bicubic"
    result = pixels(np.full((5, 5), 0.75, np.float32), spec)
    assert result.shape == (3, 8, 8)
    assert result.dtype == np.float32
    assert np.allclose(result[:, 4, 4], [0.5, 1.4, 4.5], atol=1e-5)


MATCHING = """
import sys, pathlib, importlib.util, torch

ops = torch.library.Library("torchvision", "DEF")  # as the compiled part of a matching build does
for name in ("nms", "qnms"):
    ops.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
here = pathlib.Path(__file__).parent.parent
sys.path = [each for each in sys.path if pathlib.Path(each) != here]
real = pathlib.Path(importlib.util.find_spec("torch").origin).parents[1] / "torchvision"
__path__ = [str(real)]
__file__ = str(real / "__init__.py")
exec(compile((real / "__init__.py").read_text(), __file__, "exec"))
"""


def test_a_torchvision_that_matches_torch_is_left_alone(tmp_path):
    """What everybody has whose torch and torchvision come from the registry: operators that are
    defined when torchvision is imported, and must not be defined twice."""
    import torchvision  # not above: radfuse.features.backbone makes it possible

    if not torchvision.extension._has_ops():
        (tmp_path / "torchvision").mkdir()
        (tmp_path / "torchvision" / "__init__.py").write_text(MATCHING)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    told = subprocess.run(
        [sys.executable, "-c", "import radfuse.features.backbone, timm; print(timm.__version__)"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
