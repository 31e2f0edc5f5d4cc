"""The region and its patches: position, size and intensity survive, whatever the grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phantoms import AFFINES, ROI, affine_of, ball, block, positions, triples

from radfuse.imaging.axes import PATIENT, turned
from radfuse.imaging.roi import LesionLostError, around_lesion, extract_roi, patch
from radfuse.imaging.volume import Volume

RADIUS = 15.0


def centroid(mask: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """LPS mm of the centre of a (z, y, x) mask."""
    return affine[:3, :3] @ np.argwhere(mask).mean(axis=0)[::-1] + affine[:3, 3]


def in_patient_axes(affine, *arrays: np.ndarray) -> list[Volume]:
    """Arrays on one grid, turned as every image is before it is cut."""
    return [turned(Volume(voxels, affine), PATIENT) for voxels in arrays]


def around(affine: np.ndarray, half_mm: float, edge: int) -> tuple[np.ndarray, np.ndarray]:
    """A grid's size (x, y, z), half_mm and `edge` voxels to each side of its centre, and that."""
    half = np.ceil(half_mm / np.linalg.norm(affine[:3, :3], axis=0)).astype(int) + edge
    return 2 * half + 1, affine[:3, :3] @ half + affine[:3, 3]


@settings(max_examples=60, deadline=None)
@given(affine=AFFINES, shift=triples(-3.0, 3.0))
def test_a_lesion_keeps_its_place_and_volume_on_any_grid(affine, shift):
    size, middle = around(affine, RADIUS + 4, 1)
    truth = middle + shift
    mask = ball(size, affine, truth, RADIUS)
    image, lesion = in_patient_axes(affine, mask.astype(np.float32), mask)
    region = extract_roi(image, {"reader1": lesion.voxels}, ROI)
    coarsest = np.linalg.norm(affine[:3, :3], axis=0).max()
    found = centroid(region.masks["reader1"], region.volume.affine)
    assert np.linalg.norm(found - truth) < 0.5 + 0.12 * coarsest
    assert region.masks["reader1"].sum() == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.15)
    assert np.allclose(region.volume.direction, image.direction, atol=1e-9)
    assert np.allclose(region.volume.spacing, 1.0)


@settings(max_examples=60, deadline=None)
@given(
    spacing=st.tuples(*[st.sampled_from([0.4, 0.703125, 0.8, 0.859375, 1.0, 1.2, 2.5, 4.0])] * 3),
    angles=triples(-0.3, 0.3),
    middle=st.tuples(*[st.integers(14, 40)] * 3),
    noise=st.lists(st.floats(-6e-8, 6e-8), min_size=9, max_size=9),
    seed=st.integers(0, 9),
)
def test_the_precision_of_a_file_moves_no_voxel(spacing, angles, middle, noise, seed):
    """Grids of which many voxels lie halfway between two others, as a file in double and one in
    single precision state them."""
    voxels = np.random.default_rng(seed).normal(size=(60, 70, 80)).astype(np.float32)
    mask = np.linalg.norm(np.argwhere(np.ones_like(voxels)) - middle, axis=1) < 6.5
    affine = affine_of(spacing, angles, (-100.0, 30.0, 7.0))
    stored = affine.copy()
    stored[:3, :3] *= 1 + np.reshape(noise, (3, 3))
    regions = [
        extract_roi(Volume(voxels, each), {"reader1": mask.reshape(voxels.shape)}, ROI)
        for each in (affine, stored)
    ]
    one, other = regions
    assert np.array_equal(one.start, other.start) and one.acquired == other.acquired
    assert np.array_equal(one.masks["reader1"], other.masks["reader1"])
    assert one.squares["reader1"].side == other.squares["reader1"].side
    assert np.abs(one.volume.voxels - other.volume.voxels).max() < 1e-3


@settings(max_examples=30, deadline=None)
@given(affine=AFFINES, shift=triples(-3.0, 3.0), slope=triples(-5.0, 5.0))
def test_a_ramp_in_space_keeps_its_values_at_every_voxel_of_the_crop(affine, shift, slope):
    size, middle = around(affine, 17, 8)  # beyond 8 voxels the spline does not feel the edge
    ramp = 40 + (positions(size, affine) - middle) @ slope
    mask = ball(size, affine, middle + shift, 8.0)
    image, lesion = in_patient_axes(affine, ramp.astype(np.float32), mask)
    region = extract_roi(image, {"reader1": lesion.voxels}, ROI | {"margin_mm": 4.0})
    crop = region.volume
    expected = 40 + (positions(crop.voxels.shape[::-1], crop.affine) - middle) @ slope
    assert np.abs(crop.voxels - expected).max() <= 1e-3 + 1e-4 * np.ptp(ramp)


def sphere(spacing, centre=(5.0, -8.0, 12.0), extent_mm=80.0):
    """A ball of RADIUS mm, brighter to the patient's left."""
    size = np.round(extent_mm / np.array(spacing)).astype(int)
    affine = affine_of(spacing, origin=np.array(centre) - size * spacing / 2)
    mask = ball(size, affine, centre, RADIUS)
    voxels = np.where(mask, 100 + positions(size, affine)[..., 0], 0).astype(np.float32)
    return Volume(voxels, affine), mask


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 5.0), (1.2, 1.2, 4.0), (1.0, 1.0, 1.0)])
def test_a_sphere_keeps_its_centre_and_its_largest_area(spacing):
    centre = np.array([5.0, -8.0, 12.0])
    image, mask = sphere(spacing)
    region = extract_roi(image, {"reader1": mask}, ROI)
    square = region.squares["reader1"]
    area = region.masks["reader1"][square.start[0]].sum()
    assert area == pytest.approx(np.pi * RADIUS**2, rel=0.05)
    assert square.side == pytest.approx(2 * RADIUS + 2 * ROI["margin_mm"], abs=2)
    middle = square.start[::-1] + np.array([1, 1, 0]) * (square.side - 1) / 2
    away = region.volume.position(middle) - centre
    assert np.abs(away[:2]).max() <= 1.0
    assert abs(away[2]) <= max(1.0, spacing[2] / 2)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
def test_the_crop_is_the_lesion_and_its_margin(axis, spacing_mm):
    shape = np.full(3, 60)
    shape[axis] = 12
    spacing = np.ones(3)
    spacing[axis] = 5.0
    extents = [(20, 40)] * 3
    extents[axis] = (4, 7)
    image = Volume(np.random.default_rng(0).random(tuple(shape)), affine_of(spacing[::-1]))
    masks = {"reader1": block(shape, *extents)}
    region = extract_roi(image, masks, ROI | {"spacing_mm": spacing_mm, "margin_mm": 6.0})
    square = region.squares["reader1"]
    assert square.axis == axis
    assert square.side * spacing_mm == pytest.approx(20 + 2 * 6, abs=2 * spacing_mm)
    assert region.acquired["reader1"] in (5, 6)
    mm = np.array(region.volume.voxels.shape) * spacing_mm
    assert np.allclose(np.delete(mm, axis), 32, atol=2 * spacing_mm)
    assert mm[axis] == pytest.approx(15 + 2 * 6, abs=5.0)


@pytest.mark.parametrize(
    "axis, top, left",
    [(0, "anterior", "right"), (1, "superior", "right"), (2, "superior", "anterior")],
)
def test_the_patch_lies_as_radiologists_see_it(axis, top, left):
    spacing, extents = np.ones(3), [(10, 20)] * 3
    spacing[axis], extents[axis] = 5.0, (6, 9)
    shape = np.full(3, 30)
    shape[axis] = 14
    affine = affine_of(spacing[::-1])
    place = dict(
        zip(("right", "anterior", "inferior"), positions(shape[::-1], affine).T, strict=True)
    )
    place["superior"] = -place["inferior"]
    masks = {"reader1": block(shape, *extents)}
    for edge, where in ((top, 0), (left, 1)):
        ramp = place[edge].T.astype(np.float32)  # darkest at that edge
        pixels = patch(extract_roi(Volume(ramp, affine), masks, ROI), "reader1", -30, 30)
        steps = np.diff(pixels[2:-2, 2:-2], axis=where)
        assert np.allclose(steps, 1 / 60, atol=1e-3)


def test_moving_the_patient_moves_nothing_in_the_patch():
    image, mask = sphere((0.8, 0.8, 5.0))
    moved = Volume(image.voxels, affine_of(image.spacing, origin=(100, -50, 7)))
    pixels = [
        patch(extract_roi(each, {"reader1": mask}, ROI), "reader1", 0, 130)
        for each in (image, moved)
    ]
    assert np.allclose(*pixels, atol=1e-5)


def test_beyond_the_image_the_patch_is_dark():
    image, mask = sphere((1.0, 1.0, 4.0), extent_mm=34.0)
    pixels = patch(extract_roi(image, {"reader1": mask}, ROI), "reader1", -50.0, 130.0)
    assert pixels.shape[0] == pixels.shape[1] >= 2 * RADIUS + 18
    assert (pixels[[0, -1]] == 0).all()
    assert (pixels[:, [0, -1]] == 0).all()
    assert pixels.max() > 0.5


def test_a_lesion_of_a_whole_slice_has_a_patch():
    image = Volume(np.random.default_rng(0).random((6, 30, 40)), affine_of((1, 1, 5)))
    region = extract_roi(image, {"reader1": block((6, 30, 40), (2, 4), (0, 30), (0, 40))}, ROI)
    assert region.at_border == {"reader1": True}
    assert region.masks["reader1"].shape[1:] == (30, 40)
    assert patch(region, "reader1", 0, 1).shape == (60, 60)


@pytest.mark.parametrize("voxel, side", [((3, 9, 9), 22), ((0, 0, 0), 21), ((5, 29, 29), 22)])
def test_a_lesion_of_one_voxel_has_a_patch(voxel, side):
    image = Volume(np.random.default_rng(0).random((6, 30, 30)), affine_of((2, 2, 5)))
    mask = np.zeros((6, 30, 30), bool)
    mask[voxel] = True
    region = extract_roi(image, {"reader1": mask}, ROI)
    assert region.components == {"reader1": [1]}
    assert patch(region, "reader1", 0, 1).shape == (side, side)
    away = centroid(region.masks["reader1"], region.volume.affine) - np.multiply(
        voxel[::-1], (2, 2, 5)
    )
    assert (np.abs(away) <= (1, 1, 2.5)).all()


def test_an_image_of_one_slice_has_a_patch_of_that_slice():
    image = Volume(np.random.default_rng(0).random((1, 40, 40)), affine_of((1, 1, 5)))
    region = extract_roi(image, {"reader1": block((1, 40, 40), (0, 1), (15, 25), (12, 28))}, ROI)
    assert region.acquired == {"reader1": 0}
    assert region.at_border == {"reader1": False}
    assert patch(region, "reader1", 0, 1).shape == (36, 36)


@pytest.mark.parametrize("spacing", [0.7, 1.0, 2.5, 5.0])
@pytest.mark.parametrize("index", [6, 9, 10])
def test_the_acquired_slice_is_the_outlined_one(spacing, index):
    image = Volume(IMAGE.voxels, affine_of((1, 1, spacing)))
    masks = {"reader1": block(SHAPE, (index, index + 1), (20, 30), (20, 30))}
    assert extract_roi(image, masks, ROI).acquired == {"reader1": index}


def test_a_lesion_between_the_new_grid_s_voxels_is_lost():
    image = Volume(np.zeros((9, 40, 40), np.float32), affine_of((0.2, 0.2, 1)))
    with pytest.raises(LesionLostError) as lost:
        extract_roi(image, {"reader1": block((9, 40, 40), (4, 5), (2, 3), (2, 4))}, ROI)
    assert lost.value.reader == "reader1"
    assert lost.value.size_mm.tolist() == pytest.approx([0.4, 0.2, 1.0])


@pytest.mark.parametrize("index", range(20))
def test_an_outline_on_any_thin_slice_is_found(index):
    image = Volume(np.zeros((20, 40, 40), np.float32), affine_of((1, 1, 0.6)))
    mask = block((20, 40, 40), (index, index + 1), (10, 20), (12, 24))
    region = extract_roi(image, {"reader1": mask}, ROI)
    assert region.masks["reader1"].sum() == 120
    z = centroid(region.masks["reader1"], region.volume.affine)[2]
    assert abs(z - 0.6 * index) <= 0.5 + 1e-9


SHAPE = (12, 60, 60)
IMAGE = Volume(np.random.default_rng(2).random(SHAPE).astype(np.float32), affine_of((1, 1, 4)))
TWO = {
    "reader1": block(SHAPE, (3, 6), (20, 30), (20, 30)),
    "reader2": block(SHAPE, (4, 9), (24, 40), (26, 36)),
}


def test_every_reader_has_a_slice_and_a_square_of_their_own():
    region = extract_roi(IMAGE, TWO, ROI)
    assert region.acquired == {"reader1": 4, "reader2": 6}
    sides = {reader: square.side for reader, square in region.squares.items()}
    assert sides == {"reader1": 10 + 20, "reader2": 16 + 20}
    for reader, mask in TWO.items():
        found = centroid(region.masks[reader], region.volume.affine)
        assert np.allclose(found, centroid(mask, IMAGE.affine), atol=0.6)


def test_a_shared_square_lies_on_reader_1_s_slice_around_all_outlines():
    region = extract_roi(IMAGE, TWO, ROI | {"box": "shared"})
    square, other = region.squares["reader1"], region.squares["reader2"]
    assert (square.side, square.start.tolist()) == (other.side, other.start.tolist())
    assert region.acquired == {"reader1": 4, "reader2": 4}
    assert square.side == 20 + 20  # rows 20 to 40 of both together
    pixels = [patch(region, reader, 0, 1) for reader in TWO]
    assert np.array_equal(*pixels)
    masked = [patch(region, reader, 0, 1, "mask") for reader in TWO]
    assert not np.array_equal(*masked)


@pytest.mark.parametrize("channels", ["slice", "neighbours"])
def test_background_mask_leaves_only_the_lesion(channels):
    region = extract_roi(IMAGE, TWO, ROI | {"channels": channels})
    kept, alone = (patch(region, "reader1", -1, 1, background) for background in ("keep", "mask"))
    square = region.squares["reader1"]
    lesion = np.pad(np.ones((10, 10), bool), 10)
    assert lesion.shape == (square.side,) * 2
    assert (alone[..., ~lesion] == 0).all()
    assert np.array_equal(alone[..., lesion], kept[..., lesion])
    assert (kept[..., ~lesion] > 0).all()


@pytest.mark.parametrize("neighbour_mm, distance", [(None, 4), (2.0, 2), (0.2, 1)])
def test_neighbours_are_the_slices_before_and_after(neighbour_mm, distance):
    steps = np.arange(12, dtype=np.float32)[:, None, None] * np.ones(SHAPE[1:], np.float32)
    image = Volume(steps, IMAGE.affine)
    settings_ = ROI | {"channels": "neighbours", "neighbour_mm": neighbour_mm, "margin_mm": 2.0}
    region = extract_roi(image, {"reader1": block(SHAPE, (5, 8), (20, 30), (20, 30))}, settings_)
    before, middle, after = patch(region, "reader1", 0, 11)[:, 7, 7] * 11
    assert middle == pytest.approx(6, abs=0.51)
    assert after - middle == pytest.approx(distance / 4, abs=0.02)
    assert middle - before == pytest.approx(distance / 4, abs=0.02)


def test_neighbours_farther_than_the_margin_are_in_the_crop():
    steps = np.arange(12, dtype=np.float32)[:, None, None] * np.ones(SHAPE[1:], np.float32)
    far = ROI | {"channels": "neighbours", "neighbour_mm": 8.0, "margin_mm": 0.0}
    masks = {"reader1": block(SHAPE, (5, 6), (20, 30), (20, 30))}
    region = extract_roi(Volume(steps, IMAGE.affine), masks, far)
    assert np.allclose(patch(region, "reader1", 0, 11)[:, 5, 5] * 11, (3, 5, 7), atol=0.02)


@pytest.mark.parametrize("first, last", [(0, 1), (11, 12)])
def test_beyond_the_last_slice_the_last_one_repeats(first, last):
    region = extract_roi(
        IMAGE,
        {"reader1": block(SHAPE, (first, last), (20, 30), (20, 30))},
        ROI | {"channels": "neighbours"},
    )
    square = region.squares["reader1"]
    rows, columns = (slice(square.start[i], square.stop[i]) for i in (1, 2))
    before, middle, after = patch(region, "reader1", 0, 1)
    edge, outermost = (before, 0) if first == 0 else (after, -1)
    assert np.array_equal(edge, region.volume.voxels[outermost, rows, columns])
    assert np.array_equal(middle, region.volume.voxels[square.start[0], rows, columns])


def test_where_the_spline_overshoots_it_is_clamped_and_counted():
    step = np.zeros(SHAPE, np.int16)
    step[:, :, 25:] = 1000
    region = extract_roi(Volume(step, affine_of((0.8, 0.8, 4))), {"reader1": TWO["reader1"]}, ROI)
    assert region.clamped > 100
    assert (region.volume.voxels.min(), region.volume.voxels.max()) == (0, 1000)


def test_nothing_is_clamped_of_an_image_on_the_new_grid():
    image = Volume(IMAGE.voxels, affine_of((1, 1, 1)))
    assert extract_roi(image, {"reader1": TWO["reader1"]}, ROI).clamped < 0.01 * 30**3


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_the_crop_is_of_single_precision_whatever_was_stored(dtype):
    image = Volume((IMAGE.voxels * 200).astype(dtype), IMAGE.affine)
    assert extract_roi(image, TWO, ROI).volume.voxels.dtype == np.float32


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_masks_of_all_readers_lie_whole_within_the_crop(data):
    starts = data.draw(st.lists(st.tuples(*[st.integers(0, n - 3) for n in SHAPE]), min_size=2))
    masks = {
        reader: block(SHAPE, *[(a, min(a + 9, n)) for a, n in zip(start, SHAPE, strict=True)])
        for reader, start in zip(("reader1", "repeat", "reader2"), starts, strict=False)
    }
    region = extract_roi(IMAGE, masks, ROI)
    for reader, mask in masks.items():
        assert region.masks[reader].shape == region.volume.voxels.shape
        assert region.masks[reader].sum() == pytest.approx(4 * mask.sum(), rel=0.6)
        found = centroid(region.masks[reader], region.volume.affine)
        assert np.allclose(found, centroid(mask, IMAGE.affine), atol=2)
        assert patch(region, reader, 0, 1).shape == (region.squares[reader].side,) * 2


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_neighbours_come_in_the_patient_s_order(axis):
    steps = np.arange(30, dtype=np.float32)
    shape = [30, 30, 30]
    ramp = np.broadcast_to(steps.reshape([-1 if i == axis else 1 for i in range(3)]), shape)
    extents = [(10, 20)] * 3
    extents[axis] = (14, 15)
    chosen = ROI | {"channels": "neighbours", "neighbour_mm": 3.0}
    image = Volume(np.ascontiguousarray(ramp), affine_of((1, 1, 1)))
    region = extract_roi(image, {"reader1": block(shape, *extents)}, chosen)
    middle = region.squares["reader1"].side // 2
    found = patch(region, "reader1", 0, 29)[:, middle, middle] * 29
    assert found == pytest.approx([11, 14, 17], abs=0.01)


def test_all_readers_are_cut_in_reader_1_s_plane():
    image = Volume(np.zeros((40, 40, 40), np.float32), affine_of((1, 1, 1)))
    masks = {
        "reader1": block((40, 40, 40), (10, 20), (15, 16), (10, 20)),
        "repeat": block((40, 40, 40), (10, 20), (11, 19), (10, 20)),
    }
    region = extract_roi(image, masks, ROI)
    assert {square.axis for square in region.squares.values()} == {1}


def test_the_lesion_s_neighbourhood_does_not_depend_on_other_readers():
    alone = extract_roi(IMAGE, {"reader1": TWO["reader1"]}, ROI)
    both = extract_roi(IMAGE, TWO, ROI)
    assert both.volume.voxels.size > alone.volume.voxels.size
    assert np.allclose(around_lesion(alone), around_lesion(both), atol=1e-5)


def test_of_equal_slices_the_plane_is_that_of_the_one_in_the_middle():
    image = Volume(np.zeros((12, 40, 40), np.float32), affine_of((1, 1, 5)))
    mask = block((12, 40, 40), (5, 7), (10, 20), (10, 20))
    region = extract_roi(image, {"reader1": mask}, ROI)
    assert region.acquired["reader1"] == 6
    square = region.squares["reader1"]
    plane = region.volume.position(np.array([0, 0, square.start[0]]))
    assert plane[2] == pytest.approx(30)
