"""The calibration figure draws calibration.tsv's groups and calibration_curve.tsv's curves."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from legible import illegible
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from plot_calibration import draw, legend_text, main

from radfuse.figures.plotting import DPI, MM
from radfuse.tables import write_table

X = np.linspace(0.05, 0.9, 7)


def tables(models: list[str], cohorts: list[str]) -> list[pd.DataFrame]:
    """Groups, curves and performance."""
    groups, lines, curves = [], [], []
    for cohort in cohorts:
        for model in models:
            for group, x in enumerate((0.1, 0.4, 0.8), start=1):
                groups.append(
                    ["published", cohort, model, group, 10, 4, x, x + 0.05, x - 0.1, x + 0.2]
                )
            lines.append(["published", cohort, model, 30, 12, -0.12, 0.91])
            curve = pd.DataFrame({"predicted": X, "observed": X**1.1})
            limits = {"observed_low": X**2, "observed_high": X**0.5}
            named = {"protocol": "published", "cohort": cohort, "model": model}
            curves.append(curve.assign(**limits, **named, n=30, events=12))
    names = "protocol cohort model group n events predicted observed observed_low observed_high"
    first = ["protocol", "cohort", "model", "n", "events", "intercept", "slope"]
    frames = [pd.DataFrame(groups, columns=names.split()), pd.concat(curves)]
    return [*frames, pd.DataFrame(lines, columns=first)]


def test_curves_and_one_band_are_the_tables() -> None:
    groups, curves, lines = tables(["R_CT", "DLRS_CT"], ["train"])
    axes = draw(groups, curves, lines).axes[0]
    drawn = [line for line in axes.get_lines() if len(line.get_xdata()) == len(X)]
    assert len(drawn) == 2
    for line, model in zip(drawn, ("R_CT", "DLRS_CT"), strict=True):
        own = curves[curves["model"] == model]
        np.testing.assert_array_equal(line.get_xydata(), own[["predicted", "observed"]])
    (band,) = [each for each in axes.collections if isinstance(each, PolyCollection)]
    assert band.get_facecolor()[0][:3] == pytest.approx(to_rgb(drawn[1].get_color()))
    vertices = band.get_paths()[0].vertices
    own = curves[curves["model"] == "DLRS_CT"]
    assert vertices[:, 1].min() == own["observed_low"].min()
    assert vertices[:, 1].max() == own["observed_high"].max()


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


def test_a_model_without_a_curve_has_its_points_alone() -> None:
    groups, curves, lines = tables(["R_CT"], ["train"])
    assert legend_text(lines.iloc[0]) == "R CT: slope 0.91, intercept −0.12"
    lines["slope"] = np.nan
    assert legend_text(lines.iloc[0]) == "R CT: no slope"
    # a table without rows comes back from its file without types
    axes = draw(groups, curves.iloc[:0].astype(object), lines).axes[0]
    assert len(axes.containers) == 1
    assert not [line for line in axes.get_lines() if len(line.get_xdata()) == len(X)]


def test_main_writes_both_files(tmp_path: Path) -> None:
    paths = {}
    names = ("calibration", "curve", "performance")
    for name, frame in zip(names, tables(["R_CT", "fused"], ["train"]), strict=True):
        paths[name] = str(tmp_path / f"{name}.tsv")
        columns = dict.fromkeys(frame.columns, "as named")
        write_table(frame, paths[name], title=name, columns=columns, simulated=False)
    png, svg = tmp_path / "calibration.png", tmp_path / "calibration.svg"
    main(**paths, png=str(png), svg=str(svg), simulated=False)
    assert "Observed proportion (95% CI)" in svg.read_text(encoding="utf-8")
    assert png.stat().st_size > 0


@pytest.mark.parametrize("modalities", [1, 2, 3, 5])
@pytest.mark.parametrize("cohorts", [1, 2, 3])
def test_every_panel_can_be_read_however_many_there_are(modalities: int, cohorts: int) -> None:
    names = ["CT", "MRI", "PET", "US", "MG"][:modalities]
    models = [f"{kind}_{name}" for name in names for kind in ("R", "DLRS", "DLRR")]
    drawn = tables([*models, "fused"], ["train", "test", "external"][:cohorts])
    figure = draw(*drawn)
    assert illegible(figure) == []
    sides = [axes.get_window_extent().width / DPI / MM for axes in figure.axes]
    assert len(sides) == cohorts * (modalities + 1) and min(sides) > 30  # mm
