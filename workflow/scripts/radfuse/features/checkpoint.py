"""State dicts from files: read safely, named as timm names them, and compared with the network.

Three layouts are known beside timm's own: torchvision's, whose ResNets and DenseNets carry timm's
names; a wrapper's prefix before every name; and RadImageNet's, which numbers the network's parts,
`torch.nn.Sequential(*list(network.children())[:-1])` under `backbone.`
(https://github.com/BMEII-AI/RadImageNet, pytorch_example.ipynb).
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from radfuse.errors import StudyError

State = dict[str, torch.Tensor]

PREFIXES = ("module.", "backbone.", "model.", "encoder.")
# heads for training alone, which no network's own settings name
HEADS = ("fc.", "classifier.", "head.", "head_dist.", "aux_head.", "AuxLogits.")
SHOWN = 12  # tensors that a message lists


def read_state(path: Path) -> State:
    """A state dict from a file, unpacked from a checkpoint where it is nested.

    Nothing but tensors is unpickled. Raises StudyError E30 where the file holds none.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a damaged or a foreign file provokes
        words = str(error).splitlines()[0] if isinstance(error, SafetensorError | OSError) else ""
        raise StudyError(
            f"E30 backbone: {path} cannot be read as weights "
            f"({words or type(error).__name__}); a file of tensors alone is needed: safetensors, "
            "or a state dict saved by torch.save."
        ) from error
    for key in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not all(map(torch.is_tensor, content.values())):
        raise StudyError(
            f"E30 backbone: {path} holds no state dict (names and tensors); save the network's "
            "`state_dict()`."
        )
    return dict(content)


def by_position(state: Mapping[str, torch.Tensor], expected: Iterable[str]) -> State:
    """The packaged weights carry other names in the same order: name them as timm does."""
    return dict(zip(expected, state.values(), strict=False))


def by_name(
    state: State,
    expected: Mapping[str, torch.Tensor],
    parts: Sequence[str],
    classifiers: Sequence[str],
) -> State:
    """A file's tensors as timm names them, without the classifier's.

    `parts` are the names of the network's children, in order: a name that begins with a number is
    that of the part at this position. `classifiers` are the modules that timm's settings of the
    network call so, beside those that many networks have.
    """
    heads = (*HEADS, *(f"{name.split('.')[0]}." for name in classifiers))
    state = without_head(state, expected, heads)
    while prefix := common_prefix(state, expected):
        state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
        state = without_head(state, expected, heads)
    if all(name.split(".")[0].isdecimal() for name in state):
        state = {in_words(name, parts): tensor for name, tensor in state.items()}
    return state


def without_head(
    state: State, expected: Mapping[str, torch.Tensor], heads: tuple[str, ...]
) -> State:
    """Without the classifier; a head's tensor that the headless network has too stays."""
    return {
        name: tensor
        for name, tensor in state.items()
        if name in expected or not name.startswith(heads)
    }


def common_prefix(state: State, expected: Mapping[str, torch.Tensor]) -> str:
    """The wrapper's prefix that every name has and the network's own have not, or ""."""
    for prefix in PREFIXES:
        wrapped = all(name.startswith(prefix) for name in state)
        if state and wrapped and not all(name.startswith(prefix) for name in expected):
            return prefix
    return ""


def in_words(name: str, parts: Sequence[str]) -> str:
    """`4.0.conv1.weight` as `layer1.0.conv1.weight`; an unknown position stays, to be refused."""
    position, _, rest = name.partition(".")
    return f"{parts[int(position)]}.{rest}" if int(position) < len(parts) else name


def check_state(
    state: Mapping[str, torch.Tensor], expected: Mapping[str, torch.Tensor], source: str
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
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        shown = "; ".join([*problems[:SHOWN], *more])
        raise StudyError(
            f"E31 backbone: {source} does not fit the architecture: {shown}. "
            "Correct backbone.architecture or backbone.weights."
        )


def load_strictly(network: torch.nn.Module, state: State, source: str) -> None:
    """Load a state dict, every tensor of it and of the network. Raises StudyError E31."""
    expected = network.state_dict()
    # a counter of training batches, which files may or may not hold and inference never reads
    for name in expected:
        if name.endswith("num_batches_tracked"):
            state.setdefault(name, expected[name])
    check_state(state, expected, source)
    network.load_state_dict(state, strict=True)
