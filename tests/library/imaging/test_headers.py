"""A first look: what paths and headers show, as a run would say it."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from radfuse.errors import StudyError
from radfuse.imaging.headers import look
from radfuse.imaging.nifti import read_grid, read_nifti, write_nifti
from radfuse.imaging.outline import read_outlined
from radfuse.imaging.volume import Volume

SETTINGS = {"tolerance_mm": 0.1, "tolerance_deg": 0.1, "mask_grid": "refuse"}
AFFINE = np.array([[0.8, 0, 0, -40], [0, 0.8, 0, 20], [0, 0, 5, 100], [0, 0, 0, 1.0]])


@pytest.fixture
def files(tmp_path) -> dict[str, str]:
    """An image and its mask."""
    voxels = np.arange(6 * 20 * 24, dtype=np.int16).reshape(6, 20, 24)
    mask = np.zeros_like(voxels, dtype=np.uint8)
    mask[2:4, 5:10, 6:12] = 1
    paths = {role: str(tmp_path / f"{role}.nii.gz") for role in ("image", "mask")}
    write_nifti(Volume(voxels, AFFINE), paths["image"])
    write_nifti(Volume(mask, AFFINE), paths["mask"])
    return paths


def seen(files, **settings) -> list[str]:
    return look(files, "", {**SETTINGS, **settings}, "P1 CT AP")


def refused(files) -> list[str]:
    """What a run says of the same files."""
    try:
        read_outlined(files["image"], {"mask": files["mask"]}, "", "", SETTINGS, "P1 CT AP")
    except StudyError as error:
        return error.problems
    return []


def change(path: str, affine=None, voxels=None) -> None:
    volume = read_nifti(Path(path), "here")
    write_nifti(
        Volume(
            volume.voxels if voxels is None else voxels(volume.voxels),
            volume.affine if affine is None else affine(volume.affine.copy()),
        ),
        path,
    )


def shift(affine):
    affine[0, 3] += 3
    return affine


def flip(affine):
    affine[:3, 3] += affine[:3, 0] * 23
    affine[:3, 0] *= -1
    return affine


def test_the_grid_is_that_of_the_whole_file(files):
    path = Path(files["image"])
    grid, volume = read_grid(path, "here"), read_nifti(path, "here")
    assert (grid.size == volume.size).all()
    np.testing.assert_array_equal(grid.affine, volume.affine)
    for ours, theirs in zip(grid.stated, volume.stated, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_is_said_of_files_that_agree(files):
    assert seen(files) == refused(files) == []


@pytest.mark.parametrize(
    "edit", [{"affine": shift}, {"voxels": lambda v: v[:-1]}, {"voxels": lambda v: v[:, :, :-2]}]
)
def test_another_grid_is_refused_in_the_run_s_own_words(files, edit):
    change(files["mask"], **edit)
    (problem,) = seen(files)
    assert problem.startswith("E13 geometry: P1 CT AP mask: ")
    assert [problem] == refused(files)
    assert seen(files, mask_grid="resample") == []


def test_axes_that_are_stored_the_other_way_round_are_no_other_grid(files):
    change(files["mask"], affine=flip, voxels=lambda v: np.flip(v, 2))
    assert seen(files) == refused(files) == []


def test_what_is_no_image_and_what_is_not_there(files, tmp_path):
    Path(files["mask"]).write_bytes(gzip.compress(b"nothing of the kind" * 40))
    (problem,) = seen({**files, "mask_repeat": str(tmp_path / "absent.nii.gz")})[:1]
    assert problem.startswith("E11 file: P1 CT AP mask: ")
    assert "E10 file: P1 CT AP mask_repeat: " in seen({**files, "mask_repeat": "absent.nii"})[1]


def test_one_file_in_two_roles_and_a_header_that_spans_nothing(files):
    assert seen({**files, "mask_reader2": files["mask"]})[0].startswith("E19 twin: P1 CT AP: ")
    change(files["image"], affine=lambda a: a * [1, 1, 1e-6, 1])
    assert any(problem.startswith("E12 geometry: P1 CT AP image: ") for problem in seen(files))


def test_a_volume_of_several_is_chosen_by_the_header_too(files):
    with pytest.raises(StudyError, match="E18 volume"):
        read_grid(Path(files["image"]), "here", "3")


def test_a_folder_that_holds_no_series_is_refused_in_the_run_s_own_words(files, tmp_path):
    (tmp_path / "scan" / "series1").mkdir(parents=True)
    (tmp_path / "scan" / "report.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "scan" / ".IM0001.dcm").write_bytes(b"hidden")
    files["image"] = str(tmp_path / "scan")
    assert "folders (series1), which are not searched" in seen(files)[0]
    assert seen(files) == refused(files)


def test_other_formats_are_not_opened(files, tmp_path):
    folder = tmp_path / "series"
    folder.mkdir()
    (folder / "IM0001.dcm").touch()
    nrrd = tmp_path / "mask.nrrd"
    nrrd.write_bytes(b"NRRD0004\n")
    assert seen({"image": str(folder), "mask": str(nrrd)}) == []
