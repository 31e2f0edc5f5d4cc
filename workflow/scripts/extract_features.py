"""Deep features of one image, for each of its masks, in one batch."""

import json
from pathlib import Path

import numpy as np

from radfuse.errors import StudyError
from radfuse.inference import deep_features, load_network
from radfuse.job import logged


def main(patches: str, network: str, record: str, features: str, threads: int) -> None:
    spec = json.loads(Path(record).read_text(encoding="utf-8"))["input"]
    with np.load(patches) as stored:
        by_reader = dict(stored)
    values = deep_features(load_network(network, threads), list(by_reader.values()), spec)
    if not np.isfinite(values).all():
        raise StudyError(
            f"E34 backbone: {patches}: the network gives features that are not finite; look at the "
            "overlay beside it, and check the weights."
        )
    np.savez(features, **dict(zip(by_reader, values, strict=True)))


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            patches=snakemake.input.patches,
            network=snakemake.input.network,
            record=snakemake.input.record,
            features=snakemake.output.features,
            threads=snakemake.threads,
        )
