"""Voxels and positions, one from the other."""

import numpy as np
from hypothesis import given, settings
from phantoms import AFFINES, triples

from radfuse.imaging.volume import Volume


def volume(affine: np.ndarray) -> Volume:
    return Volume(np.arange(5 * 6 * 7).reshape(5, 6, 7), affine)


@settings(max_examples=50, deadline=None)
@given(affine=AFFINES, index=triples(-5, 20))
def test_index_and_position_are_each_other_s_inverse(affine, index):
    image = volume(affine)
    assert np.allclose(image.position(index), affine[:3, :3] @ index + affine[:3, 3])
    assert np.allclose(image.index(image.position(index)), index, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(affine=AFFINES)
def test_spacing_and_direction_make_up_the_affine(affine):
    image = volume(affine)
    assert np.allclose(image.direction * image.spacing, affine[:3, :3])
    assert np.allclose(image.direction.T @ image.direction, np.eye(3))
    assert image.size.tolist() == [7, 6, 5]


@settings(max_examples=30, deadline=None)
@given(affine=AFFINES)
def test_a_crop_stays_at_its_place(affine):
    image, start = volume(affine), np.array([2, 1, 3])
    crop = image.crop(start, np.array([6, 4, 5]))
    assert crop.voxels.shape == (2, 3, 4)
    assert crop.voxels[1, 0, 2] == image.voxels[4, 1, 4]
    assert np.allclose(crop.position((2, 0, 1)), image.position((4, 1, 4)))
