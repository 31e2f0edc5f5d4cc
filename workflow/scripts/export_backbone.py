"""Build the network once, export it, and check the export against PyTorch."""

import json
from pathlib import Path

import numpy as np

from radfuse.backbone import (
    export,
    input_spec,
    load_backbone,
    reference_features,
    spec_record,
)
from radfuse.errors import StudyError
from radfuse.inference import deep_features, load_network, pixels
from radfuse.job import logged
from radfuse.provenance import file_digest

TOLERANCE = 1e-4  # of the largest activation


def largest_difference(reference: np.ndarray, exported: np.ndarray) -> float:
    """Largest absolute difference, relative to the largest activation."""
    return float(np.abs(reference - exported).max() / np.abs(reference).max())


def main(backbone: dict, network: str, record: str, threads: int) -> None:
    model, source, digest = load_backbone(
        backbone["architecture"], backbone["weights"], backbone["sha256"]
    )
    spec = spec_record(input_spec(model))
    export(model, input_spec(model), Path(network))
    generator = np.random.default_rng(0)
    patches = [generator.random((size, size), dtype=np.float32) for size in (32, 57, 224)]
    expected = reference_features(model, np.stack([pixels(patch, spec) for patch in patches]))
    obtained = deep_features(load_network(network, threads), patches, spec)
    difference = largest_difference(expected, obtained)
    if not difference < TOLERANCE:
        raise StudyError(
            f"E33 backbone: the exported {backbone['architecture']} differs from PyTorch by "
            f"{difference:.2g} of the largest activation (tolerance {TOLERANCE:g}); choose another "
            "architecture and report this one."
        )
    content = {
        "architecture": backbone["architecture"],
        "weights": source,
        "weights_sha256": digest,
        "network_sha256": file_digest(network),
        "input": spec,
        "export_difference": float(f"{difference:.2g}"),
    }
    Path(record).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            backbone=snakemake.params.backbone,
            network=snakemake.output.network,
            record=snakemake.output.record,
            threads=snakemake.threads,
        )
