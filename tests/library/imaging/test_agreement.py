"""Dice's coefficient and Hausdorff's distance by hand."""

import numpy as np
import pytest
from phantoms import ball, block
from scipy.spatial.distance import directed_hausdorff

from radfuse.imaging.agreement import dice, hausdorff_mm

SHAPE = (12, 30, 30)
SQUARE = block(SHAPE, (4, 8), (5, 15), (5, 15))


@pytest.mark.parametrize("shift, expected", [(0, 1.0), (5, 0.5), (8, 0.2), (10, 0.0)])
def test_dice_of_a_box_and_the_same_box_moved(shift, expected):
    assert dice(SQUARE, np.roll(SQUARE, shift, 2)) == pytest.approx(expected)


def test_dice_of_a_box_and_its_half():
    assert dice(SQUARE, block(SHAPE, (4, 6), (5, 15), (5, 15))) == pytest.approx(2 / 3)


@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("shift", [(0, 0, 3), (2, 0, 0), (2, 4, 4)])
def test_hausdorff_of_a_box_moved_is_the_length_of_the_move(shift, spacing_mm):
    moved = np.roll(SQUARE, shift, (0, 1, 2))
    expected = np.linalg.norm(shift) * spacing_mm
    assert hausdorff_mm(SQUARE, moved, spacing_mm) == pytest.approx(expected)


def test_hausdorff_of_equal_masks_is_nothing():
    assert hausdorff_mm(SQUARE, SQUARE, 1.0) == 0


def test_hausdorff_looks_both_ways():
    spot = SQUARE | block(SHAPE, (4, 5), (5, 6), (25, 26))
    assert hausdorff_mm(SQUARE, spot, 1.0) == hausdorff_mm(spot, SQUARE, 1.0) == 11


def test_hausdorff_is_scipy_s():
    one = ball((30, 30, 12), np.eye(4), (12.3, 14.1, 5.2), 5.0)
    other = ball((30, 30, 12), np.eye(4), (15.7, 12.4, 6.1), 3.5)
    points = np.argwhere(one), np.argwhere(other)
    expected = max(directed_hausdorff(*points)[0], directed_hausdorff(*points[::-1])[0])
    assert hausdorff_mm(one, other, 0.7) == pytest.approx(0.7 * expected, rel=1e-5)
