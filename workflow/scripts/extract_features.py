"""Deep features of one image, for each of its masks, in one batch, by ONNX Runtime."""

from radfuse.features.inference import (
    deep_features,
    load_network,
    read_patches,
    read_record,
    save_features,
)
from radfuse.jobs.job import job


def main(patches: str, network: str, record: str, features: str, threads: int) -> None:
    spec = read_record(record)["input"]
    by_reader = read_patches(patches)
    values = deep_features(load_network(network, threads), list(by_reader.values()), spec)
    save_features(values, list(by_reader), patches, features)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            patches=snakemake.input.patches,
            network=snakemake.input.network,
            record=snakemake.input.record,
            features=output.features,
            threads=snakemake.threads,
        )
