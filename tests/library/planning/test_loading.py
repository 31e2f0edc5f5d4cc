"""Sheets and config as a whole: what is accepted, and what is said about the rest."""

from pathlib import Path

import pandas as pd
import pytest

from radfuse.errors import StudyError
from radfuse.imaging.inspection import record_path
from radfuse.inputs.checks import check_numbers
from radfuse.planning.design import labels
from radfuse.planning.loading import load_study

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


def test_sheets_without_rows_and_absent_ones_are_all_said(folder):
    write("images.tsv", [], "patient modality sequence image mask")
    write("patients.tsv", [], "patient lesion age")
    Path("radiology.tsv").unlink()
    found = problems()
    assert [text.split(" ")[2] for text in found] == [f"{name}.tsv" for name in CONFIG["sheets"]]
    assert all(text.startswith("E02 sheet: ") for text in found)
    assert "has a header and no row yet; fill in the study's patients" in found[0]
    assert "images: null" in found[1] and "patients: null" not in found[0]


def test_a_column_that_the_config_asks_for_is_named_with_its_key(folder):
    config = {**CONFIG, "outcome": {"column": "outcome", "positive": ["1"]}}
    config["clinical"] = {"numeric": ["afp"], "categorical": ["sex"]}
    found = problems(config)
    for column, key in (
        ("outcome", "outcome.column"),
        ("afp", "clinical.numeric"),
        ("sex", "clinical.categorical"),
    ):
        assert any(
            f"no column '{column}', which the config names under `{key}`; add it, or correct the "
            "config" in text
            for text in found
        ), (column, found)


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
    assert found == [
        "E03 sheet: images.tsv: no patient has a row of PET FDG, which the config names under "
        "`modalities`; the sheet has CT AP, MRI DWI. Name it alike in both, or take it out of the "
        "config."
    ]


def test_a_modality_may_have_readings_alone_beside_one_with_images(folder):
    config = {**CONFIG, "modalities": [{"name": "CT"}, {"name": "MRI", "sequences": ["DWI"]}]}
    (found,) = problems(config)
    assert found.startswith("E01 config: modalities: CT has no sequences, and images.tsv has rows")
    images = pd.read_csv("images.tsv", sep="\t", dtype=str)
    images[images["modality"] != "CT"].to_csv("images.tsv", sep="\t", index=False)
    study = load_study(config)
    assert study.models == ["R_CT", "R_MRI", "DLRS_MRI", "DLRR_MRI", "fused"]
    assert study.top_models == ["R_CT", "DLRR_MRI"]
    assert {key[1] for key in study.image_keys()} == {"MRI"}


def test_a_modality_of_which_there_is_nothing_is_refused(folder):
    config = {**CONFIG, "modalities": [*CONFIG["modalities"], {"name": "US"}]}
    (found,) = problems(config)
    assert found.startswith("E01 config: modalities: US has no sequences, no features and no")


def test_stability_is_assessed_where_two_training_patients_were_outlined_again(folder):
    study = load_study(CONFIG)
    assert study.assessed_modalities == []
    train = study.split.loc[study.split["cohort"] == "train", "patient"].tolist()
    test = study.split.loc[study.split["cohort"] == "test", "patient"].tolist()
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str).assign(mask_repeat="", mask_reader2="")

    def assessed(column: str, patients: list[str], modality: str) -> list[str]:
        again = sheet["patient"].isin(patients) & (sheet["modality"] == modality)
        drawn = sheet.copy()
        drawn.loc[again, column] = drawn["patient"] + f"_{modality}_again.nii.gz"
        for path in drawn.loc[again, column]:
            Path(path).touch()
        drawn.to_csv("images.tsv", sep="\t", index=False)
        return load_study(CONFIG).assessed_modalities

    assert assessed("mask_repeat", train[:2], "MRI") == ["MRI"]
    assert assessed("mask_reader2", train, "CT") == ["CT"]
    assert assessed("mask_repeat", [train[0], *test], "CT") == []
    without = {**CONFIG, "sheets": {**CONFIG["sheets"], "images": None}}
    assert load_study(without).assessed_modalities == []


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


def test_problems_of_the_config_and_missing_rows_come_with_those_of_the_sheets(folder):
    """One pass: a key of the config, a patient without a row, one whose name is misspelt there."""
    change("patients.tsv", 0, "age", "old")
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    sheet = sheet[(sheet["patient"] != "P5") | (sheet["modality"] != "MRI")]
    sheet.loc[sheet["patient"] == "P3", "patient"] = "P33"
    sheet.to_csv("images.tsv", sep="\t", index=False)
    found = problems({**CONFIG, "roi": {"margin_mm": "wide"}})
    assert [text.split(":")[0] for text in found] == ["E01 config", "E05 value", *["E03 sheet"] * 2]
    assert "'wide' is not of type 'number'" in found[0] and "age 'old'" in found[1]
    assert "'P33' is not in the patients; did you mean 'P3" in found[2]
    assert "P5 has no MRI DWI" in found[3]


def test_a_config_by_which_no_sheet_can_be_read_stands_alone(folder):
    change("patients.tsv", 0, "age", "old")
    found = problems({**CONFIG, "sheets": {"patients": 1}})
    assert found and all(text.startswith("E01 config: config: sheets") for text in found)


@pytest.mark.parametrize(
    ("sheet", "column"),
    [("images.tsv", "sequence"), ("radiology.tsv", "reader"), ("radiology.tsv", "patient")],
)
def test_without_a_column_its_rows_are_not_called_missing(folder, sheet, column):
    rows = pd.read_csv(sheet, sep="\t", dtype=str, keep_default_na=False)
    rows.drop(columns=column).to_csv(sheet, sep="\t", index=False)
    found = problems()
    assert any(f"{sheet} has no column '{column}'" in text for text in found)
    assert not any("add the row" in text or "no patient has a row" in text for text in found)
    assert not any("row by reader" in text for text in found)


def test_identifiers_that_changed_in_one_sheet_are_one_problem(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    sheet["patient"] = sheet["patient"].str.removeprefix("P")
    sheet.to_csv("images.tsv", sep="\t", index=False)
    found = [text for text in problems() if "not in the patients sheet" in text]
    assert len(found) == 1 and "8 patients" in found[0]
    assert "0, 1, 2" in found[0] and "That has P0, P1, P2" in found[0]


def test_an_outcome_in_numbers_and_words_is_refused(folder):
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet["lesion"] = ["1", "1", "1", "yes", *["0"] * 4]
    sheet.to_csv("patients.tsv", sep="\t", index=False)
    outcome = {"column": "lesion", "positive": ["1"]}
    (found,) = problems({**CONFIG, "outcome": outcome})
    assert found.startswith("E04 outcome") and "0, 1, yes" in found


def test_missing_files_are_all_listed(folder):
    Path("P0_CT.nii.gz").unlink()
    Path("P3_MRI_m.nii.gz").unlink()
    found = load_study(CONFIG).notices
    assert len(found) == 2
    assert "E10 file: P0 CT AP: image P0_CT.nii.gz does not exist" in found[0]
    assert "E10 file: P3 MRI DWI: mask P3_MRI_m.nii.gz" in found[1]


def test_where_no_image_of_a_modality_is_there_the_paths_are_wrong(folder):
    for path in Path().glob("*_MRI.nii.gz"):
        path.unlink()
    found = problems()
    assert len(found) == 1
    assert "E10 file: none of the 8 MRI images exists, P0_MRI.nii.gz for one" in found[0]
    assert str(folder) in found[0]
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str)
    sheet.rename(columns={"age": "agee"}).to_csv("patients.tsv", sep="\t", index=False)
    assert [text[:9] for text in problems()] == ["E02 sheet", "E02 sheet", "E10 file:"]
    with pytest.raises(StudyError) as caught:
        load_study(CONFIG, look_for_files=False)
    assert len(caught.value.problems) == 2


def without_dwi(patient: str) -> None:
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str, keep_default_na=False)
    gone = (sheet["patient"] == patient) & (sheet["sequence"] == "DWI")
    sheet[~gone].to_csv("images.tsv", sep="\t", index=False)


def test_a_missing_sequence_is_an_error_or_drops_the_patient(folder):
    without_dwi("P3")
    assert "E03 sheet: images.tsv: P3 has no MRI DWI" in problems()[0]
    assert problems()[0].endswith("`missing_sequence: drop_patient`.")
    applied = problems({**CONFIG, "apply_models": "given"})[0]
    assert "a second study folder, of the modalities that they have, applies" in applied
    study = load_study({**CONFIG, "missing_sequence": "drop_patient"})
    assert "P3" not in study.patients
    assert len(study.patients) == 7


@pytest.mark.parametrize("written", ["dwi", "D-WI", "D W_I"])
def test_a_sequence_that_is_only_spelt_otherwise_drops_nobody(folder, written):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str, keep_default_na=False)
    own = sheet["patient"].isin(["P3", "P5"]) & (sheet["sequence"] == "DWI")
    sheet.loc[own, "sequence"] = written
    sheet.to_csv("images.tsv", sep="\t", index=False)
    (told,) = problems({**CONFIG, "missing_sequence": "drop_patient"})
    assert told.startswith(
        f"E03 sheet: images.tsv: the MRI sequence '{written}' of P3, P5 is 'DWI' in the config"
    )


def test_another_sequence_of_a_dropped_patient_is_no_misspelling(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str, keep_default_na=False)
    own = (sheet["patient"] == "P3") & (sheet["sequence"] == "DWI")
    sheet.loc[own, "sequence"] = "DWI2"
    sheet.to_csv("images.tsv", sep="\t", index=False)
    study = load_study({**CONFIG, "missing_sequence": "drop_patient"})
    assert "P3" not in study.patients
    assert any("MRI DWI2 (1 row) is not part of this study" in text for text in study.notices)


def test_two_sequences_of_the_config_are_two_however_alike_they_are(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str, keep_default_na=False)
    more = sheet[sheet["sequence"] == "DWI"].assign(sequence="DWI-")
    sheet = sheet[(sheet["patient"] != "P3") | (sheet["sequence"] != "DWI")]
    pd.concat([sheet, more]).to_csv("images.tsv", sep="\t", index=False)
    modalities = [
        {**each, "sequences": [*each["sequences"], "DWI-"]} if each["name"] == "MRI" else each
        for each in CONFIG["modalities"]
    ]
    study = load_study({**CONFIG, "modalities": modalities, "missing_sequence": "drop_patient"})
    assert "P3" not in study.patients and len(study.patients) == 7


def test_what_the_config_contradicts_hides_nothing_of_the_sheets(folder):
    without_dwi("P3")
    found = problems({**CONFIG, "validation": {"subgroups": ["nobody"]}})
    assert [text.split(":")[0] for text in found] == ["E01 config", "E03 sheet"]


@pytest.mark.parametrize(("by", "what"), [("estimate", "ICC"), ("lower", "lower 95% limit of")])
def test_the_design_says_what_the_threshold_is_held_against(folder, by, what):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str).assign(mask_repeat="again.nii.gz")
    sheet.to_csv("images.tsv", sep="\t", index=False)
    told = labels(load_study({**CONFIG, "stability": {"by": by}}, look_for_files=False))
    assert any(text.startswith(what) and " ≥ 0.75 within" in text for _, text in told.values())


def test_the_column_volume_holds_a_number_a_b_value_or_a_series(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    sheet["volume"] = ["", "3", "b800", "series 301", "series 301 b50", "0", "last", "b", *[""] * 8]
    sheet.to_csv("images.tsv", sep="\t", index=False)
    found = problems()
    assert [text.split("volume ")[1].split()[0] for text in found] == ["'0'", "'last'", "'b'"]
    assert found[0].startswith("E05 value: images.tsv: P2 MRI DWI: volume '0'")


def test_a_shared_box_is_refused_where_readers_are_compared(folder):
    shared = {**CONFIG, "roi": {"box": "shared"}}
    load_study(shared)
    Path("again.nii.gz").touch()
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    sheet["mask_repeat"] = ["again.nii.gz", *[""] * 15]
    sheet.to_csv("images.tsv", sep="\t", index=False)
    assert "E01 config: roi.box: shared" in problems(shared)[0]
    load_study({**CONFIG, "roi": {"box": "shared", "background": "mask"}})


def test_a_misspelt_sequence_is_recognised(folder):
    change("images.tsv", 1, "sequence", "DWl")
    assert "P0 has no MRI DWI (did you mean 'DWl'?); add" in problems()[0]


def test_columns_are_checked_by_name(folder):
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet.rename(columns={"age": "agee"}).to_csv("patients.tsv", sep="\t", index=False)
    found = "\n".join(problems())
    assert (
        "no column 'age', which the config names under `clinical.numeric`; did you mean 'agee'?"
        in found
    )
    assert "unknown column 'agee'; did you mean 'age'?" in found


def test_doubled_rows_are_refused(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    pd.concat([sheet, sheet.iloc[[3]]]).to_csv("images.tsv", sep="\t", index=False)
    assert problems()[0].startswith("E03 sheet: images.tsv rows 5, 18 are all P1 MRI DWI; keep")
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str)
    twice = sheet.iloc[[3]].assign(age="16")
    pd.concat([sheet, twice]).to_csv("patients.tsv", sep="\t", index=False)
    assert "rows 5, 10 are all P3, with age '53' or '16'; keep one" in problems()[0]


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
    (line,) = found  # one way to be wrong
    assert "defines target_appearance for MRI only; leave it blank (8 rows: P0 CT rea" in line


def test_a_modality_that_the_dictionary_does_not_know_is_one_problem(folder):
    """It used to be a line for every characteristic and code, each of which said to leave it
    blank."""
    for path in ("images.tsv", "radiology.tsv"):
        sheet = pd.read_csv(path, sep="\t", dtype=str)
        sheet.replace({"modality": {"MRI": "MR"}}).to_csv(path, sep="\t", index=False)
    modalities = [CONFIG["modalities"][0], {"name": "MR", "sequences": ["DWI"]}]
    (line,) = problems({**CONFIG, "modalities": modalities})
    assert line.startswith("E05 value: radiology.tsv: modality MR: the dictionary of characteristi")
    assert "defines characteristics for CT, MRI alone; name the modality alike in both" in line


def test_readings_by_the_other_reader_alone_are_one_problem(folder):
    sheet = pd.read_csv("radiology.tsv", sep="\t", dtype=str).assign(reader="2")
    sheet.to_csv("radiology.tsv", sep="\t", index=False)
    found = problems()
    assert len(found) == 2
    assert found[0].startswith("E03 sheet: radiology.tsv: there is no CT row by reader 1, whom the")
    assert 'there are rows by reader 2: set `radiology.reader: "2"` in the config' in found[0]
    sheet.assign(reader=["1", "2"] + ["2"] * 14).to_csv("radiology.tsv", sep="\t", index=False)
    change("patients.tsv", 0, "exclude", "prior treatment")
    found = problems()  # reader 1 has read P0 alone, who is left out
    assert "E03 sheet: radiology.tsv: P1 has no CT row by reader 1; add it" in found[0]


def test_na_is_missing_and_spaces_around_values_do_not_matter(folder):
    change("radiology.tsv", 0, "cirrhosis", "NA")
    change("patients.tsv", 2, "lesion", " iCCA ")
    assert load_study(CONFIG).split["outcome"].sum() == 4


@pytest.mark.parametrize("word", ["n/a", "na", "#N/A", "n.a.", "TBD", "pending", "Not  known"])
def test_words_for_missing_are_no_outcomes(folder, word):
    change("patients.tsv", 5, "lesion", word)
    assert "E04 outcome" in problems()[0]
    assert f"holds '{word}', which would count as a non-event" in problems()[0]


@pytest.mark.parametrize("spelt", ["icca", "iCCA\u200b", "\u2060iCCA", "i\u00adCCA"])
def test_a_value_that_only_looks_like_the_positive_one_is_told(folder, spelt):
    change("patients.tsv", 5, "lesion", spelt)
    (found,) = problems()
    assert f"holds '{spelt}'" in found and "differ in spelling alone" in found


@pytest.mark.parametrize("twin", ["st. Mary", "St.  Mary", "St.\u00a0Mary", "St\u200b. Mary"])
def test_a_centre_under_two_spellings_is_told(folder, twin):
    add_centers(["St. Mary", twin, *"ABCDEF"])
    (found,) = problems()
    assert found.startswith("E03 sheet: patients.tsv column 'center' holds ")
    assert repr("St. Mary") in found and "differ in spelling alone" in found


def with_sexes(sexes: list[str]) -> dict:
    """Write a categorical variable of the eight patients; the config that names it."""
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet.assign(sex=sexes).to_csv("patients.tsv", sep="\t", index=False)
    return {**CONFIG, "clinical": {"numeric": ["age"], "categorical": ["sex"]}}


@pytest.mark.parametrize("word", ["#N/A", "n/a", "?", "NULL"])
def test_what_stands_for_no_value_is_no_category(folder, word):
    (found,) = problems(with_sexes(["male", "female", word, "", *["male"] * 4]))
    assert found.startswith(f"E05 value: patients.tsv column 'sex' holds '{word}', which would")


def test_one_category_under_two_spellings_is_told_and_a_dash_is_one(folder):
    (found,) = problems(with_sexes(["male", "female", "Male", "", *["male"] * 4]))
    assert found.startswith("E03 sheet: patients.tsv column 'sex' holds 'Male' and 'male', which")
    assert load_study(with_sexes(["+", "-", "", *["-"] * 5]))


@pytest.mark.parametrize(("length", "refused"), [(64, False), (65, True)])
def test_an_identifier_has_at_most_64_characters(folder, length, refused):
    for name in ("patients.tsv", "images.tsv", "radiology.tsv"):
        sheet = pd.read_csv(name, sep="\t", dtype=str, keep_default_na=False)
        sheet["patient"] = sheet["patient"].replace("P0", "x" * length)
        sheet.to_csv(name, sep="\t", index=False)
    found = problems() if refused else []
    assert refused or load_study(CONFIG)
    assert all("at most 64 of them" in line for line in found) and len(found) == refused


@pytest.mark.parametrize(("count", "lines"), [(5, 5), (6, 1)])
def test_many_values_that_are_no_numbers_are_one_line(count, lines):
    patients = [f"P{number}" for number in range(8)]
    ages = ["61,5"] * count + ["61.5"] * (8 - count)
    sheet = pd.DataFrame({"patient": patients, "age": ages})
    found = check_numbers(sheet, "patients.tsv", "age", ["patient"])
    assert len(found) == lines
    assert all(line.startswith("E05 value: patients.tsv: ") and "61,5" in line for line in found)
    if lines == 1:
        assert "age holds 6 values that are no numbers: '61,5' of P0, " in found[0]
        assert "Decimals have a point" in found[0]


def test_a_centre_is_not_called_as_none_is(folder):
    add_centers(["Not stated", *"ABCDEFG"])
    assert "column 'center' holds 'not stated'" in problems()[0]
    add_centers(["", "01", "1", *"ABCDE"])
    assert load_study(CONFIG).centers.tolist()[:3] == ["", "01", "1"]


def add_centers(centers: list[str]) -> None:
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet.assign(center=centers).to_csv("patients.tsv", sep="\t", index=False)


def test_rows_are_named_by_their_lines_in_the_file(folder):
    lines = Path("patients.tsv").read_text().splitlines()
    lines[3:3] = ["", "\t\t\t", lines[1]]  # blank lines 4 and 5, and line 2 again as line 6
    Path("patients.tsv").write_text("\n".join(lines) + "\n")
    assert "patients.tsv rows 2, 6 are all P0; keep one" in problems()[0]
    Path("patients.tsv").write_text("\n".join(["", "\t", *lines]) + "\n")
    assert "patients.tsv rows 4, 8 are all P0; keep one" in problems()[0]


@pytest.mark.parametrize("reason", ["missing", "not done", "phase not available"])
def test_a_reason_may_be_short(folder, reason):
    change("patients.tsv", 7, "exclude", reason)
    assert "P7" not in load_study(CONFIG).patients


def test_a_no_break_space_is_a_blank(folder):
    change("patients.tsv", 5, "lesion", "i\u00a0CCA")
    found = problems({**CONFIG, "outcome": {"column": "lesion", "positive": ["i CCA"]}})
    assert any("holds 'i\u00a0CCA'" in each and "spelling alone" in each for each in found)


def test_a_number_written_twice_is_one_outcome(folder):
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet["lesion"] = ["1", "1", "1.0", "1", "0", "0", "0", "0"]
    sheet.to_csv("patients.tsv", sep="\t", index=False)
    found = problems({**CONFIG, "outcome": {"column": "lesion", "positive": [1]}})
    assert "holds '1.0' and the config's positive value is '1'" in found[0]


@pytest.mark.parametrize("word", ["no", "0", "FALSE", "yes", "-", "n/a", "None", "keep"])
def test_exclude_asks_for_a_reason(folder, word):
    change("patients.tsv", 3, "exclude", word)
    assert f"P3: exclude is '{word}'; write the reason" in problems()[0]


def test_an_excluded_sequence_that_the_study_does_not_use_excludes_nobody(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    sheet["exclude"] = ""
    sheet.loc[len(sheet)] = ["P0", "CT", "ZZ", "", "", "not acquired"]
    sheet.to_csv("images.tsv", sep="\t", index=False)
    study = load_study(CONFIG)
    assert "P0" in study.patients
    assert any("CT ZZ (1 row) is not part of this study" in text for text in study.notices)


def test_braces_in_a_path_are_refused(folder):
    change("images.tsv", 0, "image", "a{b}.nii.gz")
    assert "braces cannot stand in a path" in problems()[0]


def test_a_radiology_sheet_without_characteristics_is_refused(folder):
    sheet = pd.read_csv("radiology.tsv", sep="\t", dtype=str)
    sheet.drop(columns="cirrhosis").to_csv("radiology.tsv", sep="\t", index=False)
    assert "has no characteristic's column" in problems()[0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('P9\tiCCA\t50\t"open', "cannot be read|quotation mark"),
        ("P9\tiCCA\t50\t\textra", "cannot be read|no name"),
    ],
)
def test_lines_that_do_not_fit_the_header_are_refused(folder, line, message):
    path = Path("patients.tsv")
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(StudyError, match=message):
        load_study(CONFIG)


def test_an_open_quotation_mark_swallows_no_row(folder):
    change("patients.tsv", 2, "exclude", "\u0001")
    change("patients.tsv", 4, "exclude", "\u0002")
    path = Path("patients.tsv")
    path.write_text(path.read_text().replace("\u0001", '"a').replace("\u0002", 'b"'))
    with pytest.raises(StudyError, match="row 4: a quotation mark is not closed"):
        load_study(CONFIG)


def test_a_mark_at_the_start_empty_lines_and_windows_line_ends_do_no_harm(folder):
    path = Path("patients.tsv")
    lines = path.read_text().splitlines()
    text = "\r\n".join([*lines, "\t\t\t", "", ""])
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_study(CONFIG).patients == [f"P{number}" for number in range(8)]


def test_a_column_named_twice_is_refused(folder):
    path = Path("patients.tsv")
    sheet = path.read_text().splitlines()
    path.write_text("\n".join([sheet[0] + "\tage ", *[line + "\t7" for line in sheet[1:]]]))
    with pytest.raises(StudyError, match=r"E02 sheet: .*names the column 'age' 2 times"):
        load_study(CONFIG)


def test_a_job_that_reads_the_study_again_looks_at_no_file_of_it(folder, monkeypatch):
    def look(path):
        raise AssertionError(f"{path} was looked for")

    monkeypatch.setattr("radfuse.planning.presence.there", look)
    assert len(load_study(CONFIG, look_for_files=False).image_keys()) == 16
    with pytest.raises(AssertionError):
        load_study(CONFIG)


def test_sequences_that_nobody_can_draw_are_named_before_a_run(folder):
    write("truth.tsv", [[f"P{number}"] for number in range(8)], "patient")
    drawn = {**CONFIG, "simulation": {"sheet": "truth.tsv", "images": "."}}
    assert load_study(drawn).simulated
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    sheet.replace({"sequence": {"DWI": "HBP"}}).to_csv("images.tsv", sep="\t", index=False)
    modalities = [CONFIG["modalities"][0], {"name": "MRI", "sequences": ["HBP"]}]
    (problem,) = problems({**drawn, "modalities": modalities})
    assert problem.startswith("E06 simulation: no images of MRI HBP can be drawn, only CT")


def test_two_readings_of_one_lesion_by_one_reader_are_refused(folder):
    sheet = pd.read_csv("radiology.tsv", sep="\t", dtype=str)
    again = sheet.iloc[[0]].assign(cirrhosis="1")
    pd.concat([sheet, again]).to_csv("radiology.tsv", sep="\t", index=False)
    (found,) = problems()
    assert "radiology.tsv rows 2, 18 are all P0 CT 1, with cirrhosis '0' or '1'" in found


def test_a_patient_of_the_readings_alone_is_no_patient(folder):
    change("radiology.tsv", 0, "patient", "P0x")
    found = problems()
    assert any("radiology.tsv" in text and "P0x" in text for text in found), found


def with_cohorts(*cohorts: str) -> None:
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    sheet["cohort"] = [*cohorts, *[""] * (len(sheet) - len(cohorts))]
    sheet.to_csv("patients.tsv", sep="\t", index=False)


def test_a_cohort_is_one_of_those_that_there_are(folder):
    with_cohorts("trian")
    (found,) = problems()
    assert "P0" in found and "none of train, test, external; did you mean 'train'?" in found


@pytest.mark.parametrize("cohort", ["train", "test"])
def test_who_trains_or_tests_has_an_outcome(folder, cohort):
    with_cohorts(cohort)
    change("patients.tsv", 0, "lesion", "")
    (found,) = problems()
    assert found.startswith("E04") and "P0" in found and cohort in found
    change("patients.tsv", 0, "exclude", "motion")
    assert load_study(CONFIG).patients == [f"P{number}" for number in range(1, 8)]


def test_an_external_cohort_without_outcomes_is_no_cohort_to_judge_by(folder):
    with_cohorts("external", "external")
    for row in (0, 1):
        change("patients.tsv", row, "lesion", "")
    assert "external" not in load_study(CONFIG).cohorts


def test_several_centres_are_several_of_patients_with_an_outcome(folder):
    sheet = pd.read_csv("patients.tsv", sep="\t", dtype=str, keep_default_na=False)
    for centers, lesion, several in (
        (["B", "A"], "", False),
        (["", "A"], "iCCA", False),
        (["B", "A"], "iCCA", True),
    ):
        changed = sheet.assign(center=[centers[0], *[centers[1]] * 7])
        changed.loc[0, "lesion"] = lesion
        changed.to_csv("patients.tsv", sep="\t", index=False)
        assert load_study(CONFIG).several_centers == several, (centers, lesion)


@pytest.mark.parametrize("label", ["0", "x", "-1", "1.5"])
def test_a_label_is_a_positive_integer(folder, label):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str).assign(label="2")
    sheet.to_csv("images.tsv", sep="\t", index=False)
    load_study(CONFIG)
    change("images.tsv", 3, "label", label)
    (found,) = problems()
    assert f"'{label}'" in found and "no positive integer" in found


@pytest.mark.parametrize("column", ["image", "mask"])
def test_a_row_names_its_image_and_its_mask(folder, column):
    change("images.tsv", 3, column, "")
    found = problems()
    assert any(f"P1 MRI DWI: no {column} named" in text for text in found), found


@pytest.mark.parametrize("value", ["inf", "-inf", "12,5"])
def test_a_measurement_is_a_finite_number(value):
    sheet = pd.DataFrame({"patient": ["P0", "P1"], "size": ["12.5", value]})
    (found,) = check_numbers(sheet, "radiology.tsv", "size", ["patient"])
    assert "P1" in found and value in found


@pytest.mark.parametrize(("positive", "possible"), [(3, False), (4, True)])
def test_other_divisions_leave_two_of_each_class_to_train(folder, positive, possible):
    """Of three at one half two are tested, and the training part would have one."""
    config = {**CONFIG, "split": {"test_fraction": 0.5}, "validation": {"resamples": 7}}
    for row in range(8):
        change("patients.tsv", row, "lesion", "iCCA" if row < positive else "HCC")
    assert load_study(config).resamples == (7 if possible else 0)


@pytest.mark.parametrize(("positive", "possible"), [(2, False), (3, True)])
def test_cross_fitting_needs_three_of_each_class(folder, positive, possible):
    config = {**CONFIG, "split": {"test_fraction": 0.0}}
    for row in range(8):
        change("patients.tsv", row, "lesion", "iCCA" if row < positive else "HCC")
    assert load_study(config).crossfit == possible


def test_one_second_outline_by_each_reader_is_no_pair(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str, keep_default_na=False)
    for column, rows in (("mask_repeat", [0, 2]), ("mask_reader2", [0])):
        sheet[column] = ""
        for row in rows:
            sheet.loc[row, column] = f"{column}_{row}.nii.gz"
            Path(sheet.loc[row, column]).touch()
    config = {**CONFIG, "split": {"test_fraction": 0.0}}
    sheet.to_csv("images.tsv", sep="\t", index=False)
    assert load_study(config).assessed_modalities == ["CT"]
    sheet.loc[2, "mask_repeat"] = ""
    sheet.to_csv("images.tsv", sep="\t", index=False)
    assert load_study(config).assessed_modalities == []
    sheet.loc[0, "mask_repeat"] = ""
    sheet.loc[2, "mask_repeat"] = "mask_repeat_2.nii.gz"
    sheet.to_csv("images.tsv", sep="\t", index=False)
    assert load_study(config).assessed_modalities == []  # one of each reader


def test_a_table_of_features_that_is_not_there_is_named(folder):
    ct = {"name": "CT", "features": {"table": "features.tsv"}}
    found = problems({**CONFIG, "modalities": [ct, CONFIG["modalities"][1]]})
    (said,) = [text for text in found if "features.tsv" in text]
    assert said.startswith("E02 sheet: features.tsv") and "correct `features:` of CT" in said


def test_images_that_were_all_read_before_may_be_away(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str)
    for row in sheet[sheet["modality"] == "CT"].itertuples():
        Path(row.image).unlink()
        record = record_path((row.patient, row.modality, row.sequence))
        record.parent.mkdir(parents=True)
        record.write_text("{}")
    load_study(CONFIG)


def test_an_image_that_is_left_out_need_not_be_there(folder):
    sheet = pd.read_csv("images.tsv", sep="\t", dtype=str).assign(exclude="")
    sheet.loc[sheet["modality"] == "CT", "exclude"] = "motion"
    sheet.to_csv("images.tsv", sep="\t", index=False)
    for row in sheet[sheet["modality"] == "CT"].itertuples():
        Path(row.image).unlink()
    assert not [text for text in problems() if "E10" in text]
