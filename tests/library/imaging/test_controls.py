"""Negative controls of a lesion: what they keep of it, what they lose, and where they are from."""

import numpy as np
import pytest
from phantoms import ROI, affine_of, ball, positions

from radfuse.imaging import controls
from radfuse.imaging.roi import extract_roi, patch
from radfuse.imaging.volume import Volume

LIMITS = (0.0, 200.0)
SIZE, SPACING = np.array([150, 150, 12]), (1.0, 1.0, 4.0)
MIDDLE = (75.0, 75.0, 20.0)
RADIUS = 12.0
AXES = (("R", "L"), ("A", "P"), ("I", "S"))


def body(air: str = "") -> tuple[Volume, np.ndarray]:
    """Textured tissue around a brighter lesion; beyond it to the sides `air` (R L A P) is air."""
    affine = affine_of(SPACING)
    place = positions(SIZE, affine)
    texture = np.random.default_rng(1).normal(0, 10, place.shape[:3])
    voxels = 60 + texture
    mask = ball(SIZE, affine, MIDDLE, RADIUS)
    voxels[mask] += 60
    for side in air:
        axis, sign = {"R": (0, -1), "L": (0, 1), "A": (1, -1), "P": (1, 1)}[side]
        beyond = sign * (place[..., axis] - MIDDLE[axis]) > RADIUS + 8
        voxels[beyond] = -100
    return Volume(voxels.astype(np.float32), affine), mask


def beside(image: Volume, masks: dict[str, np.ndarray], **settings) -> np.ndarray | None:
    settings = ROI | settings
    region = extract_roi(image, masks, settings)
    return controls.background(image, masks, region, LIMITS, LIMITS[0], settings)


@pytest.mark.parametrize("channels", ["slice", "neighbours"])
def test_shuffling_keeps_the_lesion_s_intensities_and_all_that_is_around_it(channels):
    image, mask = body()
    region = extract_roi(image, {"reader1": mask}, ROI | {"channels": channels})
    before = patch(region, "reader1", *LIMITS)
    shuffled = controls.shuffled(region, [1])
    after = patch(shuffled, "reader1", *LIMITS)
    assert after.shape == before.shape and not np.array_equal(before, after)
    for old, new, inside in zip(
        region.volume.voxels, shuffled.volume.voxels, region.masks["reader1"], strict=True
    ):
        assert np.array_equal(old[~inside], new[~inside])
        assert np.array_equal(np.sort(old[inside]), np.sort(new[inside]))
    again = patch(controls.shuffled(region, [1]), "reader1", *LIMITS)
    other = patch(controls.shuffled(region, [2]), "reader1", *LIMITS)
    assert np.array_equal(after, again) and not np.array_equal(after, other)


def test_shuffling_ends_the_texture():
    """A lesion of two halves: neighbours are alike before, and not after."""
    image, mask = body()
    image.voxels[mask] = np.where(positions(SIZE, image.affine)[mask][:, 0] < MIDDLE[0], 20, 180)
    region = extract_roi(image, {"reader1": mask}, ROI)
    inside = region.masks["reader1"][region.squares["reader1"].start[0]]

    def steps(region) -> float:
        plane = region.volume.voxels[region.squares["reader1"].start[0]]
        both = inside[:, 1:] & inside[:, :-1]
        return np.abs(np.diff(plane, axis=1))[both].mean()

    assert steps(controls.shuffled(region, [1])) > 5 * steps(region)


GAP = 3  # voxels of 1 mm


def by_trying(image: Volume, mask: np.ndarray) -> np.ndarray:
    """The background found by looking at every square on the lesion's slice, of 1 mm voxels."""
    region = extract_roi(image, {"reader1": mask}, ROI)
    square = region.squares["reader1"]
    z, y, x = region.start + square.start
    plane, lesion = (each[int(z / SPACING[2])] for each in (image.voxels, mask))
    assert z % SPACING[2] == 0
    reach = square.side + GAP
    found = []
    for down, right in np.ndindex(2 * reach + 1, 2 * reach + 1):
        down, right = down - reach, right - reach
        rows, columns = (
            np.clip([begin, begin + square.side], 0, None) for begin in (y + down, x + right)
        )
        near = [slice(max(a - GAP, 0), b + GAP) for a, b in (rows, columns)]
        own = slice(*rows), slice(*columns)
        if not lesion[tuple(near)].any():
            tissue = (plane[own] > 0).sum()
            found.append(((-tissue, down**2 + right**2, right, down), plane[own]))
    return np.clip(min(found, key=lambda each: each[0])[1] / 200, 0, 1)


@pytest.mark.parametrize("air", ["LAP", "RAP", "RLA", "RLP", "RA", ""])
def test_the_background_is_the_nearest_of_the_squares_with_most_tissue(air):
    image, mask = body(air)
    found = beside(image, {"reader1": mask})
    # of 1 mm in the plane and on an acquired slice, so that the spline gives the voxels themselves
    assert found == pytest.approx(by_trying(image, mask), abs=1e-4)
    assert (found > 0).mean() > (0.7 if len(air) == 3 else 0.99)


def test_the_background_holds_nothing_that_a_reader_outlined():
    image, mask = body("LAP")
    assert beside(image, {"reader1": mask}) is not None
    second = mask | ball(SIZE, image.affine, (32.0, 75.0, 20.0), 3.0)
    # elsewhere there is no tissue
    assert beside(image, {"reader1": mask, "reader2": second}) is None


def test_without_a_margin_the_lesion_stands_for_tissue():
    image, _ = body()
    mask = np.zeros(image.voxels.shape, dtype=bool)
    mask[4:8, 60:80, 60:80] = True
    region = extract_roi(image, {"reader1": mask}, ROI | {"margin_mm": 0.0})
    lowest, inside = image.voxels.min(), np.percentile(region.volume.voxels, 75)
    least = controls.least_signal(image, region)
    assert least == pytest.approx(lowest + controls.SIGNAL * (inside - lowest))


def test_an_image_cropped_to_the_lesion_has_no_background():
    image, mask = body()
    low, high = np.array([60, 60, 0]), np.array([91, 91, 12])
    cropped = image.crop(low, high)
    assert beside(cropped, {"reader1": mask[:, 60:91, 60:91]}) is None


def test_a_masked_background_has_the_lesion_s_outline():
    image, mask = body("LAP")
    region = extract_roi(image, {"reader1": mask}, ROI | {"background": "mask"})
    found = beside(image, {"reader1": mask}, background="mask")
    own = patch(region, "reader1", *LIMITS, "mask")
    assert np.array_equal(found > 0, own > 0)
    assert found.max() < own.max()


@pytest.mark.parametrize("spacing_mm", [0.5, 0.7, 0.9, 1.3])
def test_a_lesion_outlined_on_one_thin_slice_is_not_its_own_background(spacing_mm):
    """Its slice may lie between two planes of the 1 mm grid, and go to a plane beside it."""
    thin = affine_of((1.0, 1.0, spacing_mm))
    size = np.array([150, 150, 40])
    texture = np.random.default_rng(2).normal(60, 10, size[::-1]).astype(np.float32)
    for place in range(14, 26):
        mask = np.zeros(texture.shape, dtype=bool)
        mask[place] = ball(size, thin, (75.0, 75.0, place * spacing_mm), RADIUS)[place]
        # it goes on above and below, where nobody outlined it
        image = Volume(np.where(mask[place], 150, texture).astype(np.float32), thin)
        region = extract_roi(image, {"reader1": mask}, ROI)
        found = beside(image, {"reader1": mask})
        own = patch(region, "reader1", *LIMITS)
        assert found is not None and not np.array_equal(found, own)
        assert (found > 0.65).mean() < 0.001 < (own > 0.65).mean()


def test_a_background_of_three_slices_is_cut_from_three_slices():
    image, mask = body()
    settings = {"channels": "neighbours", "neighbour_mm": 4.0}
    region = extract_roi(image, {"reader1": mask}, ROI | settings)
    found = beside(image, {"reader1": mask}, **settings)
    assert found.shape == patch(region, "reader1", *LIMITS).shape
    alone = beside(image, {"reader1": mask})
    assert found[1] == pytest.approx(alone)
    assert not np.allclose(found[0], found[1]) and not np.allclose(found[1], found[2])


def test_noise_in_air_is_no_tissue():
    """MRI: magnitudes of noise beyond the body, far above the lowest percentile of the image."""
    image, mask = body("LAP")
    random = np.random.default_rng(3)
    air = image.voxels < 0
    image.voxels[air] = np.hypot(*random.normal(0, 4, (2, air.sum())))
    region = extract_roi(image, {"reader1": mask}, ROI)
    threshold = controls.least_signal(image, region)
    assert np.percentile(image.voxels[air], 95) < threshold < np.percentile(image.voxels[~air], 1)
    brighter = Volume(np.where(mask, 10 * image.voxels, image.voxels), image.affine)
    region = extract_roi(brighter, {"reader1": mask}, ROI)
    assert controls.least_signal(brighter, region) == pytest.approx(threshold, rel=0.15)
