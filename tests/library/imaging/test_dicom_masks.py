"""DICOM SEG and RTSTRUCT masks: their grids and areas, and every reason to refuse one."""

import re
from pathlib import Path

import dicoms
import highdicom
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from radfuse.errors import StudyError
from radfuse.imaging.dicom.masks import read_dicom_mask
from radfuse.imaging.dicom.series import read_series
from radfuse.imaging.grid import grid_problems
from radfuse.imaging.outline import others
from radfuse.imaging.read import read_mask
from radfuse.imaging.volume import Volume

PLACE = "P1 CT AP mask"
STORED = np.random.default_rng(0).integers(0, 4000, (9, 12, 14)).astype(np.uint16)
OBLIQUE = tuple(Rotation.from_euler("xyz", [0.4, -0.7, 1.9]).as_matrix()[:2].ravel())
GTV, LIVER = np.zeros((2, *STORED.shape), dtype=bool)
GTV[3:6, 4:8, 5:9] = True
LIVER[2:8, 3:10, 2:12] = True
LIVER &= ~GTV


def refusal(path: Path, image: Volume, label: str = "") -> str:
    with pytest.raises(StudyError) as caught:
        read_dicom_mask(path, PLACE, image, label)
    message = str(caught.value)
    assert re.match(rf"E\d\d \w+: {PLACE}: \S+ .*\.$", message), message
    return message


@pytest.fixture
def ct(tmp_path):
    """The slices of an oblique series, and its volume."""
    made = dicoms.slices(STORED, orientation=OBLIQUE)
    return made, read_series(dicoms.save(made, tmp_path / "ct"), PLACE)


def save_segments(images, masks, path: Path, **keywords) -> Path:
    dicoms.segmentation(images, masks, **keywords).save_as(path)
    return path


# --- SEG


@pytest.mark.parametrize("orientation", [dicoms.AXIAL, (0, 1, 0, 0, 0, -1), OBLIQUE])
@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_segmentation_lies_where_it_was_drawn(tmp_path, orientation, kind):
    made = dicoms.slices(STORED, orientation=orientation)
    image = read_series(dicoms.save(made, tmp_path / "ct"), PLACE)
    path = save_segments(made, {"GTV": GTV, "liver": LIVER}, tmp_path / "seg.dcm", kind=kind)
    mask = read_mask(path, PLACE, image)
    assert np.array_equal(mask.voxels, GTV + 2 * LIVER)
    assert grid_problems(image, mask, 0.01, 0.01) == []


def test_a_segmentation_s_grid_is_that_of_highdicom(tmp_path, ct):
    made, _ = ct
    path = save_segments(made, {"GTV": GTV}, tmp_path / "seg.dcm")
    elsewhere = Volume(np.zeros((3, 3, 3)), np.eye(4))  # an image that cannot be matched
    mask = read_dicom_mask(path, PLACE, elsewhere, "")
    assert mask.voxels.shape == (3, 12, 14)  # empty frames are not stored
    geometry = highdicom.seg.segread(path).get_volume_geometry()
    for index in ([0, 0, 0], [2, 0, 0], [1, 11, 13]):
        theirs = geometry.map_indices_to_reference(np.array([index]))[0]
        # highdicom may count the slices from the other end
        ours = [mask.position([index[2], index[1], z]) for z in range(3)]
        assert min(np.linalg.norm(theirs - each) for each in ours) < 1e-4
    assert np.linalg.det(mask.direction) == pytest.approx(1)
    centre = mask.position(np.argwhere(mask.voxels)[:, ::-1]).mean(axis=0)
    drawn = read_series(tmp_path / "ct", PLACE).position(np.argwhere(GTV)[:, ::-1]).mean(axis=0)
    assert np.allclose(centre, drawn, atol=1e-4)


def test_slices_between_the_frames_are_empty(tmp_path, ct):
    made, image = ct
    parts = GTV.copy()
    parts[4] = False
    path = save_segments(made, {"GTV": parts}, tmp_path / "seg.dcm")
    assert np.array_equal(read_dicom_mask(path, PLACE, image, "").voxels, parts)


@pytest.mark.parametrize("z", [0, 4, 8])
def test_a_segmentation_of_one_slice_takes_the_image_s_steps(tmp_path, ct, z):
    made, image = ct
    one = np.zeros_like(GTV)
    one[z, 4:8, 5:9] = True
    path = tmp_path / "seg.dcm"
    written = dicoms.segmentation(made, {"GTV": one})
    shared = written.SharedFunctionalGroupsSequence[0]
    del shared.PixelMeasuresSequence[0].SpacingBetweenSlices  # not every writer knows it
    written.save_as(path)
    mask = read_dicom_mask(path, PLACE, image, "")
    assert np.array_equal(mask.voxels, one)
    assert grid_problems(image, mask, 0.01, 0.01) == []


def test_a_segmentation_of_a_shifted_image_keeps_its_own_place(tmp_path, ct):
    made, image = ct
    shifted = Volume(image.voxels, image.affine.copy())
    shifted.affine[:3, 3] += image.direction[:, 2] * 0.7
    path = save_segments(made, {"GTV": GTV}, tmp_path / "seg.dcm")
    mask = read_dicom_mask(path, PLACE, shifted, "")
    assert np.array_equal(mask.voxels, GTV)
    assert any("0.70 mm apart" in each for each in grid_problems(shifted, mask, 0.1, 0.1))


def test_a_segmentation_of_another_spacing_is_left_as_it_is(tmp_path, ct):
    made, image = ct
    thinner = Volume(np.repeat(image.voxels, 2, axis=0), image.affine @ np.diag([1, 1, 0.5, 1]))
    path = save_segments(made, {"GTV": GTV}, tmp_path / "seg.dcm")
    assert read_dicom_mask(path, PLACE, thinner, "").voxels.shape == (3, 12, 14)


@pytest.mark.parametrize("other", ["shorter", "wider", "turned"])
def test_a_segmentation_of_another_image_is_left_as_it_is(tmp_path, ct, other):
    made, image = ct
    images = {
        "shorter": Volume(image.voxels[:5], image.affine),  # ends within the lesion
        "wider": Volume(np.pad(image.voxels, ((0, 0), (0, 0), (0, 2))), image.affine),
        "turned": Volume(image.voxels, image.affine @ np.diag([-1, -1, 1, 1])),
    }
    path = save_segments(made, {"GTV": GTV}, tmp_path / "seg.dcm")
    mask = read_dicom_mask(path, PLACE, images[other], "")
    assert np.array_equal(mask.voxels, GTV[3:6])
    assert np.allclose(mask.position([0, 0, 0]), image.position([0, 0, 3]), atol=1e-4)


def test_overlapping_segments_are_told_apart_by_the_label(tmp_path, ct):
    made, image = ct
    path = save_segments(made, {"GTV": GTV, "organ": GTV | LIVER}, tmp_path / "seg.dcm")
    assert np.array_equal(read_dicom_mask(path, PLACE, image, "1").voxels, GTV)
    assert np.array_equal(read_dicom_mask(path, PLACE, image, "2").voxels, 2 * (GTV | LIVER))
    assert np.array_equal(read_dicom_mask(path, PLACE, image, "").voxels > 0, GTV | LIVER)


def test_a_segment_that_is_not_there_is_refused_with_those_that_are(tmp_path, ct):
    made, image = ct
    path = save_segments(made, {"GTV": GTV, "liver": LIVER}, tmp_path / "seg.dcm")
    message = refusal(path, image, "3")
    assert "E14 mask" in message
    assert "no segment 3; it holds 1: GTV, 2: liver" in message


def test_fractions_are_refused(tmp_path, ct):
    made, image = ct
    path = save_segments(made, {"GTV": 0.4 * GTV}, tmp_path / "seg.dcm", kind="FRACTIONAL")
    assert "E14 mask" in refusal(path, image)
    assert "holds fractions" in refusal(path, image)


def test_an_empty_segmentation_is_all_zero(tmp_path, ct):
    made, image = ct
    path = save_segments(made, {"GTV": GTV, "none": GTV & LIVER}, tmp_path / "seg.dcm")
    assert not read_dicom_mask(path, PLACE, image, "2").voxels.any()
    path = save_segments(made, {"none": GTV & LIVER}, tmp_path / "empty.dcm")
    assert not read_dicom_mask(path, PLACE, image, "").voxels.any()


def test_frames_that_make_no_volume_are_refused(tmp_path, ct):
    made, image = ct
    made[4].ImagePositionPatient = [v + 0.9 for v in made[4].ImagePositionPatient]
    path = save_segments(made, {"GTV": GTV}, tmp_path / "seg.dcm")
    assert "E17 series" in refusal(path, image)
    assert "make no volume" in refusal(path, image)


def test_a_segmentation_cut_off_is_refused(tmp_path, ct):
    made, image = ct
    path = save_segments(made, {"GTV": GTV}, tmp_path / "seg.dcm")
    whole = path.read_bytes()
    for kept in (len(whole) - 20, 2500, 400):
        path.write_bytes(whole[:kept])
        assert f"E11 file: {PLACE}: {path} cannot be read" in refusal(path, image)


# --- folders


def test_a_folder_with_one_segmentation_is_read(tmp_path, ct):
    made, image = ct
    save_segments(made, {"GTV": GTV}, tmp_path / "ct" / "seg")
    assert np.array_equal(read_mask(tmp_path / "ct", PLACE, image).voxels, GTV)


def test_a_folder_with_two_masks_is_refused(tmp_path, ct):
    made, image = ct
    save_segments(made, {"GTV": GTV}, tmp_path / "ct" / "a_seg")
    dicoms.structure_set({}).save_as(tmp_path / "ct" / "b_rt", enforce_file_format=True)
    message = refusal(tmp_path / "ct", image)
    assert "E18 volume" in message
    assert "2 masks (a_seg: Segmentation Storage, b_rt: RT Structure Set Storage)" in message


def test_a_mask_exported_as_a_series_is_read_as_one(tmp_path, ct):
    _, image = ct
    made = dicoms.slices(GTV.astype(np.uint8), orientation=OBLIQUE)
    mask = read_mask(dicoms.save(made, tmp_path / "mask"), PLACE, image)
    assert np.array_equal(mask.voxels, GTV)
    assert grid_problems(image, mask, 0.01, 0.01) == []


# --- RTSTRUCT

SIZE = (9, 80, 90)  # z, y, x


def grid(orientation=OBLIQUE, spacing=(0.8, 0.7, 2.5)) -> Volume:
    row, column = np.reshape(orientation, (2, 3))
    affine = np.eye(4)
    affine[:3, :3] = np.stack([row, column, np.cross(row, column)], axis=1) * spacing
    affine[:3, 3] = (-30, 12, 101)
    return Volume(np.zeros(SIZE, np.int16), affine)


def circle(centre, radius_mm, image, z, points=400) -> np.ndarray:
    """A circle in mm about a voxel (x, y) of slice z, in the patient's space."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    x = centre[0] + radius_mm * np.cos(angle) / image.spacing[0]
    y = centre[1] + radius_mm * np.sin(angle) / image.spacing[1]
    return image.position(np.stack([x, y, np.full(points, float(z))], axis=1))


def square(low, high, image, z) -> np.ndarray:
    """A square of voxels (x, y) from `low` to `high`, corners on voxel coordinates."""
    corners = [(low, low), (high, low), (high, high), (low, high)]
    return image.position(np.array([(x, y, z) for x, y in corners], dtype=float))


def save_rois(rois, path: Path, kind: str = "") -> Path:
    dicoms.structure_set(rois, kind).save_as(path, enforce_file_format=True)
    return path


def test_a_contour_s_area_and_centre_are_the_circle_s(tmp_path):
    image = grid()
    path = save_rois({1: ("GTV", [circle((44.3, 40.6), 20.0, image, 4)])}, tmp_path / "rt")
    mask = read_mask(path, PLACE, image)
    assert np.array_equal(np.flatnonzero(mask.voxels.any(axis=(1, 2))), [4])
    area = mask.voxels.sum() * image.spacing[0] * image.spacing[1]
    assert area == pytest.approx(np.pi * 20**2, rel=0.005)
    x, y = np.argwhere(mask.voxels)[:, :0:-1].mean(axis=0)
    assert (x, y) == pytest.approx((44.3, 40.6), abs=0.1)
    assert grid_problems(image, mask, 0, 0) == []


def test_a_voxel_is_inside_where_its_centre_is(tmp_path):
    image = grid()
    path = save_rois({1: ("GTV", [square(9.6, 20.4, image, 2)])}, tmp_path / "rt")
    expected = np.zeros(SIZE, dtype=bool)
    expected[2, 10:21, 10:21] = True
    assert np.array_equal(read_mask(path, PLACE, image).voxels, expected)


def test_of_two_edges_through_voxel_centres_one_is_inside(tmp_path):
    image = grid()
    path = save_rois({1: ("GTV", [square(10, 20, image, 2)])}, tmp_path / "rt")
    expected = np.zeros(SIZE, dtype=bool)
    expected[2, 10:20, 10:20] = True  # so that neighbours share no voxel, and leave out none
    assert np.array_equal(read_mask(path, PLACE, image).voxels, expected)


def test_a_polygon_that_is_not_convex_equals_the_test_of_every_centre(tmp_path):
    from matplotlib.path import Path as Polygon

    image = grid()
    generator = np.random.default_rng(5)
    angle = np.linspace(0, 2 * np.pi, 37, endpoint=False)
    reach = generator.uniform(5, 38, 37)
    corners = np.stack([44.2 + reach * np.cos(angle), 39.7 + reach * np.sin(angle)], axis=1)
    points = image.position(np.column_stack([corners, np.full(37, 3.0)]))
    path = save_rois({1: ("GTV", [points])}, tmp_path / "rt")
    y, x = np.mgrid[: SIZE[1], : SIZE[2]]
    inside = Polygon(corners).contains_points(np.stack([x.ravel(), y.ravel()], axis=1))
    assert np.array_equal(read_mask(path, PLACE, image).voxels[3].ravel() > 0, inside)


def test_an_inner_contour_is_a_hole(tmp_path):
    image = grid()
    contours = [square(9.6, 40.4, image, 2), square(19.6, 30.4, image, 2)]
    mask = read_mask(save_rois({1: ("GTV", contours)}, tmp_path / "rt"), PLACE, image)
    assert mask.voxels.sum() == 31**2 - 11**2
    assert not mask.voxels[2, 25, 25]


def test_a_hole_joined_by_a_keyhole_is_a_hole(tmp_path):
    image = grid()
    outer, inner = square(9.6, 40.4, image, 2), square(19.6, 30.4, image, 2)
    joined = np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])
    mask = read_mask(save_rois({1: ("GTV", [joined])}, tmp_path / "rt"), PLACE, image)
    assert mask.voxels.sum() == 31**2 - 11**2


def test_a_contour_that_is_there_twice_does_not_cancel_itself(tmp_path):
    image = grid()
    contours = [square(9.6, 40.4, image, 2)] * 2
    mask = read_mask(save_rois({1: ("GTV", contours)}, tmp_path / "rt"), PLACE, image)
    assert mask.voxels.sum() == 31**2


@pytest.mark.parametrize("axis", [0, 1])
def test_contours_may_lie_across_another_axis(tmp_path, axis):
    image = grid(spacing=(2.0, 2.0, 2.0))
    low, high = np.array([1.6, 1.6, 1.6]), np.array([6.4, 6.4, 6.4])
    u, v = [i for i in range(3) if i != axis]
    contours = []
    for at in (10, 11, 12):
        corners = np.tile(low, (4, 1))
        corners[1, u] = corners[2, u] = high[u]
        corners[2, v] = corners[3, v] = high[v]
        corners[:, axis] = at
        contours.append(image.position(corners))
    mask = read_mask(save_rois({1: ("GTV", contours)}, tmp_path / "rt"), PLACE, image)
    start = [2, 2, 2]
    start[axis] = 10
    stop = [7, 7, 7]
    stop[axis] = 13
    expected = np.zeros(SIZE, dtype=bool)
    expected[start[2] : stop[2], start[1] : stop[1], start[0] : stop[0]] = True
    assert np.array_equal(mask.voxels, expected)


def test_of_several_rois_one_is_named_by_its_number(tmp_path):
    image = grid()
    rois = {
        3: ("GTV", [square(9.6, 20.4, image, 2)]),
        300: ("Body", [square(1.6, 60.4, image, 2)]),
    }
    path = save_rois(rois, tmp_path / "rt")
    mask = read_dicom_mask(path, PLACE, image, "300")
    assert set(np.unique(mask.voxels)) == {0, 300}
    assert (mask.voxels == 300).sum() == 59**2
    assert (read_dicom_mask(path, PLACE, image, "3").voxels == 3).sum() == 11**2
    assert "E14 mask" in refusal(path, image)
    assert "has 2 ROIs; it holds 3: GTV, 300: Body" in refusal(path, image)
    assert "has no ROI 4; it holds 3: GTV, 300: Body" in refusal(path, image, "4")


def test_a_single_roi_of_number_0_is_read(tmp_path):
    image = grid()
    path = save_rois({0: ("GTV", [square(9.6, 20.4, image, 2)])}, tmp_path / "rt")
    assert read_dicom_mask(path, PLACE, image, "").voxels.sum() == 11**2


def test_a_roi_without_closed_contours_is_refused(tmp_path):
    image = grid()
    path = save_rois({1: ("GTV", [])}, tmp_path / "rt")
    assert "ROI 1 (GTV) has no closed contour" in refusal(path, image)
    path = save_rois({1: ("GTV", [square(9, 20, image, 2)])}, tmp_path / "rt", "OPEN_PLANAR")
    assert "E14 mask" in refusal(path, image)


def test_a_contour_a_little_off_its_slice_is_put_on_it_and_noted(tmp_path):
    image = grid()
    path = save_rois({1: ("GTV", [square(9.6, 20.4, image, 2.3)])}, tmp_path / "rt")
    mask = read_dicom_mask(path, PLACE, image, "")
    assert mask.voxels[2].sum() == 11**2
    assert mask.notes == ("contours up to 0.75 mm off the slices they were put on",)
    path = save_rois({1: ("GTV", [square(9.6, 20.4, image, 2.01)])}, tmp_path / "rt")
    assert read_dicom_mask(path, PLACE, image, "").notes == ()


def test_a_contour_in_no_slice_s_plane_is_refused_by_how_much(tmp_path):
    image = grid()
    points = square(9.6, 40.4, image, 2)
    points[:2] += image.direction[:, 2] * 2.0
    points[2:] -= image.direction[:, 2] * 2.0
    message = refusal(save_rois({1: ("GTV", [points])}, tmp_path / "rt"), image)
    assert "E13 geometry" in message
    assert "ROI 1 (GTV)" in message
    assert "up to 2.00 mm from the nearest, slices are 2.5 mm apart" in message


def test_contours_drawn_on_thinner_slices_are_refused(tmp_path):
    image = grid()
    contours = [square(9.6, 40.4, image, z / 2) for z in range(4, 9)]
    message = refusal(save_rois({1: ("GTV", contours)}, tmp_path / "rt"), image)
    assert "E13 geometry" in message
    assert "would fall on one slice (2.5 mm)" in message


def test_contours_drawn_on_thicker_slices_are_refused(tmp_path):
    image = grid()
    contours = [square(9.6, 40.4, image, z) for z in (1, 3, 5)]
    message = refusal(save_rois({1: ("GTV", contours)}, tmp_path / "rt"), image)
    assert "E13 geometry" in message
    assert "at least 5 mm apart, but the image's slices are 2.5 mm apart" in message


@pytest.mark.parametrize("slices", [[1, 2, 6, 7], [2, 6]])
def test_two_lesions_of_one_roi_are_no_gap(tmp_path, slices):
    image = grid()
    contours = [square(9.6, 20.4, image, z) for z in slices]
    mask = read_dicom_mask(save_rois({1: ("GTV", contours)}, tmp_path / "rt"), PLACE, image, "")
    assert np.flatnonzero(mask.voxels.any(axis=(1, 2))).tolist() == slices


@pytest.mark.parametrize(("low", "z", "beyond"), [(-8.0, 2, "6.40"), (9.6, 12, "10.00")])
def test_a_contour_beyond_the_image_is_refused_by_how_much(tmp_path, low, z, beyond):
    image = grid()
    path = save_rois({1: ("GTV", [square(low, 20.4, image, z)])}, tmp_path / "rt")
    # 8 voxels of 0.8 mm along x, or 4 slices of 2.5 mm
    message = refusal(path, image)
    assert "E14 mask" in message
    assert f"reaches {beyond} mm beyond the image" in message


def test_a_structure_set_cut_off_is_refused(tmp_path):
    image = grid()
    path = save_rois({1: ("GTV", [circle((44, 40), 20, image, 4)])}, tmp_path / "rt")
    whole = path.read_bytes()
    path.write_bytes(whole[:700])
    assert f"E11 file: {PLACE}: {path} cannot be read" in refusal(path, image)
    path.write_bytes(whole[:-100])
    assert f"E11 file: {PLACE}: {path} cannot be read" in refusal(path, image)


def test_points_that_are_not_finite_are_refused(tmp_path):
    image = grid()
    contour = circle((44.3, 40.6), 20.0, image, 4)
    contour[3, 0] = np.nan
    path = save_rois({1: ("GTV", [contour])}, tmp_path / "rt")
    assert "ROI 1 has points that are not finite" in refusal(path, image)


# --- whose it is


@pytest.mark.parametrize("kind", ["SEG", "RTSTRUCT"])
@pytest.mark.parametrize("other", ["", "patient", "space"])
def test_a_mask_that_names_another_patient_or_space_is_noted(tmp_path, ct, kind, other):
    made, image = ct
    path = tmp_path / "mask.dcm"
    if kind == "SEG":
        file = dicoms.segmentation(made, {"GTV": GTV})
    else:
        corners = np.array([[4, 3, 4], [9, 3, 4], [9, 8, 4], [4, 8, 4]])
        file = dicoms.structure_set({1: ("GTV", [image.position(corners)])})
        file.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = image.space
    if other == "patient":
        file.PatientID = "SECRET"
    elif other and kind == "SEG":
        file.FrameOfReferenceUID = "1.2.3"
    elif other:
        file.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3"
    file.save_as(path, enforce_file_format=True)
    found = others(image, read_dicom_mask(path, PLACE, image, ""))
    assert bool(found) == bool(other) and "SECRET" not in str(found)
    words = {"patient": "of another patient", "space": "another than the image's"}
    assert not other or words[other] in found[0]
