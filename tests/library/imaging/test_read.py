"""Reading volumes, comparing grids, resampling regions."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from radfuse.errors import StudyError
from radfuse.geometry import (
    corner_distance,
    grid_problem,
    grid_size,
    nearest_indices,
    read_volume,
    resample_region,
)


def rotation(angles: tuple[float, float, float]) -> np.ndarray:
    """Rotation about x, then y, then z, in radians."""
    (a, b, c) = angles
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def save(path: Path, voxels: np.ndarray, affine: np.ndarray) -> Path:
    nibabel.save(nibabel.Nifti1Image(voxels, affine), path)
    return path


def affine_of(spacing: list[float], angles=(0.0, 0.0, 0.0), origin=(0.0, 0.0, 0.0)) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = rotation(angles) @ np.diag(spacing)
    affine[:3, 3] = origin
    return affine


angle = st.floats(-3.0, 3.0)


@settings(max_examples=25, deadline=None)
@given(
    angles=st.tuples(angle, angle, angle),
    spacing=st.tuples(*[st.floats(0.4, 6.0)] * 3),
    flip=st.tuples(*[st.sampled_from([1, -1])] * 3),
)
def test_every_voxel_keeps_its_physical_position(tmp_path_factory, angles, spacing, flip):
    affine = affine_of([s * f for s, f in zip(spacing, flip, strict=True)], angles, (12, -7, 30))
    voxels = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    path = save(tmp_path_factory.mktemp("v") / "v.nii.gz", voxels, affine)
    volume = read_volume(path, "P1")
    for index in [(0, 0, 0), (2, 1, 4), (1, 3, 2)]:
        left, posterior, superior = volume.TransformIndexToPhysicalPoint(index)
        ras = (affine @ [*index, 1])[:3]
        assert np.allclose([-left, -posterior, superior], ras, atol=1e-3)
        assert volume[index] == voxels[index]


def test_problems_of_a_file_are_named(tmp_path):
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"\x1f\x8b not gzip")
    with pytest.raises(StudyError, match="E11 file: P1 CT AP image"):
        read_volume(broken, "P1 CT AP image")
    four = save(tmp_path / "four.nii", np.zeros((2, 2, 2, 3), np.float32), np.eye(4))
    with pytest.raises(StudyError, match=r"E12 geometry.*\(2, 2, 2, 3\)"):
        read_volume(four, "P1")
    holes = np.zeros((2, 2, 2), np.float32)
    holes[0, 0, 0] = np.nan
    with pytest.raises(StudyError, match=r"E15 voxels.*1 voxels"):
        read_volume(save(tmp_path / "nan.nii", holes, np.eye(4)), "P1")


def test_grids_that_are_no_grid_are_refused(tmp_path):
    sheared = np.diag([1.0, 1.0, 5.0, 1.0])
    sheared[0, 1] = 0.5
    path = save(tmp_path / "shear.nii", np.zeros((3, 3, 3), np.float32), sheared)
    with pytest.raises(StudyError, match=r"E12 geometry.*not at right angles"):
        read_volume(path, "P1")
    path = save(
        tmp_path / "huge.nii", np.zeros((3, 3, 3), np.float32), np.diag([1.0, 1.0, 1000.0, 1.0])
    )
    with pytest.raises(StudyError, match=r"E12 geometry.*1000.0"):
        read_volume(path, "P1")


def test_truncated_gzip_is_an_error_with_a_code(tmp_path):
    path = save(
        tmp_path / "t.nii.gz",
        np.random.default_rng(0).random((20, 20, 20)).astype(np.float32),
        np.eye(4),
    )
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(StudyError, match="E11 file"):
        read_volume(path, "P1")


def test_grids_that_differ_say_in_what(tmp_path):
    def volume(name, shape=(4, 5, 6), spacing=(1.0, 1.0, 5.0), origin=(0.0, 0.0, 0.0)):
        affine = affine_of(list(spacing), origin=origin)
        return read_volume(save(tmp_path / name, np.zeros(shape, np.float32), affine), name)

    image = volume("image.nii")
    assert grid_problem(image, volume("same.nii"), 0.1) == ""
    assert "size" in grid_problem(image, volume("size.nii", shape=(4, 5, 7)), 0.1)
    assert "spacing" in grid_problem(image, volume("sp.nii", spacing=(1.0, 1.0, 4.0)), 0.1)
    shifted = volume("shift.nii", origin=(3.0, 0.0, 4.0))
    assert "5.00 mm" in grid_problem(image, shifted, 0.1)
    assert corner_distance(image, shifted) == pytest.approx(5.0)
    assert grid_problem(image, shifted, 6.0) == ""


def whole_volume(image: sitk.Image, spacing_mm: float) -> sitk.Image:
    """The obvious way: every voxel of the image resampled at once."""
    return sitk.Resample(
        image,
        [int(n) for n in grid_size(image, spacing_mm)],
        sitk.Transform(),
        sitk.sitkBSpline,
        image.GetOrigin(),
        [spacing_mm] * 3,
        image.GetDirection(),
    )


def test_a_region_equals_that_part_of_the_whole_volume(tmp_path):
    generator = np.random.default_rng(1)
    smooth = np.cumsum(generator.normal(size=(60, 70, 20)), axis=0).astype(np.float32)
    affine = affine_of([0.8, 0.8, 5.0], (0.1, -0.2, 0.05), (10, 20, -30))
    image = read_volume(save(tmp_path / "v.nii.gz", smooth, affine), "P1")
    whole = whole_volume(image, 1.0)
    start, size = np.array([12, 9, 30]), np.array([20, 25, 18])
    region, _ = resample_region(image, 1.0, start, size)
    window = tuple(slice(int(a), int(a + n)) for a, n in zip(start, size, strict=True))
    expected = sitk.GetArrayFromImage(whole[window])
    obtained = sitk.GetArrayFromImage(region)
    span = float(smooth.max() - smooth.min())
    inside = (expected > smooth.min()) & (expected < smooth.max())
    assert np.abs(obtained - expected)[inside].max() < 1e-3 * span
    assert np.allclose(region.GetOrigin(), whole[window].GetOrigin(), atol=1e-6)
    assert region.GetDirection() == image.GetDirection()


def test_overshoot_of_the_spline_is_clamped_and_counted(tmp_path):
    step = np.zeros((40, 40, 12), np.float32)
    step[20:] = 1000
    image = read_volume(save(tmp_path / "s.nii", step, affine_of([0.8, 0.8, 5.0])), "P1")
    region, clamped = resample_region(image, 1.0, np.array([5, 5, 5]), np.array([20, 20, 20]))
    values = sitk.GetArrayFromImage(region)
    assert clamped > 0
    assert values.min() >= 0
    assert values.max() <= 1000


def test_nearest_indices_are_those_of_nearest_neighbour_resampling(tmp_path):
    labels = np.random.default_rng(2).integers(0, 2, (13, 17, 7)).astype(np.float32)
    image = read_volume(save(tmp_path / "m.nii", labels, affine_of([0.8, 1.2, 4.0])), "P1")
    resampled = sitk.Resample(
        image,
        [int(n) for n in grid_size(image, 1.0)],
        sitk.Transform(),
        sitk.sitkNearestNeighbor,
        image.GetOrigin(),
        [1.0] * 3,
        image.GetDirection(),
    )
    indices = nearest_indices(image, 1.0)
    obtained = labels[np.ix_(*indices)].transpose(2, 1, 0)
    expected = sitk.GetArrayFromImage(resampled)
    # exact halves may round either way
    assert (obtained != expected).mean() < 0.12
