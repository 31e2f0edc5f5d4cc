"""The calibration figure draws calibration.tsv's groups and performance.tsv's line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plot_calibration import draw, legend_text, main, recalibration

from radfuse.tables import write_table


def tables(models: list[str], cohorts: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    groups, lines = [], []
    for cohort in cohorts:
        for model in models:
            for group, x in enumerate((0.1, 0.4, 0.8), start=1):
                groups.append(
                    ["published", cohort, model, group, 10, 4, x, x + 0.05, x - 0.1, x + 0.2]
                )
            lines.append(["published", cohort, model, 30, 12, -0.12, 0.91])
    names = "protocol cohort model group n events predicted observed observed_low observed_high"
    first = ["protocol", "cohort", "model", "n", "events", "intercept", "slope"]
    return pd.DataFrame(groups, columns=names.split()), pd.DataFrame(lines, columns=first)


def test_the_line_is_the_logistic_recalibration() -> None:
    x, y = recalibration([0.2, 0.7], 0.0, 1.0)
    np.testing.assert_allclose(x, y)
    assert (x.min(), x.max()) == (0.2, 0.7)
    # odds of 1 at p = 0.5 become exp(intercept), whatever the slope
    x, y = recalibration([0.5, 0.75], np.log(3), 2.0)
    assert y[0] == pytest.approx(0.75)
    assert y[-1] == pytest.approx(27 / 28)  # odds 3 squared, times 3


def test_certain_predictions_have_no_logit() -> None:
    x, y = recalibration([0.0, 1.0], 0.0, 1.0)
    assert x.min() > 0 and x.max() < 1 and np.isfinite(y).all()


def test_a_panel_per_modality_and_cohort() -> None:
    figure = draw(*tables(["R_CT", "DLRS_CT", "R_MRI", "fused"], ["train", "test"]))
    assert len(figure.axes) == 6
    titles = [axes.get_legend().get_title().get_text() for axes in figure.axes]
    assert (
        titles
        == ["Training cohort (n = 30, 12 positive)"] * 3 + ["Test cohort (n = 30, 12 positive)"] * 3
    )
    texts = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in figure.axes]
    assert texts[0] == [f"{name} CT: slope 0.91, intercept −0.12" for name in ("R", "DLRS")]
    assert texts[2] == ["Fused: slope 0.91, intercept −0.12"]


@pytest.mark.parametrize(("cohorts", "panels"), [(["train"], 1), (["train", "test"], 2)])
def test_one_modality_has_its_cohorts_side_by_side(cohorts: list[str], panels: int) -> None:
    figure = draw(*tables(["R_CT", "DLRS_CT"], cohorts))
    assert len(figure.axes) == panels
    assert {axes.get_subplotspec().rowspan.start for axes in figure.axes} == {0}


def test_points_and_intervals_are_the_tables() -> None:
    axes = draw(*tables(["R_CT"], ["train"])).axes[0]
    points, _, (bars,) = axes.containers[0]
    np.testing.assert_allclose(points.get_xydata(), [[0.1, 0.15], [0.4, 0.45], [0.8, 0.85]])
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    np.testing.assert_allclose(ends, [[0.0, 0.3], [0.3, 0.6], [0.7, 1.0]], atol=1e-12)


def test_a_blank_slope_has_no_line() -> None:
    groups, lines = tables(["R_CT"], ["train"])
    assert legend_text(lines.iloc[0]) == "R CT: slope 0.91, intercept −0.12"
    with_line = len(draw(groups, lines).axes[0].get_lines())
    lines["slope"] = np.nan
    assert legend_text(lines.iloc[0]) == "R CT: no recalibration line"
    assert len(draw(groups, lines).axes[0].get_lines()) == with_line - 1


def test_main_writes_both_files(tmp_path: Path) -> None:
    paths = {}
    names = ("calibration", "performance")
    for name, frame in zip(names, tables(["R_CT", "fused"], ["train"]), strict=True):
        paths[name] = str(tmp_path / f"{name}.tsv")
        columns = dict.fromkeys(frame.columns, "as named")
        write_table(frame, paths[name], title=name, columns=columns, simulated=False)
    png, svg = tmp_path / "calibration.png", tmp_path / "calibration.svg"
    main(**paths, png=str(png), svg=str(svg), simulated=False)
    assert "Observed proportion (95% CI)" in svg.read_text(encoding="utf-8")
    assert png.stat().st_size > 0
