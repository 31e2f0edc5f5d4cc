"""The SHAP figures draw what shap.tsv says."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plot_shap import (
    draw_importance,
    draw_summary,
    importance,
    main,
    scaled,
    swarm_offsets,
)

from radfuse.tables import read_table, write_table


def shap() -> pd.DataFrame:
    rows = []
    for i in range(12):
        cohort = "train" if i < 8 else "test" if i < 11 else "unlabelled"
        for covariate, label, size in (
            ("CT:cirrhosis", "Cirrhosis (CT)", -0.5),
            ("DLRS_CT", "Score & more (CT)", 2.0),
        ):
            value = float(i % 2) if size < 0 else i / 10
            rows.append([f"P{i:02d}", cohort, "fused", covariate, label, value])
            rows[-1] += [size * (value - 0.5), -1.4, 8, 3]
    names = "patient cohort model covariate label value shap base_value n events"
    return pd.DataFrame(rows, columns=names.split())


def labelled() -> pd.DataFrame:
    return shap()[lambda frame: frame["cohort"] != "unlabelled"]


def test_importance_is_the_mean_size_per_cohort_largest_first() -> None:
    means = importance(labelled())
    assert list(means.index) == ["DLRS_CT", "CT:cirrhosis"]
    assert list(means.columns) == ["train", "test"]
    # |2 (v - 0.5)| for v = 0.0 ... 0.7
    assert means.loc["DLRS_CT", "train"] == pytest.approx(2 * 1.8 / 8)
    assert means.loc["CT:cirrhosis", "test"] == pytest.approx(0.25)


def test_the_bars_are_those_means() -> None:
    axes = draw_importance(labelled()).axes[0]
    for cohort, bars in zip(("train", "test"), axes.containers, strict=True):
        widths = [bar.get_width() for bar in bars]
        np.testing.assert_allclose(widths, importance(labelled())[cohort])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "Training cohort (n = 8)",
        "Test cohort (n = 3)",
    ]


def test_the_swarm_has_a_point_per_patient_at_its_value() -> None:
    frame = labelled()
    axes = draw_summary(frame).axes[0]
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["Score & more (CT)", "Cirrhosis (CT)"]
    for swarm, covariate in zip(axes.collections, ("DLRS_CT", "CT:cirrhosis"), strict=True):
        own = frame[frame["covariate"] == covariate]
        drawn = np.sort(np.asarray(swarm.get_offsets())[:, 0])
        np.testing.assert_allclose(drawn, np.sort(own["shap"]))
    assert axes.get_title() == "Fused model, 11 patients"
    assert axes.get_xlabel().endswith("mean of the training cohort, n = 8, 3 positive")


def test_points_of_equal_value_stay_in_their_row_and_apart() -> None:
    offsets = swarm_offsets(np.zeros(101))
    assert len(set(offsets)) == 101
    assert np.abs(offsets).max() <= 0.38 + 1e-12
    assert swarm_offsets(np.array([0.0, 1.0])).tolist() == [0.0, 0.0]


def test_colours_run_from_the_lowest_to_the_highest_value() -> None:
    assert scaled(pd.Series([5.0, 10.0, 7.5])).tolist() == [0.0, 1.0, 0.5]
    assert scaled(pd.Series([3.0, 3.0])).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("empty", [False, True])
def test_main_writes_all_files_even_when_nothing_explains(tmp_path: Path, empty: bool) -> None:
    frame, path = shap().iloc[: 0 if empty else None], tmp_path / "shap.tsv"
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title="shap", columns=columns, simulated=True)
    outputs = {
        f"{kind}_{end}": str(tmp_path / f"{kind}.{end}")
        for kind in ("summary", "importance")
        for end in ("png", "svg")
    }
    main(shap=str(path), **outputs, simulated=True)
    said = "no covariates to explain" if empty else "Score &amp; more"
    assert said in Path(outputs["summary_svg"]).read_text(encoding="utf-8")
    assert "P11" in set(read_table(path)["patient"]) or empty
    unlabelled_too = "Fused model, 12 patients"
    assert unlabelled_too not in Path(outputs["summary_svg"]).read_text(encoding="utf-8")
