"""Whether two grids are one, and masks brought from one to another."""

from itertools import permutations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from phantoms import AFFINES, affine_of, ball, block, to_sitk, triples

from radfuse.imaging.grid import (
    agreed_by,
    along_axes_of,
    angle_deg,
    corner_distance,
    grid_problems,
    grid_size,
    nearest_lesion,
    onto_grid,
)
from radfuse.imaging.lesion import Lesion, bounding_box, starts
from radfuse.imaging.volume import Volume

SHAPE = (12, 40, 50)
IMAGE = Volume(np.zeros(SHAPE, np.uint8), affine_of((0.8, 0.8, 5.0), origin=(10, 20, 30)))


def on_grid(shape=SHAPE, spacing=(0.8, 0.8, 5.0), **rest) -> Volume:
    return Volume(np.zeros(shape, np.uint8), affine_of(spacing, **{"origin": (10, 20, 30), **rest}))


def turned(degrees: float) -> Volume:
    """Turned about the patient's axis at the middle, so that the origin moves least."""
    return on_grid(angles=(0, 0, np.deg2rad(degrees)))


def test_one_grid_has_no_problems():
    assert grid_problems(IMAGE, on_grid(), 0.1, 0.1) == []


@pytest.mark.parametrize(
    "mask, words",
    [
        (on_grid(shape=(11, 40, 50)), "size 50 x 40 x 11 voxels, the image's 50 x 40 x 12"),
        (on_grid(spacing=(0.8, 0.8, 4.5)), "spacing 0.8 x 0.8 x 4.5 mm, the image's 0.8 x 0.8 x 5"),
        (turned(2), "axes turned by 2.00 degrees (tolerance 0.1)"),
        (on_grid(flips=(-1, 1, 1)), "axes turned by 180.00 degrees"),
        (on_grid(order=(1, 0, 2)), "axes turned by 90.00 degrees"),
        (
            on_grid(origin=(13, 16, 30)),
            "origin 13 x 16 x 30 mm (LPS), the image's 10 x 20 x 30: 5.00 mm apart "
            "(tolerance 0.1 mm)",
        ),
    ],
)
def test_one_difference_is_said_with_both_values(mask, words):
    (problem,) = grid_problems(IMAGE, mask, 0.1, 0.1)
    assert words in problem


def test_all_differences_are_said_together():
    mask = on_grid((9, 40, 50), (0.9, 0.8, 5.0), angles=(0, 0, 0.1), origin=(0, 20, 30))
    found = [problem.split()[0] for problem in grid_problems(IMAGE, mask, 0.1, 0.1)]
    assert found == ["size", "spacing", "axes", "origin"]


@pytest.mark.parametrize("shift, tolerance, count", [(0.05, 0.1, 0), (0.2, 0.1, 1), (0.2, 0.3, 0)])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_tolerance_in_mm_is_respected(axis, shift, tolerance, count):
    origin = np.array([10.0, 20.0, 30.0])
    origin[axis] -= shift
    assert len(grid_problems(IMAGE, on_grid(origin=origin), tolerance, 0.1)) == count


@pytest.mark.parametrize("degrees, tolerance, count", [(0.05, 0.1, 0), (0.2, 0.1, 1), (0.2, 1, 0)])
def test_the_tolerance_in_degrees_is_respected(degrees, tolerance, count):
    assert len(grid_problems(IMAGE, turned(degrees), 10.0, tolerance)) == count


def test_a_turn_within_tolerance_that_moves_the_far_corner_beyond_it():
    (problem,) = grid_problems(IMAGE, turned(0.5), 0.1, 1.0)
    distance = 2 * np.sin(np.deg2rad(0.25)) * np.hypot(49 * 0.8, 39 * 0.8)
    assert problem.startswith(f"corners up to {distance:.2f} mm from the image's")


@pytest.mark.parametrize("degrees", [1e-4, 0.1, 30.0, 179.0])
def test_the_angle_between_directions(degrees):
    assert angle_deg(turned(0).direction, turned(degrees).direction) == pytest.approx(
        degrees, rel=1e-4
    )


def test_the_distance_of_corners_is_the_farthest():
    stretched = affine_of((0.8, 0.8, 5.1), origin=(10, 20, 30))
    assert corner_distance(IMAGE, stretched) == pytest.approx(11 * 0.1)


@pytest.mark.parametrize("side", ["image", "mask"])
def test_grids_agree_by_what_either_file_states_besides(side):
    elsewhere = affine_of((0.8, 0.8, 5.0), origin=(90, 20, 30))
    image, mask = IMAGE, Volume(IMAGE.voxels, elsewhere)
    assert not agreed_by(image, mask, 0.1, 0.1)
    if side == "image":
        image = Volume(image.voxels, image.affine, stated=(elsewhere,))
    else:
        mask = Volume(mask.voxels, elsewhere, stated=(image.affine,))
    assert agreed_by(image, mask, 0.1, 0.1)


@settings(max_examples=40, deadline=None)
@given(ours=AFFINES, theirs=AFFINES, shift=triples(-10, 10))
def test_a_mask_comes_onto_another_grid_as_simpleitk_brings_it(ours, theirs, shift):
    image = Volume(np.zeros((14, 22, 20), np.uint8), ours)
    theirs = theirs.copy()
    theirs[:3, 3] = image.position(image.size / 2) + shift - theirs[:3, :3] @ (9, 9, 7)
    voxels = ball((18, 19, 15), theirs, theirs[:3, 3] + theirs[:3, :3] @ (9, 9, 7), 12.0)
    mask = Volume(voxels.astype(np.uint8), theirs)
    placed, _ = onto_grid(image, mask, voxels)
    nearest = sitk.Resample(
        to_sitk(mask), to_sitk(image), sitk.Transform(), sitk.sitkNearestNeighbor, 0
    )
    differing = (placed != sitk.GetArrayFromImage(nearest).astype(bool)).sum()
    assert differing <= 1e-3 * placed.size  # exact halves may round either way


def test_a_mask_of_half_the_slices_lies_where_it_was_drawn():
    mask = on_grid(shape=(6, 40, 50), spacing=(0.8, 0.8, 10.0), origin=(10, 20, 32.5))
    placed, outside = onto_grid(IMAGE, mask, block((6, 40, 50), (2, 4), (10, 20), (5, 25)))
    assert np.array_equal(placed, block(SHAPE, (4, 8), (10, 20), (5, 25)))
    assert outside == 0


@pytest.mark.parametrize(
    "first, share",
    [(10, 0.0), (-0.4, 0.0), (-0.6, 0.1), (-5, 0.5), (45, 0.5), (-8, 0.8), (90, 1.0)],
)
def test_the_share_that_lies_outside_the_image(first, share):
    mask = on_grid(shape=(12, 40, 10), origin=(10 + 0.8 * first, 20, 30))
    placed, outside = onto_grid(IMAGE, mask, block((12, 40, 10), (2, 4), (10, 20), (0, 10)))
    assert outside == pytest.approx(share)
    assert placed.sum() == pytest.approx((1 - share) * 200)


def lesion_of(mask: np.ndarray) -> Lesion:
    box = bounding_box(mask)
    return Lesion(starts(box), mask[box])


def ties(spacing, spacing_mm, count) -> np.ndarray:
    """The voxels of the new grid along one axis that lie halfway between two of the image, or so
    near that single precision would not tell."""
    return np.abs((np.arange(count) * spacing_mm / spacing) % 1 - 0.5) < 2e-4


@settings(max_examples=60, deadline=None)
@given(
    spacing=triples(0.4, 6.0),
    spacing_mm=st.sampled_from([0.5, 1.0, 2.0]),
    start=st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(0, 30)),
    seed=st.integers(0, 99),
)
def test_a_lesion_on_the_new_grid_is_simpleitk_s_nearest_neighbour(
    spacing, spacing_mm, start, seed
):
    voxels = np.zeros((12, 36, 34), bool)
    box = tuple(slice(a, a + 7) for a in start)
    voxels[box] = np.random.default_rng(seed).random(voxels[box].shape) < 0.6
    image = Volume(voxels.astype(np.uint8), affine_of(spacing, (0.2, 0.1, -0.4), (5, 6, 7)))
    size = grid_size(image, spacing_mm)
    reference = to_sitk(image)
    grid = (reference.GetOrigin(), [spacing_mm] * 3, reference.GetDirection())
    expected = sitk.GetArrayFromImage(
        sitk.Resample(reference, size.tolist(), sitk.Transform(), sitk.sitkNearestNeighbor, *grid)
    ).astype(bool)
    found = nearest_lesion(lesion_of(voxels), image, spacing_mm)
    obtained = found.within(np.zeros(3, int), size[::-1]) if found else np.zeros_like(expected)
    x, y, z = (~ties(*each) for each in zip(spacing, [spacing_mm] * 3, size, strict=True))
    compared = np.ix_(z, y, x)
    assert np.array_equal(obtained[compared], expected[compared])


def test_a_lesion_that_no_voxel_of_the_new_grid_meets():
    image = Volume(np.zeros((5, 20, 20), np.uint8), affine_of((0.3, 0.3, 1.0)))
    lesion = lesion_of(block((5, 20, 20), (2, 3), (5, 6), (5, 6)))
    assert nearest_lesion(lesion, image, 1.0) is None


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, -1)])
def test_axes_stored_otherwise_are_brought_into_line(order, flips):
    image = Volume(np.arange(60.0).reshape(3, 4, 5), affine_of((1, 2, 3), angles=(0.1, 0.2, 0.3)))
    stored = image.voxels.transpose([2 - order[2 - i] for i in range(3)])
    affine = image.affine.copy()
    affine[:3, :3] = image.affine[:3, list(order)]
    for axis, flip in enumerate(flips):
        if flip < 0:
            affine[:3, 3] += affine[:3, axis] * (stored.shape[2 - axis] - 1)
            affine[:3, axis] *= -1
            stored = np.flip(stored, 2 - axis)
    found = along_axes_of(image, Volume(stored, affine))
    assert np.array_equal(found.voxels, image.voxels)
    assert np.allclose(found.affine, image.affine)
    assert bool(found.notes) == ((order, flips) != ((0, 1, 2), (1, 1, 1)))


def test_an_affine_that_is_not_finite_is_on_no_grid():
    other = on_grid()
    other.affine[0, 3] = np.nan
    assert "nan mm apart" in grid_problems(IMAGE, other, 0.1, 0.1)[0]


def test_spacings_within_the_tolerance_at_the_corners_are_one_grid():
    other = on_grid(spacing=(0.8005, 0.8, 5.0))
    assert grid_problems(IMAGE, other, 0.1, 0.1) == []
    assert "spacing 0.805 x" in grid_problems(IMAGE, on_grid(spacing=(0.805, 0.8, 5)), 0.1, 0.1)[0]
