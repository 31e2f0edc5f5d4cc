"""Fine-tuning: what is held out, how lesions are varied, that it learns, and when it stops."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import torch

from radfuse.errors import StudyError
from radfuse.features.backbone import create, input_spec
from radfuse.features.finetuning import Epoch, augmented, balanced, finetune, inner_validation

SETTINGS = {
    "epochs": 6,
    "patience": 6,
    "learning_rate": 3e-3,
    "batch_size": 6,
    "weight_decay": 0.01,
    "seed": 1,
}
PATIENTS, SIZE = 24, 64


@pytest.fixture
def outcome() -> pd.Series:
    return pd.Series(np.arange(PATIENTS) % 2, index=[f"P{i:02d}" for i in range(PATIENTS)])


def trained(
    outcome: pd.Series, striped: bool = True, **settings: float
) -> tuple[list[Epoch], int, torch.nn.Module, list[dict]]:
    """A small network trained on noise, in which the positive patients' have bright stripes.

    Returns the epochs, the chosen one, the network, and its states after every epoch.
    """
    torch.set_num_threads(1)
    generator = np.random.default_rng(0)
    lesions = 0.5 * generator.random((PATIENTS, 1, SIZE, SIZE), dtype=np.float32)
    if striped:
        lesions[outcome.to_numpy() == 1, :, ::4] += 0.4
    torch.manual_seed(0)
    network = create("test_resnet")
    states: list[dict] = []

    def tell(epoch: Epoch, best: int) -> None:
        states.append({name: tensor.clone() for name, tensor in network.state_dict().items()})

    epochs, chosen = finetune(
        network,
        torch.from_numpy(lesions),
        torch.from_numpy(outcome.to_numpy()),
        inner_validation(outcome, 0.25, 1),
        asdict(input_spec(network)),
        {**SETTINGS, **settings},
        torch.device("cpu"),
        tell,
    )
    return epochs, chosen, network, states


def same(first: dict, second: dict) -> bool:
    return all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_the_inner_split_is_by_patient_and_class():
    outcome = pd.Series([1] * 5 + [0] * 20, index=[f"P{i:02d}" for i in range(25)])
    held_out = inner_validation(outcome, 0.2, 1)
    assert outcome[held_out].value_counts().to_dict() == {0: 4, 1: 1}
    assert (held_out != inner_validation(outcome, 0.2, 2)).any()
    # however small or large the share, both parts have both classes
    for fraction in (0.001, 0.999):
        part = inner_validation(outcome, fraction, 1)
        assert outcome[part].nunique() == outcome[~part].nunique() == 2


def test_another_patient_moves_few_between_the_parts(outcome):
    before = set(outcome.index[inner_validation(outcome, 0.25, 1)])
    more = pd.concat([outcome, pd.Series({"P99": 1})])
    assert len(before - set(more.index[inner_validation(more, 0.25, 1)])) <= 1


def test_one_patient_of_a_class_is_too_few():
    outcome = pd.Series([1, 0, 0, 0], index=list("abcd"))
    with pytest.raises(StudyError, match=r"E20 cohort: fine-tuning needs .* there are 1 and 3"):
        inner_validation(outcome, 0.2, 1)


def test_class_weights_balance_the_classes():
    target = torch.tensor([1.0, 0, 0, 0])
    assert balanced(target, target).tolist() == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3])
    assert balanced(torch.tensor([1.0, 0]), target).tolist() == pytest.approx([2, 2 / 3])


def test_augmentation_is_drawn_from_its_generator_and_stays_an_image():
    images = torch.rand(5, 3, 20, 30, generator=torch.Generator().manual_seed(3))
    one, two = (augmented(images, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(one, two)
    assert one.shape == images.shape
    assert one.min() >= 0 and one.max() <= 1
    assert not torch.equal(one, augmented(images, torch.Generator().manual_seed(8)))
    # a lesion stays where it is: in the middle
    disc = torch.zeros(1, 1, 41, 41)
    disc[..., 15:26, 15:26] = 1
    for seed in range(10):
        turned = augmented(disc, torch.Generator().manual_seed(seed))
        assert turned[0, 0, 18:23, 18:23].min() > 0.8
        assert turned[0, 0, 0].max() < 0.2


def test_it_learns_a_planted_signal(outcome):
    epochs, chosen, _, _ = trained(outcome)
    assert epochs[0].train_loss == pytest.approx(np.log(2), abs=1e-5)
    assert epochs[chosen].validation_loss < 0.35
    assert epochs[chosen].train_loss < 0.5


def test_the_network_is_that_of_the_best_epoch(outcome):
    epochs, chosen, network, states = trained(outcome, learning_rate=2e-2)
    losses = [epoch.validation_loss for epoch in epochs]
    assert chosen == int(np.argmin(losses))
    assert same(states[chosen], network.state_dict())
    assert not same(states[0], states[1])


def test_it_stops_when_nothing_improves_and_leaves_the_network_as_it_was(outcome):
    shuffled = pd.Series(np.random.default_rng(1).permutation(outcome), index=outcome.index)
    epochs, chosen, network, states = trained(
        shuffled, striped=False, epochs=20, patience=2, learning_rate=5e-2
    )
    assert len(epochs) == chosen + 3
    assert same(states[chosen], network.state_dict())


def test_the_same_seed_gives_the_same_network(outcome):
    first, second = (trained(outcome, epochs=2)[2].state_dict() for _ in range(2))
    assert same(first, second)
    assert not same(first, trained(outcome, epochs=2, seed=2)[2].state_dict())


def test_a_loss_that_is_no_number_is_refused(outcome):
    with pytest.raises(StudyError, match="E36 backbone: fine-tuning diverged in epoch"):
        trained(outcome, learning_rate=1e30)
