"""Deep features by ONNX Runtime, which starts in a fraction of the time that torch takes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from radfuse.errors import StudyError

RESAMPLING = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
}


def resized(patch: np.ndarray, spec: Mapping) -> np.ndarray:
    """A patch in 0..1 at the network's size by the model's own interpolation, still in 0..1.

    (rows, columns) becomes (1, height, width), (3, rows, columns) has a slice in each channel.
    """
    size, method = (spec["width"], spec["height"]), RESAMPLING[spec["interpolation"]]
    slices = patch.astype(np.float32).reshape(-1, *patch.shape[-2:])
    scaled = [np.asarray(Image.fromarray(each).resize(size, method)) for each in slices]
    return np.clip(np.stack(scaled), 0.0, 1.0)


def pixels(patch: np.ndarray, spec: Mapping) -> np.ndarray:
    """A patch in 0..1 as the network's input: (3, height, width), float32, (x - mean) / std.

    A single slice is repeated on the three channels.
    """
    mean = np.array(spec["mean"], dtype=np.float32)[:, None, None]
    std = np.array(spec["std"], dtype=np.float32)[:, None, None]
    return (resized(patch, spec) - mean) / std


def read_patches(path: str | Path) -> dict[str, np.ndarray]:
    """The patches of one image by reader."""
    with np.load(path) as stored:
        return dict(stored)


def read_record(path: str | Path) -> dict:
    """What stands beside a network: `architecture`, and `input`, the spec of `pixels`."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def save_features(
    values: np.ndarray, readers: Sequence[str], patches: str | Path, path: str | Path
) -> None:
    """Write (readers, features) by reader. Raises StudyError E34 where they are not finite."""
    if not np.isfinite(values).all():
        raise StudyError(
            f"E34 backbone: {patches}: the network gives features that are not finite; look at the "
            "overlay beside it, and check the weights."
        )
    np.savez(path, **dict(zip(readers, values, strict=True)))


def load_network(path: str | Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )


def deep_features(
    network: onnxruntime.InferenceSession, patches: Sequence[np.ndarray], spec: Mapping
) -> np.ndarray:
    """Pooled activations of each patch: (patches, features), float32, in one batch."""
    batch = np.stack([pixels(patch, spec) for patch in patches])
    return network.run(None, {network.get_inputs()[0].name: batch})[0]
