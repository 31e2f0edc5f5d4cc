"""Intensities: limits, percentiles and their region, and what cannot be Hounsfield units."""

import numpy as np
import pytest

from radfuse.imaging.foreground import foreground, percentile_region
from radfuse.imaging.intensity import (
    configured_limits,
    doubts,
    filled_in,
    in_hounsfield,
    like_a_picture,
    limits,
    not_hounsfield,
    rescale,
)


def modality(name="CT", method="auto", low=None, high=None) -> dict:
    return {"name": name, "intensity": {"method": method, "low": low, "high": high}}


@pytest.mark.parametrize(
    "settings, expected",
    [
        (modality(), ("window", -100.0, 240.0)),
        (modality("ct"), ("window", -100.0, 240.0)),
        (modality("MRI"), ("percentile", 0.1, 99.9)),
        (modality("CT", "percentile"), ("percentile", 0.1, 99.9)),
        (modality("PET", "window"), ("window", -100.0, 240.0)),
        (modality("CT", low=0, high=80), ("window", 0.0, 80.0)),
        (modality("MRI", high=99), ("percentile", 0.1, 99.0)),
        (modality("MRI", low=0), ("percentile", 0.0, 99.9)),
    ],
)
def test_what_the_config_leaves_open_the_modality_decides(settings, expected):
    assert configured_limits(settings) == expected


def test_a_window_is_taken_as_it_is_and_percentiles_are_those_of_the_voxels():
    voxels = np.arange(1001, dtype=np.int16).reshape(7, 11, 13)
    assert limits(voxels, "window", -100.0, 240.0) == (-100.0, 240.0)
    assert limits(voxels, "percentile", 0.1, 99.9) == pytest.approx((1.0, 999.0))
    assert limits(voxels, "percentile", 0, 100) == (0.0, 1000.0)


def test_intensities_become_0_to_1_and_are_clipped():
    scaled = rescale(np.array([-500, -100, 70, 240, 900], np.int16), -100.0, 240.0)
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


LESION = np.full(50, 60.0)


BODY = [-1000] * 50 + [-100] * 50 + [40] * 100  # air, fat and tissue


@pytest.mark.parametrize(
    "image, lesion, words",
    [
        (BODY, LESION, ""),
        ([*BODY, 3000], LESION + 700, ""),  # dense, but there is air
        ([*BODY, 3000], LESION + 900, ""),  # as a stone is
        ([0, 40, 300], LESION, ""),  # no air, but as dense as soft tissue
        ([0, 1060, 2300], LESION + 1000, "the lesion's median is 1060 and no voxel is below 0"),
        ([0.0, 0.25, 1.0], LESION / 100, "all its voxels lie between 0 and 1"),
        ([-4, 5, 5.9], LESION, "all its voxels lie between -4 and 5.9"),
        ([-4, 5, 6], LESION, ""),
        ([0, 500, 900], LESION + 180, ""),  # 240 is within the window
        ([0, 500, 900], LESION + 181, "median is 241 and no voxel is below 0"),  # T1, say
        # an intercept that lacks, with padding or with what a spline makes
        (
            [-1000] * 50 + [24] * 50 + [1060] * 50,
            LESION + 1000,
            "bone or metal, and there is no fat",
        ),
        ([-5] + [1060] * 1999, LESION + 500, "560 and only 1 of 2000 voxels are below 0"),
        ([-5] + [1060] * 900, LESION + 500, ""),
        ([0, 40, 65530], LESION, "its voxels go up to 65530: negative values were stored"),
        ([-1000, 40, 32767], LESION, ""),  # metal
    ],
)
def test_what_cannot_be_hounsfield_units(image, lesion, words):
    reason = not_hounsfield(np.array(image), lesion, high=240.0, whole=True)
    assert words in reason
    assert bool(reason) == bool(words)


@pytest.mark.parametrize(
    ("median", "high", "whole", "refused"),
    [
        (350, 240, False, False),  # a crop of enhanced liver with lipiodol
        (350, 240, True, True),
        (350, 400, True, False),  # the way out that the message names
        (85, 80, True, False),  # blood in a skull-stripped head, a narrow window
        (501, 240, False, True),
        (501, 2000, True, True),
    ],
)
def test_without_fat_and_air_the_lesion_s_density_decides(median, high, whole, refused):
    image, lesion = np.array([0, 40, 800]), np.full(9, median)
    assert bool(not_hounsfield(image, lesion, high, whole)) == refused


@pytest.mark.parametrize(
    ("voxels", "low", "told"),
    [
        ([0, 255], -100, True),
        ([0, 255], 0, False),
        ([-9, 255], -100, False),
        ([0, 256], -100, False),
    ],
)
def test_a_picture_of_a_window_is_known(voxels, low, told):
    assert like_a_picture(np.array(voxels, dtype=np.int16), low) == told


def test_one_dense_voxel_of_the_lesion_does_not_count():
    assert not_hounsfield(np.array([0, 50, 3000]), np.array([50, 50, 3000]), 240.0, True) == ""


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.98])
def test_the_foreground_of_two_levels_is_the_upper_one(share):
    random = np.random.default_rng(0)
    upper = random.random((12, 40, 40)) < share
    voxels = np.where(upper, 100, 0) + random.normal(0, 5, upper.shape)
    assert np.array_equal(np.sort(foreground(voxels)), np.sort(voxels[upper]))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_the_foreground_of_two_values(dtype):
    voxels = np.array([3] * 700 + [90] * 300, dtype).reshape(10, 10, 10)
    assert foreground(voxels).tolist() == [90] * 300
    assert foreground(voxels).dtype == dtype


def test_the_region_of_the_percentiles():
    image = np.array([0] * 70 + [100] * 30).reshape(1, 10, 10)
    crop = np.full((1, 2, 2), 7.0)
    assert percentile_region(image, crop, "image") is image
    assert percentile_region(image, crop, "roi") is crop
    assert percentile_region(image, crop, "foreground").tolist() == [100] * 30


def test_more_air_does_not_move_the_foreground_s_percentiles():
    random = np.random.default_rng(0)
    body = random.normal(300, 20, (10, 30, 30))
    narrow, wide = (
        np.concatenate([body, random.normal(5, 2, (count, 30, 30))]) for count in (5, 40)
    )
    found = [limits(foreground(each), "percentile", 0.1, 99.9) for each in (narrow, wide)]
    assert found[0] == pytest.approx(found[1], abs=1e-9)


def test_padding_hides_no_missing_intercept():
    image, lesion = np.array([-2000.0, 24, 1050, 3000]), np.array([1050.0])
    assert "no voxel is below 0" in not_hounsfield(image, lesion, 2000.0, False)


HU = {"low": -100.0, "high": 240.0, "hounsfield": True, "signal": False}
SIGNAL = {"low": 0.0, "high": 1000.0, "hounsfield": False, "signal": True}


@pytest.mark.parametrize(
    ("image", "lesion", "intensity", "words"),
    [
        ([-1000, 40, 300], 60, HU, []),
        ([0, 255], 60, HU, ["a picture of a window"]),
        ([-128, 127], 60, HU, ["cut to 8 bits?"]),
        ([0, 40, 300], 60, HU, ["hardly a voxel is below 0"]),
        ([-1000, 40, 300], 241, HU, ["median (241) is above the upper limit (240): white"]),
        ([-1000, 40, 300], -101, HU, ["median (-101) is below the lower limit (-100): black"]),
        ([0, 10, 900], 300, SIGNAL, []),
        ([0, 10, 900], 9, SIGNAL, ["as dark as air: does the outline lie on the patient?"]),
        ([0, 10, 900], 10, SIGNAL, []),
        ([-1000, 10, 900], 300, SIGNAL, ["like air in Hounsfield units (about -1000)"]),
        ([-1000] + [10] * 49, 300, SIGNAL, []),  # 2% of the voxels are not enough
        ([-1000] * 2 + [10] * 49, 300, SIGNAL, ["like air in Hounsfield units"]),
        ([-2000] * 9 + [-5] + [40] * 990, 60, HU, []),  # padding does not count
    ],
)
def test_what_no_voxel_proves_is_told(image, lesion, intensity, words):
    found = doubts(np.array(image, np.int16), np.full(5, lesion), intensity)
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32])
@pytest.mark.parametrize(("low", "floor"), [(-100.0, -1024), (-1350.0, -1350), (-1350.5, -1351)])
def test_what_was_filled_in_around_a_ct_is_cut_to_the_least_of_tissue(dtype, low, floor):
    image = np.array([-32000, floor - 1, floor, 40], dtype)
    found = filled_in(image, low)
    assert found.dtype == dtype and found.tolist() == [floor, floor, floor, 40]
    assert image[0] == -32000  # what was read stays
    assert filled_in(found, low) is found


@pytest.mark.parametrize(
    "name, method, low, expected",
    [
        ("CT", "auto", None, True),
        ("CT", "window", -60, True),
        ("ADC", "window", 0, False),
        ("X", "window", None, True),
        ("MRI", "auto", None, False),
    ],
)
def test_which_voxels_have_to_be_hounsfield_units(name, method, low, expected):
    assert in_hounsfield(modality(name, method, low)) is expected


def test_a_spike_does_not_move_the_foreground():
    voxels = np.repeat([0.0, 100.0], 5000).reshape(10, 10, 100)
    voxels[0, 0, 0] = 1e6
    assert foreground(voxels).size == 5001
