"""A PyTorch network as ONNX, checked against PyTorch, and what is noted beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from radfuse.errors import StudyError
from radfuse.features.backbone import InputSpec
from radfuse.features.inference import deep_features, load_network, pixels
from radfuse.imaging.digests import file_digest

TOLERANCE = 1e-4  # of the largest activation
LARGEST = 2**31 - 2**24  # bytes of weights: an ONNX file holds 2 GiB, with the graph beside them


def export(network: torch.nn.Module, spec: InputSpec, path: Path) -> None:
    """Write the network as ONNX with a dynamic batch; the same network makes the same bytes."""
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
def torch_features(
    network: torch.nn.Module,
    patches: Sequence[np.ndarray],
    spec: Mapping,
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """Pooled activations of each patch by PyTorch, in one batch: (patches, features), float32."""
    batch = np.stack([pixels(patch, spec) for patch in patches])
    return network.to(device)(torch.from_numpy(batch).to(device)).cpu().numpy()


def largest_difference(reference: np.ndarray, exported: np.ndarray) -> float:
    """Largest absolute difference, relative to the largest activation."""
    return float(np.abs(reference - exported).max() / np.abs(reference).max())


def export_checked(
    network: torch.nn.Module,
    spec: InputSpec,
    path: Path,
    patches: Sequence[np.ndarray],
    threads: int,
) -> float:
    """Export, and compare with PyTorch on these patches; returns the largest difference.

    Raises StudyError E33 where it exceeds TOLERANCE, or where the weights fit no ONNX file.
    """
    size = sum(tensor.nbytes for tensor in network.state_dict().values())
    if size > LARGEST:
        raise StudyError(
            f"E33 backbone: {network.pretrained_cfg['architecture']} has {size / 2**30:.1f} GiB of "
            f"weights, and a file for ONNX Runtime holds {LARGEST / 2**30:.1f} GiB at most; choose "
            "a smaller architecture."
        )
    export(network, spec, path)
    reference = torch_features(network, patches, asdict(spec))
    exported = deep_features(load_network(path, threads), patches, asdict(spec))
    difference = largest_difference(reference, exported)
    if not difference < TOLERANCE:
        raise StudyError(
            f"E33 backbone: the exported {network.pretrained_cfg['architecture']} differs from "
            f"PyTorch by {difference:.2g} of the largest activation (tolerance {TOLERANCE:g}); "
            "choose another architecture and report this one."
        )
    return difference


def write_record(
    path: Path, network: Path, spec: InputSpec, difference: float, origin: Mapping
) -> None:
    """`origin`: the architecture, its weights' source, digest and licence, how they were made."""
    content = {
        **origin,
        "network_sha256": file_digest(network),
        "input": asdict(spec),
        "export_difference": float(f"{difference:.2g}"),
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
