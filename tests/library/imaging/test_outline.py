"""Outlines on their image's grid, and every reason against them, of all files at once."""

import nibabel
import numpy as np
import pytest
from phantoms import RAS, ROI, affine_of, block, save
from scipy import ndimage

from radfuse.errors import StudyError
from radfuse.imaging.outline import read_outlined

SHAPE = (10, 30, 40)
AFFINE = affine_of((0.8, 0.8, 5.0), (0.1, 0.2, -0.1), (10, 20, 30))
VOXELS = np.random.default_rng(0).normal(50, 20, SHAPE).astype(np.int16)
LESION = block(SHAPE, (3, 6), (10, 20), (12, 28))
LABELS = LESION.astype(np.uint8)
PLACE = "P01 CT AP"


def read(folder, mask, affine=AFFINE, label="", settings=ROI, **more):
    """Image, masks and notes of an image with this mask; `more` are other roles' files."""
    files = {"mask": save(folder / "m.nii", mask, affine)} | more
    return read_outlined(save(folder / "i.nii", VOXELS, AFFINE), files, label, "", settings, PLACE)


def refusals(folder, *arguments, **keywords) -> list[str]:
    with pytest.raises(StudyError) as caught:
        read(folder, *arguments, **keywords)
    return caught.value.problems


def test_image_and_outlines_of_three_roles(tmp_path):
    more = {
        "mask_repeat": save(tmp_path / "r.nii", np.roll(LABELS, 1, 2), AFFINE),
        "mask_reader2": save(tmp_path / "s.nii", np.roll(LABELS, 2, 1), AFFINE),
    }
    image, outlined, notes = read(tmp_path, LABELS, **more)
    assert np.array_equal(image.voxels, VOXELS)
    assert list(outlined) == ["reader1", "repeat", "reader2"]
    assert np.array_equal(outlined["reader1"], LESION)
    assert np.array_equal(outlined["reader2"], np.roll(LESION, 2, 1))
    assert notes == []


def test_a_label_takes_its_voxels_alone(tmp_path):
    both = LABELS + 2 * block(SHAPE, (7, 9), (2, 5), (2, 5)).astype(np.uint8)
    assert np.array_equal(read(tmp_path, both, label="1")[1]["reader1"], LESION)
    _, outlined, notes = read(tmp_path, both)
    assert np.array_equal(outlined["reader1"], both > 0)
    assert notes == ["mask: labels 1, 2 taken together; to take one, name it in the column 'label'"]


@pytest.mark.parametrize("label", ["", "1"])
def test_labels_that_a_rescaled_file_holds_inexactly(tmp_path, label):
    nearly = LABELS * np.float32(1.0001)
    assert np.array_equal(read(tmp_path, nearly, label=label)[1]["reader1"], LESION)


def blurred() -> np.ndarray:
    soft = LABELS.astype(np.float32)
    soft[2] = soft[3] * 0.5
    return soft


@pytest.mark.parametrize("label", ["", "1"])
def test_a_mask_that_was_interpolated_is_refused(tmp_path, label):
    (problem,) = refusals(tmp_path, blurred(), label=label)
    assert problem.startswith(f"E14 mask: {PLACE} mask: ")
    assert "m.nii holds 0.5, which is no label" in problem


@pytest.mark.parametrize("label", ["", "255"])
def test_an_interpolated_mask_of_whole_numbers_is_refused(tmp_path, label):
    """Linear, by an independent program: values between 0 and 255 all round the lesion."""
    soft = ndimage.zoom(ndimage.zoom(255.0 * LESION, (1, 0.5, 0.5), order=1), (1, 2, 2), order=1)
    assert len(np.unique(soft.round())) > 4
    (problem,) = refusals(tmp_path, soft.round().astype(np.uint8), label=label)
    assert problem.startswith(f"E14 mask: {PLACE} mask: ")
    assert "as a thin rim around 255: it was interpolated" in problem


def test_labels_that_lie_around_one_another_are_no_rim(tmp_path):
    """Core, tumour and oedema as readers draw them: each layer two voxels thick."""
    nested = sum(
        block(SHAPE, (3, 6), (10 - wide, 20 + wide), (12 - wide, 28 + wide)).astype(np.uint8)
        for wide in (-3, -1, 1, 3)
    )
    assert len(np.unique(nested)) == 5
    assert np.array_equal(read(tmp_path, nested)[1]["reader1"], nested > 0)


@pytest.mark.parametrize("label", ["", "5"])
def test_habitats_and_shells_of_one_voxel_are_labels(tmp_path, label):
    habitats = LESION * np.random.default_rng(2).integers(1, 6, SHAPE)
    shells = sum(
        block(SHAPE, (3, 6), (10 + n, 20 - n), (12 + n, 28 - n)).astype(np.uint8) for n in range(5)
    )
    for mask in (habitats.astype(np.uint8), shells):
        outlined = read(tmp_path, mask, label=label)[1]["reader1"]
        assert np.array_equal(outlined, mask == 5 if label else mask > 0)


@pytest.mark.parametrize(
    "mask, label, words",
    [
        (LABELS * 0, "", "m.nii has no voxel above 0; it holds 0."),
        (LABELS * 0 + 1, "", "m.nii is lesion everywhere (12000 of 12000 voxels)"),
        (LABELS + 3, "2", "m.nii has no voxel of label 2; it holds 3, 4."),
        (LABELS + 1, "", "lesion everywhere"),
    ],
)
def test_a_mask_without_a_lesion_is_refused(tmp_path, mask, label, words):
    (problem,) = refusals(tmp_path, mask, label=label)
    assert problem.startswith(f"E14 mask: {PLACE} mask: ")
    assert words in problem


def moved(shift=(0, 0, 0), spacing=(0.8, 0.8, 5.0), angles=(0.1, 0.2, -0.1)) -> np.ndarray:
    return affine_of(spacing, angles, np.add((10, 20, 30), shift))


@pytest.mark.parametrize(
    "mask, affine, words",
    [
        (LABELS[:9], AFFINE, "size 40 x 30 x 9 voxels, the image's 40 x 30 x 10"),
        (LABELS, moved(spacing=(0.8, 0.8, 4)), "spacing 0.8 x 0.8 x 4 mm, the image's 0.8 x 0.8"),
        (LABELS, moved(angles=(0.1, 0.2, -0.2)), "axes turned by 5.70 degrees"),
        (LABELS, moved((3, -4, 0)), "origin 13 x 16 x 30 mm (LPS), the image's 10 x 20 x 30: 5.00"),
    ],
)
def test_a_mask_on_another_grid_is_refused_with_what_differs(tmp_path, mask, affine, words):
    (problem,) = refusals(tmp_path, mask, affine)
    assert problem.startswith(f"E13 geometry: {PLACE} mask: ")
    assert "m.nii is not on its image's grid" in problem
    assert words in problem
    assert "roi.mask_grid: resample" in problem


def test_a_shift_within_tolerance_is_taken_voxel_by_voxel(tmp_path):
    _, outlined, notes = read(tmp_path, LABELS, moved((0.05, 0, 0)))
    assert np.array_equal(outlined["reader1"], LESION)
    assert notes == []


def test_a_mask_on_another_grid_is_resampled_where_asked_for(tmp_path):
    shifted = AFFINE.copy()
    shifted[:3, 3] += AFFINE[:3, :3] @ (2, 0, 1)  # by two columns and one slice
    _, outlined, notes = read(tmp_path, LABELS, shifted, settings=ROI | {"mask_grid": "resample"})
    assert np.array_equal(outlined["reader1"], np.roll(LESION, (1, 2), (0, 2)))
    (note,) = notes
    assert note.startswith("mask: resampled to the image's grid (origin ")


@pytest.mark.parametrize("settings", [ROI, ROI | {"mask_grid": "resample"}])
@pytest.mark.parametrize("smaller", [False, True])
@pytest.mark.parametrize("lost", ["mask", "image"])
def test_without_a_place_in_the_patient_nothing_is_resampled(tmp_path, lost, smaller, settings):
    """Voxel sizes alone put a file nowhere: a place would be invented. Where all else agrees the
    way out is an image with its orientation: outlining again on the same would end here again."""
    mask = LABELS[1:] if smaller else LABELS
    masks = {"mask": save(tmp_path / "m.nii", mask, moved((3, -4, 0)))}
    image = save(tmp_path / "i.nii", VOXELS, AFFINE)
    path = image if lost == "image" else masks["mask"]
    file = nibabel.load(path)
    plain = nibabel.Nifti1Image(np.array(file.dataobj), None, file.header)
    plain.set_sform(None, code=0)
    plain.set_qform(None, code=0)
    nibabel.save(plain, path)
    with pytest.raises(StudyError) as caught:
        read_outlined(image, masks, "", "", settings, PLACE)
    (problem,) = caught.value.problems
    what = "it states" if lost == "mask" else "its image states"
    if not smaller:
        assert f"may or may not be on its image's grid: {what} no place in the pati" in problem
        assert "Save the image with its orientation, outline on that" in problem
    elif settings is ROI:
        assert "is not on its image's grid" in problem
    else:
        assert f"cannot be resampled to its image: {what} no place in the patient" in problem


def test_an_image_in_place_of_an_outline_is_refused(tmp_path):
    other = np.random.default_rng(1).integers(0, 400, SHAPE).astype(np.int16)
    (problem,) = refusals(tmp_path, other)
    assert problem.startswith(f"E14 mask: {PLACE} mask: ")
    assert "values above 0 (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...), as an image does" in problem
    assert (read(tmp_path, other, label="7")[1]["reader1"] == (other == 7)).all()


@pytest.mark.parametrize("columns, share", [(20, "50%"), (400, "100%")])
def test_a_lesion_outside_the_image_is_refused_although_resampled(tmp_path, columns, share):
    shifted = AFFINE.copy()
    shifted[:3, 3] += AFFINE[:3, :3] @ (columns, 0, 0)
    (problem,) = refusals(tmp_path, LABELS, shifted, settings=ROI | {"mask_grid": "resample"})
    assert problem.startswith(f"E14 mask: {PLACE} mask: ")
    assert f"cannot be resampled to its image: {share} of its lesion lies outside" in problem


def test_a_lesion_between_the_image_s_slices_is_refused_although_resampled(tmp_path):
    fine = affine_of((0.8, 0.8, 1.0), (0.1, 0.2, -0.1), (10, 20, 30))
    mask = block((40, 30, 40), (22, 23), (10, 20), (10, 20))  # 2 mm from the nearest slice
    (problem,) = refusals(
        tmp_path, mask.astype(np.uint8), fine, settings=ROI | {"mask_grid": "resample"}
    )
    assert problem.startswith("E14 mask: ")
    assert "its lesion falls between the image's voxels" in problem


def test_a_mask_on_the_grid_by_its_other_form_is_taken_with_a_note(tmp_path):
    mask = nibabel.Nifti1Image(LABELS.T, RAS @ AFFINE)
    mask.set_sform(RAS @ moved((7, 0, 0)), code=1)
    mask.set_qform(RAS @ AFFINE, code=1)
    nibabel.save(mask, tmp_path / "q.nii")
    image = save(tmp_path / "i.nii", VOXELS, AFFINE)
    files = {"mask": str(tmp_path / "q.nii")}
    _, outlined, notes = read_outlined(image, files, "", "", ROI, PLACE)
    assert np.array_equal(outlined["reader1"], LESION)
    assert notes[0] == "mask: sform and qform disagree by up to 7.0 mm; the sform is used"
    assert notes[1].startswith("mask: on the image's grid by the files' other orientation")
    assert "7.00 mm apart" in notes[1]


def test_what_was_decided_on_the_image_is_noted(tmp_path):
    image = nibabel.Nifti1Image(VOXELS.T, RAS @ AFFINE)
    image.set_qform(RAS @ moved((0, 0, 2)), code=1)
    image.set_sform(RAS @ AFFINE, code=1)
    nibabel.save(image, tmp_path / "q.nii")
    mask = save(tmp_path / "m.nii", LABELS, AFFINE)
    notes = read_outlined(str(tmp_path / "q.nii"), {"mask": mask}, "", "", ROI, PLACE)[2]
    assert notes == ["sform and qform disagree by up to 2.0 mm; the sform is used"]


def test_a_constant_image_is_refused(tmp_path):
    image = save(tmp_path / "c.nii", np.full(SHAPE, 3, np.int16), AFFINE)
    mask = save(tmp_path / "m.nii", LABELS, AFFINE)
    with pytest.raises(StudyError, match=rf"E16 voxels: {PLACE}: .*c.nii is 3 everywhere"):
        read_outlined(image, {"mask": mask}, "", "", ROI, PLACE)


@pytest.mark.parametrize("other", ["i.nii", "./i.nii", "link.nii"])
def test_one_file_in_two_roles_is_refused(tmp_path, other):
    image = save(tmp_path / "i.nii", VOXELS, AFFINE)
    (tmp_path / "link.nii").symlink_to(image)
    with pytest.raises(StudyError) as caught:
        read_outlined(image, {"mask": f"{tmp_path}/{other}"}, "", "", ROI, PLACE)
    problems = caught.value.problems
    assert problems[0].startswith(f"E19 twin: {PLACE}: {image} is named as image and as mask")
    assert {problem[:9] for problem in problems} == {"E19 twin:"}


def test_one_file_in_two_roles_is_said_once(tmp_path):
    image = save(tmp_path / "i.nii", VOXELS, AFFINE)
    with pytest.raises(StudyError) as caught:
        read_outlined(image, {"mask": image}, "", "", ROI, PLACE)
    assert len(caught.value.problems) == 1


def test_one_mask_for_two_readers_is_refused(tmp_path):
    (problem,) = refusals(tmp_path, LABELS, mask_reader2=str(tmp_path / "m.nii"))
    assert problem.startswith("E19 twin: ")
    assert "m.nii is named as mask and as mask_reader2" in problem


def test_a_mask_that_holds_the_image_s_voxels_is_refused(tmp_path):
    (problem,) = refusals(tmp_path, VOXELS)
    assert problem.startswith(f"E19 twin: {PLACE} mask: ")
    assert "m.nii holds the same voxels as its image" in problem


def test_the_problems_of_all_files_come_at_once(tmp_path):
    found = refusals(
        tmp_path,
        LABELS * 0,
        mask_repeat=save(tmp_path / "r.nii", LABELS, moved((7, 0, 0))),
        mask_reader2=str(tmp_path / "none.nii"),
    )
    assert [problem[:3] for problem in found] == ["E14", "E13", "E10"]
    for role, problem in zip(("mask", "mask_repeat", "mask_reader2"), found, strict=True):
        assert f": {PLACE} {role}: " in problem


def test_without_its_image_a_mask_is_looked_at_alone(tmp_path):
    empty, none = save(tmp_path / "m.nii", LABELS * 0, AFFINE), str(tmp_path / "none.nii")
    files = {"mask": empty, "mask_repeat": none}
    with pytest.raises(StudyError) as caught:
        read_outlined(str(tmp_path / "i.nii"), files, "", "", ROI, PLACE)
    first, second, third = caught.value.problems
    assert first.startswith(f"E10 file: {PLACE} image: ")
    assert second.startswith(f"E14 mask: {PLACE} mask: ")
    assert third.startswith(f"E10 file: {PLACE} mask_repeat: ")


def test_a_mask_stored_along_other_axes_is_on_the_image_s_grid(tmp_path):
    flipped = AFFINE.copy()
    flipped[:3, 3] += flipped[:3, 1] * (LABELS.shape[1] - 1)
    flipped[:3, 1] *= -1
    files = {
        "mask": save(tmp_path / "m.nii", LABELS, AFFINE),
        "mask_repeat": save(tmp_path / "r.nii", np.flip(LABELS, 1), flipped),
    }
    image = save(tmp_path / "i.nii", np.random.default_rng(0).random(LABELS.shape), AFFINE)
    _, outlined, notes = read_outlined(image, files, "", "", ROI, PLACE)
    assert np.array_equal(outlined["reader1"], outlined["repeat"])
    assert "mask_repeat: its axes are stored in another order or direction" in " ".join(notes)
