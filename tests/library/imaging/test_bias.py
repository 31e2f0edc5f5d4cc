"""N4 takes away a smooth field, and only that."""

import numpy as np
import pytest
from phantoms import affine_of, ball

from radfuse.errors import StudyError
from radfuse.imaging.bias import without_bias
from radfuse.imaging.toolkit import sitk
from radfuse.imaging.volume import Volume

SIZE, AFFINE = (48, 48, 16), affine_of((4, 4, 8))
MIDDLE = (95, 95, 60)
BODY, LESION = ball(SIZE, AFFINE, MIDDLE, 70), ball(SIZE, AFFINE, MIDDLE, 20)


def shaded(offset: float = 0.0) -> Volume:
    """Tissue of 200 and a lesion of 300, multiplied by 0.7 to 1.4 from one side to the other."""
    noise = np.random.default_rng(0).normal(0, 2, BODY.shape)
    tissue = np.where(LESION, 300, np.where(BODY, 200, 0))
    field = np.exp(0.35 * np.linspace(-1, 1, 48)) * np.exp(
        0.15 * np.linspace(-1, 1, 48)[:, None] ** 2
    )
    return Volume((tissue * field + noise + offset).astype(np.float32), AFFINE)


def variation(voxels: np.ndarray) -> float:
    """Coefficient of variation of the tissue around the lesion."""
    tissue = voxels[BODY & ~LESION]
    return float(tissue.std() / tissue.mean())


@pytest.fixture(scope="module")
def corrected() -> Volume:
    return without_bias(shaded(), "i.nii", "P01 MRI AP")


def test_the_field_is_taken_away(corrected):
    assert variation(shaded().voxels) > 0.1
    assert variation(corrected.voxels) < variation(shaded().voxels) / 4


def test_the_lesion_keeps_its_contrast(corrected):
    ratio = corrected.voxels[LESION].mean() / corrected.voxels[BODY & ~LESION].mean()
    assert ratio == pytest.approx(1.5, rel=0.05)


def test_the_grid_and_the_notes_stay(corrected):
    image = Volume(shaded().voxels, AFFINE, (AFFINE,), ("a note",))
    again = without_bias(image, "i.nii", "P01 MRI AP")
    assert again.voxels.dtype == np.float32
    assert again.affine is AFFINE
    assert (again.stated, again.notes) == ((AFFINE,), ("a note",))
    assert np.array_equal(again.voxels, corrected.voxels)  # the same digits every time


def test_negative_voxels_are_no_obstacle():
    voxels = without_bias(shaded(offset=-500.0), "i.nii", "P01 MRI AP").voxels
    assert np.isfinite(voxels).all()
    assert voxels.min() == pytest.approx(shaded(-500.0).voxels.min(), abs=1e-3)


def test_it_works_on_one_thread(corrected):
    # another number of threads sums in another order
    assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 1


def test_an_image_too_thin_for_a_field_is_refused():
    image = Volume(np.ones((1, 40, 40), np.float32), np.eye(4))
    with pytest.raises(StudyError, match=r"E16 voxels: P01: i.nii has 40 x 40 x 1 voxels"):
        without_bias(image, "i.nii", "P01")
