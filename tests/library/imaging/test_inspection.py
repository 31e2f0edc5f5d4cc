"""The gate's verdict, from the logs and records that the jobs leave."""

import json
from pathlib import Path

import pandas as pd
import pytest

from radfuse.errors import StudyError
from radfuse.imaging import inspection
from radfuse.jobs import runs
from radfuse.jobs.job import logged
from radfuse.tables import header_path, read_table

KEY = ("P01", "CT", "AP")
ONE = "E13 geometry: P01 CT AP mask: m.nii is not on its image's grid: size. Outline again."
TWO = "E10 file: P01 CT AP mask_repeat: r.nii does not exist; correct the path."


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch) -> Path:
    """Jobs run in the study's folder: paths are relative to it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(runs.VARIABLE, "elsewhere_1_1")
    (runs.UNFINISHED / "elsewhere_1_1").mkdir(parents=True)
    return tmp_path


def fail(error: Exception, key=KEY) -> None:
    """A job that ends as `resample_roi` ends: in its log."""
    with pytest.raises((SystemExit, type(error))), logged(str(inspection.log_path(key))):
        raise error


def accept(key=KEY, image="i.nii", digest="a", **masks: str) -> None:
    path = inspection.record_path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record(image, digest, **masks)))


def record(image="i.nii", digest="a", **masks: str) -> dict:
    files = {"image": {"path": image, "sha256": digest}}
    masks = {role: {"path": path, "sha256": path} for role, path in masks.items()}
    return {"files": files | masks, "voxels_sha256": digest}


def test_every_problem_of_a_refused_image_is_read_back():
    fail(StudyError(ONE, TWO))
    assert inspection.refusals(KEY) == [("E13", ONE), ("E10", TWO)]


def test_a_problem_of_several_lines_is_read_back_as_one():
    fail(StudyError("E11 file: P01: x.nii cannot be read\n(a reason); export it again."))
    assert inspection.refusals(KEY) == [
        ("E11", "E11 file: P01: x.nii cannot be read (a reason); export it again.")
    ]


def test_a_job_that_ended_without_a_word_is_listed():
    with logged(str(inspection.log_path(KEY))) as log:
        log.warning("E13 geometry: almost")
        log.info("E13 geometry: not at all")
    ((code, problem),) = inspection.refusals(KEY)
    assert code == "E00"
    assert problem.startswith("E00 stopped: P01 CT AP: its job ended without a word")
    accept()
    assert inspection.refusals(KEY) == []


def test_what_was_refused_in_an_earlier_run_is_not_this_run_s(study):
    fail(StudyError(ONE))
    written = inspection.log_path(KEY).stat().st_mtime
    assert inspection.looked_at([KEY, ("P02", "CT", "AP")], written - 1) == [KEY]
    assert inspection.looked_at([KEY], written + 1) == []


def test_volumes_of_one_file_are_no_twins():
    records = {
        ("P01", "MRI", name): {
            "files": {"image": {"path": "dwi.nii", "sha256": "same"}},
            "voxels_sha256": name,
        }
        for name in ("b0", "b800")
    }
    assert inspection.twins(records) == []


def test_a_mask_s_copy_in_another_patient_is_said():
    records = {
        (patient, "CT", "AP"): {
            "files": {
                "image": {"path": "i.nii", "sha256": patient},
                "mask": {"path": f"{patient}.nii", "sha256": digest},
            },
            "voxels_sha256": patient,
        }
        for patient, digest in (("P01", "x"), ("P02", "y"), ("P03", "x"))
    }
    assert inspection.copied_masks(records) == {
        ("P01", "CT", "AP"): "a mask with the same content as one of P03: a copy?",
        ("P03", "CT", "AP"): "a mask with the same content as one of P01: a copy?",
    }


def test_a_traceback_is_a_defect_to_be_reported():
    fail(ValueError("operands could not be broadcast"))
    ((code, problem),) = inspection.refusals(KEY)
    assert code == "E00"
    assert problem.startswith(
        "E00 defect: P01 CT AP: ValueError: operands could not be broadcast: an error that "
    )
    assert str(inspection.log_path(KEY)) in problem


def test_an_error_without_words_is_a_defect_too():
    fail(MemoryError())
    ((code, problem),) = inspection.refusals(KEY)
    assert (code, "MemoryError" in problem) == ("E00", True)


def test_an_image_that_was_not_looked_at_has_no_problem():
    assert inspection.refusals(("P02", "CT", "AP")) == []


def test_a_later_success_clears_what_was_refused():
    fail(StudyError(ONE))
    accept()
    assert inspection.refusals(KEY) == []
    assert inspection.problems_of([KEY]).empty


def test_a_second_failure_replaces_the_first():
    fail(StudyError(ONE))
    fail(StudyError(TWO))
    assert inspection.refusals(KEY) == [("E10", TWO)]


A, B = ("P01", "MRI", "T1"), ("P02", "MRI", "T1")


def test_different_images_are_no_twins():
    records = {A: record(digest="a", mask="a.nii"), B: record(digest="b", mask="b.nii")}
    assert inspection.twins(records) == []


def test_a_copy_of_an_image_under_another_name_is_a_twin_of_both_patients():
    records = {
        A: record("x/a.nii", "same", mask="a_mask.nii"),
        B: record("y/copy.nii", "same", mask="b_mask.nii"),
    }
    (first, one), (second, two) = inspection.twins(records)
    assert (first, second) == (A, B)
    assert one.startswith("E19 twin: P01 MRI T1: image x/a.nii has the same voxels")
    assert "P02 MRI T1 (y/copy.nii)" in one
    assert two.startswith("E19 twin: P02 MRI T1: image y/copy.nii")
    assert "P01 MRI T1 (x/a.nii)" in two


def test_one_image_for_two_sequences_of_a_patient_is_a_twin():
    other = ("P01", "MRI", "T2")
    found = inspection.twins({A: record(mask="a.nii"), other: record(mask="b.nii")})
    assert [key for key, _ in found] == [A, other]


@pytest.mark.parametrize("spelling", ["m.nii", "./m.nii", "sub/../m.nii"])
def test_a_mask_that_two_patients_share_is_a_twin(spelling):
    records = {A: record(digest="a", mask="m.nii"), B: record(digest="b", mask_reader2=spelling)}
    found = inspection.twins(records)
    assert [key for key, _ in found] == [A, B]
    assert "m.nii is also named for P02" in found[0][1]
    assert "m.nii is also named for P01" in found[1][1]


@pytest.mark.parametrize("mask", ["b.nii", "./b.nii", "copy.nii"])
def test_a_mask_that_is_another_row_s_image_is_told(mask):
    """By its path, or where both were read by its content."""
    records = {A: record("a.nii", "a", mask=mask), B: record("b.nii", "b", mask="m.nii")}
    if mask == "copy.nii":
        records[A]["files"]["mask"]["sha256"] = "b"
    ((key, problem),) = inspection.twins(records)
    assert key == A
    assert f"P01 MRI T1: mask {mask} is the image of P02 MRI T1; name the outline" in problem


def test_sequences_of_one_patient_may_share_a_mask():
    records = {A: record(digest="a", mask="m.nii")}
    records[("P01", "MRI", "T2")] = record(digest="b", mask="m.nii")
    assert inspection.twins(records) == []


def test_the_table_of_problems_has_refusals_and_twins():
    fail(StudyError(ONE, TWO))
    accept(A, digest="same", mask="a.nii")
    accept(B, digest="same", mask="b.nii")
    problems = inspection.problems_of([KEY, A, B, ("P09", "MRI", "T1")])
    assert list(problems.columns) == ["patient", "modality", "sequence", "code", "problem"]
    assert problems["code"].tolist() == ["E13", "E10", "E19", "E19"]
    assert problems["patient"].tolist() == ["P01", "P01", "P01", "P02"]
    assert inspection.images_in(problems) == {KEY, A, B}


def test_the_table_is_written_with_the_count_of_images():
    fail(StudyError(ONE, TWO))
    inspection.write_problems(inspection.problems_of([KEY]), "inspection.tsv", True)
    assert read_table("inspection.tsv")["problem"].tolist() == [ONE, TWO]
    assert "1 images were refused or not finished." in header_path("inspection.tsv").read_text()


@pytest.mark.parametrize("keys, words", [([KEY], "1 image was"), ([KEY, B], "2 images were")])
def test_in_words_every_problem_is_listed_once(keys, words):
    rows = [(*key, "E10", f"E10 file: {key[0]}") for key in keys]
    problems = pd.DataFrame(rows, columns=list(inspection.COLUMNS))
    text = inspection.in_words(problems, "results/inspection.tsv")
    assert f"{words} refused" in text
    assert all(text.count(f"  E10 file: {key[0]}") == 1 for key in keys)
    assert "results/inspection.tsv" in text
    assert "exclude" in text


def test_nobody_is_to_be_excluded_for_what_is_no_fault_of_an_image():
    rows = [(*KEY, "E40", "E40 disk: no space"), (*B, "E00", "E00 stopped: P01")]
    problems = pd.DataFrame(rows, columns=list(inspection.COLUMNS))
    text = inspection.in_words(problems, "results/inspection.tsv")
    assert "2 images were not finished" in text and "refused" not in text
    assert "'exclude'" not in text and "exclude nobody" in text
    mixed = pd.concat(
        [problems, pd.DataFrame([(*A, "E10", "E10 file: x")], columns=problems.columns)]
    )
    text = inspection.in_words(mixed, "results/inspection.tsv")
    assert text.index("1 image was refused") < text.index("E10 file") < text.index("2 images were")
    assert "'exclude'" in text and "exclude nobody" in text


def test_a_run_says_its_own_refusals_and_all_twins(study):
    other, third = ("P02", "CT", "AP"), ("P03", "CT", "AP")
    fail(StudyError(ONE))
    began = inspection.log_path(KEY).stat().st_mtime
    for key in (other, third):  # cut by a run before
        accept(key, image=f"{key[0]}.nii", digest="same")
    keys = [KEY, other, third]
    words = inspection.close_run(keys, began - 1, simulated=False)
    assert "3 images were refused" in words and ONE in words
    later = inspection.close_run(keys, began + 1, simulated=False)
    assert "2 images were refused" in later and ONE not in later
    written = read_table("results/inspection.tsv")
    assert written["code"].tolist() == ["E13", "E19", "E19"]


def test_a_run_without_refusals_says_and_writes_nothing(study):
    fail(StudyError(ONE))
    began = inspection.log_path(KEY).stat().st_mtime
    assert inspection.close_run([KEY], began + 1, simulated=False) == ""
    assert not Path("results/inspection.tsv").exists()
