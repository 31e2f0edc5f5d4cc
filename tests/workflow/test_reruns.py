"""What runs again after a change, seen by dry runs on a finished study."""

import os
import shutil
from pathlib import Path

import pytest
import yaml
from studies import DEMO, ROOT, change_config, planned, read, write, write_config

pytestmark = pytest.mark.workflow

PER_IMAGE = {"simulate_image", "resample_roi", "extract_features"}
IMAGES = 20 * 3
LAST = {"record_provenance", "write_report", "measure_cost", "plot_cost"}
LAST |= {"write_draft", "fill_checklists"}
COUNTED = {"reconcile_counts": 1, "format_tables": 1, **dict.fromkeys(LAST, 1)}  # after a table
SHEETS = ("patients.tsv", "images.tsv", "radiology.tsv", "simulation.tsv")


@pytest.fixture
def study(finished, tmp_path) -> Path:
    """A copy of the finished study that a test may change; times and metadata go along."""
    folder = tmp_path / "study"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    return folder


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A second checkout of the workflow: same contents, new times."""
    clone = tmp_path / "clone"
    for name in ("workflow", "profiles", "envs", "config"):
        shutil.copytree(ROOT / name, clone / name, copy_function=shutil.copy)
    for name in ("Snakefile", "pyproject.toml"):
        shutil.copy(ROOT / name, clone)
    return clone


def per_image(jobs: dict[str, int]) -> dict[str, int]:
    return {rule: count for rule, count in jobs.items() if rule in PER_IMAGE}


def add_patient(folder: Path) -> str:
    """Append a patient of the demo that the study does not have yet to every sheet."""
    known = set(read(folder / "patients.tsv")["patient"])
    sheet = read(DEMO / "patients.tsv").query("exclude == ''")
    name = next(patient for patient in sheet["patient"] if patient not in known)
    present = read(folder / "images.tsv")[["modality", "sequence"]].drop_duplicates()
    for path in SHEETS:
        rows = read(DEMO / path).query("patient == @name")
        if path == "images.tsv":
            rows = rows.merge(present)
            for column in ("image", "mask", "mask_repeat", "mask_reader2"):
                rows[column] = rows[column].str.removeprefix("resources/demo/")
        both = [*read(folder / path).to_dict("records"), *rows.to_dict("records")]
        write(type(rows)(both, columns=read(folder / path).columns), folder / path)
    return name


def test_after_a_finished_run_nothing_is_to_be_done(finished):
    assert planned(finished) == {}


def test_a_new_patient_runs_its_own_images_and_the_cohort(study):
    add_patient(study)
    jobs = planned(study)
    assert per_image(jobs) == {"simulate_image": 3, "resample_roi": 3, "extract_features": 3}
    assert "export_backbone" not in jobs
    cohort = {"split_cohort", "assemble_features", "fit_score", "fit_radiology", "fit_fused"}
    assert cohort | {"evaluate_performance", "write_report"} <= set(jobs)


@pytest.mark.parametrize("cohort", ["test", "external", "unlabelled"])
def test_a_patient_who_does_not_train_makes_nothing_be_fitted_again(study, cohort):
    keep_cohorts(study)
    name = add_patient(study)
    patients = read(study / "patients.tsv").set_index("patient")
    patients.loc[name, "cohort"] = "" if cohort == "unlabelled" else cohort
    if cohort == "unlabelled":
        patients.loc[name, "pathology"] = ""
    write(patients.reset_index(), study / "patients.tsv")
    images = {"simulate_image": 3, "resample_roi": 3, "extract_features": 3}
    cohort_jobs = {"split_cohort": 1, "collect_readings": 1, "assemble_features": 2, "predict": 1}
    assert planned(study, "predict") == {**images, **cohort_jobs}
    fitting = ("fit_", "crossfit_", "select_", "measure_stability", "assemble_training")
    fitting += ("collect_training",)
    assert not [rule for rule in planned(study) if rule.startswith(fitting)]


def test_a_training_patient_s_reading_runs_the_fits_on_it(study):
    readings = read(study / "radiology.tsv")
    split = read(study / "results" / "cohort" / "split.tsv").set_index("patient")["cohort"]
    read_by_1 = (readings["reader"] == "1") & (readings["modality"] == "CT")
    name = readings.index[read_by_1 & (readings["patient"].map(split) == "train")][0]
    readings.loc[name, "cirrhosis"] = {"0": "1", "1": "0"}[readings.loc[name, "cirrhosis"]]
    write(readings, study / "radiology.tsv")
    jobs = planned(study)
    assert {"collect_training_readings", "fit_radiology", "fit_combined", "fit_fused"} <= set(jobs)
    scores = {"select_training", "measure_stability", "fit_score", "crossfit_score"}
    assert not {*PER_IMAGE, *scores, "assemble_training"} & set(jobs)


def test_a_reading_of_the_other_reader_runs_the_agreement_alone(study):
    readings = read(study / "radiology.tsv")
    row = readings.index[readings["reader"] == "2"][0]
    readings.loc[row, "cirrhosis"] = {"0": "1", "1": "0"}[readings.loc[row, "cirrhosis"]]
    write(readings, study / "radiology.tsv")
    assert planned(study) == {"measure_agreement": 2, **COUNTED}


def test_a_clinical_value_runs_the_baseline_table_alone(study):
    patients = read(study / "patients.tsv")
    patients.loc[0, "age"] = "61.5"
    write(patients, study / "patients.tsv")
    assert planned(study) == {"describe_baseline": 1, **COUNTED}


def test_a_center_runs_what_compares_centers(study):
    patients = read(study / "patients.tsv")
    patients.loc[0, "center"] = "C"
    write(patients, study / "patients.tsv")
    runs = {"compare_centers": 1, "plot_forest": 1, "describe_baseline": 1}
    assert planned(study) == {**runs, **COUNTED}
    write(patients.assign(center="A"), study / "patients.tsv")
    assert "compare_centers" not in planned(study)


def test_cohorts_that_are_written_down_divide_nobody_anew(study):
    keep_cohorts(study)
    assert planned(study) == {"describe_baseline": 1, **COUNTED}


def test_a_reason_to_exclude_runs_the_cohorts(study):
    patients = read(study / "patients.tsv")
    patients.loc[0, "exclude"] = "second primary"
    write(patients, study / "patients.tsv")
    runs = {"split_cohort", "collect_readings", "predict", "plot_cohort_flow"}
    assert runs <= set(planned(study))


def keep_cohorts(folder: Path) -> None:
    """Copy the split into the sheet."""
    split = read(folder / "results" / "cohort" / "split.tsv").set_index("patient")["cohort"]
    patients = read(folder / "patients.tsv")
    write(patients.assign(cohort=patients["patient"].map(split)), folder / "patients.tsv")


def test_a_removed_patient_runs_no_image(study):
    gone = read(study / "patients.tsv")["patient"].iloc[5]  # noqa: F841 - in the query
    for path in SHEETS:
        write(read(study / path).query("patient != @gone"), study / path)
    jobs = planned(study)
    assert per_image(jobs) == {}
    assert {"split_cohort", "assemble_features", "write_report"} <= set(jobs)


def test_touching_the_sheets_runs_nothing(study):
    for path in SHEETS:
        (study / path).touch()
    (study / "config" / "config.yaml").touch()
    assert planned(study) == {}


def test_another_checkout_of_the_same_code_runs_nothing(study, checkout):
    assert planned(study, workflow=checkout) == {}


@pytest.mark.parametrize(
    ("module", "first", "spared"),
    [
        ("imaging/roi", {"resample_roi"}, {"simulate_image", "fit_radiology", "export_backbone"}),
        ("simulation/phantom", {"simulate_image"}, {"fit_radiology", "export_backbone"}),
        (
            "statistics/decision",
            {"measure_net_benefit"},
            {*PER_IMAGE, "predict", "fit_fused", "compare_models"},
        ),
        ("statistics/selection", {"fit_radiology"}, {*PER_IMAGE, "fit_score", "export_backbone"}),
        (
            "features/inference",
            {"extract_features", "export_backbone"},
            {"resample_roi", "fit_radiology"},
        ),
    ],
)
def test_editing_a_library_module_runs_the_rules_that_import_it(
    study, checkout, module, first, spared
):
    path = checkout / "workflow" / "scripts" / "radfuse" / f"{module}.py"
    path.write_text(path.read_text() + "\n# edited\n")
    jobs = planned(study, workflow=checkout)
    assert first <= set(jobs)
    assert not spared & set(jobs)


def test_editing_a_script_runs_its_own_rule(study, checkout):
    path = checkout / "workflow" / "scripts" / "compare_models.py"
    path.write_text(path.read_text() + "\n# edited\n")
    assert planned(study, workflow=checkout) == {"compare_models": 1, **COUNTED}


def test_a_new_version_in_an_env_runs_its_rules(study, checkout):
    path = checkout / "envs" / "plotting.yaml"
    path.write_text(path.read_text().replace("matplotlib==", "matplotlib==9"))
    jobs = planned(study, workflow=checkout)
    plots = {"plot_cohort_flow", "plot_examples", "plot_roc", "plot_calibration", "plot_shap"}
    plots |= {"plot_decision_curve", "draw_contact_sheet", "plot_stability", "plot_score"}
    plots |= {"plot_nomogram", "plot_shap_waterfall", "plot_design", "plot_forest"}
    assert set(jobs) == plots | LAST


def test_the_margin_reruns_the_imaging(study):
    change_config(study, roi={"margin_mm": 12.0})
    jobs = planned(study)
    assert per_image(jobs) == {"resample_roi": IMAGES, "extract_features": IMAGES}
    assert "fit_radiology" not in jobs


def test_the_folds_rerun_the_scores_alone(study):
    change_config(study, score={"folds": 5})
    jobs = planned(study)
    assert per_image(jobs) == {}
    assert not {"assemble_features", "measure_stability", "fit_radiology"} & set(jobs)
    assert jobs["fit_score"] == 2


def test_the_radiological_protocol_reruns_no_feature(study):
    change_config(study, radiology={"p_enter": 0.1})
    jobs = planned(study)
    assert jobs["fit_radiology"] == 2
    assert not {*PER_IMAGE, "fit_score", "measure_stability"} & set(jobs)


def test_a_mask_that_changes_its_role_is_cut_again(study):
    images = read(study / "images.tsv")
    twice = images.index[images["mask_repeat"] != ""][0]
    roles = ["mask_repeat", "mask_reader2"]
    images.loc[twice, roles] = images.loc[twice, roles[::-1]].to_numpy()
    write(images, study / "images.tsv")
    assert per_image(planned(study)) == {"resample_roi": 1, "extract_features": 1}


def test_rewording_a_definition_writes_the_manuscript_alone(study, checkout):
    path = checkout / "config" / "characteristics.yaml"
    path.write_text(path.read_text().replace("definition: ", "definition: Reworded. ", 1))
    written = {"format_tables", "write_draft", "fill_checklists"}
    assert set(planned(study, workflow=checkout)) - {"measure_cost", "plot_cost"} == written


def test_benchmark_files_that_are_deleted_run_nothing(study):
    shutil.rmtree(study / "results" / "benchmarks")
    assert planned(study) == {}


@pytest.mark.parametrize(
    ("sheet", "column", "runs"),
    [
        ("patients.tsv", "age", {"describe_baseline", "reconcile_counts"}),
        ("radiology.tsv", "cirrhosis", {"measure_agreement", "describe_split", "predict"}),
    ],
)
def test_a_sheet_that_is_put_back_under_its_old_time_is_read(study, sheet, column, runs):
    rows = read(study / sheet)
    rows[column] = rows[column].to_numpy()[::-1]
    write(rows, study / sheet)
    os.utime(study / sheet, (1e9, 1e9))
    assert runs | {"write_report"} <= set(planned(study))


def test_deleted_models_and_covariates_are_made_again(study):
    (study / "results" / "models" / "R_CT.json").unlink()
    (study / "results" / "covariates.tsv").unlink()
    assert {"fit_radiology", "predict"} <= set(planned(study))


def test_modalities_in_another_order_are_listed_anew(study):
    config = yaml.safe_load((study / "config" / "config.yaml").read_text())
    write_config(study, {**config, "modalities": config["modalities"][::-1]})
    jobs = planned(study)
    assert "inspect_images" in jobs and not per_image(jobs)
