"""The separable spline against SimpleITK's, of the whole volume."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from phantoms import AFFINES, affine_of, to_sitk
from scipy import ndimage

from radfuse.imaging.spline import grid_size, resample_box
from radfuse.imaging.volume import Volume

TURNED = {"angles": (0.1, -0.2, 0.05), "origin": (10.0, 20.0, -30.0)}


def noise(size, spacing, seed=1) -> Volume:
    """Rough voxels: the hardest case for a spline that is read in part."""
    voxels = np.random.default_rng(seed).normal(size=size[::-1]).astype(np.float32)
    return Volume(voxels, affine_of(spacing, **TURNED))


def whole(image: Volume, spacing_mm: float) -> sitk.Image:
    """The obvious way: every voxel of the image resampled at once, cubic."""
    reference = to_sitk(image)
    extent = (image.size - 1) * reference.GetSpacing()
    return sitk.Resample(
        reference,
        (np.floor(extent / spacing_mm + 1e-6) + 1).astype(int).tolist(),
        sitk.Transform(),
        sitk.sitkBSpline,
        reference.GetOrigin(),
        [spacing_mm] * 3,
        reference.GetDirection(),
    )


@pytest.mark.parametrize(
    "size, spacing, spacing_mm",
    [
        ((70, 60, 24), (0.7, 0.7, 3.0), 1.0),
        ((50, 50, 50), (1.0, 1.0, 1.0), 1.0),
        ((80, 50, 20), (0.4, 0.9, 5.0), 1.0),
        ((60, 60, 20), (1.3, 1.3, 4.0), 0.5),
        ((60, 60, 40), (0.7, 0.7, 1.5), 2.0),
        ((50, 40, 1), (0.8, 0.8, 5.0), 1.0),
        ((50, 40, 3), (0.8, 0.8, 5.0), 1.0),
        ((1, 40, 30), (3.0, 0.8, 0.8), 1.0),
    ],
)
@pytest.mark.parametrize("place", ["first corner", "middle", "last corner"])
def test_a_box_equals_that_part_of_the_whole_volume(size, spacing, spacing_mm, place):
    image = noise(size, spacing)
    count = grid_size(image, spacing_mm)
    start = {"first corner": 0 * count, "middle": count // 3, "last corner": count * 3 // 4}[place]
    stop = count if place == "last corner" else np.minimum(start + 12, count)
    box = resample_box(image, spacing_mm, start, stop)
    expected = whole(image, spacing_mm)
    assert count.tolist() == list(expected.GetSize())
    window = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))[::-1]
    difference = np.abs(box.voxels - sitk.GetArrayFromImage(expected)[window])
    assert difference.max() < 1e-3 * np.ptp(image.voxels)
    position = expected.TransformIndexToPhysicalPoint(start.tolist())
    assert np.allclose(box.affine[:3, 3], position, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_few_slices_are_mirrored_as_scipy_mirrors_them(count):
    """SimpleITK reads beyond the memory of an image of two slices."""
    image = noise((12, 10, count), (0.8, 0.8, 5.0))
    size = grid_size(image, 1.0)
    grid = np.meshgrid(*map(np.arange, size), indexing="ij")
    places = [axis / step for axis, step in zip(grid, (0.8, 0.8, 5.0), strict=True)]
    expected = ndimage.map_coordinates(image.voxels.T.astype(float), places, mode="mirror")
    box = resample_box(image, 1.0, size * 0, size)
    assert np.abs(box.voxels - expected.T).max() < 1e-3 * np.ptp(image.voxels)


def test_the_image_s_own_grid_gives_back_its_voxels():
    image = noise((20, 21, 22), (1.0, 1.0, 1.0))
    box = resample_box(image, 1.0, np.array([2, 0, 5]), np.array([20, 21, 22]))
    assert np.allclose(box.voxels, image.voxels[5:, :, 2:], atol=1e-5)


def test_spacing_in_single_precision_costs_no_voxel():
    image = noise((11, 21, 31), np.float32((0.7, 0.1, 0.3)).astype(float))
    size = grid_size(image, 1.0)
    assert size.tolist() == [8, 3, 10]
    last = resample_box(image, 1.0, size - 1, size).voxels
    assert last.item() == pytest.approx(image.voxels[-1, -1, -1], abs=1e-4)


def test_a_constant_image_stays_constant():
    image = Volume(np.full((6, 20, 20), 41, np.int16), affine_of((0.7, 0.7, 5.0)))
    box = resample_box(image, 1.0, np.zeros(3, int), grid_size(image, 1.0))
    assert np.allclose(box.voxels, 41, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(affine=AFFINES)
def test_the_new_grid_begins_at_the_first_voxel_and_ends_within_the_image(affine):
    image = Volume(np.zeros((6, 7, 8), np.float32), affine)
    last = grid_size(image, 1.0) - 1
    extent = (image.size - 1) * np.linalg.norm(affine[:3, :3], axis=0)
    assert (last <= extent + 1e-3).all()
    assert (last + 1 > extent - 1e-3).all()
    box = resample_box(image, 1.0, last * 0, last + 1)
    assert np.allclose(box.affine[:3, 3], affine[:3, 3])
    assert np.allclose(box.direction, image.direction)
    assert np.allclose(box.spacing, 1.0)
