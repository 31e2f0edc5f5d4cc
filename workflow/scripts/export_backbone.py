"""Build the network once, export it, and check the export against PyTorch."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from radfuse.features.backbone import input_spec, load_backbone, save_weights
from radfuse.features.exporting import export_checked, write_record
from radfuse.jobs.job import job

# Lesions of two simulated patients, cut by the workflow itself: the export is compared on what the
# network will see, and does not depend on the study's patients.
SPECIMENS = Path(__file__).resolve().parents[1] / "resources" / "specimens.npz"


def specimens() -> list[np.ndarray]:
    """Patches in 0..1, (rows, columns), float32."""
    with np.load(SPECIMENS) as stored:
        return list(stored.values())


def main(
    backbone: Mapping,
    downloaded: str | None,
    network: str,
    record: str,
    weights: str,
    threads: int,
) -> None:
    """`backbone`: architecture, weights, sha256; `downloaded`: their file where they are a tag."""
    torch.set_num_threads(threads)
    model, origin = load_backbone(**backbone, downloaded=Path(downloaded) if downloaded else None)
    spec = input_spec(model)
    difference = export_checked(model, spec, Path(network), specimens(), threads)
    save_weights(model, Path(weights))
    described = {
        "architecture": origin.model,
        "weights": origin.source,
        "weights_sha256": origin.sha256,
        "licence": origin.licence,
        "transfer": "frozen",
    }
    write_record(Path(record), Path(network), spec, difference, described)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            backbone=snakemake.params.backbone,
            downloaded=snakemake.input.get("downloaded"),
            network=output.network,
            record=output.record,
            weights=output.weights,
            threads=snakemake.threads,
        )
