"""The models of a finished study, applied to patients of another."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from studies import change_config, planned, read, run, snakemake, table, write, write_config
from test_design_figure import plan

from radfuse.modelling.models import read_model, write_model

pytestmark = pytest.mark.workflow

SHEETS = ("patients.tsv", "images.tsv", "radiology.tsv", "simulation.tsv")


@pytest.fixture
def applied(finished, tmp_path) -> Path:
    """A study of the finished one's test patients alone, one of them without an outcome, and a copy
    of its models."""
    folder = tmp_path / "elsewhere"
    split = table(finished, "cohort/split.tsv").query("cohort == 'test'")
    for name in SHEETS:
        sheet = read(finished / name)
        write(sheet[sheet["patient"].isin(split["patient"])], folder / name)
    patients = read(folder / "patients.tsv")
    patients.loc[0, "pathology"] = ""
    write(patients, folder / "patients.tsv")
    shutil.copytree(finished / "results" / "models", folder / "given")
    config = yaml.safe_load((finished / "config" / "config.yaml").read_text())
    write_config(folder, {**config, "apply_models": "given"})
    return folder


def test_the_same_patients_get_the_same_probabilities_and_nothing_is_fitted(finished, applied):
    jobs = planned(applied, "predict")
    images = len(read(applied / "images.tsv"))
    assert jobs == {
        **dict.fromkeys(("simulate_image", "resample_roi", "extract_features"), images),
        **{"export_backbone": 1, "split_cohort": 1, "collect_readings": 1},
        **{"assemble_features": 2, "predict": 1},
    }
    score = read_model(applied / "given" / "DLRS_CT.json")
    score["score"]["range"] = [-102.0, -100.0]  # as if the scanner were another
    write_model(score, applied / "given" / "DLRS_CT.json")
    run(applied)
    key = ["patient", "model", "protocol"]
    expected = table(finished, "predictions.tsv").set_index(key)["probability"]
    found = table(applied, "predictions.tsv")
    assert set(found["cohort"]) == {"external", "unlabelled"}
    assert found["model"].nunique() == 7
    obtained = found.set_index(key)["probability"]
    assert obtained.tolist() == pytest.approx(expected[obtained.index].tolist(), rel=1e-9)
    covariates = table(applied, "covariates.tsv")
    assert len(covariates) == found["patient"].nunique()
    performance = table(applied, "tables/performance.tsv")
    assert set(performance["cohort"]) == {"external"}
    assert (performance["n"] == found["patient"].nunique() - 1).all()
    theirs = table(finished, "tables/performance.tsv").query("protocol == 'published'")
    thresholds = theirs.drop_duplicates("model").set_index("model")["threshold"]
    pd.testing.assert_series_equal(performance.set_index("model")["threshold"], thresholds)
    report = (applied / "results" / "report.html").read_text()
    far = "lie far outside the training cohort’s, −102.00 to −100.00"
    told = (applied / "results" / "predictions.header.txt").read_text()
    for cohort in ("in the external cohort", "without an outcome"):
        for text in (report, told):
            assert re.search(rf"The scores DLRS CT of \d+ {cohort} {far}", text)
    assert "DLRS MRI of" not in told
    assert "fitted in another study" in report and "Performance in the training" not in report
    draft = (applied / "results" / "manuscript" / "methods_and_results.md").read_text()
    assert "The models of another study were applied as they were" in draft
    assert "tibshirani1996" not in draft and "In the external cohort" in draft
    assert not (applied / "results" / "models").exists()
    assert planned(applied) == {}
    design = plan(applied)["design"]
    assert ["given", "predictions"] in [list(arrow) for arrow in design["arrows"]]
    assert not {"R", "DLRS", "fused", "stability", "optimism"} & set(design["boxes"])


@pytest.mark.parametrize("labelled", [0, 1], ids=["of nobody", "of one patient"])
def test_an_outcome_is_not_needed(applied, labelled):
    patients = read(applied / "patients.tsv")
    patients["pathology"] = ["iCCA"] * labelled + [""] * (len(patients) - labelled)
    write(patients, applied / "patients.tsv")
    jobs = planned(applied)
    assert {"predict", "reconcile_counts", "plot_cohort_flow"} <= set(jobs)
    assert ("evaluate_performance" in jobs) == ("write_report" in jobs) == bool(labelled)
    assert not {"plot_examples", "explain_model"} & set(jobs)


@pytest.mark.parametrize("path", ["tables/shap.tsv", "figures/shap_summary.png"])
def test_what_needs_a_training_cohort_cannot_be_asked_for(applied, path):
    completed = snakemake(applied, "--dry-run", f"results/{path}")
    assert completed.returncode != 0
    assert "results/tables/shap.tsv" in completed.stdout + completed.stderr


def test_models_are_not_applied_to_other_features_or_readings(applied):
    change_config(applied, roi={"margin_mm": 3.0, "tolerance_mm": 0.2})
    dictionary = yaml.safe_load(
        (Path(__file__).parents[2] / "config/characteristics.yaml").read_text()
    )
    used = read_characteristics(applied)
    for entry in dictionary:
        if entry["name"] in used:
            entry["levels"] = {
                code: f"{text}, in other words" for code, text in entry["levels"].items()
            }
    (applied / "config" / "characteristics.yaml").write_text(yaml.safe_dump(dictionary))
    completed = snakemake(applied)
    printed = completed.stdout + completed.stderr
    assert completed.returncode != 0
    for name in ("DLRS_CT", "DLRS_MRI"):
        assert f"E27 model: {name} was not built on what it would be applied to" in printed
    assert "roi.margin_mm: 10.0 in the model, 3.0 here" in printed
    assert "tolerance" not in printed
    assert used and all(f"{name}.levels: " in printed for name in used)


def read_characteristics(folder: Path) -> set[str]:
    """The characteristics that the given models have among their covariates."""
    models = [yaml.safe_load(path.read_text()) for path in (folder / "given").glob("R_*.json")]
    return {each["name"].partition("=")[0] for model in models for each in model["covariates"]}


def test_no_patient_trains_and_no_part_may_be_missing(finished, applied):
    (applied / "given" / "DLRS_CT.json").unlink()
    patients = read(applied / "patients.tsv")
    completed = snakemake(applied)
    printed = completed.stdout + completed.stderr
    assert "DLRR_CT is made of DLRS_CT, which is not there; copy the whole folder." in printed
    labelled = patients["pathology"] != ""
    write(
        patients.assign(cohort=labelled.map({True: "train", False: ""})), applied / "patients.tsv"
    )
    shutil.copytree(finished / "results" / "models", applied / "given", dirs_exist_ok=True)
    completed = snakemake(applied)
    assert completed.returncode != 0
    assert "are of the cohort train" in completed.stdout + completed.stderr
