"""Fine-tune the network for one sequence, on the training cohort alone, and export it."""

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from radfuse.features.backbone import InputSpec, computing_device, load_saved, save_weights
from radfuse.features.exporting import export_checked, write_record
from radfuse.features.finetuning import Epoch, finetune, inner_validation
from radfuse.features.inference import read_patches, read_record, resized
from radfuse.imaging.digests import file_digest
from radfuse.inputs.cohort import read_training
from radfuse.jobs.job import job
from radfuse.tables import write_table

CHECKED = 4  # patches on which the export is compared with PyTorch
COLUMNS = {
    "modality": "modality",
    "sequence": "sequence",
    "epoch": "pass over the patches; 0 = before the first",
    "train_loss": "mean weighted cross-entropy of the inner training patients' augmented patches, "
    "while they were learnt from",
    "validation_loss": "the same of the inner validation patients' patches, not augmented",
    "chosen": "yes = the network is that of this epoch, which has the least validation loss",
    "n": "inner training patients",
    "events": "of them, with the positive outcome",
    "validation_n": "inner validation patients",
    "validation_events": "of them, with the positive outcome",
}

logger = logging.getLogger("radfuse")


def history_table(
    epochs: Sequence[Epoch], chosen: int, outcome: pd.Series, held_out: np.ndarray
) -> pd.DataFrame:
    """A row per epoch, with the patients and events of both parts."""
    history = pd.DataFrame([asdict(epoch) for epoch in epochs])
    history["chosen"] = np.where(history["epoch"] == chosen, "yes", "")
    for prefix, part in (("", outcome[~held_out]), ("validation_", outcome[held_out])):
        history[f"{prefix}n"], history[f"{prefix}events"] = len(part), int(part.sum())
    return history


def main(
    *,
    patches: Sequence[str],
    training: str,
    frozen_weights: str,
    frozen_record: str,
    modality: str,
    sequence: str,
    settings: Mapping,
    device: str,
    simulated: bool,
    threads: int,
    network: str,
    record: str,
    weights: str,
    history: str,
) -> None:
    """`patches` are results/roi/{patient}/{modality}/{sequence}/patches.npz of training patients.

    Raises KeyError where one is not, StudyError E20, E31, E33, E35 and E36.
    """
    place = computing_device(device)
    torch.set_num_threads(threads)
    outcome = read_training(training).loc[[Path(path).parts[-4] for path in patches]]
    held_out = inner_validation(outcome, settings["validation_fraction"], settings["seed"])
    frozen = read_record(frozen_record)
    model = load_saved(frozen["architecture"], frozen_weights)
    lesions = [read_patches(path)["reader1"] for path in patches]
    images = torch.from_numpy(np.stack([resized(lesion, frozen["input"]) for lesion in lesions]))

    def tell(epoch: Epoch, best: int) -> None:
        logger.info(
            "%s %s, epoch %d of %d: training loss %.4f, inner validation loss %.4f (least so far "
            "in epoch %d)",
            *(modality, sequence, epoch.epoch, settings["epochs"]),
            *(epoch.train_loss, epoch.validation_loss, best),
        )

    target = torch.from_numpy(outcome.to_numpy())
    epochs, chosen = finetune(
        model, images, target, held_out, frozen["input"], settings, place, tell
    )
    model.cpu()
    spec = InputSpec(**frozen["input"])
    difference = export_checked(model, spec, Path(network), lesions[:CHECKED], threads)
    save_weights(model, Path(weights))
    table = history_table(epochs, chosen, outcome, held_out)
    table.insert(0, "modality", modality)
    table.insert(1, "sequence", sequence)
    write_table(
        table,
        history,
        title=f"Fine-tuning of the network on {modality} {sequence} of the training cohort.",
        columns=COLUMNS,
        simulated=simulated,
    )
    described = {
        "architecture": frozen["architecture"],
        "weights": f"{frozen['weights']}, fine-tuned on {modality} {sequence}",
        "weights_sha256": file_digest(weights),
        "licence": frozen["licence"],
        "transfer": "finetune",
        "finetune": {
            **settings,
            "from_sha256": frozen["weights_sha256"],
            "chosen_epoch": chosen,
            "n": len(outcome),
            "events": int(outcome.sum()),
        },
    }
    write_record(Path(record), Path(network), spec, difference, described)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        logger.addHandler(logging.StreamHandler(sys.stderr))  # seen while it trains
        main(
            patches=snakemake.input.patches,
            training=snakemake.input.training,
            frozen_weights=snakemake.input.weights,
            frozen_record=snakemake.input.record,
            modality=snakemake.wildcards.modality,
            sequence=snakemake.wildcards.sequence,
            settings=snakemake.params.settings,
            device=snakemake.params.device,
            simulated=snakemake.params.simulated,
            threads=snakemake.threads,
            network=output.network,
            record=output.record,
            weights=output.weights,
            history=output.history,
        )
