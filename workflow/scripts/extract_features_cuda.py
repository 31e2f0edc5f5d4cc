"""Deep features of one image, for each of its masks, in one batch, by PyTorch on a GPU."""

import torch

from radfuse.features.backbone import computing_device, load_saved
from radfuse.features.exporting import torch_features
from radfuse.features.inference import read_patches, read_record, save_features
from radfuse.jobs.job import job


def main(patches: str, weights: str, record: str, features: str, threads: int, device: str) -> None:
    """`device`: cuda, or cpu to compare. Raises StudyError E35 where there is no GPU."""
    place = computing_device(device)
    torch.set_num_threads(threads)
    described = read_record(record)
    network = load_saved(described["architecture"], weights)
    by_reader = read_patches(patches)
    values = torch_features(network, list(by_reader.values()), described["input"], place)
    save_features(values, list(by_reader), patches, features)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            patches=snakemake.input.patches,
            weights=snakemake.input.weights,
            record=snakemake.input.record,
            features=output.features,
            threads=snakemake.threads,
            device="cuda",
        )
