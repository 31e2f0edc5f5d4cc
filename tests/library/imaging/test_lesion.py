"""Which lesion, which slice, which square."""

import numpy as np

from radfuse.imaging.lesion import (
    bounding_box,
    largest_lesion,
    largest_slice,
    square_around,
    through_plane_axis,
)

LPS = np.eye(3)


def test_the_larger_of_two_lesions_counts():
    mask = np.zeros((10, 20, 20), bool)
    mask[2:4, 2:5, 2:5] = True
    mask[5:9, 10:16, 10:16] = True
    lesion, count = largest_lesion(mask)
    assert count == 2
    assert lesion.sum() == 4 * 36
    assert lesion[6, 12, 12]
    assert not lesion[2, 2, 2]


def test_diagonal_neighbours_are_one_lesion():
    mask = np.zeros((4, 4, 4), bool)
    mask[1, 1, 1] = mask[2, 2, 2] = True
    assert largest_lesion(mask)[1] == 1


def test_the_axis_of_acquisition():
    mask = np.zeros((10, 10, 10), bool)
    mask[3:6, 3:6, 3:6] = True
    assert through_plane_axis(mask, np.array([5.0, 0.8, 0.8]), LPS) == 0
    assert through_plane_axis(mask, np.array([0.8, 4.0, 0.8]), LPS) == 1
    assert through_plane_axis(mask, np.array([1.0, 1.0, 1.0]), LPS) == 0
    # sagittal storage: the first axis (x) runs from feet to head
    sagittal = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], float)
    assert through_plane_axis(mask, np.array([1.0, 1.0, 1.0]), sagittal) == 2


def test_an_outline_on_one_slice_tells_the_axis():
    mask = np.zeros((10, 10, 10), bool)
    mask[3:6, 4, 3:6] = True
    assert through_plane_axis(mask, np.array([1.0, 1.0, 1.0]), LPS) == 1


def test_the_largest_slice_is_the_middle_of_equals():
    mask = np.zeros((9, 5, 5), bool)
    mask[1:8, 2, 2] = True
    mask[3:6, 1:4, 1:4] = True
    assert largest_slice(mask, 0) == 4


def test_the_square_is_centred_and_may_leave_the_grid():
    mask = np.zeros((5, 30, 30), bool)
    mask[2, 0:4, 10:20] = True
    square = square_around(mask, 0, margin=3)
    assert square.side == 16
    assert square.start.tolist() == [2, -6, 7]
    assert square.stop.tolist() == [3, 10, 23]


def test_bounding_box_of_a_phantom():
    mask = np.zeros((6, 7, 8), bool)
    mask[1:3, 2:6, 5] = True
    assert bounding_box(mask) == (slice(1, 3), slice(2, 6), slice(5, 6))
