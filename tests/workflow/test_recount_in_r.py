"""A finished study's tables against R's own numbers, by the script that users run."""

import shutil
import subprocess
from pathlib import Path

import pytest
from pages import commands
from studies import ROOT, read, write

pytestmark = pytest.mark.workflow
PACKAGES = "library(pROC); library(MASS); library(jsonlite); library(yaml)"


def rscript(*arguments: str | Path) -> subprocess.CompletedProcess:
    command = ["Rscript", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def study(finished, tmp_path_factory) -> Path:
    if not shutil.which("Rscript"):
        pytest.skip("no R here")
    if (there := rscript("-e", PACKAGES)).returncode != 0:
        pytest.skip(there.stderr)
    folder = tmp_path_factory.mktemp("recounted") / "study"
    shutil.copytree(finished, folder, ignore=shutil.ignore_patterns("images", "roi", ".snakemake"))
    return folder


def test_r_has_the_same_numbers(study):
    assert commands("r") == ["Rscript resources/recount.R ../my_study"]
    told = rscript("resources/recount.R", study)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "DIFFERENT" not in told.stdout
    tables = {line.split()[0] for line in told.stdout.splitlines() if " equal" in line}
    compared = {"baseline", "characteristics_CT", "characteristics_MRI", "selection_CT", "models"}
    compared |= {"performance", "delong", "delong_cohorts", "decision_curve"}
    compared |= {"centers", "center_effects"}
    assert compared <= tables


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("performance", "auc_low"),
        ("performance", "citl"),
        ("delong", "p"),
        ("decision_curve", "net_benefit"),
        ("characteristics_CT", "or"),
        ("baseline", "p"),
        ("centers", "predicted"),
        ("center_effects", "f"),
    ],
)
def test_a_number_that_r_does_not_have_is_found(study, table, column):
    path = study / "results" / "tables" / f"{table}.tsv"
    kept = path.read_bytes()
    frame = read(path)
    usable = frame[column].replace("", "nan").astype(float)
    usable = usable[(usable.abs() > 0.01) & (usable.abs() < 0.99)]
    if "separated" in frame:
        usable = usable[frame["separated"] == "no"]
    frame.loc[usable.index, column] = (usable * 1.001).map("{:.12g}".format)
    write(frame, path)
    told = rscript("resources/recount.R", study)
    path.write_bytes(kept)
    assert told.returncode == 1, told.stdout + told.stderr
    assert any(
        line.split()[0] == table and "DIFFERENT" in line for line in told.stdout.splitlines()[1:-2]
    )


def test_what_lacks_is_said(study, tmp_path):
    told = rscript("resources/recount.R")
    assert told.returncode != 0 and "say which study" in told.stderr
    told = rscript("resources/recount.R", tmp_path)
    assert told.returncode != 0 and "run the study first" in told.stderr
