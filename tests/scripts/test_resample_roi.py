"""From files to the region's files, and every refusal with its code."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from resample_roi import main

from radfuse.errors import StudyError

ROI = {"spacing_mm": 1.0, "margin_mm": 8.0, "tolerance_mm": 0.1}
WINDOW = {"method": "window", "low": -100.0, "high": 240.0}
AFFINE = np.diag([0.8, 0.8, 5.0, 1.0])


@pytest.fixture
def files(tmp_path) -> dict[str, str]:
    """An image with a lesion of label 2 and a smaller one of label 1, and its mask."""
    generator = np.random.default_rng(0)
    image = generator.normal(50, 10, (80, 80, 14)).astype(np.float32)
    mask = np.zeros(image.shape, np.uint8)
    mask[30:50, 30:50, 4:9] = 2
    mask[10:15, 10:15, 4:6] = 1
    return {"image": save(tmp_path / "i.nii.gz", image), "mask": save(tmp_path / "m.nii.gz", mask)}


def save(path: Path, voxels: np.ndarray, affine: np.ndarray = AFFINE) -> str:
    nibabel.save(nibabel.Nifti1Image(voxels, affine), path)
    return str(path)


def make(folder: Path, files: dict[str, str], label: str = "", **masks: str) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    outputs = {
        "roi_image": folder / "roi.nii.gz",
        "roi_mask": folder / "mask.nii.gz",
        "overlay": folder / "overlay.png",
        "patches": folder / "patches.npz",
        "source": folder / "source.json",
    }
    main(
        image=files["image"],
        masks={"mask": files["mask"], **masks},
        label=label,
        place="P1 CT AP",
        roi=ROI,
        intensity=WINDOW,
        simulated=True,
        **{name: str(path) for name, path in outputs.items()},
    )
    return outputs


def test_the_files_of_a_region_belong_together(tmp_path, files):
    outputs = make(tmp_path / "a", files, mask_reader2=files["mask"])
    roi, mask = nibabel.load(outputs["roi_image"]), nibabel.load(outputs["roi_mask"])
    assert roi.shape == mask.shape
    assert np.allclose(roi.affine, mask.affine)
    assert np.allclose(roi.header.get_zooms(), 1.0)
    assert mask.get_fdata().sum() == pytest.approx(20 * 20 * 5 * 0.8 * 0.8 * 5, rel=0.1)
    # the crop lies on the image's own millimetre grid
    steps = np.linalg.inv(np.diag([1.0, 1.0, 1.0])) @ (roi.affine[:3, 3] - AFFINE[:3, 3])
    assert np.allclose(steps, np.round(steps), atol=1e-3)
    with np.load(outputs["patches"]) as patches:
        assert set(patches) == {"reader1", "reader2"}
        assert patches["reader1"].shape == (16 + 16, 16 + 16)
        assert np.array_equal(patches["reader1"], patches["reader2"])
    record = json.loads(outputs["source"].read_text())
    assert record["lesions"] == {"reader1": 2, "reader2": 2}
    assert set(record["files"]) == {"image", "mask", "mask_reader2"}


def test_the_label_chooses_the_lesion(tmp_path, files):
    both = nibabel.load(make(tmp_path / "a", files)["roi_mask"]).get_fdata().sum()
    small = nibabel.load(make(tmp_path / "b", files, label="1")["roi_mask"]).get_fdata().sum()
    assert small < both / 10


def test_the_same_files_give_the_same_bytes(tmp_path, files):
    first, second = make(tmp_path / "a", files), make(tmp_path / "b", files)
    for name, path in first.items():
        assert path.read_bytes() == second[name].read_bytes(), name


def refused(files: dict[str, str], label: str = "", **masks: str) -> list[str]:
    with pytest.raises(StudyError) as caught:
        read_study_image(files["image"], {"mask": files["mask"], **masks}, label, 0.1, "P1 CT AP")
    return caught.value.problems


def test_all_masks_problems_come_at_once(tmp_path, files):
    empty = save(tmp_path / "e.nii.gz", np.zeros((80, 80, 14), np.uint8))
    shifted = save(
        tmp_path / "s.nii.gz",
        np.ones((80, 80, 14), np.uint8),
        AFFINE + np.array([[0, 0, 0, 7]] + [[0] * 4] * 3),
    )
    found = refused(files, mask_repeat=empty, mask_reader2=shifted)
    assert found[0].startswith("E14 mask: P1 CT AP mask_repeat")
    assert "no voxel above 0; it holds 0" in found[0]
    assert found[1].startswith("E13 geometry: P1 CT AP mask_reader2")
    assert "7.00 mm" in found[1]


def test_an_absent_label_lists_those_present(files):
    assert "no voxel of label 5; it holds 0, 1, 2" in refused(files, label="5")[0]


def test_a_constant_image_is_refused(tmp_path, files):
    constant = save(tmp_path / "c.nii.gz", np.full((80, 80, 14), 3, np.float32))
    assert "E16 voxels" in refused({**files, "image": constant})[0]


def test_percentiles_that_fall_together_are_refused(tmp_path, files, monkeypatch):
    masked = np.zeros((80, 80, 14), np.float32)
    masked[30:32, 30:32, 5] = 100
    files = {**files, "image": save(tmp_path / "z.nii.gz", masked)}
    percentiles = {"method": "percentile", "low": 0.1, "high": 99.9}
    monkeypatch.setattr("test_resample_roi.WINDOW", percentiles)
    with pytest.raises(StudyError, match=r"E16 voxels.*both 0: most of it is constant"):
        make(tmp_path / "a", files)


def test_real_images_where_they_are(tmp_path):
    from studies import REAL

    if not REAL.is_dir():
        pytest.skip("the real patients are not here")
    files = {kind: str(REAL / "STS_002" / f"CT_{kind}.nii.gz") for kind in ("image", "mask")}
    outputs = make(tmp_path / "a", files)
    with np.load(outputs["patches"]) as patches:
        assert 0 <= patches["reader1"].min() < patches["reader1"].max() <= 1
