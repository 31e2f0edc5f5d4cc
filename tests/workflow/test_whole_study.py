"""A finished study: every file of the contract, and numbers that agree with one another."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from reconcile_counts import gather
from studies import check_predictions, check_shap, snakemake, table

from radfuse.planning import targets
from radfuse.planning.loading import load_study
from radfuse.tables import header_path, read_table
from radfuse.validation.reconciling import lines

pytestmark = pytest.mark.workflow

MODELS = ["R_CT", "DLRS_CT", "DLRR_CT", "R_MRI", "DLRS_MRI", "DLRR_MRI", "fused"]
INTERVALS = ["accuracy", "sensitivity", "specificity", "ppv", "npv", "f1"]
PERFORMANCE = [
    *["protocol", "cohort", "model", "n", "events", "auc", "auc_low", "auc_high", "threshold"],
    *["tp", "fp", "fn", "tn"],
    *[f"{name}{end}" for name in INTERVALS for end in ("", "_low", "_high")],
    *["intercept", "slope", "citl", "brier"],
]
CHARACTERISTICS = [
    *["characteristic", "n", "events", "or", "low", "high", "p", "method", "separated"],
    *["multi_or", "multi_low", "multi_high", "multi_p", "selected"],
]
DELONG = [
    *["protocol", "cohort", "model_a", "model_b", "auc_a", "auc_b", "difference"],
    *["z", "p", "p_adjusted"],
]

COUNT = r"(n|events)(_a|_b|_test)?|without(_events)?"


def test_every_path_of_the_contract(finished):
    results = finished / "results"
    tables = ["baseline", "performance", "delong", "decision_curve", "calibration", "shap"]
    tables += ["optimism", "sample_size", "delong_cohorts", "calibration_curve", "nomogram_fused"]
    tables += ["counts", "split_balance_CT", "reader_agreement_MRI", "characteristics_CT"]
    figures = ["cohort_flow", "examples", "roc_train", "roc_test", "roc_CT", "roc_MRI"]
    figures += ["calibration", "decision_curve", "shap_summary", "shap_importance"]
    figures += ["stability_CT", "stability_MRI", "score_CT", "score_MRI"]
    figures += ["nomogram_DLRR_CT", "nomogram_DLRR_MRI", "nomogram_fused"]
    expected = [
        "cohort/split.tsv",
        "predictions.tsv",
        "report.html",
        "provenance.json",
        "inspection.tsv",
        *[f"manuscript/{name}.docx" for name in ("tables", "methods_and_results", "checklists")],
        *[f"manuscript/{name}" for name in ("tables.xlsx", "references.bib")],
        *[f"manuscript/checklist_{name}.tsv" for name in ("clear", "metrics", "tripod_ai")],
        *[f"models/{name}.json" for name in MODELS],
        *[f"tables/{name}.tsv" for name in tables],
        *[f"figures/{name}.{kind}" for name in figures for kind in ("png", "svg")],
        *[f"features/{name}" for name in ("CT.parquet", "stability_CT.tsv")],
        *[
            f"roi/P001/MRI/DWI/{name}"
            for name in ("roi.nii.gz", "mask.nii.gz", "overlay.png", "patches.npz")
        ],
        "features/P001/MRI/T2WI.npz",
    ]
    assert [path for path in expected if not (results / path).is_file()] == []
    assert {path.stem for path in (results / "models").iterdir()} == set(MODELS)


def test_columns_are_those_of_the_contract(finished):
    assert list(table(finished, "cohort/split.tsv")) == ["patient", "outcome", "cohort"]
    assert list(table(finished, "predictions.tsv")) == [
        "patient",
        "cohort",
        "outcome",
        "model",
        "protocol",
        "probability",
    ]
    assert list(table(finished, "tables/performance.tsv"))[: len(PERFORMANCE)] == PERFORMANCE
    assert list(table(finished, "tables/characteristics_MRI.tsv")) == CHARACTERISTICS
    assert list(table(finished, "tables/delong.tsv"))[: len(DELONG)] == DELONG
    for path in (finished / "results" / "tables").glob("*.tsv"):
        assert {"n", "events"} <= set(pd.read_csv(path, sep="\t").columns), path.name


def test_every_table_says_what_it_is_and_what_it_is_not_for(finished):
    tables = finished / "results" / "tables"
    for path in tables.glob("*.tsv"):
        head, columns = header_path(path).read_text(encoding="utf-8").split("\n\n")
        assert head.count("\nNot for: ") == 1, path.name
        described = [line.partition(": ")[0] for line in columns.splitlines()]
        assert described == list(pd.read_csv(path, sep="\t", nrows=0)), path.name


def test_tables_agree_with_the_ledger(finished):
    counts = table(finished, "tables/counts.tsv").set_index("step")
    split = table(finished, "cohort/split.tsv")
    performance = table(finished, "tables/performance.tsv")
    for cohort in ("train", "test"):
        members = split[split["cohort"] == cohort]
        expected = [len(members), int(members["outcome"].sum())]
        assert counts.loc[cohort, ["n", "events"]].tolist() == expected
        rows = performance[performance["cohort"] == cohort]
        assert rows["protocol"].tolist() == ["published"] * 7 + ["crossfit"] * 7
        assert rows["model"].tolist() == MODELS * 2
        assert (rows[["n", "events"]].to_numpy() == expected).all()
        assert (rows[["tp", "fp", "fn", "tn"]].sum(axis=1) == expected[0]).all()
        assert (rows["tp"] + rows["fn"] == expected[1]).all()
    train = [int(value) for value in counts.loc["train", ["n", "events"]]]
    characteristics = table(finished, "tables/characteristics_CT.tsv")
    assert (characteristics[["n", "events"]].to_numpy() == train).all()
    for name in MODELS:
        model = json.loads((finished / "results" / "models" / f"{name}.json").read_text())
        assert [model["n"], model["events"]] == train


def test_a_table_that_disagrees_with_the_ledger_ends_the_run(finished, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    anew = table(folder, "tables/reconciliation.tsv")
    assert (anew["n"] == anew["derived_n"]).all() and (
        anew["events"] == anew["derived_events"]
    ).all()
    # of so few patients there are no smooth curves
    assert set(anew["table"]) == {
        path.stem for path in (folder / "results" / "tables").glob("*.tsv")
    } - {"reconciliation", "calibration_curve"}
    path = folder / "results" / "tables" / "performance.tsv"
    rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    rows.loc[3, "events"] = str(int(rows.loc[3, "events"]) + 1)
    rows.to_csv(path, sep="\t", index=False)
    completed = snakemake(
        folder, "--rerun-triggers", "mtime", "--", "results/tables/reconciliation.tsv"
    )
    printed = completed.stdout + completed.stderr
    assert completed.returncode != 0
    sentence = "E28 counts: results/tables/performance.tsv (published, train, R_MRI)"
    assert sentence in printed
    # again at the end, below what Snakemake says of a failed job
    said = completed.stderr.rsplit("What is wrong:", 1)[1]
    assert sentence in said and "(results/logs/reconcile_counts.log)" in said
    assert "Error in rule" not in said and "Traceback" not in said


def test_no_count_of_any_table_can_be_wrong_unseen(finished, monkeypatch):
    """A patient more, or an event more, in rows of every table."""
    monkeypatch.chdir(finished)
    study = load_study(yaml.safe_load(Path("config/config.yaml").read_text()))
    frames = {Path(path).stem: read_table(path) for path in targets.counted(study)}
    known = gather(
        split="results/cohort/split.tsv",
        predictions="results/predictions.tsv",
        patients=study.config["sheets"]["patients"],
        radiology=study.config["sheets"]["radiology"],
        tables=frames,
        dictionary=study.dictionary,
        modalities=study.read_modalities,
        settings=study.config["radiology"],
        clinical=study.config["clinical"],
        test_fraction=study.config["split"]["test_fraction"],
    )
    unseen, seen = [], 0
    for name, frame in frames.items():
        assert all(line.agrees for line in lines(name, frame, known)), name
        counted = frame.index[frame["n"].notna()]
        for place in counted[:: max(1, len(counted) // 12)]:
            for column in [name for name in frame if re.fullmatch(COUNT, name)]:
                wrong = frame.copy()
                wrong.loc[place, column] += 1
                found = all(line.agrees for line in lines(name, wrong, known))
                unseen += [(name, place, column)] if found else []
                seen += not found
    assert unseen == [] and seen > 300


def test_predictions_follow_from_the_models_alone(finished):
    check_predictions(finished, MODELS, ["CT", "MRI"])
    check_predictions(finished, MODELS, ["CT", "MRI"], protocol="crossfit")


def test_shap_values_add_up_to_the_final_model_s_log_odds(finished):
    check_shap(finished, "fused")


def test_what_is_simulated_says_so(finished):
    results = finished / "results"
    for path in [*(results / "tables").glob("*.tsv"), results / "predictions.tsv"]:
        assert "SIMULATED DATA" in path.with_suffix(".header.txt").read_text(), path.name
    for path in (results / "figures").glob("*.svg"):
        assert "imulated" in path.read_text(), path.name
    assert "SIMULATED" in (results / "report.html").read_text().upper()
    assert json.loads((results / "provenance.json").read_text())["simulated"] is True


def test_provenance_names_what_the_results_depend_on(finished):
    record = json.loads((finished / "results" / "provenance.json").read_text())
    assert set(record["sheets"]) >= {"patients.tsv", "images.tsv", "radiology.tsv"}
    assert record["backbone"]["weights_sha256"]
    assert record["seeds"] == {
        "simulation.seed": 1,
        "split.seed": 1,
        "score.seed": 1,
        "validation.seed": 1,
        "backbone.finetune.seed": 1,
    }
    assert record["images"]["files"] >= 20 * 3 * 2
    assert record["packages"]["snakemake"]


def test_the_report_is_one_page_without_a_network(finished):
    page = (finished / "results" / "report.html").read_text()
    for name in MODELS:
        assert name in page
    loads = re.findall(r"""(?:src|href)=["'](https?:[^"']*)""", page)
    assert loads == []
    fused = table(finished, "tables/performance.tsv").query(
        "model == 'fused' and cohort == 'test' and protocol == 'published'"
    )
    assert f"{fused['auc'].item():.3f}" in page


def test_the_costs_are_those_of_every_job(finished):
    costs = table(finished, "cost.tsv").set_index("rule")
    benchmarks = finished / "results" / "benchmarks"
    jobs = Counter(path.relative_to(benchmarks).parts[0] for path in benchmarks.rglob("*.tsv"))
    jobs = {name.removesuffix(".tsv"): number for name, number in jobs.items()}
    assert jobs.pop("measure_cost") == jobs.pop("plot_cost") == 1
    assert costs["jobs"].to_dict() == jobs
    per_image = {"simulate_image", "resample_roi", "extract_features"}
    assert set(costs.index[costs["scope"] == "image"]) == per_image
    assert (costs.loc[list(per_image), "jobs"] == 20 * 3).all()
    assert set(costs.index[costs["scope"] == "once"]) == {"export_backbone"}
    # a patient's share of the images': 0.6% of a study of 178
    header = (finished / "results" / "cost.header.txt").read_text()
    images = costs.loc[costs["scope"] == "image", "core_seconds"].sum() / 20
    said = re.search(r"The next patient: ([\d.]+) core-seconds .* for 3 images", header)
    assert float(said[1]) == pytest.approx(images, abs=0.06)
    for kind in ("png", "svg"):
        assert (finished / "results" / "figures" / f"cost.{kind}").is_file()


def test_a_single_table_runs_only_what_it_needs(finished, tmp_path):
    from studies import planned, simulated_study

    fresh = simulated_study(tmp_path, 20, {"CT": ["AP"], "MRI": ["DWI", "T2WI"]})
    target = "results/tables/characteristics_MRI.tsv"
    needed = ("select_training", "collect_training_readings", "fit_radiology")
    assert planned(fresh, target) == dict.fromkeys(needed, 1)


def test_a_bad_study_ends_with_sentences_and_an_exit_code(finished, tmp_path):
    from studies import change_config, simulated_study

    broken = simulated_study(tmp_path, 20, {"CT": ["AP"]})
    change_config(broken, roi={"margin": 3}, split={"test_fractoin": 0.2})
    completed = snakemake(broken)
    printed = completed.stdout + completed.stderr
    assert completed.returncode != 0
    assert "2 problem(s)" in printed
    assert "unknown key 'margin'; did you mean 'margin_mm'?" in printed
    assert "unknown key 'test_fractoin'; did you mean 'test_fraction'?" in printed
    assert "Traceback" not in printed
