"""Images that cannot be used: all are named, the others go on, and nothing is computed twice."""

import gzip
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest
import yaml
from studies import (
    change_config,
    planned,
    read,
    run,
    simulated_study,
    snakemake,
    study_with_files,
    table,
    write,
    write_config,
)

from radfuse.imaging.nifti import RAS_TO_LPS, read_nifti, write_nifti
from radfuse.imaging.volume import Volume

pytestmark = pytest.mark.workflow

Edit = Callable[[Volume], Volume]


def edited(path: Path, edit: Edit) -> None:
    write_nifti(edit(read_nifti(path, "")), path)


def with_voxels(edit: Callable[[np.ndarray], np.ndarray]) -> Edit:
    return lambda volume: replace(volume, voxels=edit(volume.voxels))


def with_affine(change: np.ndarray) -> Edit:
    return lambda volume: replace(volume, affine=volume.affine @ change)


def with_a_hole(voxels: np.ndarray) -> np.ndarray:
    holed = voxels.astype(np.float32)
    holed[0, :2, :3] = np.nan
    return holed


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def four_dimensional(path: Path) -> None:
    image = nibabel.load(path)
    twice = np.stack([np.asanyarray(image.dataobj)] * 2, axis=3)
    nibabel.save(nibabel.Nifti1Image(twice, image.affine), path)


SHEAR = np.array([[1, 0.3, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
SHIFT = np.array([[1, 0, 0, 7], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])

# the file that is broken, how, and what the message must say
BROKEN: list[tuple[str, Callable[[Path], None], str, str]] = [
    ("image", Path.unlink, "E10", "does not exist"),
    ("image", cut_short, "E11", "cannot be read"),
    ("mask", lambda path: path.write_text("a mask"), "E11", "cannot be read"),
    ("image", four_dimensional, "E18", "with 2 volumes"),
    ("image", lambda path: edited(path, with_affine(SHEAR)), "E12", "off a right angle"),
    ("mask", lambda path: edited(path, with_affine(SHIFT)), "E13", "5.60 mm apart"),
    ("mask", lambda path: edited(path, with_voxels(np.zeros_like)), "E14", "no voxel above 0"),
    ("mask", lambda path: edited(path, with_voxels(np.ones_like)), "E14", "lesion everywhere"),
    ("mask", lambda path: edited(path, with_voxels(lambda v: v * 3)), "E14", "no voxel of label 1"),
    ("image", lambda path: edited(path, with_voxels(with_a_hole)), "E15", "6 of"),
    ("image", lambda path: edited(path, with_voxels(np.zeros_like)), "E16", "is 0 everywhere"),
    (
        "image",
        lambda path: edited(path, with_voxels(lambda v: (v + 1024).clip(0))),
        "E16",
        "not in Hounsfield units",
    ),
]


@pytest.fixture
def study(tmp_path) -> Path:
    return study_with_files(tmp_path, 28, split={"test_fraction": 0.0})


def break_twelve(folder: Path) -> list[str]:
    """Break the images of twelve patients, three of them positive, in twelve ways."""
    sheet, images = read(folder / "patients.tsv"), read(folder / "images.tsv")
    positive = (sheet["pathology"] == "iCCA").to_numpy()
    chosen = [*sheet["patient"][positive][:3], *sheet["patient"][~positive][:9]]
    rows = images.set_index("patient")
    for patient, (role, spoil, _, words) in zip(chosen, BROKEN, strict=True):
        spoil(folder / rows.loc[patient, role])
        if "label" in words:
            images.loc[images["patient"] == patient, "label"] = "1"
    write(images, folder / "images.tsv")
    return chosen


def test_twelve_broken_images_are_named_and_the_others_are_not_computed_again(study):
    broken = break_twelve(study)
    patients = list(read(study / "patients.tsv")["patient"])
    first = snakemake(study)
    assert first.returncode != 0
    found = table(study, "inspection.tsv").set_index("patient")
    assert sorted(found.index) == sorted(broken)
    printed = re.sub(r"\s+", " ", first.stdout + first.stderr).rpartition("12 images were")[2]
    for patient, (role, _, code, words) in zip(broken, BROKEN, strict=True):
        assert found.loc[patient, "code"] == code
        problem = found.loc[patient, "problem"]
        assert problem.startswith(code)
        assert f"{patient} CT AP" in problem
        assert f"{role}.nii.gz" in problem
        assert words in problem
        assert problem in printed
    roi = study / "results" / "roi"
    good = [patient for patient in patients if patient not in broken]
    assert sorted(path.parts[-4] for path in roi.rglob("source.json")) == sorted(good)
    assert not [path for name in broken for path in (roi / name).rglob("*") if path.is_file()]
    assert sorted(path.parts[-3] for path in (study / "results" / "features").rglob("*.npz")) == (
        sorted(good)
    )

    images = read(study / "images.tsv")
    images.loc[images["patient"].isin(broken), "exclude"] = "image cannot be used"
    write(images, study / "images.tsv")
    assert not {"resample_roi", "extract_features"} & set(planned(study))
    run(study)
    assert table(study, "inspection.tsv").empty
    counts = table(study, "tables/counts.tsv")
    left_out = counts[counts["step"] == "excluded"]
    assert left_out[["reason", "n"]].to_numpy().tolist() == [["CT AP: image cannot be used", 12]]
    assert (study / "results" / "report.html").is_file()


def test_a_mended_file_is_looked_at_again(tmp_path):
    folder = study_with_files(tmp_path, 6)
    mask = folder / read(folder / "images.tsv")["mask"][2]
    whole = mask.read_bytes()
    mask.write_bytes(gzip.compress(b"not a mask"))
    targets = ["results/inspection.tsv"]
    assert snakemake(folder, *targets).returncode != 0
    assert len(table(folder, "inspection.tsv")) == 1
    again = snakemake(folder, *targets)  # the list of what is wrong is not the verdict on all
    assert again.returncode != 0
    assert "1 image was refused" in again.stderr
    mask.write_bytes(whole)
    assert planned(folder, *targets) == {"resample_roi": 1, "inspect_images": 1}
    run(folder, *targets)
    assert table(folder, "inspection.tsv").empty


def test_one_file_for_two_patients_is_refused(tmp_path):
    folder = study_with_files(tmp_path, 6)
    images = read(folder / "images.tsv")
    for role in ("image", "mask"):
        shutil.copy(folder / images[role][0], folder / images[role][1])
    completed = snakemake(folder, "results/features/CT.parquet")
    assert completed.returncode != 0
    found = table(folder, "inspection.tsv")
    assert found["code"].tolist() == ["E19", "E19"]
    assert found["patient"].tolist() == images["patient"][:2].tolist()
    assert not (folder / "results" / "features" / "CT.parquet").exists()


def test_patients_without_a_sequence_are_dropped_and_counted_where_the_config_says_so(tmp_path):
    folder = simulated_study(tmp_path, 20, {"CT": ["AP"], "MRI": ["DWI", "T2WI"]})
    images = read(folder / "images.tsv")
    lacking = images["patient"].unique()[:2]
    gone = images["patient"].isin(lacking) & (images["sequence"] == "DWI")
    write(images[~gone], folder / "images.tsv")
    refused = snakemake(folder, "results/tables/counts.tsv")
    assert refused.returncode != 0
    for patient in lacking:
        assert f"{patient} has no MRI DWI" in refused.stderr
    config = folder / "config" / "config.yaml"
    config.write_text(config.read_text() + "missing_sequence: drop_patient\n")
    run(folder, "results/tables/counts.tsv")
    counts = table(folder, "tables/counts.tsv")
    left_out = counts[counts["step"] == "excluded"]
    assert left_out["n"].tolist() == [2]
    assert "MRI DWI" in left_out["reason"].item()


def test_files_that_are_away_take_no_result_with_them_and_those_replaced_are_read_again(tmp_path):
    folder = study_with_files(tmp_path, 6)
    images = read(folder / "images.tsv")
    targets = ["results/inspection.tsv"]
    run(folder, *targets)
    first, second = (folder / path for path in images["image"][:2])
    first.rename(folder / "archived.nii.gz")
    assert planned(folder, *targets) == {}
    edited(second, with_voxels(lambda voxels: voxels + np.int16(1)))
    assert planned(folder, *targets)["resample_roi"] == 1


def test_sequences_may_be_volumes_of_one_file(tmp_path):
    folder = study_with_files(tmp_path, 4)
    images = read(folder / "images.tsv")
    rows = []
    for row in images.to_dict("records"):
        image = read_nifti(folder / row["image"], "")
        stacked = nibabel.Nifti1Image(
            np.stack([image.voxels.T, image.voxels.T + 7], axis=3), RAS_TO_LPS @ image.affine
        )
        nibabel.save(stacked, folder / row["image"])
        (folder / row["image"]).with_name("image.bval").write_text("0 800")
        rows += [{**row, "sequence": name, "volume": name} for name in ("b0", "b800")]
    write(pd.DataFrame(rows), folder / "images.tsv")
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    config["modalities"] = [{"name": "CT", "sequences": ["b0", "b800"]}]
    write_config(folder, config)
    targets = ["results/inspection.tsv"]
    run(folder, *targets)
    levels = table(folder, "roi/images.tsv").groupby("sequence")["lesion_level"].mean()
    assert levels["b800"] - levels["b0"] == pytest.approx(7 / 340, abs=1e-3)
    (folder / images["image"][0]).with_name("image.bval").write_text("800 0")
    assert planned(folder, *targets)["resample_roi"] == 2


def test_a_log_of_an_earlier_run_is_not_this_run_s_refusal(tmp_path):
    folder = study_with_files(tmp_path, 6)
    mask = folder / read(folder / "images.tsv")["mask"][0]
    mask.write_text("a mask")
    assert "1 image was refused" in snakemake(folder, "results/inspection.tsv").stderr
    change_config(folder, backbone={"sha256": "0" * 64})
    failed = snakemake(folder, "results/backbone/backbone.json")
    assert failed.returncode != 0
    assert "E32" in failed.stdout + failed.stderr
    assert "refused" not in failed.stderr
    assert len(table(folder, "inspection.tsv")) == 1


def test_a_file_that_is_exchanged_under_an_older_time_is_read_again(tmp_path):
    """As `mv`, `cp -p`, unpacking and a backup do."""
    folder = study_with_files(tmp_path, 5)
    images, targets = read(folder / "images.tsv"), ["results/inspection.tsv"]
    run(folder, *targets)
    first, second, third, fourth, _ = (folder / path for path in images["image"])
    masks = [folder / path for path in images["mask"]]
    for one, other in ((first, second), (masks[0], masks[1])):  # a mix-up, mended
        one.rename(tmp_path / "kept")
        other.rename(one)
        (tmp_path / "kept").rename(other)
    edited(third, with_voxels(lambda voxels: voxels + np.int16(1)))
    os.utime(third, (1e9, 1e9))
    fourth.rename(fourth.with_suffix(".moved"))  # there and back: nothing happened
    fourth.with_suffix(".moved").rename(fourth)
    assert planned(folder, *targets)["resample_roi"] == 3
    before = {key: source(folder, key)["voxels_sha256"] for key in images["patient"]}
    run(folder, *targets)
    after = {key: source(folder, key)["voxels_sha256"] for key in images["patient"]}
    ids = list(images["patient"])
    assert after[ids[0]] == before[ids[1]] and after[ids[1]] == before[ids[0]]
    assert [key for key in ids if after[key] != before[key]] == ids[:3]
    assert planned(folder, *targets) == {}


def source(folder: Path, patient: str) -> dict:
    path = folder / "results" / "roi" / patient / "CT" / "AP" / "source.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("change", ["config", "mask"])
def test_an_archived_image_of_which_something_else_is_asked_is_refused(tmp_path, change):
    """It cannot be made again, and must not stay beside others that were."""
    folder = study_with_files(tmp_path, 4)
    images, targets = read(folder / "images.tsv"), ["results/inspection.tsv"]
    run(folder, *targets)
    (folder / images["image"][0]).rename(folder / "archived.nii.gz")
    told = run(folder, *targets)
    assert "E10" not in told  # nothing happens to it
    if change == "config":
        change_config(folder, roi={"margin_mm": 7.0})
    else:
        mask = folder / images["mask"][0]
        edited(mask, with_voxels(lambda voxels: np.roll(voxels, 1, 2)))
        os.utime(mask, (1e9, 1e9))
    stopped = snakemake(folder, *targets)
    assert stopped.returncode != 0
    patient = images["patient"][0]
    assert (
        f"E10 file: {patient} CT AP" in stopped.stderr and "1 image was refused" in stopped.stderr
    )
    (folder / "archived.nii.gz").rename(folder / images["image"][0])
    run(folder, *targets)
    assert planned(folder, *targets) == {}


def test_results_that_came_without_their_records_say_so(tmp_path):
    """As `cp -r study/* elsewhere` leaves hidden folders behind: no change would be seen."""
    folder = study_with_files(tmp_path, 3)
    target = "results/cohort/split.tsv"
    assert "without the folder .snakemake" not in run(folder, target) + run(folder, target)
    shutil.rmtree(folder / ".snakemake")
    assert "Note: the results came without the folder .snakemake" in run(folder, target)
    run(folder, target, "--forceall")
    assert "without the folder .snakemake" not in run(folder, target)
