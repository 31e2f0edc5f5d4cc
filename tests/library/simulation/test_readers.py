import numpy as np
import pytest

from radfuse.simulation.phantom import smooth_field, voxel_axes
from radfuse.simulation.readers import AGREEMENT, dice, read_masks, redraw

EXTENT = np.array([90.0, 90, 90])
AXES = voxel_axes(np.zeros(3), EXTENT, np.array([1.0, 1.0, 5.0]))
RADII = (10.0, 25.0)


def ball(radius: float) -> np.ndarray:
    u, v, w = AXES
    return np.sqrt(u[:, None, None] ** 2 + v[:, None] ** 2 + w**2) - np.float32(radius)


def wobble(seed: int) -> np.ndarray:
    return smooth_field(np.random.default_rng(seed), AXES, np.zeros(3), EXTENT, 10.0)


def test_dice_of_concentric_balls():
    # |A and B| is the smaller ball: 2 r^3 / (r^3 + R^3)
    expected = 2 * 20**3 / (20**3 + 25**3)
    assert dice(ball(20) < 0, ball(25) < 0) == pytest.approx(expected, abs=0.01)


def test_dice_of_counted_voxels():
    first, second = np.array([1, 1, 1, 0], dtype=bool), np.array([0, 1, 1, 1], dtype=bool)
    assert dice(first, second) == pytest.approx(4 / 6)
    assert dice(first, ~first) == 0
    assert dice(first & ~first, first & ~first) == 1


@pytest.mark.parametrize("radius", RADII)
@pytest.mark.parametrize("agreement", [0.87, 0.95])
def test_a_redrawn_outline_agrees_as_wanted(radius, agreement):
    distance = ball(radius)
    found = dice(distance < 0, redraw(distance, wobble(1), agreement) < 0)
    assert found == pytest.approx(agreement, abs=0.015)
    assert found >= agreement


def test_second_readers_differ_more_than_repeats():
    for seed in range(5):
        wobbles = {reader: wobble(10 * seed + k) for k, reader in enumerate(AGREEMENT)}
        masks = read_masks(ball(25), wobbles, np.random.default_rng(seed))
        reader1, repeat, reader2 = (masks[reader] > 0 for reader in AGREEMENT)
        assert 0.92 <= dice(reader1, repeat) <= 0.97
        assert 0.85 <= dice(reader1, reader2) <= 0.93
        assert dice(reader1, ball(25) < 0) > 0.95
        assert {mask.dtype for mask in masks.values()} == {np.dtype("uint8")}
