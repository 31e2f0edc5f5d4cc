"""From files to the region's files, and every refusal with its code."""

import hashlib
import json
import re
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from phantoms import RAS, ROI, affine_of, block, save, to_sitk
from resample_roi import main

from radfuse.errors import StudyError
from radfuse.imaging.volume import Volume

SHAPE = (14, 80, 90)  # z, y, x
SPACING = (0.8, 0.8, 5.0)
AFFINE = affine_of(SPACING, origin=(10, 20, 30))
WINDOW = {
    "method": "window",
    "low": -100.0,
    "high": 240.0,
    "region": "image",
    "hounsfield": True,
    "signal": False,
    "bias_correction": "none",
}
PERCENTILE = WINDOW | {"method": "percentile", "low": 0.1, "high": 99.9}
PERCENTILE |= {"hounsfield": False, "signal": True}
LESION = block(SHAPE, (4, 9), (30, 50), (40, 65))
SMALL = block(SHAPE, (4, 6), (10, 15), (10, 15))
LABELS = (2 * LESION + SMALL).astype(np.uint8)
NOISE = np.random.default_rng(0).normal(0, 10, SHAPE)
CT = (np.where(LESION, 110, -50) + NOISE).round().astype(np.int16)


class Case:
    """An image and its mask as files in a folder, each to be changed, and how they are cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {}
        self.put("image", CT)
        self.put("mask", LABELS)
        self.settings = {
            "label": "",
            "wanted": "",
            "place": "P01 CT AP",
            "roi": dict(ROI),
            "intensity": WINDOW,
            "simulated": True,
        }

    def put(self, role: str, voxels, affine=AFFINE) -> None:
        self.files[role] = save(self.folder / f"{role}.nii.gz", voxels, affine)

    def overwrite(self, role: str, content: bytes) -> None:
        Path(self.files[role]).write_bytes(content)

    def outputs(self, name: str = "out") -> dict[str, Path]:
        names = {
            "roi_image": "roi.nii.gz",
            "roi_mask": "mask.nii.gz",
            "overlay": "overlay.png",
            "patches": "patches.npz",
            "source": "source.json",
        }
        return {key: self.folder / name / file for key, file in names.items()}

    def cut(self, name: str = "out") -> dict[str, Path]:
        (self.folder / name).mkdir()
        outputs = self.outputs(name)
        main(self.files, **self.settings, **{key: str(path) for key, path in outputs.items()})
        return outputs

    def record(self) -> dict:
        return json.loads(self.cut()["source"].read_text())


@pytest.fixture
def case(tmp_path) -> Case:
    return Case(tmp_path)


def test_the_crop_and_its_mask_lie_together_on_the_image_s_millimetres(case):
    outputs = case.cut()
    roi, mask = nibabel.load(outputs["roi_image"]), nibabel.load(outputs["roi_mask"])
    assert roi.shape == mask.shape
    assert np.array_equal(roi.affine, mask.affine)
    assert np.allclose(roi.header.get_zooms(), 1.0)
    assert mask.get_fdata().sum() == pytest.approx(20 * 25 * 5 * 0.8 * 0.8 * 5, rel=0.05)
    steps = (RAS @ roi.affine)[:3, 3] - AFFINE[:3, 3]
    assert np.allclose(steps, np.round(steps), atol=1e-4)
    middle = RAS @ mask.affine @ [*np.argwhere(mask.get_fdata()).mean(axis=0), 1]
    assert np.allclose(middle[:3], AFFINE[:3, :3] @ (52, 39.5, 6) + (10, 20, 30), atol=0.6)
    assert roi.get_fdata()[mask.get_fdata() > 0].mean() == pytest.approx(110, abs=5)


def test_a_patch_per_reader_in_0_to_1(case):
    case.put("mask_reader2", np.roll(LABELS, 3, 2))
    with np.load(case.cut()["patches"]) as patches:
        assert set(patches) == {"reader1", "reader2"}
        pixels = patches["reader1"]
    assert pixels.shape == (20 + 20, 20 + 20)  # 25 columns of 0.8 mm, and 10 mm on every side
    assert pixels[20, 20] == pytest.approx((110 + 100) / 340, abs=0.12)
    assert pixels[3, 3] == pytest.approx((-50 + 100) / 340, abs=0.12)


@pytest.mark.parametrize("padding", [-2000, -3024, -32768])
def test_padding_beside_a_lesion_does_not_swing_into_its_patch(case, padding):
    def patch(value: int) -> np.ndarray:
        case.put("image", np.where(np.arange(90) > 67, value, CT).astype(np.int16))
        with np.load(case.cut(str(value))["patches"]) as patches:
            return patches["reader1"]

    assert np.array_equal(patch(padding), patch(-1024))


def test_an_image_that_is_no_ct_is_refused_as_one_and_read_as_mri(case):
    wide = affine_of((2.5, 2.5, 5.0))  # 225 x 200 mm: no crop
    case.put("image", (np.abs(CT) * 3).astype(np.uint16), wide)  # as T1: no negative, lesion 330
    case.put("mask", LABELS, wide)
    with pytest.raises(StudyError, match=r"E16 .* not in Hounsfield units: the lesion's median"):
        case.cut()
    case.settings["intensity"] = PERCENTILE
    assert case.cut("mri")["patches"].is_file()


def test_the_record_says_what_was_measured(case):
    record = case.record()
    assert record["plane"] == "axial"
    assert (record["slice"], record["slices"]) == (7, 14)  # the middle of slices 5 to 9
    assert (record["slice_spacing_mm"], record["pixel_spacing_mm"]) == (5.0, 0.8)
    assert record["size_voxels"] == [90, 80, 14]
    assert record["spacing_mm"] == [0.8, 0.8, 5.0]
    assert record["extent_mm"] == 20.0
    assert record["area_mm2"] == 20.0 * 16.0
    assert record["lesions_mm3"] == {"reader1": [2500 * 3.2, 50 * 3.2]}  # of 0.8 x 0.8 x 5 mm
    assert record["lesion_median"] == 110
    assert record["intensity_limits"] == [-100.0, 240.0]
    assert record["agreement"] == {}
    assert 0 <= record["clamped_voxels"] < record["crop_voxels"]


@pytest.mark.parametrize("bias_correction", ["none", "n4"])
@pytest.mark.parametrize("codes", ["RAS", "LAS", "LPI", "RAI", "SPL", "IAR", "PSR"])
def test_how_the_file_stores_its_voxels_changes_nothing(case, codes, bias_correction):
    """Of 14 slices of 4.7 mm no axis ends on the new grid; two lesions are equally large, and an
    even number of slices: where the file begins must not choose."""
    affine = affine_of((0.83, 0.83, 4.7), angles=(0.1, -0.05, 0.2), origin=(10, 20, 30))
    equal = block(SHAPE, (2, 8), (10, 30), (12, 37)) | block(SHAPE, (5, 11), (42, 62), (50, 75))
    kinds = {"image": CT, "mask": equal.astype(np.uint8)}
    case.settings |= {"intensity": PERCENTILE | {"bias_correction": bias_correction}}
    for role, voxels in kinds.items():
        case.put(role, voxels, affine)
    expected = case.cut("as_it_is")
    for role in kinds:
        image = nibabel.load(case.files[role])
        to = nibabel.orientations.axcodes2ornt(codes)
        ornt = nibabel.orientations.ornt_transform(nibabel.io_orientation(image.affine), to)
        nibabel.save(image.as_reoriented(ornt), case.files[role])
    assert nibabel.aff2axcodes(nibabel.load(case.files["image"]).affine) == tuple(codes)
    obtained = case.cut("turned")

    one, other = (np.load(each["patches"])["reader1"] for each in (expected, obtained))
    assert one.shape == other.shape and np.abs(one - other).max() < 1e-5
    for name in ("roi_image", "roi_mask"):
        found = nibabel.load(obtained[name])
        assert nibabel.aff2axcodes(found.affine) == tuple(codes)  # as the image beside it
        known = nibabel.load(expected[name])
        along = nibabel.orientations.ornt_transform(
            nibabel.io_orientation(found.affine), nibabel.io_orientation(known.affine)
        )
        again = found.as_reoriented(along)
        assert np.allclose(again.affine, known.affine, atol=1e-3)
        assert np.allclose(again.get_fdata(), known.get_fdata(), atol=1e-2)
    records = [json.loads(each["source"].read_text()) for each in (expected, obtained)]
    slices = [record.pop("slice") for record in records]
    assert slices[0] == 6 and slices[1] == (9 if "I" in codes else 6)
    differing = {key for key in records[0] if records[0][key] != records[1][key]}
    assert differing <= {"files", "size_voxels", "spacing_mm", "intensity_limits"}
    limits = [record["intensity_limits"] for record in records]
    assert limits[0] == pytest.approx(limits[1], rel=1e-6)


@pytest.mark.parametrize("spacing", [SPACING, (1.1, 1.1, 1.1)], ids=["thick slices", "isotropic"])
@pytest.mark.parametrize("turn", [(0, 0, 1), (1, 0, 0), (0, 1, 0)], ids=["z", "x", "y"])
def test_axes_at_45_degrees_are_told_apart_by_the_patient_alone(case, turn, spacing):
    affine = affine_of(spacing, angles=np.pi / 4 * np.array(turn), origin=(10, 20, 30))
    found = []
    for number, axes in enumerate([(0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 1, 0)]):
        for role, voxels in (("image", CT), ("mask", LESION.astype(np.uint8))):
            stored = voxels.transpose([2 - axes[2 - place] for place in range(3)])
            permuted = affine.copy()
            permuted[:3, :3] = affine[:3, list(axes)]
            case.put(role, stored, permuted)
        outputs = case.cut(str(number))
        record = json.loads(outputs["source"].read_text())
        found.append((np.load(outputs["patches"])["reader1"], record["plane"], record["extent_mm"]))
    for pixels, *measured in found[1:]:
        assert np.array_equal(pixels, found[0][0]) and measured == list(found[0][1:])


def test_the_median_is_that_of_the_lesion_that_counts(case):
    others = block(SHAPE, (0, 14), (5, 13), (5, 20)) | block(SHAPE, (0, 14), (60, 68), (5, 20))
    case.put("mask", (LESION | others).astype(np.uint8))
    assert case.record()["lesion_median"] == 110  # the others are of -50


def test_the_record_names_the_files_with_their_digests(case):
    record = case.record()
    assert list(record["files"]) == ["image", "mask"]
    for role, file in record["files"].items():
        assert file["path"] == case.files[role]
        content = Path(case.files[role]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_record_says_how_far_the_readers_agree(case):
    case.put("mask", LESION.astype(np.uint8))
    case.put("mask_repeat", np.roll(LESION, 5, 2).astype(np.uint8))  # by 4 mm of 20
    case.put("mask_reader2", np.roll(LESION, -1, 0).astype(np.uint8))  # by one slice of five
    agreement = case.record()["agreement"]
    assert agreement == {
        "repeat": {"dice": 0.8, "hausdorff_mm": 4.0},
        "reader2": {"dice": 0.8, "hausdorff_mm": 5.0},
    }


@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
def test_what_was_measured_is_in_millimetres(case, spacing_mm):
    case.put("mask", LESION.astype(np.uint8))
    case.put("mask_repeat", np.roll(LESION, 5, 2).astype(np.uint8))
    case.settings["roi"]["spacing_mm"] = spacing_mm
    record = case.record()
    assert record["area_mm2"] == pytest.approx(20 * 16, rel=0.15)
    assert record["extent_mm"] == pytest.approx(20, abs=spacing_mm)
    assert record["agreement"]["repeat"]["hausdorff_mm"] == pytest.approx(4, abs=spacing_mm)


def test_of_pixels_that_are_not_square_the_larger_side_is_said(case):
    for role, voxels in (("image", CT), ("mask", LABELS)):
        case.put(role, voxels, affine_of((0.7, 0.9, 5.0)))
    assert case.record()["pixel_spacing_mm"] == 0.9


def test_patches_have_the_background_that_is_configured(case):
    case.settings["roi"]["background"] = "mask"
    with np.load(case.cut()["patches"]) as patches:
        pixels = patches["reader1"]
    assert (pixels[:9] == 0).all()
    assert pixels[20, 20] > 0.5


def test_percentiles_of_the_whole_image(case):
    case.settings["intensity"] = PERCENTILE
    assert case.record()["intensity_limits"] == np.percentile(CT, [0.1, 99.9]).tolist()


def test_percentiles_of_the_foreground(case):
    case.settings["intensity"] = PERCENTILE | {"region": "foreground"}
    low, high = case.record()["intensity_limits"]
    assert (low, high) == tuple(np.percentile(CT[CT > 30], [0.1, 99.9]))  # between -50 and 110


def test_the_bias_is_corrected_before_intensities_are_measured(case):
    case.put("image", (CT + 400) * np.linspace(1, 1.6, 90).astype(np.float32))
    case.settings["intensity"] = PERCENTILE
    plain = json.loads(case.cut("plain")["source"].read_text())
    case.settings["intensity"] = PERCENTILE | {"bias_correction": "n4"}
    corrected = json.loads(case.cut("n4")["source"].read_text())
    span = [np.ptp(each["intensity_limits"]) for each in (plain, corrected)]
    assert span[1] < 0.9 * span[0]


@pytest.mark.parametrize(
    "mask, words",
    [
        (LABELS, "mask: labels 1, 2 taken together"),
        (LABELS, "reader1: 2 lesions are outlined; the largest (2500 voxels) counts, the next has"),
        (block(SHAPE, (4, 9), (0, 20), (9, 30)), "reader1: the lesion reaches the edge of the im"),
        (block(SHAPE, (4, 5), (9, 20), (9, 20)), "the lesion is 9 mm wide: below 10 mm little is"),
        (block(SHAPE, (4, 5), (30, 40), (40, 41)), "the lesion is 8 mm wide: below 10 mm little"),
        (
            block(SHAPE, (2, 9), (30, 50), (40, 41)),
            "reader1: outlined on one sagittal slice, one pixel wide on the image's axial slices",
        ),
    ],
)
def test_the_record_notes_what_is_worth_a_look(case, mask, words):
    case.put("mask", mask.astype(np.uint8))
    assert any(note.startswith(words) for note in case.record()["notes"])


def test_a_picture_of_a_ct_is_noted(case):
    shown = np.clip((CT.astype(float) + 100) / 340 * 255, 0, 255).astype(np.uint8)
    case.put("image", shown)
    assert any("a picture of a window" in note for note in case.record()["notes"])


def test_of_an_unremarkable_lesion_nothing_is_noted(case):
    case.settings["label"] = "2"
    assert case.record()["notes"] == []


def test_a_resampled_mask_is_noted(case):
    case.put("mask", LABELS, affine_of(SPACING, origin=(14, 20, 30)))
    case.settings["roi"]["mask_grid"] = "resample"
    assert any("mask: resampled to the image's grid" in note for note in case.record()["notes"])


def test_the_label_chooses_the_lesion(case):
    case.settings["label"] = "1"
    assert case.record()["lesions_mm3"] == {"reader1": [50 * 3.2]}


def test_the_same_files_give_the_same_bytes(case):
    first, second = case.cut("a"), case.cut("b")
    for name, path in first.items():
        assert path.read_bytes() == second[name].read_bytes(), name


def four_d(case):
    image = nibabel.Nifti1Image(np.stack([CT.T, CT.T], axis=-1), RAS @ AFFINE)
    nibabel.save(image, case.files["image"])


def sheared(case):
    content = bytearray(nibabel.Nifti1Image(CT.T, RAS @ AFFINE).to_bytes())
    content[284:288] = np.float32(0.4).tobytes()  # srow_x[1]
    case.overwrite("image", bytes(content))


def cut_short(role):
    return lambda case: case.overwrite(role, Path(case.files[role]).read_bytes()[:-900])


def huge(case):
    """In millimetres as they are said, the lesion is more than half a metre wide."""
    for role, voxels in (("image", CT), ("mask", block(SHAPE, (4, 9), (10, 75), (10, 75)))):
        case.put(role, voxels.astype(np.int16), affine_of((9.0, 9.0, 40.0)))


def written(role, voxels, affine=AFFINE, **changes):
    """Another image or mask, and changed settings of the region."""

    def change(case):
        case.put(role, voxels, affine)
        case.settings["roi"] |= changes

    return change


def removed(role):
    return lambda case: Path(case.files[role]).unlink()


def asked(**settings):
    return lambda case: case.settings.update(settings)


def same_file(case):
    case.files["mask"] = case.files["image"]


def lost(case):
    case.put("image", CT, affine_of((0.2, 0.2, 1.0)))
    case.put(
        "mask", block(SHAPE, (4, 5), (11, 12), (11, 13)).astype(np.uint8), affine_of((0.2, 0.2, 1))
    )


def percentiles(case, voxels):
    case.put("image", voxels)
    case.settings["intensity"] = PERCENTILE


def with_value(value):
    voxels = CT.astype(np.float32)
    voxels[0, 0, :2] = value
    return voxels


BLURRED = np.where(SMALL, 0.25, LESION).astype(np.float32)
FAR = affine_of(SPACING, origin=(500, 20, 30))
REFUSALS = [
    ("no image", removed("image"), "E10", "image: .*image.nii.gz does not exist"),
    ("no mask", removed("mask"), "E10", "mask: .*mask.nii.gz does not exist"),
    ("cut image", cut_short("image"), "E11", "image: .*image.nii.gz cannot be read "),
    ("cut mask", cut_short("mask"), "E11", "mask: .*mask.nii.gz cannot be read "),
    (
        "text",
        lambda case: case.overwrite("image", b"a line of text\n"),
        "E11",
        "image: .*image.nii.gz cannot be read",
    ),
    (
        "2D",
        written("image", CT[0]),
        "E12",
        r"image: .*image.nii.gz has 2 dimensions \(90 x 80\), three are needed",
    ),
    (
        "4D",
        four_d,
        "E18",
        r"image: .*image.nii.gz is 4D \(90 x 80 x 14 x 2\) with 2 volumes \(1 to 2\)",
    ),
    ("volume", asked(wanted="3"), "E18", "image: .*has one volume, the sheet's 'volume' is '3'"),
    (
        "volume of 4D",
        lambda case: (four_d(case), asked(wanted="b800")(case)),
        "E18",
        "image: .*image.nii.gz has no volume 'b800'; it has 1 to 2",
    ),
    ("shear", sheared, "E12", r"image: the axes of .*image.nii.gz are 26.6 degrees off a right"),
    (
        "metres",
        written("image", CT, affine_of((0.0008, 0.0008, 0.005))),
        "E12",
        "has a spacing of 0.0008 x 0.0008 x 0.005 mm, .*0.02 to 10 mm and slices up to 50",
    ),
    (
        "pixels",
        written("image", CT, affine_of((12.0, 12.0, 30.0))),
        "E12",
        "image: .*image.nii.gz has a spacing of 12 x 12 x 30 mm",
    ),
    (
        "offset",
        written("image", CT, affine_of(SPACING, origin=(np.inf, 0, 0))),
        "E12",
        "image: .*image.nii.gz begins at nan x .* nowhere in a patient",
    ),
    (
        "overflow",
        written("image", CT * 1e300),
        "E15",
        "image: .*image.nii.gz has voxels of up to .*e.302",
    ),
    (
        "other size",
        written("mask", LABELS[:13]),
        "E13",
        "mask: .*mask.nii.gz .*size 90 x 80 x 13 voxels, the image's 90 x 80 x 14",
    ),
    (
        "other spacing",
        written("mask", LABELS, affine_of((0.8, 0.9, 5.0), origin=(10, 20, 30))),
        "E13",
        "mask: .*mask.nii.gz .*spacing 0.8 x 0.9 x 5 mm, the image's 0.8 x 0.8 x 5",
    ),
    (
        "turned",
        written("mask", LABELS, affine_of(SPACING, (0, 0, np.deg2rad(20)), (10, 20, 30))),
        "E13",
        r"mask: .*mask.nii.gz .*axes turned by 20.00 degrees \(tolerance 0.1\)",
    ),
    (
        "shifted",
        written("mask", LABELS, affine_of(SPACING, origin=(10, 27, 30))),
        "E13",
        r"mask: .*mask.nii.gz .*origin 10 x 27 x 30 mm \(LPS\), the image's 10 x 20 x 30: 7.00 mm",
    ),
    (
        "empty mask",
        written("mask", LABELS * 0),
        "E14",
        "mask: .*mask.nii.gz has no voxel above 0; it holds 0",
    ),
    (
        "all lesion",
        written("mask", LABELS * 0 + 1),
        "E14",
        r"mask: .*mask.nii.gz is lesion everywhere \(100800 of 100800 voxels\)",
    ),
    (
        "no such label",
        asked(label="5"),
        "E14",
        "mask: .*mask.nii.gz has no voxel of label 5; it holds 0, 1, 2",
    ),
    (
        "interpolated",
        written("mask", BLURRED),
        "E14",
        "mask: .*mask.nii.gz holds 0.25, which is no label",
    ),
    (
        "elsewhere",
        written("mask", LABELS, FAR, mask_grid="resample"),
        "E14",
        "mask: .*mask.nii.gz cannot .*100% of its lesion lies outside .*origin 500 x 20 x 30 mm",
    ),
    (
        "huge",
        huge,
        "E14",
        "what reader1 outlined is .* mm wide, and no lesion is wider than 500 mm",
    ),
    (
        "one shade",
        written("image", (np.where(LESION, -190, -900) + CT % 2).astype(np.int16)),
        "E16",
        "image.nii.gz: reader1's patch is 0 everywhere, with intensity limits -100 and 240",
    ),
    (
        "lost",
        lost,
        "E14",
        r"the lesion of reader1 \(0.4 x 0.2 x 1 mm\) falls between the voxels of the 1 mm grid",
    ),
    ("NaN", written("image", with_value(np.nan)), "E15", "image: .*has 2 of 100800 voxels that"),
    ("inf", written("image", with_value(-np.inf)), "E15", "image.nii.gz has 2 of 100800 voxels"),
    ("constant", written("image", CT * 0 + 7), "E16", "image.nii.gz is 7 everywhere"),
    (
        "masked export",
        lambda case: percentiles(case, np.where(SMALL, CT, 0)),
        "E16",
        "image.nii.gz: percentiles 0.1 and 99.9 of the image are both 0",
    ),
    (
        "no intercept",
        written("image", CT + 1024),
        "E16",
        r"image.nii.gz is not in Hounsfield units: the lesion's median is 113\d and no voxel is",
    ),
    (
        "0 to 1",
        written("image", (CT - CT.min()) / np.float32(np.ptp(CT))),
        "E16",
        "image.nii.gz is not in Hounsfield units: all its voxels lie between 0 and 1",
    ),
    ("same file", same_file, "E19", "image.nii.gz is named as image and as mask"),
    ("same voxels", written("mask", CT), "E19", "mask: .*mask.nii.gz holds the same voxels"),
]


@pytest.mark.parametrize(
    "provoke, code, words", [each[1:] for each in REFUSALS], ids=[each[0] for each in REFUSALS]
)
def test_what_is_refused_says_why_and_leaves_no_output(case, provoke, code, words):
    provoke(case)
    with pytest.raises(StudyError) as caught:
        case.cut()
    (problem,) = caught.value.problems
    assert re.match(rf"{code} \w+: P01 CT AP( \w+)?: ", problem)
    assert re.search(words, problem), problem
    assert not any(path.exists() for path in case.outputs().values())


def test_real_images_where_they_are(tmp_path):
    from studies import REAL

    if not REAL.is_dir():
        pytest.skip("the real patients are not here")
    case = Case(tmp_path)
    case.files = {kind: str(REAL / "STS_002" / f"CT_{kind}.nii.gz") for kind in ("image", "mask")}
    with np.load(case.cut()["patches"]) as patches:
        assert 0 <= patches["reader1"].min() < patches["reader1"].max() <= 1


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
def test_a_copy_is_known_by_its_voxels_whatever_its_file(tmp_path, dtype):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    case, copy = Case(tmp_path / "a"), Case(tmp_path / "b")
    copy.files["image"] = str(tmp_path / "copy.nrrd")
    sitk.WriteImage(to_sitk(Volume(CT.astype(dtype), AFFINE)), copy.files["image"])
    digest = case.record()["voxels_sha256"]
    assert copy.record()["voxels_sha256"] == digest
    case.put("image", CT + np.int16(1))
    case.cut("other")
    other = json.loads(case.outputs("other")["source"].read_text())
    assert other["voxels_sha256"] != digest


def test_a_second_outline_that_is_the_first_is_noted(case):
    case.put("mask_repeat", LABELS)
    assert "repeat: the same voxels as reader1's outline: a copy" in " ".join(
        case.record()["notes"]
    )


def test_an_outline_of_most_of_the_image_is_noted(case):
    case.put("mask", (~LESION).astype(np.uint8))
    assert "of the image is outlined: its inverse" in " ".join(case.record()["notes"])
