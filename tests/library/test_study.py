"""Sheets and config as a whole: what is accepted, and what is said about the rest."""

from pathlib import Path

import pandas as pd
import pytest

from radfuse.errors import StudyError
from radfuse.study import load_study

CONFIG = {
    "outcome": {"column": "lesion", "positive": ["iCCA"]},
    "sheets": {"patients": "patients.tsv", "images": "images.tsv", "radiology": "radiology.tsv"},
    "clinical": {"numeric": ["age"]},
    "modalities": [{"name": "CT", "sequences": ["AP"]}, {"name": "MRI", "sequences": ["DWI"]}],
}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A study of eight patients, its files there and empty."""
    monkeypatch.chdir(tmp_path)
    names = [f"P{number}" for number in range(8)]
    write(
        "patients.tsv",
        [[n, "iCCA" if i < 4 else "HCC", str(50 + i), ""] for i, n in enumerate(names)],
        "patient lesion age exclude",
    )
    rows = []
    for name in names:
        for modality, sequence in (("CT", "AP"), ("MRI", "DWI")):
            image, mask = f"{name}_{modality}.nii.gz", f"{name}_{modality}_m.nii.gz"
            Path(image).touch()
            Path(mask).touch()
            rows.append([name, modality, sequence, image, mask])
    write("images.tsv", rows, "patient modality sequence image mask")
    write(
        "radiology.tsv",
        [[n, m, "1", str(i % 2)] for i, n in enumerate(names) for m in ("CT", "MRI")],
        "patient modality reader cirrhosis",
    )
    return tmp_path


def write(path: str, rows: list[list[str]], columns: str) -> None:
    pd.DataFrame(rows, columns=columns.split()).to_csv(path, sep="\t", index=False)


def change(path: str, row: int, column: str, value: str) -> None:
    sheet = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    sheet.loc[row, column] = value
    sheet.to_csv(path, sep="\t", index=False)


def problems(config: dict = CONFIG) -> list[str]:
    with pytest.raises(StudyError) as caught:
        load_study(config)
    return caught.value.problems


def test_a_sound_study(folder):
    study = load_study(CONFIG)
    assert study.patients == [f"P{number}" for number in range(8)]
    assert study.models == ["R_CT", "DLRS_CT", "DLRR_CT", "R_MRI", "DLRS_MRI", "DLRR_MRI", "fused"]
    assert study.final_model == "fused"
    assert study.top_models == ["DLRR_CT", "DLRR_MRI"]
    assert study.cohorts == ["train", "test"]
    assert not study.simulated


@pytest.mark.parametrize(
    ("sheets", "models"),
    [
        ({"images": "images.tsv"}, ["DLRS_CT", "DLRS_MRI", "fused"]),
        ({"radiology": "radiology.tsv"}, ["R_CT", "R_MRI"]),
    ],
)
def test_parts_without_a_sheet_are_left_out(folder, sheets, models):
    study = load_study({**CONFIG, "sheets": {"patients": "patients.tsv", **sheets}})
    assert study.models == models


def test_one_modality_and_three(folder):
    one = load_study({**CONFIG, "modalities": CONFIG["modalities"][:1]})
    assert one.models == ["R_CT", "DLRS_CT", "DLRR_CT"]
    assert one.final_model == "DLRR_CT"
    three = {**CONFIG, "modalities": [*CONFIG["modalities"], {"name": "PET", "sequences": ["FDG"]}]}
    found = problems(three)
    assert len(found) == 8
    assert all("has no PET FDG" in text for text in found)


def test_a_study_with_neither_images_nor_radiology_is_refused(folder):
    assert "nothing can be modelled" in problems({**CONFIG, "sheets": {}})[0]


def test_all_problems_come_at_once(folder):
    change("patients.tsv", 0, "age", "fifty")
    change("patients.tsv", 1, "patient", "P 1")
    change("images.tsv", 4, "modality", "MR")
    change("radiology.tsv", 2, "cirrhosis", "7")
    change("radiology.tsv", 3, "reader", "3")
    found = "\n".join(problems())
    assert "P0: age 'fifty' is no number" in found
    assert "patient 'P 1' may have only letters" in found
    assert "unknown modality 'MR'; did you mean 'MRI'?" in found
    assert "cirrhosis is '7', which is none of 0 (absent), 1 (present)" in found
    assert "reader '3' is neither 1 nor 2" in found
    assert "'P1' is not in the patients" in found


def test_missing_files_are_all_listed(folder):
    Path("P0_CT.nii.gz").unlink()
    Path("P3_MRI_m.nii.gz").unlink()
    found = problems()
    assert len(found) == 2
    assert "E10 file: P0 CT AP: image P0_CT.nii.gz does not exist" in found[0]
    assert "E10 file: P3 MRI DWI: mask P3_MRI_m.nii.gz" in found[1]


def test_a_misspelt_sequence_is_recognised(folder):
    change("images.tsv", 1, "sequence", "DWl")
    assert "P0 has no MRI DWI; did you mean 'DWl'?" in problems()[0]


def test_columns_are_checked_by_name(folder):
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet.rename(columns={"age": "agee"}).to_csv("patients.tsv", sep="\t", index=False)
    found = "\n".join(problems())
    assert "no column 'age'; did you mean 'agee'?" in found
    assert "unknown column 'agee'; did you mean 'age'?" in found


def test_doubled_rows_are_refused(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    pd.concat([sheet, sheet.iloc[[3]]]).to_csv("images.tsv", sep="\t", index=False)
    assert problems()[0].startswith("E03 sheet: images.tsv rows 5, 18 are all P1 MRI DWI")


def test_an_outcome_that_is_never_there(folder):
    found = problems({**CONFIG, "outcome": {"column": "lesion", "positive": ["ICCA"]}})
    assert "nowhere in patients.tsv" in found[0]
    assert "did you mean 'iCCA'?" in found[0]


def test_excluding_a_patient_or_one_of_the_images_leaves_the_patient_out(folder):
    change("patients.tsv", 7, "exclude", "withdrew consent")
    change("images.tsv", 0, "exclude", "motion")
    Path("P0_CT.nii.gz").unlink()
    study = load_study(CONFIG)
    assert study.patients == [f"P{number}" for number in range(1, 7)]
    assert set(study.split["patient"]) == set(study.patients)


def test_a_patient_the_reader_did_not_read_is_an_error(folder):
    sheet = pd.read_csv("radiology.tsv", sep="\t", dtype=str)
    sheet.iloc[1:].to_csv("radiology.tsv", sep="\t", index=False)
    assert "P0 has no CT row by reader 1" in problems()[0]


def test_values_outside_a_characteristic_s_modality_are_refused(folder):
    sheet = pd.read_csv("radiology.tsv", sep="\t", dtype=str)
    sheet["target_appearance"] = "1"
    sheet.to_csv("radiology.tsv", sep="\t", index=False)
    dictionary = (
        "- {name: cirrhosis, label: C, type: binary, levels: {0: a, 1: b}, modalities: [CT, MRI]}\n"
        "- {name: target_appearance, label: T, type: binary, levels: {0: a, 1: b}, "
        "modalities: [MRI]}\n"
    )
    Path("config").mkdir()
    Path("config/characteristics.yaml").write_text(dictionary)
    found = problems()
    assert len(found) == 8
    assert "defines target_appearance for MRI only; leave it blank" in found[0]


def test_na_is_missing_and_spaces_around_values_do_not_matter(folder):
    change("radiology.tsv", 0, "cirrhosis", "NA")
    change("patients.tsv", 2, "lesion", " iCCA ")
    assert load_study(CONFIG).split["outcome"].sum() == 4
