"""Negative controls: through the whole workflow, and next to nothing else."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studies import (
    change_config,
    planned,
    read,
    run,
    simulated_study,
    table,
    without_simulation,
    write,
)

from radfuse.report.control_verdicts import unbeaten
from radfuse.statistics.delong import paired_test

pytestmark = pytest.mark.workflow

PER_IMAGE = ("simulate_image", "resample_roi", "extract_features")
ON = {"validation": {"negative_controls": True}}
TABLE = "results/tables/negative_controls.tsv"


@pytest.fixture(scope="module")
def compared(finished, tmp_path_factory) -> Path:
    """A finished study without controls, which are then switched on: no other image job runs."""
    study = tmp_path_factory.mktemp("controls") / "study"
    shutil.copytree(finished, study, copy_function=shutil.copy2)
    change_config(study, **ON)
    jobs = planned(study, TABLE)
    assert not set(PER_IMAGE) & set(jobs)
    labelled = table(study, "cohort/split.tsv")["outcome"].notna().sum()
    assert jobs["cut_controls"] == jobs["extract_controls"] == 3 * labelled
    run(study, "results/report.html", "results/manuscript/methods_and_results.docx")
    return study


def features(study: Path, control: str, folder: str = "") -> pd.DataFrame:
    return pd.read_parquet(study / "results" / "controls" / folder / f"{control}_CT.parquet")


def test_every_number_follows_from_the_control_s_own_files(compared):
    """AUCs and P from features and weights by hand; cohorts and protocols as the lesions'."""
    rows = table(compared, "tables/negative_controls.tsv").query("modality == 'CT'")
    order = ["protocol", "cohort", "control"]
    assert [tuple(row) for row in rows[order].to_numpy()] == [
        (protocol, cohort, control)
        for protocol, cohort in (
            ("published", "train"),
            ("published", "test"),
            ("crossfit", "train"),
        )
        for control in ("shuffled", "background")
    ]
    predictions = table(compared, "predictions.tsv").query("model == 'DLRS_CT'")
    for row in rows.to_dict("records"):
        path = compared / "results" / "controls" / "models" / f"{row['control']}_CT.json"
        model = json.loads(path.read_text())
        matrix = features(compared, row["control"]).dropna()
        scores = pd.Series(model["crossfit"])
        if row["protocol"] == "published":
            weights = pd.Series(model["score"]["weights"])
            scores = matrix[weights.index].astype(float) @ weights
        own = predictions.query("protocol == 'published' and cohort == @row['cohort']")
        own = own.set_index("patient")[["outcome", "probability"]]
        if row["protocol"] == "crossfit":
            folds = table(compared, "crossfit/scores_CT.tsv").set_index("patient")
            own["probability"] = folds["score"]
        own = own.join(scores.rename("control"), how="inner")
        test = paired_test(own["outcome"], own["probability"], own["control"])
        assert row["n"] == len(own) and row["events"] == own["outcome"].sum()
        assert row["auc_lesion"] == pytest.approx(test.auc_a)
        assert row["auc"] == pytest.approx(test.auc_b)
        assert row["difference"] == pytest.approx(test.difference)
        assert pd.isna(row["difference_low"]) == (row["protocol"] == "crossfit")


def test_controls_are_of_the_lesion_s_features_and_not_the_lesion_s_values(compared):
    lesion = pd.read_parquet(compared / "results" / "features" / "CT.parquet")
    for control in ("shuffled", "background"):
        matrix = features(compared, control)
        assert list(matrix.columns) == list(lesion.columns)
        assert set(matrix.index) <= set(lesion.index)
        assert control == "background" or list(matrix.index) == list(lesion.index)
        assert not np.isclose(matrix, lesion.loc[matrix.index]).all(axis=1).any()
        training = features(compared, control, "training")
        pd.testing.assert_frame_equal(training, matrix.loc[training.index])
        split = table(compared, "cohort/split.tsv").set_index("patient")["cohort"]
        in_training = set(split.index[split == "train"])
        assert set(training.index) == in_training & set(matrix.index)


def test_the_report_the_tables_and_the_draft_show_them(compared):
    page = (compared / "results" / "report.html").read_text(encoding="utf-8")
    assert 'id="controls"' in page
    rows = table(compared, "tables/negative_controls.tsv")
    judged = rows[(rows["cohort"] != "train") | (rows["protocol"] == "crossfit")]
    tested = rows[rows["cohort"] == "test"]
    unbeaten = (~(tested["difference_low"] > 0)).sum()
    assert page.count("Negative control, ") == unbeaten > 0
    counted = table(compared, "tables/reconciliation.tsv")
    assert (counted["table"] == "negative_controls").sum() == len(rows)
    draft = (compared / "results/manuscript/methods_and_results.md").read_text(encoding="utf-8")
    assert "negative controls" in draft
    for row in rows[rows["cohort"] == "test"].to_dict("records"):
        assert f"{row['auc']:.3f}" in draft
    drawing = (compared / "results" / "figures" / "negative_controls.svg").read_text()
    for text in ("Shuffled", "Background", "Test cohort (n = "):
        assert text in drawing
    for row in judged.to_dict("records"):
        assert f">{row['auc']:.2f} (" in drawing


def test_a_test_patient_s_image_makes_no_control_be_fitted_again(compared, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(compared, folder, copy_function=shutil.copy2)
    split = read(folder / "results" / "cohort" / "split.tsv")
    tested = split.loc[split["cohort"] == "test", "patient"].iloc[0]
    for kind in ("image", "mask"):
        other = folder / "images" / split.loc[split["cohort"] == "train", "patient"].iloc[0]
        source = other / "CT" / "AP" / f"{kind}.nii.gz"
        shutil.copy(source, folder / "images" / tested / "CT" / "AP" / f"{kind}.nii.gz")
    jobs = planned(folder, TABLE)
    assert jobs["cut_controls"] == jobs["extract_controls"] == 1
    assert not {"fit_control", "assemble_training_controls"} & set(jobs)


def test_images_cropped_to_their_lesions_have_no_background_and_the_table_says_so(tmp_path):
    whole = {"split": {"test_fraction": 0}}
    folder = simulated_study(tmp_path / "study", 8, {"CT": ["AP"]}, radiology=False, **whole, **ON)
    run(folder, "--until", "simulate_image")
    crop_to_lesions(folder)
    run(folder, TABLE, "results/tables/reconciliation.tsv", "results/figures/negative_controls.png")
    rows = table(folder, "tables/negative_controls.tsv").set_index("control")
    background = rows.loc[["background"]]
    assert (background["n"] == 0).all() and (background["without"] > 0).all()
    assert background["auc"].isna().all()
    shuffled = rows.loc[["shuffled"]]
    assert (shuffled["without"] == 0).all() and shuffled["auc"].notna().all()
    told = unbeaten(rows.reset_index())
    assert sum("could not be compared" in sentence for sentence in told) == 1


def crop_to_lesions(folder: Path) -> None:
    """Every image and mask as an export that holds nothing but the lesion and 3 voxels more."""
    import SimpleITK as sitk

    without_simulation(folder)
    images = read(folder / "images.tsv")
    for row in images.itertuples():
        mask = sitk.ReadImage(str(folder / row.mask))
        shape = sitk.LabelShapeStatisticsImageFilter()
        shape.Execute(mask)
        box = shape.GetBoundingBox(1)
        start = [max(each - 3, 0) for each in box[:3]]
        stop = [
            min(a + n + 3, size)
            for a, n, size in zip(box[:3], box[3:], mask.GetSize(), strict=True)
        ]
        for path in (row.image, row.mask):
            whole = sitk.ReadImage(str(folder / path))
            part = whole[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
            sitk.WriteImage(part, str(folder / path))
    images[["mask_repeat", "mask_reader2"]] = ""
    write(images, folder / "images.tsv")
