"""Slices look the same however the voxels are stored."""

from itertools import permutations, product

import numpy as np
import pytest

from radfuse.imaging.view import in_radiological_view, plane_name, view_spacing

PATIENT = np.arange(5 * 6 * 7).reshape(5, 6, 7)  # z to superior, y to posterior, x to left
SPACING = np.array([0.7, 0.8, 5.0])  # of L, P, S
STORAGES = [
    (order, flips) for order in permutations(range(3)) for flips in product((1, -1), repeat=3)
]
TILT = np.array([[0.96, -0.28, 0], [0.28, 0.96, 0], [0, 0, 1]])


def stored(order, flips) -> tuple[np.ndarray, np.ndarray]:
    """The patient with voxel axis x, y, z along patient's axis order[0], [1], [2]: voxels, LPS."""
    voxels = PATIENT.transpose(2, 1, 0).transpose(order)
    for axis, flip in enumerate(flips):
        voxels = voxels if flip > 0 else np.flip(voxels, axis)
    return voxels.transpose(2, 1, 0), np.eye(3)[:, list(order)] * flips


@pytest.mark.parametrize("turn", [np.eye(3), TILT])
@pytest.mark.parametrize("order, flips", STORAGES)
def test_every_storage_gives_the_same_pictures(order, flips, turn):
    voxels, direction = stored(order, flips)
    pictures = {"axial": PATIENT[2], "coronal": PATIENT[:, 3], "sagittal": PATIENT[:, :, 4]}
    places = {"axial": (2, 2), "coronal": (1, 3), "sagittal": (0, 4)}
    for plane, (along, index) in places.items():
        axis = 2 - order.index(along)
        place = index if flips[order.index(along)] > 0 else voxels.shape[axis] - 1 - index
        slab = np.take(voxels, [place], axis=axis)
        seen = in_radiological_view(slab, axis, turn @ direction)
        assert np.array_equal(seen, pictures[plane])
        assert plane_name(axis, turn @ direction) == plane


@pytest.mark.parametrize("order, flips", STORAGES)
def test_rows_and_columns_keep_their_spacing(order, flips):
    _, direction = stored(order, flips)
    spacing = SPACING[list(order)]
    expected = {0: (5.0, 0.8), 1: (5.0, 0.7), 2: (0.8, 0.7)}  # across L, P, S
    for along, rows_and_columns in expected.items():
        axis = 2 - order.index(along)
        assert view_spacing(axis, spacing, direction) == rows_and_columns


def test_of_axes_between_two_planes_each_is_used_once():
    half = np.sqrt(0.5)
    direction = np.array([[half, half, 0], [-half, half, 0], [0, 0, 1]])
    assert {plane_name(axis, direction) for axis in range(3)} == {"axial", "coronal", "sagittal"}
