"""All models on other divisions of the patients, a job each, through to the report."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from studies import change_config, planned, run, table

pytestmark = pytest.mark.workflow

LAST = dict.fromkeys(
    (
        *("collect_resamples", "plot_resampling", "record_provenance", "write_report"),
        *("measure_cost", "plot_cost", "format_tables", "write_draft", "fill_checklists"),
        "plot_design",  # which names how many divisions there are
        "reconcile_counts",
    ),
    1,
)


@pytest.fixture
def study(finished, tmp_path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    change_config(folder, validation={"resamples": 3})
    return folder


def test_a_job_per_division_and_nothing_else_of_a_finished_study(study):
    assert planned(study) == {"validate_resample": 3, **LAST}
    run(study, "all", "results/resampling/1.tsv")
    results = study / "results"
    assert sorted(path.stem for path in (results / "resampling").glob("?.tsv")) == list("1234")
    summary = table(study, "tables/resampling.tsv")
    assert (summary["resamples"] == 3).all()
    performance = table(study, "tables/performance.tsv")
    models = list(dict.fromkeys(performance["model"]))
    assert list(dict.fromkeys(summary.loc[summary["against"].isna(), "model"])) == models
    assert summary["measure"].value_counts()["auc difference"] == 10

    # the study's own division is that of seed 1, so are its results, and it is none of the others
    published = performance.query("protocol == 'published' and cohort == 'test'")
    first = table(study, "resampling/1.tsv").query("against.isna()")
    assert first["problem"].isna().all()
    columns = ["model", "n", "events", "auc", "slope", "sensitivity", "specificity", "threshold"]
    pd.testing.assert_frame_equal(
        first[columns].reset_index(drop=True), published[columns].reset_index(drop=True)
    )
    for name in ("figures/resampling.png", "figures/resampling.svg"):
        assert (results / name).stat().st_size > 1000
    report = (results / "report.html").read_text()
    assert "Other divisions of the patients" in report
    assert "Built anew on 3 other divisions of the patients, Fused had a median test AUC" in report

    # one more division is one more job, and the same division has the same bytes
    before = (results / "resampling" / "2.tsv").read_bytes()
    assert planned(study) == {}
    change_config(study, validation={"resamples": 4})
    assert planned(study) == {"validate_resample": 1, **LAST}
    (results / "resampling" / "2.tsv").unlink()
    run(study, "results/resampling/2.tsv")
    assert (results / "resampling" / "2.tsv").read_bytes() == before


def test_no_division_where_a_part_would_lack_a_class(study):
    change_config(study, split={"test_fraction": 0.0})
    assert not {"validate_resample", "collect_resamples", "plot_resampling"} & set(planned(study))
