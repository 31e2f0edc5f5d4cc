"""The region and its patches: position, volume, orientation."""

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from radfuse.geometry import read_volume
from radfuse.imaging.intensity import limits, rescale
from radfuse.imaging.roi import LesionLostError, extract_roi, patch

RADIUS = 15.0


def sphere(tmp_path, spacing, codes=("L", "A", "S"), centre=(5.0, -8.0, 12.0), shape_mm=80.0):
    """A bright ball of RADIUS mm at `centre` (RAS), brighter to the patient's left.

    Stored in the orientation `codes`; returns the image and its mask as (z, y, x) booleans.
    """
    size = [round(shape_mm / s) for s in spacing]
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = np.array(centre) - np.array(size) * spacing / 2
    grid = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij"), axis=-1)
    position = grid * spacing + affine[:3, 3]
    inside = ((position - centre) ** 2).sum(axis=-1) <= RADIUS**2
    voxels = np.where(inside, 100.0 - position[..., 0], 0.0).astype(np.float32)
    stored = nibabel.Nifti1Image(voxels, affine)
    ornt = nibabel.orientations.ornt_transform(
        nibabel.orientations.axcodes2ornt("RAS"), nibabel.orientations.axcodes2ornt(codes)
    )
    path = tmp_path / "image.nii.gz"
    nibabel.save(stored.as_reoriented(ornt), path)
    image = read_volume(path, "P1")
    return image, sitk.GetArrayFromImage(image) > 0


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 5.0), (1.2, 1.2, 4.0), (1.0, 1.0, 1.0)])
def test_a_sphere_keeps_centre_area_and_volume(tmp_path, spacing):
    image, mask = sphere(tmp_path, spacing)
    region = extract_roi(image, {"reader1": mask}, 1.0, 10.0)
    lesion = sitk.GetImageFromArray(region.masks["reader1"].astype(np.uint8))
    lesion.CopyInformation(region.volume)
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(lesion)
    left, posterior, superior = shape.GetCentroid(1)
    assert np.allclose([-left, -posterior, superior], [5.0, -8.0, 12.0], atol=spacing[2] / 2)
    assert shape.GetPhysicalSize(1) == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.08)
    square = region.squares["reader1"]
    area = region.masks["reader1"][square.start[0]].sum()
    assert area == pytest.approx(np.pi * RADIUS**2, rel=0.05)
    assert square.side == pytest.approx(2 * RADIUS + 20, abs=2)
    assert region.volume.GetSpacing() == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "LAS", "SRP", "PSR"])
def test_the_patch_is_the_same_however_the_image_is_stored(tmp_path, codes):
    image, mask = sphere(tmp_path, (1.0, 1.0, 5.0), codes="RAS")
    reference = patch(extract_roi(image, {"reader1": mask}, 1.0, 5.0), "reader1", 0.0, 130.0)
    image, mask = sphere(tmp_path, (1.0, 1.0, 5.0), codes=codes)
    obtained = patch(extract_roi(image, {"reader1": mask}, 1.0, 5.0), "reader1", 0.0, 130.0)
    assert obtained.shape == reference.shape
    assert np.abs(obtained - reference).max() < 1e-3
    # columns run to the patient's left, where the ball is brighter
    middle = obtained[obtained.shape[0] // 2]
    assert middle[-10] > middle[10] > 0


def test_beyond_the_image_the_patch_is_dark(tmp_path):
    image, mask = sphere(tmp_path, (1.0, 1.0, 4.0), shape_mm=34.0)
    region = extract_roi(image, {"reader1": mask}, 1.0, 10.0)
    pixels = patch(region, "reader1", -50.0, 130.0)
    assert pixels.shape == (region.squares["reader1"].side,) * 2
    assert (pixels[0] == 0).all()
    assert pixels.max() > 0.5


def test_each_reader_has_a_square_of_their_own(tmp_path):
    image, mask = sphere(tmp_path, (1.0, 1.0, 5.0))
    smaller = mask & np.roll(mask, 6, axis=2)
    region = extract_roi(image, {"reader1": mask, "reader2": smaller}, 1.0, 10.0)
    assert region.squares["reader1"].side > 0
    assert region.squares["reader1"].start.tolist() != region.squares["reader2"].start.tolist()


def test_moving_the_patient_moves_nothing_in_the_patch(tmp_path):
    image, mask = sphere(tmp_path, (0.8, 0.8, 5.0))
    first = extract_roi(image, {"reader1": mask}, 1.0, 10.0)
    image.SetOrigin((100.0, -50.0, 7.0))
    second = extract_roi(image, {"reader1": mask}, 1.0, 10.0)
    pixels = [patch(region, "reader1", 0.0, 130.0) for region in (first, second)]
    assert np.allclose(*pixels, atol=1e-5)


def test_a_lesion_between_the_new_grid_s_voxels_is_refused():
    image = sitk.GetImageFromArray(np.zeros((9, 40, 40), np.float32))
    image.SetSpacing((0.2, 0.2, 1.0))
    mask = np.zeros((9, 40, 40), bool)
    mask[4, 2, 2] = True
    with pytest.raises(LesionLostError):
        extract_roi(image, {"reader1": mask}, 1.0, 10.0)


def test_intensity_limits_and_rescaling():
    voxels = np.arange(101, dtype=np.float32)
    assert limits(voxels, "window", -100, 240) == (-100, 240)
    assert limits(voxels, "percentile", 1, 99) == (1.0, 99.0)
    assert rescale(np.array([-500.0, -100.0, 70.0, 240.0, 900.0]), -100, 240).tolist() == [
        0.0,
        0.0,
        0.5,
        1.0,
        1.0,
    ]
