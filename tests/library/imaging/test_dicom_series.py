"""DICOM series: their voxels and affine against GDCM's, and every reason to refuse one."""

import re
from pathlib import Path

import dicoms
import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.uid import (
    MediaStorageDirectoryStorage,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
    RLELossless,
    SecondaryCaptureImageStorage,
)
from scipy.spatial.transform import Rotation

from radfuse.errors import StudyError
from radfuse.imaging.choice import WANTED
from radfuse.imaging.dicom.series import read_series
from radfuse.imaging.read import read_image

PLACE = "P1 CT AP image"
STORED = np.random.default_rng(0).integers(0, 4000, (7, 5, 6)).astype(np.uint16)
OBLIQUE = Rotation.from_euler("xyz", [0.4, -0.7, 1.9]).as_matrix()[:2].ravel()


def by_gdcm(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Voxels and affine as ITK reads the series, files sorted by GDCM."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return sitk.GetArrayFromImage(image), affine


def refusal(path: Path, wanted: str = "") -> str:
    """The message by which a series is refused; it names the place."""
    with pytest.raises(StudyError) as caught:
        read_series(path, PLACE, wanted)
    for problem in caught.value.problems:
        assert re.match(rf"E\d\d \w+: {PLACE}: \S+ .*\.$", problem), problem
    return str(caught.value)


@pytest.mark.parametrize(
    "orientation",
    [dicoms.AXIAL, (0, 1, 0, 0, 0, -1), (-1, 0, 0, 0, 1, 0), tuple(OBLIQUE)],
    ids=["axial", "sagittal", "flipped", "oblique"],
)
def test_voxels_and_affine_are_those_of_gdcm(tmp_path, orientation):
    folder = dicoms.save(dicoms.slices(STORED, orientation=orientation), tmp_path / "ct")
    volume = read_series(folder, PLACE)
    voxels, affine = by_gdcm(folder)
    assert np.array_equal(volume.voxels, voxels)
    assert np.allclose(volume.affine, affine, atol=1e-5)
    assert volume.voxels.dtype == np.uint16
    assert volume.notes == ()


def test_the_slices_are_sorted_by_position_not_by_name(tmp_path):
    made = dicoms.slices(STORED)
    for i, each in enumerate(made):
        each.save_as(tmp_path / f"{9 - i}.dcm", enforce_file_format=True)
    assert np.array_equal(read_series(tmp_path, PLACE).voxels, STORED)


def test_slices_stored_against_the_normal_are_turned_with_their_affine(tmp_path):
    made = dicoms.slices(STORED, step=(0, 0, -2.5))
    volume = read_series(dicoms.save(made, tmp_path), PLACE)
    assert np.array_equal(volume.voxels, STORED[::-1])
    assert np.allclose(volume.affine[:3, 2], [0, 0, 2.5])
    assert np.allclose(volume.position([0, 0, 6]), [-30, 12.5, 101.25])


def test_the_distance_of_slices_is_measured_not_their_thickness(tmp_path):
    volume = read_series(dicoms.save(dicoms.slices(STORED), tmp_path), PLACE)
    assert np.allclose(volume.spacing, [0.8, 0.7, 2.5])


def test_a_whole_intercept_leaves_integers(tmp_path):
    made = dicoms.slices(STORED, RescaleSlope=1, RescaleIntercept=-1024)
    volume = read_series(dicoms.save(made, tmp_path), PLACE)
    assert volume.voxels.dtype == np.int16
    assert np.array_equal(volume.voxels, STORED.astype(int) - 1024)
    assert np.array_equal(volume.voxels, by_gdcm(tmp_path)[0])


def test_an_intercept_does_not_wrap_around(tmp_path):
    stored = STORED.copy()
    stored[0, 0, 0] = 65535
    made = dicoms.slices(stored, RescaleSlope=1, RescaleIntercept=-1024)
    volume = read_series(dicoms.save(made, tmp_path), PLACE)
    assert volume.voxels.max() == 64511
    assert volume.voxels.min() == int(STORED.min()) - 1024
    made = dicoms.slices(stored, RescaleSlope=1, RescaleIntercept=10)
    assert read_series(dicoms.save(made, tmp_path), PLACE).voxels.max() == 65545


def test_every_slice_is_rescaled_by_its_own_slope(tmp_path):
    made = dicoms.slices(STORED, sop=PositronEmissionTomographyImageStorage)
    slopes = 0.1 + 0.3 * np.arange(len(made))
    for each, slope in zip(made, slopes, strict=True):
        each.RescaleSlope, each.RescaleIntercept = round(float(slope), 6), 2
    volume = read_series(dicoms.save(made, tmp_path), PLACE)
    assert volume.voxels.dtype == np.float32
    assert np.allclose(volume.voxels, STORED * slopes[:, None, None] + 2, rtol=1e-6)


def test_signed_values_keep_their_sign(tmp_path):
    stored = STORED.astype(np.int16) - 2000
    volume = read_series(dicoms.save(dicoms.slices(stored), tmp_path), PLACE)
    assert np.array_equal(volume.voxels, stored)


@pytest.mark.parametrize("compressor", ["RLE", "JPEG", "JPEG2000"])
@pytest.mark.parametrize("slope", [1, 2.5])
def test_compressed_series_are_rescaled_once(tmp_path, compressor, slope):
    stored = np.tile(STORED, (1, 13, 11))  # too small an image cannot be encoded
    made = dicoms.slices(stored, RescaleSlope=slope, RescaleIntercept=-1024)
    for each in made:
        if compressor == "RLE":
            each.compress(RLELossless)
        else:
            dicoms.compress(each, compressor)
    assert made[0].file_meta.TransferSyntaxUID.is_compressed
    volume = read_series(dicoms.save(made, tmp_path), PLACE)
    assert np.array_equal(volume.voxels, stored.astype(float) * slope - 1024)
    assert volume.voxels.dtype == (np.int16 if slope == 1 else np.float32)


def test_files_without_preamble_are_read(tmp_path):
    for i, each in enumerate(dicoms.slices(STORED)):
        del each.file_meta
        each.save_as(tmp_path / str(i), implicit_vr=True, little_endian=True)
        assert (tmp_path / str(i)).read_bytes()[:2] == b"\x08\x00"
    assert np.array_equal(read_series(tmp_path, PLACE).voxels, STORED)


def test_what_is_no_image_is_left_out(tmp_path):
    made = dicoms.slices(STORED)
    dicoms.save(made, tmp_path)
    (tmp_path / "README.txt").write_text("from PACS")
    directory = dicoms.blank(MediaStorageDirectoryStorage)
    directory.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    (tmp_path / ".hidden").write_bytes(b"\0" * 128 + b"DICM" + b"broken")
    (tmp_path / "deeper").mkdir()
    dicoms.save(dicoms.slices(STORED, series="1.2.3"), tmp_path / "deeper")
    dicoms.structure_set({}).save_as(tmp_path / "rt", enforce_file_format=True)
    mask = STORED > 2000
    dicoms.segmentation(made, {"GTV": mask}).save_as(tmp_path / "seg")
    assert np.array_equal(read_series(tmp_path, PLACE).voxels, STORED)


def test_read_image_reads_a_folder_and_refuses_a_gantry_tilt(tmp_path):
    upright = dicoms.save(dicoms.slices(STORED), tmp_path / "upright")
    assert np.array_equal(read_image(upright, PLACE).voxels, STORED)
    tilt = np.deg2rad(15)
    step = 2.5 * np.array([0, np.tan(tilt), 1])
    tilted = dicoms.save(dicoms.slices(STORED, step=step), tmp_path / "tilted")
    assert np.allclose(read_series(tilted, PLACE).affine[:3, 2], step, atol=1e-5)
    with pytest.raises(StudyError, match=r"E12 geometry.*15\.0 degrees off a right angle"):
        read_image(tilted, PLACE)


def test_positions_rounded_by_the_scanner_are_regular(tmp_path):
    made = dicoms.slices(STORED, spacing=(0.8, 0.7, 0.625))
    for each in made:
        x, y, z = each.ImagePositionPatient
        each.ImagePositionPatient = [x, y, round(float(z), 1)]
    volume = read_series(dicoms.save(made, tmp_path), PLACE)
    assert volume.spacing[2] == pytest.approx(0.625, abs=0.02)


def test_a_missing_slice_is_refused_with_its_position(tmp_path):
    made = dicoms.slices(STORED)
    dicoms.save(made[:3] + made[4:], tmp_path)
    message = refusal(tmp_path)
    assert "E17 series" in message
    assert "misses 1 slice:" in message
    assert "2.5 mm" in message
    assert "gaps of 5 mm (106.25 to 111.25 mm" in message


def test_a_copy_and_a_gap_are_told_at_once(tmp_path):
    made = dicoms.slices(STORED)
    dicoms.save(made[:3] + made[4:], tmp_path)
    made[1].save_as(tmp_path / "copy", enforce_file_format=True)
    message = refusal(tmp_path)
    assert message.count("E17 series") == 2
    assert "copy at 103.75 mm" in message
    assert "misses 1 slice:" in message


@pytest.mark.parametrize("left", [0, 90, 5000])
def test_a_file_of_zeros_is_a_broken_copy_and_refused(tmp_path, left):
    dicoms.save(dicoms.slices(STORED), tmp_path)
    (tmp_path / "1.2.840.1").write_bytes(b"\0" * left)
    assert "E11 file" in refusal(tmp_path)
    assert "1.2.840.1 cannot be read" in refusal(tmp_path)


def test_a_missing_slice_next_to_the_end_is_found(tmp_path):
    made = dicoms.slices(STORED)
    dicoms.save(made[:5] + made[6:], tmp_path)
    assert "misses 1 slice:" in refusal(tmp_path)


def test_irregular_distances_are_refused_with_both(tmp_path):
    made = dicoms.slices(STORED)
    made[-1].ImagePositionPatient = [-30, 12.5, 101.25 + 5 * 2.5 + 3.2]
    message = refusal(dicoms.save(made, tmp_path))
    assert "E17 series" in message
    assert "irregular distances: 3.2 mm" in message
    assert "2.5 mm elsewhere" in message


def test_a_slice_shifted_in_its_plane_is_refused(tmp_path):
    made = dicoms.slices(STORED)
    made[3].ImagePositionPatient = [-27, 16.5, 101.25 + 7.5]
    message = refusal(dicoms.save(made, tmp_path))
    assert "E17 series" in message
    assert "5.00 mm off the line" in message


def test_a_slice_that_is_there_twice_is_refused_by_both_names(tmp_path):
    made = dicoms.slices(STORED)
    dicoms.save(made, tmp_path)
    made[2].save_as(tmp_path / "copy", enforce_file_format=True)
    message = refusal(tmp_path)
    assert "E17 series" in message
    assert re.search(r"\d{4} and copy at 106.25 mm", message)


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("PixelSpacing", [0.9, 0.9], r"pixel spacing: 0\.9 x 0\.9 mm in \d{4}, 0\.8 x 0\.7 mm"),
        (
            "ImageOrientationPatient",
            [0, 1, 0, 0, 0, -1],
            r"orientation: 0 x 1 x 0 x 0 x 0 x -1 in \d{4}, 1 x 0 x 0 x 0 x 1 x 0 in the 6 others",
        ),
    ],
)
def test_slices_that_disagree_are_refused_with_both_values(tmp_path, attribute, value, said):
    made = dicoms.slices(STORED)
    setattr(made[0], attribute, value)
    message = refusal(dicoms.save(made, tmp_path))
    assert message.startswith("E17 series")
    assert re.search(said, message)


def test_a_localizer_of_another_matrix_is_refused_for_all_that_differs(tmp_path):
    localizer = dicoms.slices(
        np.zeros((1, 9, 9), np.uint16), orientation=(0, 1, 0, 0, 0, -1), spacing=(2, 2, 5)
    )
    made = dicoms.slices(STORED)
    message = refusal(dicoms.save(made + localizer, tmp_path))
    assert message.count("E17 series") == 3
    assert "rows x columns: 9 x 9" in message
    assert "take out the localizer" in message


@pytest.mark.parametrize(
    "keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"]
)
def test_a_series_without_geometry_is_refused(tmp_path, keyword):
    made = dicoms.slices(STORED)
    for each in made[:2]:
        delattr(each, keyword)
    message = refusal(dicoms.save(made, tmp_path))
    assert f"E17 series: {PLACE}: {tmp_path} has 2 of 7 images without {keyword}" in message


@pytest.mark.parametrize(("row", "lengths"), [([0, 0, 0], "0 x 1 x 0"), ([0, 1, 0], "1 x 1 x 0")])
def test_an_orientation_that_spans_no_plane_is_refused(tmp_path, row, lengths):
    made = dicoms.slices(STORED)
    for each in made:
        each.ImageOrientationPatient = [*row, 0, 1, 0]
    message = refusal(dicoms.save(made, tmp_path))
    assert "E17 series" in message
    assert f"a length of {lengths}, not 1" in message


def test_of_several_series_one_has_to_be_named(tmp_path):
    dicoms.save(dicoms.slices(STORED, SeriesNumber=4), tmp_path, "a")
    other = dicoms.slices(
        STORED[:3] + 1, series="1.2.3", SeriesNumber=301, SeriesDescription="lung"
    )
    dicoms.save(other, tmp_path, "b")
    listed = "(series 4: thorax, 7 images; series 301: lung, 3 images)"
    assert f"E18 volume: {PLACE}: {tmp_path} has 2 series {listed}" in refusal(tmp_path)
    assert f"has no series 5 {listed}" in refusal(tmp_path, "series 5")
    assert np.array_equal(read_series(tmp_path, PLACE, "series 301").voxels, STORED[:3] + 1)
    assert np.array_equal(read_series(tmp_path, PLACE, "series 4").voxels, STORED)


def test_series_of_one_number_are_refused(tmp_path):
    dicoms.save(dicoms.slices(STORED), tmp_path, "a")
    dicoms.save(dicoms.slices(STORED, series="1.2.3"), tmp_path, "b")
    assert "has 2 series with the number 1" in refusal(tmp_path, "series 1")


def dwi(vendor: str = "") -> list:
    """b800 before b0, of 7 slices each; stored values of b0 are higher by 1000."""
    made = []
    for b_value, added in ((800, 0), (0, 1000)):
        volume = dicoms.slices(STORED + np.uint16(added), sop=MRImageStorage)
        for each in volume:
            dicoms.put_b_value(each, b_value, vendor)
        made += volume
    return made


@pytest.mark.parametrize("vendor", ["", *dicoms.VENDORS])
def test_volumes_are_told_apart_by_b_value(tmp_path, vendor):
    dicoms.save(dwi(vendor), tmp_path)
    message = refusal(tmp_path)
    assert "E18 volume" in message
    assert "4D (6 x 5 x 7 x 2) with 2 volumes (1: b0, 2: b800)" in message
    for wanted in ("b800", "2", "series 1 b800", "series 1 2"):
        assert WANTED.fullmatch(wanted)
        assert np.array_equal(read_series(tmp_path, PLACE, wanted).voxels, STORED)
    assert np.array_equal(read_series(tmp_path, PLACE, "b0").voxels, STORED + 1000)
    assert "has no volume 'b50'; it has 1: b0, 2: b800" in refusal(tmp_path, "b50")
    assert "has no volume '3'" in refusal(tmp_path, "3")


def test_a_private_element_of_another_creator_is_no_b_value(tmp_path):
    made = dwi()
    for i, each in enumerate(made):
        del each.DiffusionBValue
        block = each.private_block(0x0019, "PHILIPS MR/PART", create=True)
        block.add_new(0x0C, "DS", str(i // 7))
    assert "nothing tells them apart" in refusal(dicoms.save(made, tmp_path))


def test_a_single_volume_answers_to_its_b_value_and_no_other(tmp_path):
    dicoms.save(dwi()[:7], tmp_path)
    assert np.array_equal(read_series(tmp_path, PLACE).voxels, STORED)
    assert np.array_equal(read_series(tmp_path, PLACE, "b800").voxels, STORED)
    assert "has one volume" in refusal(tmp_path, "b0")


def test_only_the_wanted_volume_s_pixels_are_decoded(tmp_path):
    made = dwi()
    dicoms.save(made, tmp_path)
    made[8].PixelData = b"\0\0"
    dicoms.save(made, tmp_path)
    assert np.array_equal(read_series(tmp_path, PLACE, "b800").voxels, STORED)
    assert "E11 file" in refusal(tmp_path, "b0")


def test_a_slice_missing_at_the_end_of_one_volume_is_found_by_the_other(tmp_path):
    made = dwi()
    dicoms.save(made[:6] + made[7:], tmp_path)
    message = refusal(tmp_path, "b800")
    assert "E17 series" in message
    assert "1 more (at 116.25 mm" in message
    assert np.array_equal(read_series(tmp_path, PLACE, "b0").voxels, STORED + 1000)


@pytest.mark.parametrize(
    ("keyword", "values", "names"),
    [
        ("TemporalPositionIdentifier", (2, 1), "1: temporal position 1, 2: temporal position 2"),
        ("EchoTime", (80.5, 2.3), "1: echo time 2.3, 2: echo time 80.5"),
        ("AcquisitionNumber", (10, 9), "1: acquisition 9, 2: acquisition 10"),
        ("ImageType", (["D", "P", "WATER"], ["D", "P", "FAT"]), "1: image type D P FAT"),
        ("AcquisitionTime", ("120010", "115959.5"), "1: acquisition time 115959.5"),
    ],
)
def test_volumes_are_told_apart_by_what_differs(tmp_path, keyword, values, names):
    made = dwi()
    for i, each in enumerate(made):
        del each.DiffusionBValue
        setattr(each, keyword, values[i // 7])
        each.TriggerTime = float(i)  # differs from slice to slice, and tells nothing
    dicoms.save(made, tmp_path)
    assert names in refusal(tmp_path)
    assert np.array_equal(read_series(tmp_path, PLACE, "2").voxels, STORED)


def test_directions_of_one_b_value_are_chosen_by_number(tmp_path):
    made = dwi() + dicoms.slices(STORED + np.uint16(5), sop=MRImageStorage)
    for i, each in enumerate(made):
        dicoms.put_b_value(each, 0 if 7 <= i < 14 else 800)
        each.DiffusionGradientOrientation = [1.0, 0, 0] if i < 14 else [0, 1.0, 0]
    dicoms.save(made, tmp_path)
    message = refusal(tmp_path, "b800")
    assert "E18 volume" in message
    assert "2 volumes of b800 (2: b800" in message
    assert np.array_equal(read_series(tmp_path, PLACE, "2").voxels, STORED + 5)
    assert np.array_equal(read_series(tmp_path, PLACE, "3").voxels, STORED)
    assert np.array_equal(read_series(tmp_path, PLACE, "b0").voxels, STORED + 1000)


def test_a_series_of_acquisitions_one_after_the_other_is_one_volume(tmp_path):
    made = dicoms.slices(STORED)
    for i, each in enumerate(made):
        each.AcquisitionNumber = 1 + i // 4
    assert np.array_equal(read_series(dicoms.save(made, tmp_path), PLACE).voxels, STORED)


def test_an_enhanced_file_is_read_by_its_frames_positions(tmp_path):
    made = dicoms.slices(STORED, orientation=tuple(OBLIQUE), sop=MRImageStorage)
    for i, each in enumerate(made):
        each.RescaleSlope, each.RescaleIntercept = 1 + i, 0
    file = dicoms.enhanced(made, [3, 0, 6, 1, 5, 2, 4])
    file.save_as(tmp_path / "enhanced", enforce_file_format=True)
    volume = read_series(tmp_path / "enhanced", PLACE)
    classic = read_series(dicoms.save(made, tmp_path / "classic"), PLACE)
    assert np.array_equal(volume.voxels, STORED * np.arange(1, 8)[:, None, None])
    assert np.allclose(volume.affine, classic.affine, atol=1e-6)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_volume_of_an_enhanced_file_is_chosen_by_b_value(tmp_path, compressed):
    order = np.random.default_rng(3).permutation(14).tolist()
    file = dicoms.enhanced(dwi(), order)
    if compressed:
        file.compress(dicoms.UID("1.2.840.10008.1.2.4.80"))  # JPEG-LS
    file.save_as(tmp_path / "dwi", enforce_file_format=True)
    assert "(1: b0, 2: b800)" in refusal(tmp_path / "dwi")
    assert np.array_equal(read_series(tmp_path / "dwi", PLACE, "b800").voxels, STORED)


def test_a_copied_frame_of_an_enhanced_file_is_named(tmp_path):
    file = dicoms.enhanced(dicoms.slices(STORED), [0, 1, 2, 3, 3, 4, 5])
    file.save_as(tmp_path / "e", enforce_file_format=True)
    assert "e frame 4 and e frame 5 at 108.75 mm" in refusal(tmp_path / "e")


def test_frames_without_functional_groups_are_refused(tmp_path):
    file = dicoms.enhanced(dicoms.slices(STORED), range(7))
    file.PerFrameFunctionalGroupsSequence.pop()
    file.save_as(tmp_path / "e", enforce_file_format=True)
    assert "7 frames, but functional groups of 6" in refusal(tmp_path / "e")


def test_one_slice_is_as_thick_as_it_says_and_noted(tmp_path):
    made = dicoms.slices(STORED)
    dicoms.save(made, tmp_path)
    file = next(tmp_path.iterdir())
    volume = read_series(file, PLACE)
    assert volume.voxels.shape == (1, 5, 6)
    assert np.allclose(volume.spacing, [0.8, 0.7, 9.0])
    assert "one slice, taken to be 9 mm thick" in volume.notes[0]
    made[0].SpacingBetweenSlices = 3.0
    made[0].save_as(file, enforce_file_format=True)
    assert read_series(file, PLACE).spacing[2] == pytest.approx(3.0)
    del made[0].SpacingBetweenSlices, made[0].SliceThickness
    made[0].save_as(file, enforce_file_format=True)
    assert "E17 series" in refusal(file)


def test_a_folder_without_dicom_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("no DICOM")
    assert "E11 file" in refusal(tmp_path)
    dicoms.save(dicoms.slices(STORED), tmp_path / "series1")
    assert "folders (series1), which are not searched" in refusal(tmp_path)


def test_a_file_without_image_is_refused_by_what_it_is(tmp_path):
    dicoms.structure_set({}).save_as(tmp_path / "rt", enforce_file_format=True)
    assert "holds no image (RT Structure Set Storage)" in refusal(tmp_path)


@pytest.mark.parametrize("kept", [0, 100, 400, 1000])
def test_a_file_cut_off_is_refused_by_name(tmp_path, kept):
    made = dicoms.slices(STORED)
    dicoms.save(made, tmp_path)
    made[4].save_as(tmp_path / "cut.dcm", enforce_file_format=True)
    whole = (tmp_path / "cut.dcm").read_bytes()
    (tmp_path / f"{(7919 * 5) % 1009:04d}").unlink()
    assert read_series(tmp_path, PLACE).voxels.shape == (7, 5, 6)
    (tmp_path / "cut.dcm").write_bytes(whole[: min(kept, len(whole) - 10)])
    assert re.search(r"E11 file: P1 CT AP image: \S+cut.dcm cannot be read", refusal(tmp_path))


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000", "RLE"])
def test_compressed_pixels_cut_off_are_refused(tmp_path, compressor):
    made = dicoms.slices(np.tile(STORED, (1, 13, 11)))
    for each in made:
        each.compress(RLELossless) if compressor == "RLE" else dicoms.compress(each, compressor)
    dicoms.save(made, tmp_path)
    file = sorted(tmp_path.iterdir())[2]
    file.write_bytes(file.read_bytes()[:-2000])
    assert re.search(rf"E11 file: {PLACE}: {file} cannot be read", refusal(tmp_path))


def test_a_value_that_is_no_number_is_refused(tmp_path):
    made = dicoms.slices(STORED)
    dicoms.save(made, tmp_path)
    file = sorted(tmp_path.iterdir())[2]
    whole = file.read_bytes()
    for value in (b" nan ", b"left "):
        file.write_bytes(whole.replace(b"-30.0", value))
        message = refusal(tmp_path)
        assert "E11 file" in message
        assert file.name in message
    assert whole.count(b"-30.0") == 1


def test_all_broken_files_are_named_at_once(tmp_path):
    dicoms.save(dicoms.slices(STORED), tmp_path)
    broken = sorted(tmp_path.iterdir())[1:4]
    for file in broken:
        file.write_bytes(file.read_bytes()[:300])
    message = refusal(tmp_path)
    assert message.count("E11 file") == 3
    assert all(str(file) in message for file in broken)


def test_colour_is_refused(tmp_path):
    made = dicoms.slices(np.zeros((2, 5, 6), np.uint8), sop=SecondaryCaptureImageStorage)
    for each in made:
        dicoms.put_pixels(each, np.zeros((5, 6, 3), np.uint8))
    assert "E12 geometry" in refusal(dicoms.save(made, tmp_path))
    assert "holds colour" in refusal(tmp_path)


def test_slices_of_two_patients_are_no_series(tmp_path):
    made = dicoms.slices(STORED)
    made[2].PatientID = "another"
    assert "holds slices of several patients" in refusal(dicoms.save(made, tmp_path))


def test_a_palette_is_colour(tmp_path):
    made = dicoms.slices(STORED, PhotometricInterpretation="PALETTE COLOR")
    assert "holds colour" in refusal(dicoms.save(made, tmp_path))


def test_of_many_files_that_cannot_be_read_the_first_are_named(tmp_path):
    for number in range(12):
        (tmp_path / f"{number:02d}.dcm").write_bytes(b"not DICOM")
    with pytest.raises(StudyError) as caught:
        read_series(tmp_path, PLACE)
    assert len(caught.value.problems) == 6
    assert caught.value.problems[-1].endswith("has 7 more files that cannot be read.")
