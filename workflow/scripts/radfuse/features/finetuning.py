"""Fine-tuning of the network on the training cohort's patches; the head is dropped afterwards.

Batch normalisation keeps the statistics of the pretraining (the network stays in evaluation mode):
batches of a few dozen patients would estimate them badly. All weights are learnt.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import affine_grid, binary_cross_entropy_with_logits, grid_sample

from radfuse.errors import StudyError
from radfuse.inputs.cohort import rank

ROTATION_DEG = 15.0
SCALE = 0.1  # relative, up or down
CONTRAST = 0.1  # relative, about mid-grey
BRIGHTNESS = 0.05  # of the range 0..1


@dataclass(frozen=True)
class Epoch:
    """One pass over the patches; epoch 0 is the network before the first."""

    epoch: int
    train_loss: float
    validation_loss: float


def inner_validation(outcome: pd.Series, fraction: float, seed: int) -> np.ndarray:
    """Which patients are held out for early stopping: a boolean per row of `outcome`.

    Of each class round(fraction x patients), at least one and not all: those first in the order of
    SHA-256(seed:patient), as in the split of the cohort. Raises StudyError E20 with fewer than two
    patients of a class.
    """
    counts = {value: int((outcome == value).sum()) for value in (0, 1)}
    if min(counts.values()) < 2:
        raise StudyError(
            f"E20 cohort: fine-tuning needs two positive and two negative training patients, there "
            f"are {counts[1]} and {counts[0]}; use backbone.transfer: frozen."
        )
    held_out: set[str] = set()
    for value, count in counts.items():
        patients = sorted(outcome.index[outcome == value], key=lambda patient: rank(patient, seed))
        held_out |= set(patients[: min(max(1, int(fraction * count + 0.5)), count - 1)])
    return outcome.index.isin(held_out)


def balanced(outcome: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A weight per patient with which both classes of `like` weigh the same; their mean is 1."""
    weights = torch.stack([len(like) / (2 * (like == value).sum()) for value in (0, 1)])
    return weights[outcome.long()]


def between(low: float, high: float, count: int, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)


def augmented(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Images (batch, channels, height, width) in 0..1, each turned, scaled, flipped, brightened."""
    count = len(images)
    angle = torch.deg2rad(between(-ROTATION_DEG, ROTATION_DEG, count, generator))
    scale = between(1 - SCALE, 1 + SCALE, count, generator)
    across, down = torch.randint(0, 2, (2, count), generator=generator) * 2 - 1
    zero = torch.zeros(count)
    first = torch.stack([scale * across * angle.cos(), -scale * angle.sin(), zero], dim=1)
    second = torch.stack([scale * angle.sin(), scale * down * angle.cos(), zero], dim=1)
    grid = affine_grid(torch.stack([first, second], dim=1), list(images.shape), align_corners=False)
    turned = grid_sample(images, grid, padding_mode="border", align_corners=False)
    contrast = between(1 - CONTRAST, 1 + CONTRAST, count, generator)[:, None, None, None]
    brightness = between(-BRIGHTNESS, BRIGHTNESS, count, generator)[:, None, None, None]
    return ((turned - 0.5) * contrast + 0.5 + brightness).clamp(0, 1)


def make_deterministic(seed: int, device: torch.device) -> None:
    """Same seed, same weights: exactly on a CPU; on a GPU as far as its kernels allow."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=device.type != "cpu")


class Classifier(torch.nn.Module):
    """The network with normalised input and a logistic head that starts at zero."""

    def __init__(self, network: torch.nn.Module, spec: Mapping) -> None:
        super().__init__()
        self.network = network
        self.head = torch.nn.Linear(spec["features"], 1)
        torch.nn.init.zeros_(self.head.weight)
        torch.nn.init.zeros_(self.head.bias)
        for name in ("mean", "std"):
            self.register_buffer(name, torch.tensor(spec[name])[:, None, None])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(batch, 1 or 3, height, width) in 0..1 to log odds (batch,)."""
        return self.head(self.network((images - self.mean) / self.std))[:, 0]


def summed_loss(
    classifier: Classifier, images: torch.Tensor, outcome: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Weighted cross-entropy, summed over the patients."""
    device = classifier.head.weight.device
    log_odds = classifier(images.to(device))
    return binary_cross_entropy_with_logits(
        log_odds, outcome.to(device), weights.to(device), reduction="sum"
    )


@torch.inference_mode()
def mean_loss(
    classifier: Classifier,
    images: torch.Tensor,
    outcome: torch.Tensor,
    weights: torch.Tensor,
    batch_size: int,
) -> float:
    """Weighted cross-entropy per patient, without augmentation."""
    batches = torch.arange(len(images)).split(batch_size)
    sums = [summed_loss(classifier, images[b], outcome[b], weights[b]).item() for b in batches]
    return sum(sums) / weights.sum().item()


def train_epoch(
    classifier: Classifier,
    optimiser: torch.optim.Optimizer,
    images: torch.Tensor,
    outcome: torch.Tensor,
    weights: torch.Tensor,
    batch_size: int,
    generator: torch.Generator,
) -> float:
    """One pass in random order over augmented patches; the mean loss on the way."""
    total = 0.0
    for batch in torch.randperm(len(images), generator=generator).split(batch_size):
        shown = augmented(images[batch], generator)
        loss = summed_loss(classifier, shown, outcome[batch], weights[batch])
        optimiser.zero_grad()
        (loss / len(batch)).backward()
        optimiser.step()
        total += loss.item()
    return total / weights.sum().item()


def finetune(
    network: torch.nn.Module,
    images: torch.Tensor,
    outcome: torch.Tensor,
    held_out: np.ndarray,
    spec: Mapping,
    settings: Mapping,
    device: torch.device,
    tell: Callable[[Epoch, int], None],
) -> tuple[list[Epoch], int]:
    """Train `network` in place; it ends as it was after the epoch of the least validation loss.

    `images` (patients, 1 or 3, height, width) in 0..1, `outcome` (patients,) 0 or 1; `held_out`
    marks the inner validation. `tell` hears of every epoch and of the best so far. Stops after
    `patience` epochs without a new best. Returns the epochs and which of them was chosen; 0 means
    that training never helped. Raises StudyError E36 where the loss is no number.
    """
    make_deterministic(settings["seed"], device)
    generator = torch.Generator().manual_seed(settings["seed"])
    inner, apart = torch.from_numpy(~held_out), torch.from_numpy(held_out)
    outcome = outcome.float()
    weights = balanced(outcome, outcome[inner])
    training = (images[inner], outcome[inner], weights[inner], settings["batch_size"])
    validation = (images[apart], outcome[apart], weights[apart], settings["batch_size"])
    classifier = Classifier(network.eval(), spec).to(device)
    optimiser = torch.optim.AdamW(
        classifier.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"]
    )
    before = (mean_loss(classifier, *training), mean_loss(classifier, *validation))
    epochs, best = [Epoch(0, *before)], 0
    state = copied(network)
    tell(epochs[0], best)
    while len(epochs) <= settings["epochs"] and len(epochs) - 1 - best < settings["patience"]:
        train_loss = train_epoch(classifier, optimiser, *training, generator)
        epoch = Epoch(len(epochs), train_loss, mean_loss(classifier, *validation))
        if not np.isfinite([epoch.train_loss, epoch.validation_loss]).all():
            raise StudyError(
                f"E36 backbone: fine-tuning diverged in epoch {epoch.epoch}: the loss is no "
                "number; lower backbone.finetune.learning_rate."
            )
        epochs.append(epoch)
        if epoch.validation_loss < epochs[best].validation_loss:
            best, state = epoch.epoch, copied(network)
        tell(epoch, best)
    network.load_state_dict(state)
    return epochs, best


def copied(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}
