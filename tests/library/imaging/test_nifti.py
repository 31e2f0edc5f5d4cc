"""What is written as NIfTI is read the same by others."""

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from phantoms import AFFINES, RAS, affine_of

from radfuse.imaging.nifti import read_nifti, write_nifti
from radfuse.imaging.volume import Volume

VOXELS = np.arange(60, dtype=np.float32).reshape(3, 4, 5)


@settings(max_examples=25, deadline=None)
@given(affine=AFFINES)
def test_simpleitk_reads_what_was_written(tmp_path_factory, affine):
    path = tmp_path_factory.mktemp("n") / "n.nii.gz"
    write_nifti(Volume(VOXELS, affine), path)
    image = sitk.ReadImage(str(path))
    assert np.array_equal(sitk.GetArrayFromImage(image), VOXELS)
    for index in [(0, 0, 0), (4, 3, 2)]:
        position = image.TransformIndexToPhysicalPoint(index)
        assert np.allclose(position, affine[:3, :3] @ index + affine[:3, 3], atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(affine=AFFINES)
def test_sform_and_qform_are_both_the_volume_s_affine(tmp_path_factory, affine):
    path = tmp_path_factory.mktemp("n") / "n.nii.gz"
    write_nifti(Volume(VOXELS, affine), path)
    header = nibabel.load(path).header
    assert header["sform_code"] == header["qform_code"] == 1
    assert header.get_xyzt_units()[0] == "mm"
    assert np.allclose(header.get_sform(), RAS @ affine, atol=1e-3)
    # a quaternion in single precision is known to 1e-3 where it turns by nearly 180 degrees
    assert np.allclose(header.get_qform(), RAS @ affine, atol=1e-2)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_what_was_written_reads_back_without_a_note(tmp_path, dtype):
    affine = affine_of((1, 1, 1), (0.3, -0.2, 0.1), (5, 6, 7), flips=(1, 1, -1))
    write_nifti(Volume(VOXELS.astype(dtype), affine), tmp_path / "n.nii.gz")
    volume = read_nifti(tmp_path / "n.nii.gz", "P1")
    assert volume.voxels.dtype == dtype
    assert np.array_equal(volume.voxels, VOXELS)
    assert np.allclose(volume.affine, affine, atol=1e-5)
    assert volume.notes == ()


def test_equal_volumes_are_equal_files(tmp_path):
    for name in ("a.nii.gz", "b.nii.gz"):
        write_nifti(Volume(VOXELS, affine_of((1, 1, 1))), tmp_path / name)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()
