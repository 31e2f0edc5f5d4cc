"""What a study has, in words."""

from pathlib import Path

import pytest
import yaml
from studies import change_config, read, simulated_study, write

from radfuse.planning.inventory import inventory, lines_of
from radfuse.planning.loading import load_study


def rows(folder: Path) -> list[str]:
    """The lines of the inventory, blanks made one."""
    study = load_study(yaml.safe_load((folder / "config" / "config.yaml").read_text()))
    return [" ".join(line.split()) for line in inventory(study).splitlines()]


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return simulated_study(tmp_path, 20, {"CT": ["AP"], "MRI": ["DWI"]})


def test_numbers_stand_below_one_another():
    assert lines_of([("a", 9, "x"), ("long", 10, "")]) == ["  a      9  x", "  long  10"]


def test_images_outlines_and_readings_are_counted(study):
    images, readings = read(study / "images.tsv"), read(study / "radiology.tsv")
    images.loc[images["modality"] == "CT", "mask_repeat"] = ""
    write(images, study / "images.tsv")
    readings.loc[readings["modality"] == "CT", "cirrhosis"] = ""
    write(readings, study / "radiology.tsv")
    found = rows(study)
    second = (images[images["modality"] == "MRI"]["mask_repeat"] != "").sum()
    assert "CT AP 20 20 0" in found[found.index("Images (images.tsv)") + 2]
    assert f"MRI DWI 20 20 {second} " in found[found.index("Images (images.tsv)") + 3] + " "
    (line,) = [line for line in found if line.startswith("CT reader 1")]
    assert line.startswith("CT reader 1 20 patients, ")
    assert line.endswith(" 20 values blank")  # what is not read on CT is no blank
    assert "Models: R_CT, DLRS_CT, DLRR_CT, R_MRI, DLRS_MRI, DLRR_MRI, fused" in found


def test_what_the_study_cannot_have_is_said(study):
    change_config(study, split={"test_fraction": 0.0}, validation={"resamples": 50})
    found = rows(study)
    assert any(line.startswith("no test cohort") for line in found)
    assert "too few patients of one outcome: no other divisions of the patients" in found
    assert not any("no images" in line or "no readings" in line for line in found)


def test_what_a_run_would_end_with_and_the_centres_are_said(study):
    patients = read(study / "patients.tsv")
    positive = patients["pathology"] == "iCCA"
    patients["center"] = ["A"] * 9 + ["B"] * 10 + [""]
    patients["cohort"] = positive.map({True: "test", False: "train"})
    patients.loc[positive.idxmax(), "cohort"] = "train"
    write(patients, study / "patients.tsv")
    found = rows(study)
    assert any(line.startswith("E22: of 1 positive and") for line in found)
    place = found.index("Centres")
    in_a = int(positive[:9].sum())
    assert found[place + 1] == f"A 9 patients, {in_a} positive"
    assert found[place + 3].startswith("not stated 1 patients")


def test_patients_without_an_outcome_and_of_another_hospital_are_counted(study):
    patients = read(study / "patients.tsv")
    patients["cohort"] = ""
    patients.loc[0, "pathology"] = ""
    patients.loc[1:3, "cohort"] = "external"
    write(patients, study / "patients.tsv")
    found = rows(study)
    events = (patients.loc[1:3, "pathology"] == "iCCA").sum()
    assert "without an outcome: predicted alone 1 patients, 0 with pathology iCCA" in found
    assert f"external 3 patients, {events} with pathology iCCA" in found
