"""Which files a study has."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from radfuse.planning import drawn, leftovers, targets


@pytest.fixture
def study() -> SimpleNamespace:
    own = {"CT": ["R_CT", "DLRS_CT", "DLRR_CT"], "US": ["DLRS_US"]}
    return SimpleNamespace(
        config={"backbone": {"transfer": "frozen"}},
        patients=["a", "b"],
        modalities={"CT": {"sequences": ["AP", "VP"]}, "US": {"sequences": ["B"]}},
        imaged_modalities=["CT", "US"],
        scored_modalities=["CT", "US"],
        assessed_modalities=["CT"],
        controlled_modalities=["CT"],
        crossfit=True,
        read_modalities=["CT"],
        models=[*own["CT"], *own["US"], "fused"],
        models_of=own.get,
        top_models=["DLRR_CT", "DLRS_US"],
        final_model="fused",
        resamples=2,
        cohorts=["train", "external"],
        several_centers=False,
        subgroups=[],
        applies=False,
        split=pd.DataFrame({"patient": ["a", "b"], "cohort": "train", "outcome": [0, 1]}),
        image_keys=lambda patients=None: [
            (patient, *place)
            for patient in patients or ["a", "b"]
            for place in (("CT", "AP"), ("CT", "VP"), ("US", "B"))
        ],
    )


def test_files_per_image_are_those_of_the_sheets(study):
    assert targets.per_image(study, "x", ["b"]) == [
        "results/roi/b/CT/AP/x",
        "results/roi/b/CT/VP/x",
        "results/roi/b/US/B/x",
    ]
    assert len(targets.per_image(study, "x")) == 6
    assert targets.features(study, "US") == [
        "results/features/a/US/B.npz",
        "results/features/b/US/B.npz",
    ]


def test_tables_and_figures_follow_the_parts(study):
    tables = targets.tables(study)
    assert "results/tables/characteristics_CT.tsv" in tables
    assert "results/tables/characteristics_US.tsv" not in tables
    assert "results/tables/centers.tsv" not in tables
    assert "results/tables/subgroups.tsv" not in tables
    study.several_centers, study.subgroups = True, ["sex"]
    assert "results/tables/subgroups.tsv" in targets.tables(study)
    assert "results/tables/centers.tsv" in targets.tables(study)
    assert "results/tables/external_balance.tsv" in tables
    study.cohorts = ["train"]
    assert "results/tables/external_balance.tsv" not in targets.tables(study)
    study.cohorts = ["train", "external"]
    figures = {path.split("/")[-1] for path in targets.figures(study)}
    assert {"roc_train.png", "roc_CT.png", "roc_US.png", "examples.png"} <= figures
    assert "roc_external.png" in figures and "roc_test.png" not in figures
    assert {"cohort_flow.png", "design.png", "negative_controls.png"} <= figures
    assert {"stability_CT.png", "score_CT.png", "score_US.png"} <= figures
    assert "stability_US.png" not in figures
    study.final_model = None
    study.imaged_modalities = study.scored_modalities = study.assessed_modalities = []
    assert "results/tables/shap.tsv" not in targets.tables(study)
    left = {path.split("/")[-1] for path in targets.figures(study)}
    assert not {"examples.png", "stability_CT.png", "score_CT.png"} & left


def test_nomograms_of_the_fullest_models(study):
    named = {path for path in targets.tables(study) if "nomogram" in path}
    expected = {f"results/tables/nomogram_{name}.tsv" for name in ("DLRR_CT", "DLRS_US", "fused")}
    assert named == expected
    figures = {path for path in targets.figures(study) if "nomogram" in path}
    assert figures == {path.replace("tables", "figures")[:-3] + "png" for path in expected}


def test_forest_plots_of_the_final_model_or_of_every_fullest(study):
    assert "results/figures/forest.png" not in targets.figures(study)
    study.subgroups = ["sex"]
    assert "results/figures/forest.png" in targets.figures(study)
    assert drawn.forest_models(study) == ["fused"]
    study.final_model = None
    assert drawn.forest_models(study) == study.top_models
    study.cohorts = ["train"]  # where all is apparent
    assert drawn.forest_models(study) == []


def test_one_patient_s_prediction_is_explained(study):
    assert "results/figures/shap_waterfall_b.png" in targets.figures(study)
    others = pd.DataFrame({"patient": ["c", "d", "e"], "cohort": "test", "outcome": [0, 1, 1]})
    study.split = pd.concat([study.split, others])
    assert drawn.example_patient(study) == "d"


def test_learning_curves_where_a_network_learns(study):
    assert "results/figures/learning_curves.png" not in targets.figures(study)
    study.config["backbone"]["transfer"] = "finetune"
    assert "results/figures/learning_curves.png" in targets.figures(study)
    study.imaged_modalities = []
    assert "results/figures/learning_curves.png" not in targets.figures(study)


def test_examples_are_labelled_by_what_they_show(study):
    assert targets.example_labels(study)[::3] == ["b (positive) CT AP", "a (negative) CT AP"]


def test_views_of_the_roc_figures(study):
    assert drawn.roc_view(study, "train") == {"cohort": "train", "models": study.models}
    assert drawn.roc_view(study, "US") == {"cohort": "", "models": ["DLRS_US"]}


def test_results_of_what_went_are_named(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = [*targets.everything(study), *targets.models(study)]
    made += [path.replace(".tsv", ".header.txt") for path in targets.tables(study)]
    made += [path.replace(".png", ".svg") for path in targets.figures(study)]
    made += ["results/figures/shap_waterfall_b.png"]  # that somebody asked for
    for path in map(Path, made):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert leftovers.told(study) == []
    gone = ["tables/selection_MRI.tsv", "tables/selection_MRI.header.txt", "models/R_MRI.json"]
    gone += [f"figures/roc_MRI.{kind}" for kind in ("png", "svg")]
    gone += ["figures/shap_waterfall_c.png"]  # of somebody who is no patient of the study
    for path in gone:
        Path("results", path).touch()
    assert {path.as_posix() for path in leftovers.leftovers(study)} == {
        f"results/{path}" for path in gone
    }
    (told,) = leftovers.told(study)
    assert told.startswith("results/tables/selection_MRI.header.txt, results/tables/selection_MRI.")
    for folder in ("roi/a/CT/AP", "features/training", "controls/features/training"):
        Path("results", folder).mkdir(parents=True)
    assert len(leftovers.told(study)) == 1
    homes = [f"results/{home}/c" for home in ("roi", "features", "controls/patches")]
    homes.append("results/controls/features/c")
    for home in homes:
        Path(home, "CT").mkdir(parents=True)
    assert leftovers.told(study)[1].startswith(
        f"{', '.join(homes[:-1])} and {homes[-1]}: of patients who are not analysed"
    )
    for home in homes:
        shutil.rmtree(home)
    for more in range(34):
        Path(f"results/models/R_{more}.json").touch()
    assert " more: " not in leftovers.told(study)[0]
    for more in range(34, 38):
        Path(f"results/models/R_{more}.json").touch()
    (told,) = leftovers.told(study)
    assert " and 4 more: of an earlier form of this study" in told
    study.cohorts, study.applies = [], True  # no outcome is left: report and manuscript stay
    study.config["apply_models"] = "given"
    left = {path.as_posix() for path in leftovers.leftovers(study)}
    assert {"results/report.html", "results/manuscript/tables.docx"} < left
