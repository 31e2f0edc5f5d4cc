from dataclasses import fields

import numpy as np
import pytest

from radfuse.errors import StudyError
from radfuse.simulation.phantom import (
    Truth,
    box_around,
    generator,
    smooth_field,
    voxel_axes,
    window_mm,
)

ROW = {field.name: "0.2" for field in fields(Truth)} | {
    "diameter_mm": "40",
    "lesions": "1",
    "location": "right",
    "oblique_deg": "0",
}


def test_a_generator_depends_on_the_seed_and_every_word():
    draws = {
        generator(seed, *words).integers(2**60)
        for seed in (1, 2)
        for words in (("P1",), ("P2",), ("P1", "CT"), ("P1", "MRI"))
    }
    assert len(draws) == 8
    assert generator(1, "P1").integers(2**60) == generator(1, "P1").integers(2**60)


@pytest.mark.parametrize(
    ("column", "text", "part"),
    [
        ("rim", None, "rim is missing"),
        ("rim", "strong", "'strong', no number"),
        ("location", "caudate", "none of left, right, subcapsular"),
        ("diameter_mm", "400", "5 to 95 mm"),
        ("lesions", "0", "at least one lesion"),
    ],
)
def test_a_truth_that_cannot_be_drawn_is_refused(column, text, part):
    row = {name: value for name, value in (ROW | {column: text}).items() if value is not None}
    with pytest.raises(StudyError, match=r"E06 simulation: patient P7: ") as error:
        Truth.from_row(row, "P7")
    assert part in str(error.value)


def test_all_problems_of_a_truth_are_listed():
    with pytest.raises(StudyError) as error:
        Truth.from_row(ROW | {"rim": "", "location": ""}, "P7")
    assert len(error.value.problems) == 2


def test_a_further_column_such_as_the_patient_is_ignored():
    assert Truth.from_row(ROW | {"patient": "P7"}, "P7") == Truth.from_row(ROW, "P7")


def test_axes_are_centred_and_spaced():
    axes = voxel_axes(np.array([10.0, -5, 3]), np.array([100.0, 80, 60]), np.array([0.8, 0.8, 5]))
    assert [len(axis) for axis in axes] == [125, 100, 12]
    assert [axis.mean() for axis in axes] == pytest.approx([10, -5, 3], abs=1e-4)
    assert [np.diff(axis).mean() for axis in axes] == pytest.approx([0.8, 0.8, 5], abs=1e-4)


def test_a_box_holds_exactly_the_voxels_in_reach():
    axes = (np.arange(20.0), np.arange(10.0), np.arange(0, 50, 5.0))
    box = box_around(axes, np.array([5.0, 0.0, 20.0]), 6.0)
    inside = [axis[part].tolist() for axis, part in zip(axes, box, strict=True)]
    assert inside == [list(range(11)), list(range(6)), [15, 20, 25]]


def test_the_window_holds_the_lesion_and_a_margin():
    for diameter in (16, 50, 95):
        truth = Truth.from_row(ROW | {"diameter_mm": str(diameter)}, "P")
        # 16 mm that the window leans to the skin, 10 mm that the crop adds, registration 6 mm
        assert (window_mm(truth)[:2] / 2 >= diameter / 2 + 16).all()
        assert window_mm(truth)[2] > diameter + 10


def drawn_field(spacing: np.ndarray, scale: float, seed: int = 0) -> tuple[tuple, np.ndarray]:
    centre, extent = np.array([5.0, 0, -3]), np.array([120.0, 100, 80])
    axes = voxel_axes(centre, extent, spacing)
    return axes, smooth_field(np.random.default_rng(seed), axes, centre, extent, scale)


def test_fields_do_not_depend_on_the_voxels():
    fine_axes, fine = drawn_field(np.array([1.0, 1.0, 4.0]), 8.0)
    # an odd multiple keeps every third centre of the fine grid
    coarse_axes, coarse = drawn_field(np.array([3.0, 1.0, 4.0]), 8.0)
    assert fine_axes[0][1::3] == pytest.approx(coarse_axes[0])
    assert coarse == pytest.approx(fine[1::3], abs=1e-4)


def test_fields_have_mean_0_variance_1_and_are_smooth_over_their_scale():
    values = np.stack([drawn_field(np.array([4.0, 4.0, 4.0]), 10.0, seed)[1] for seed in range(20)])
    assert values.mean() == pytest.approx(0, abs=0.05)
    assert values.var() == pytest.approx(1, abs=0.08)
    neighbours = np.corrcoef(values[:, 1:].ravel(), values[:, :-1].ravel())[0, 1]
    distant = np.corrcoef(values[:, 12:].ravel(), values[:, :-12].ravel())[0, 1]
    assert neighbours > 0.85
    assert abs(distant) < 0.1
