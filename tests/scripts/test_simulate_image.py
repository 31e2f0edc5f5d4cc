from dataclasses import fields
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.ndimage import label
from simulate_image import SPACING_MM, grid_affine, main, simulate

from radfuse.errors import StudyError
from radfuse.simulation.phantom import Truth
from radfuse.simulation.readers import dice

ROW = {field.name: "0.1" for field in fields(Truth)} | {
    "rim": "0.9",
    "progressive": "0.9",
    "target": "0.9",
    "diameter_mm": "40",
    "lesions": "1",
    "location": "subcapsular",
    "oblique_deg": "0",
}
FILES = ("image", "mask", "mask_repeat", "mask_reader2")


def drawn(modality: str, sequence: str, seed: int = 1, **columns: str):
    return simulate(Truth.from_row(ROW | columns, "P1"), seed, "P1", modality, sequence)


def run(folder, truth=ROW, modality="CT", sequence="AP", seed=1) -> dict:
    folder.mkdir(exist_ok=True)
    paths = {name: str(folder / f"{name}.nii.gz") for name in FILES}
    main(truth=truth, seed=seed, patient="P1", modality=modality, sequence=sequence, **paths)
    return paths


def test_equal_inputs_are_equal_bytes_and_another_seed_is_another_image(tmp_path):
    first, again = run(tmp_path / "a"), run(tmp_path / "b")
    other = run(tmp_path / "c", seed=2)
    for name in FILES:
        content = [Path(paths[name]).read_bytes() for paths in (first, again, other)]
        assert content[0] == content[1]
        assert content[0] != content[2]
        assert len(content[0]) < 700_000


@pytest.mark.parametrize("modality", ["CT", "MRI"])
def test_the_files_are_honest_nifti(tmp_path, modality):
    paths = run(tmp_path, ROW | {"oblique_deg": "-12.5"}, modality, "AP")
    image = nib.load(paths["image"])
    assert image.header["descrip"].tobytes().startswith(b"simulated by radfuse")
    assert image.header.get_xyzt_units()[0] == "mm"
    assert image.get_data_dtype() == np.int16
    assert image.header.get_zooms() == pytest.approx(SPACING_MM[modality])
    sform, sform_code = image.get_sform(coded=True)
    qform, qform_code = image.get_qform(coded=True)
    assert sform_code > 0
    assert qform_code > 0
    assert qform == pytest.approx(sform, abs=1e-4)
    for name in FILES[1:]:
        mask = nib.load(paths[name])
        assert mask.affine == pytest.approx(image.affine)
        assert set(np.unique(np.asarray(mask.dataobj))) == {0, 1}


def test_a_tilted_grid():
    affine = grid_affine((101, 101, 21), np.array([0.8, 0.8, 5.0]), 12.0)
    directions = affine[:3, :3] / [0.8, 0.8, 5.0]
    assert directions.T @ directions == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(directions) == pytest.approx(1)
    assert np.rad2deg(np.arccos(directions[2, 2])) == pytest.approx(12)
    assert affine @ [50, 50, 10, 1] == pytest.approx([0, 0, 0, 1])
    straight = grid_affine((3, 3, 3), np.ones(3), 0.0)
    # voxels run towards left, posterior, superior; the world is RAS
    assert straight[:3, :3] == pytest.approx(np.diag([-1, -1, 1]))


def test_the_lesion_is_the_same_in_every_sequence_but_the_noise_is_not():
    (ap, ap_masks, ap_affine), (vp, vp_masks, vp_affine) = drawn("CT", "AP"), drawn("CT", "VP")
    assert ap_affine == pytest.approx(vp_affine)
    assert dice(ap_masks["reader1"] > 0, vp_masks["reader1"] > 0) > 0.92
    air = ap < -965
    assert air.sum() > 1000
    assert abs(np.corrcoef(ap[air], vp[air])[0, 1]) < 0.05


def test_modalities_show_the_same_lesion_a_little_displaced():
    centres, volumes = [], []
    for modality, sequence in (("CT", "AP"), ("MRI", "AP")):
        _, masks, affine = drawn(modality, sequence)
        voxels = np.argwhere(masks["reader1"])
        centres.append((affine @ [*voxels.mean(axis=0), 1])[:3])
        volumes.append(len(voxels) * SPACING_MM[modality].prod())
    assert 0.3 < np.linalg.norm(centres[0] - centres[1]) < 10
    assert volumes[0] == pytest.approx(volumes[1], rel=0.12)


def test_plausible_hounsfield_units_and_positive_signal():
    image, masks, _ = drawn("CT", "VP", hyper="0", rim="0")
    assert np.percentile(image, 0.5) == pytest.approx(-1000, abs=30)
    lesion = image[masks["reader1"] > 0]
    assert 40 < np.median(lesion) < 140
    signal, _, _ = drawn("MRI", "T2WI")
    assert signal.min() >= 0
    assert signal.dtype == np.int16
    assert np.median(signal[signal > 0]) > 50


def test_a_cholangiocarcinoma_has_an_arterial_rim():
    image, masks, _ = drawn("CT", "AP")
    mask = masks["reader1"] > 0
    core = mask.copy()
    for _ in range(10):  # in-plane erosion, 8 mm
        core[1:-1, 1:-1] &= core[:-2, 1:-1] & core[2:, 1:-1] & core[1:-1, :-2] & core[1:-1, 2:]
    middle = mask.sum(axis=(0, 1)).argmax()
    rim = mask[:, :, middle] & ~core[:, :, middle]
    assert image[:, :, middle][rim].mean() > image[:, :, middle][core[:, :, middle]].mean() + 15


@pytest.mark.parametrize("count", [1, 2, 3])
def test_several_lesions_are_all_in_the_mask_and_the_first_is_the_largest(count):
    _, masks, _ = drawn("MRI", "DWI", lesions=str(count), diameter_mm="45")
    parts, found = label(masks["reader1"], np.ones((3, 3, 3)))
    assert found == count
    sizes = sorted(np.bincount(parts.ravel())[1:])
    assert sizes[-1] > 0.8 * sum(sizes)


def test_masks_stay_clear_of_the_border():
    for location in ("left", "right", "subcapsular"):
        for diameter in ("16", "60", "90"):
            _, masks, _ = drawn("MRI", "AP", location=location, diameter_mm=diameter)
            mask = masks["reader2"]
            for axis in range(3):
                border = np.take(mask, [0, -1], axis=axis)
                assert not border.any(), (location, diameter, axis)


def test_an_image_that_cannot_be_drawn_is_refused(tmp_path):
    with pytest.raises(StudyError, match="E06 simulation"):
        run(tmp_path, modality="PET", sequence="AP")
    with pytest.raises(StudyError, match="diameter_mm is missing"):
        run(tmp_path, {name: value for name, value in ROW.items() if name != "diameter_mm"})
    assert not (tmp_path / "images").exists()
