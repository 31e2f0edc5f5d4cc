import numpy as np
import pytest
from test_phantom import ROW

from radfuse.simulation.anatomy import (
    dent,
    draw_lesions,
    draw_vessels,
    ellipsoid,
    lesion_distance,
    liver_distance,
    tubes,
    window_centre,
)
from radfuse.simulation.phantom import Truth, inside, voxel_axes, window_mm

AXES = voxel_axes(np.zeros(3), np.array([80.0, 80, 80]), np.ones(3))


def truth(**columns: object) -> Truth:
    return Truth.from_row(ROW | {name: str(value) for name, value in columns.items()}, "P")


def test_the_volume_of_an_ellipsoid():
    semi = np.array([30.0, 20, 12])
    share = inside(ellipsoid(AXES, np.array([2.0, 0, -5]), semi))
    assert share.sum() == pytest.approx(4 / 3 * np.pi * semi.prod(), rel=0.01)


def test_the_volume_of_a_tube():
    chain = np.array([[-20.0, 0, 0, 4], [0, 0, 0, 4], [20, 0, 0, 4]])
    share = tubes([chain], AXES)
    cylinder_with_round_ends = np.pi * 4**2 * 40 + 4 / 3 * np.pi * 4**3
    assert share.sum() == pytest.approx(cylinder_with_round_ends, rel=0.02)


def test_vessels_run_through_the_liver():
    axes = voxel_axes(np.array([-50.0, 0, 0]), np.array([240.0, 200, 160]), np.full(3, 2.0))
    share = tubes(draw_vessels(np.random.default_rng(1)), axes)
    liver = liver_distance(axes) < 0
    assert 0.005 < share[liver].mean() < 0.05
    assert share[liver].sum() > 0.7 * share.sum()


@pytest.mark.parametrize("location", ["left", "right", "subcapsular"])
@pytest.mark.parametrize("lobulation", [0, 1])
def test_the_largest_axial_diameter_is_the_truth_s(location, lobulation):
    for seed in range(4):
        wanted = truth(diameter_mm=50, location=location, lobulation=lobulation)
        (lesion,) = draw_lesions(wanted, np.random.default_rng(seed))
        axes = voxel_axes(lesion.centre, np.array([120.0, 120, 1]), np.full(3, 0.5))
        box, distance = lesion_distance(lesion, axes, 10)
        points = np.argwhere(distance[:, :, distance.shape[2] // 2] < 0) * 0.5
        across = [np.ptp(points @ [np.cos(a), np.sin(a)]) for a in np.linspace(0, np.pi, 60)]
        assert max(across) == pytest.approx(50, rel=0.08)
        assert distance.shape == tuple(part.stop - part.start for part in box)


def test_lobulation_roughens_the_surface():
    directions = np.random.default_rng(0).normal(size=(3, 500))
    directions /= np.linalg.norm(directions, axis=0)
    spread = [
        draw_lesions(truth(lobulation=value), np.random.default_rng(3))[0]
        .boundary(directions)
        .std()
        for value in (0, 0.5, 1)
    ]
    assert spread == sorted(spread)
    assert spread[2] > 3 * spread[0]


def test_lesions_lie_where_they_should():
    for seed in range(10):
        random = np.random.default_rng(seed)
        centres = {
            location: draw_lesions(truth(location=location), random)[0].centre
            for location in ("left", "right", "subcapsular")
        }
        assert centres["left"][0] > -25 > centres["right"][0]  # u points to the patient's left
        depth = {
            name: liver_distance(tuple(np.atleast_1d(c) for c in centre)).item()
            for name, centre in centres.items()
        }
        assert depth["right"] < -40
        assert -25 < depth["subcapsular"] < -10


def test_satellites_are_smaller_apart_and_in_view():
    for seed in range(8):
        several = truth(lesions=3, diameter_mm=45)
        largest, *satellites = draw_lesions(several, np.random.default_rng(seed))
        assert len(satellites) == 2
        limit = window_mm(several) / 2
        for satellite in satellites:
            assert satellite.radius < 0.5 * largest.radius
            gap = np.linalg.norm(satellite.centre - largest.centre)
            assert gap > largest.radius + satellite.radius
            offset = np.abs(satellite.centre - window_centre(largest))
            assert (offset + satellite.radius < limit).all()


def test_the_dent_is_1_at_the_surface_and_fades():
    (lesion,) = draw_lesions(truth(location="subcapsular"), np.random.default_rng(0))
    axes = voxel_axes(lesion.centre, np.full(3, 160.0), np.full(3, 2.0))
    bump = dent(axes, lesion)
    peak = np.unravel_index(bump.argmax(), bump.shape)
    assert bump[peak] == pytest.approx(1, abs=0.02)
    assert abs(liver_distance(axes)[peak]) < 3
    assert bump.min() < 0.01
