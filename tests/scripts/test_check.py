"""`check`: what it prints of a study, what it refuses, and what it does not look at."""

import json
import shutil
from pathlib import Path

import check
import pandas as pd
import pytest
import yaml
from studies import (
    ROOT,
    change_config,
    read,
    snakemake,
    study_with_files,
    write,
    write_config,
)

from radfuse.errors import StudyError
from radfuse.imaging.nifti import read_nifti, write_nifti
from radfuse.planning.loading import load_study


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return study_with_files(tmp_path_factory.mktemp("check"), 9)


@pytest.fixture
def study(made, tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


def looked_at(folder: Path) -> None:
    raw = yaml.safe_load((folder / "config" / "config.yaml").read_text())
    check.main(raw=raw, notices=load_study(raw).notices)


def problems(folder: Path) -> list[str]:
    with pytest.raises(StudyError) as caught:
        looked_at(folder)
    assert caught.value.problems[-1].endswith("problem(s) in the study's files.")
    return caught.value.problems[:-1]


def test_it_counts_what_is_there(study, capsys):
    patients = read(study / "patients.tsv")
    patients.loc[0, "exclude"] = "treated before"
    patients.loc[1, "afp"] = ""
    write(patients, study / "patients.tsv")
    looked_at(study)
    printed = capsys.readouterr().out
    rows = [" ".join(line.split()) for line in printed.splitlines()]
    assert "A test study" in rows
    positive = 3 - (patients.loc[0, "pathology"] == "iCCA")
    assert "in the sheet 9 patients, 3 with pathology iCCA" in rows
    assert f"left out: treated before 1 patients, {3 - positive} with pathology iCCA" in rows
    assert f"analysed 8 patients, {positive} with pathology iCCA" in rows
    assert "afp 1 of 8 blank" in rows
    assert "CT AP 8 8 0 0" in rows
    assert "Models: DLRS_CT" in rows
    assert any("have a second outline of a sequence: all features" in row for row in rows)
    assert rows[-2].startswith("Nothing is wrong that sheets, config and headers show.")
    assert not (study / "results").exists()


def test_everything_that_is_wrong_with_files_is_said_at_once(study):
    rows = read(study / "images.tsv")
    names = [f"{row.patient} {row.modality} {row.sequence}" for row in rows.itertuples()]
    (study / rows.loc[0, "image"]).unlink()
    (study / rows.loc[1, "mask"]).write_bytes(b"no image at all")
    mask = read_nifti(study / rows.loc[2, "mask"], "here")
    write_nifti(mask.crop([0, 0, 0], mask.size - [0, 0, 1]), study / rows.loc[2, "mask"])
    rows.loc[4, "image"] = rows.loc[3, "image"]
    rows.loc[5, "mask"] = rows.loc[5, "image"]
    rows.loc[7, "mask"] = rows.loc[6, "mask"]
    write(rows, study / "images.tsv")
    found = problems(study)
    for code, place, words in (
        ("E10", f"{names[0]} image", "does not exist"),
        ("E11", f"{names[1]} mask", "cannot be read"),
        ("E13", f"{names[2]} mask", "size"),
        ("E19", names[3], "same voxels"),
        ("E19", names[4], "same voxels"),
        ("E19", names[5], "image and as mask"),
        ("E19", names[6], "also named for"),
        ("E19", names[7], "also named for"),
    ):
        assert any(
            text.startswith(code) and f": {place}: " in text and words in text for text in found
        ), (code, place, found)
    grids = [text for text in found if text.startswith("E13")]
    assert len(grids) <= 3, "the exchanged masks may differ in size as well"


def test_a_mask_that_will_be_resampled_is_no_problem(study):
    row = read(study / "images.tsv").iloc[0]
    mask = read_nifti(study / row["mask"], "here")
    write_nifti(mask.crop([0, 0, 0], mask.size - [0, 0, 1]), study / row["mask"])
    assert len(problems(study)) == 1
    change_config(study, roi={"mask_grid": "resample"})
    looked_at(study)


def test_files_that_a_run_accepted_may_be_archived(study):
    row = read(study / "images.tsv").iloc[0]
    (study / row["image"]).unlink()
    assert len(problems(study)) == 1
    record = study / "results" / "roi" / row["patient"] / "CT" / "AP" / "source.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    looked_at(study)


def test_own_features_are_read_and_all_that_is_wrong_with_them_is_said(study):
    patients = list(read(study / "patients.tsv")["patient"])
    config = yaml.safe_load((study / "config" / "config.yaml").read_text())
    config["sheets"] = {"patients": "patients.tsv"}
    config["modalities"] = [
        {"name": name, "features": {"table": f"{name}.csv", "repeat": f"{name}_again.csv"}}
        for name in ("CT", "MRI")
    ]
    write_config(study, config)
    rows = pd.DataFrame({"patient": patients, "volume": range(len(patients))})
    for name in ("CT", "CT_again", "MRI", "MRI_again"):
        rows.to_csv(study / f"{name}.csv", index=False)
    looked_at(study)
    rows.iloc[:-2].to_csv(study / "CT.csv", index=False)
    rows.rename(columns={"patient": "ID"}).to_csv(study / "MRI.csv", index=False)
    pd.concat([rows, rows[:1]]).to_csv(study / "MRI_again.csv", index=False)
    assert [text.partition(";")[0] for text in problems(study)] == [
        *[f"E03 sheet: CT.csv: patient {name} has no row" for name in patients[-2:]],
        "E02 sheet: MRI.csv has no column 'patient'",
        f"E03 sheet: MRI_again.csv: patient {patients[0]} has several rows",
    ]


def test_a_feature_that_an_applied_model_weighs_and_the_table_lacks_is_said(study):
    patients = list(read(study / "patients.tsv")["patient"])
    config = yaml.safe_load((study / "config" / "config.yaml").read_text())
    config["sheets"] = {"patients": "patients.tsv"}
    config["modalities"] = [{"name": "CT", "features": {"table": "CT.csv"}}]
    write_config(study, {**config, "apply_models": "given"})
    table = pd.DataFrame({"patient": patients, "volume": range(len(patients))})
    model = {
        "model": "DLRS_CT",
        "modality": "CT",
        "protocol": "published",
        "outcome": config["outcome"],
        "intercept": 0.0,
        "threshold": 0.5,
        "covariates": [{"name": "DLRS_CT", "label": "", "source": "score", "coefficient": 1.0}],
        "score": {"intercept": 0.0, "weights": {"volume": 1.0, "sphericity": 2.0}},
        "features": {"tables": {"table": "theirs.csv"}},
    }
    (study / "given").mkdir()
    (study / "given" / "DLRS_CT.json").write_text(json.dumps(model))
    table.to_csv(study / "CT.csv", index=False)
    (problem,) = problems(study)
    assert problem.startswith("E27 model: DLRS_CT was not built on what it would be applied to")
    assert "1 of 2 features are not here, sphericity for one" in problem
    table.assign(sphericity=0.5).to_csv(study / "CT.csv", index=False)
    looked_at(study)


@pytest.mark.workflow
def test_a_second_check_looks_again(study):
    assert snakemake(study, "check").returncode == 0
    (study / read(study / "images.tsv").iloc[0]["mask"]).write_text("junk")
    again = snakemake(study, "check")
    assert again.returncode != 0 and "E1" in again.stdout + again.stderr


@pytest.mark.workflow
def test_the_target_ends_with_an_exit_code_and_says_each_problem_once(study):
    row = read(study / "images.tsv").iloc[0]
    (study / row["mask"]).unlink()
    completed = snakemake(study, "check")
    printed = completed.stdout + completed.stderr
    assert completed.returncode != 0
    assert printed.count(f"{row['mask']} does not exist") == 1
    assert "CalledProcessError" not in printed
    assert "Patients (patients.tsv)" in completed.stdout


@pytest.mark.workflow
def test_a_new_study_s_sheets_are_said_to_be_empty(tmp_path):
    shutil.copytree(ROOT / "resources" / "new_study", tmp_path / "new")
    completed = snakemake(tmp_path / "new", "check")
    printed = completed.stdout + completed.stderr
    assert completed.returncode != 0
    assert "2 problem(s) in the study" in printed
    for name in ("patients", "images"):
        assert f"E02 sheet: {name}.tsv has a header and no row yet" in printed
    assert "in <module>" not in printed and "Traceback" not in printed


@pytest.mark.workflow
@pytest.mark.parametrize("target", ["check", "--dry-run"])
def test_a_config_that_yaml_would_misread_is_refused(study, target):
    path = study / "config" / "config.yaml"
    path.write_text(path.read_text() + "outcome: {column: other}\n")
    completed = snakemake(study, target)
    printed = completed.stdout + completed.stderr
    assert completed.returncode != 0
    assert "1 problem(s) in the study" in printed
    assert "the key 'outcome' stands there already; keep one." in printed
    path.write_bytes(b"# t\xe4glich\n" + path.read_bytes())
    printed = snakemake(study, target).stderr
    assert "config/config.yaml line 1 is not in UTF-8" in printed and "Traceback" not in printed
