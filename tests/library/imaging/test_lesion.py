"""Which lesion, which slice, which square."""

import numpy as np
import pytest
from phantoms import block

from radfuse.imaging.lesion import (
    Lesion,
    bounding_box,
    largest_lesion,
    largest_slice,
    plane_nearest,
    square_around,
    starts,
    through_plane_axis,
    touches_border,
)

SHAPE = (10, 30, 30)


def lesion_of(mask: np.ndarray) -> Lesion:
    box = bounding_box(mask)
    return Lesion(starts(box), mask[box])


def test_the_largest_of_several_lesions_counts():
    small, large = block(SHAPE, (2, 4), (2, 5), (2, 5)), block(SHAPE, (5, 9), (10, 16), (10, 16))
    lesion, counts = largest_lesion(small | large | block(SHAPE, (0, 1), (20, 21), (20, 21)))
    assert counts == [4 * 36, 2 * 9, 1]
    assert np.array_equal(lesion.within(np.zeros(3, int), SHAPE), large)


def test_of_equal_lesions_the_first_in_voxel_order_counts():
    twins = block(SHAPE, (6, 8), (2, 4), (2, 4)) | block(SHAPE, (2, 4), (8, 10), (8, 10))
    lesion, counts = largest_lesion(twins)
    assert counts == [8, 8]
    assert lesion.start.tolist() == [2, 8, 8]


@pytest.mark.parametrize("step", [(0, 0, 1), (0, 1, 1), (1, 0, -1), (1, 1, 1), (1, -1, 1)])
def test_voxels_that_touch_at_a_face_an_edge_or_a_corner_are_one_lesion(step):
    mask = np.zeros((5, 5, 5), bool)
    mask[1, 2, 2] = mask[tuple(np.add((1, 2, 2), step))] = True
    assert largest_lesion(mask)[1] == [2]


def test_voxels_with_a_gap_are_two_lesions():
    mask = np.zeros((5, 5, 5), bool)
    mask[0, 2, 2] = mask[2, 2, 2] = True
    assert largest_lesion(mask)[1] == [1, 1]


def test_the_bounding_box_of_a_block_and_of_one_voxel():
    assert bounding_box(block((6, 7, 8), (1, 3), (2, 6), (5, 6))) == (
        slice(1, 3),
        slice(2, 6),
        slice(5, 6),
    )
    assert bounding_box(block((6, 7, 8), (5, 6), (0, 1), (7, 8))) == (
        slice(5, 6),
        slice(0, 1),
        slice(7, 8),
    )


@pytest.mark.parametrize(
    "spacing, axis",
    [
        ((5.0, 0.8, 0.8), 0),
        ((0.8, 4.0, 0.8), 1),
        ((0.8, 0.8, 3.0), 2),
        ((1.0, 1.25, 1.0), 1),  # 1.25 times is clearly larger
        ((1.0, 1.15, 1.0), 0),  # 1.15 is not: axial
        ((1.0, 1.0, 1.0), 0),
    ],
)
def test_the_axis_across_the_slices(spacing, axis):
    lesion = lesion_of(block(SHAPE, (3, 6), (3, 6), (3, 6)))
    assert through_plane_axis(lesion, SHAPE, np.array(spacing)) == axis


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.6, 0.8, 0.8)])
def test_an_outline_on_one_slice_tells_the_axis(axis, spacing):
    extents = [(3, 6)] * 3
    extents[axis] = (4, 5)
    lesion = lesion_of(block(SHAPE, *extents))
    assert through_plane_axis(lesion, SHAPE, np.array(spacing)) == axis


@pytest.mark.parametrize("axis", [1, 2])
def test_a_lesion_one_pixel_wide_is_no_outline_on_one_slice(axis):
    extents = [(3, 6)] * 3
    extents[axis] = (4, 5)
    lesion = lesion_of(block(SHAPE, *extents))
    assert through_plane_axis(lesion, SHAPE, np.array([5.0, 0.8, 0.8])) == 0


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_one_slice_of_an_image_is_its_plane(axis):
    shape, extents = [30, 30, 30], [(3, 6)] * 3
    shape[axis], extents[axis] = 1, (0, 1)
    lesion = lesion_of(block(shape, *extents))
    assert through_plane_axis(lesion, shape, np.ones(3)) == axis


def test_the_slice_of_largest_area():
    mask = block(SHAPE, (1, 8), (4, 6), (4, 6)) | block(SHAPE, (6, 7), (2, 9), (2, 9))
    assert largest_slice(lesion_of(mask), 0) == 6


def test_of_slices_of_equal_area_the_middle_one_is_taken():
    mask = block(SHAPE, (1, 8), (2, 3), (2, 3)) | block(SHAPE, (3, 6), (1, 4), (1, 4))
    assert largest_slice(lesion_of(mask), 0) == 4


def test_the_square_is_centred_on_the_lesion_of_its_slice():
    mask = block(SHAPE, (2, 3), (4, 14), (10, 16)) | block(SHAPE, (3, 4), (4, 5), (0, 16))
    square = square_around([lesion_of(mask)], 0, 2, margin=3)
    assert square.side == 10 + 2 * 3
    assert square.start.tolist() == [2, 1, 5]
    assert square.stop.tolist() == [3, 17, 21]


def test_the_square_may_leave_the_grid():
    square = square_around([lesion_of(block(SHAPE, (2, 3), (0, 4), (10, 20)))], 0, 2, margin=3)
    assert square.start.tolist() == [2, -6, 7]
    assert square.stop.tolist() == [3, 10, 23]


def test_a_square_around_two_lesions_leaves_out_what_is_not_on_its_slice():
    one = lesion_of(block(SHAPE, (2, 5), (4, 8), (4, 8)))
    on_it = lesion_of(block(SHAPE, (3, 4), (4, 8), (12, 16)))
    beyond = lesion_of(block(SHAPE, (6, 8), (20, 28), (20, 28)))
    square = square_around([one, on_it, beyond], 0, 3, margin=0)
    assert square.side == 12
    assert square.start.tolist() == [3, 0, 4]


@pytest.mark.parametrize(
    "extents, touching",
    [
        ([(2, 5), (3, 6), (3, 6)], False),
        ([(0, 5), (3, 6), (3, 6)], True),
        ([(2, 10), (3, 6), (3, 6)], True),
        ([(2, 5), (0, 6), (3, 6)], True),
        ([(2, 5), (3, 6), (9, 30)], True),
    ],
)
def test_a_lesion_at_the_edge_of_the_image(extents, touching):
    assert touches_border(lesion_of(block(SHAPE, *extents)), SHAPE) is touching


def test_the_only_slice_of_an_image_is_no_edge():
    assert not touches_border(lesion_of(block((1, 9, 9), (0, 1), (3, 6), (3, 6))), (1, 9, 9))


def test_equals_that_lie_apart_are_not_averaged():
    mask = block((9, 6, 6), (1, 3), (1, 4), (1, 4)) | block((9, 6, 6), (6, 7), (1, 4), (1, 4))
    mask |= block((9, 6, 6), (1, 7), (1, 2), (1, 2))
    assert largest_slice(lesion_of(mask), 0) == 2


def test_the_plane_nearest_is_one_that_the_lesion_reaches():
    lesion = lesion_of(block((9, 6, 6), (2, 5), (1, 4), (1, 4)))
    assert [plane_nearest(lesion, 0, at) for at in (0.2, 3.4, 3.6, 8.0)] == [2, 3, 4, 4]
