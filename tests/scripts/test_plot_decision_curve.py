"""Decision curves draw what decision_curve.tsv says."""

from pathlib import Path

import numpy as np
import pandas as pd
from plot_decision_curve import draw, main

from radfuse.figures.plotting import model_styles
from radfuse.tables import write_table

MODELS = ["R_CT", "DLRS_CT", "fused"]


def test_a_cohort_in_which_nobody_is_decided_on_has_a_panel():
    frame = decision_curve()
    nobody = frame["cohort"] == "test"
    frame = frame[~nobody | frame["model"].str.startswith("treat")]
    frame.loc[frame["cohort"] == "test", ["net_benefit", "n", "events"]] = [float("nan"), 0, 0]
    assert len(draw(frame).axes) == 2


def decision_curve(cohorts: tuple[str, ...] = ("train", "test")) -> pd.DataFrame:
    thresholds = np.array([0.1, 0.2, 0.5, 0.9])
    prevalence, rows = 0.25, []
    curves = {model: 0.2 - 0.01 * i + 0 * thresholds for i, model in enumerate(MODELS)}
    curves["treat all"] = prevalence - (1 - prevalence) * thresholds / (1 - thresholds)
    curves["treat none"] = 0 * thresholds
    for cohort in cohorts:
        for model, values in curves.items():
            rows += [
                ["published", cohort, model, threshold, value, 40, 10, value - 0.05, value + 0.1]
                for threshold, value in zip(thresholds, values, strict=True)
            ]
    names = "protocol cohort model threshold net_benefit n events net_benefit_low net_benefit_high"
    return pd.DataFrame(rows, columns=names.split())


def test_one_band_that_of_the_fullest_model() -> None:
    frame = decision_curve()
    for axes, cohort in zip(draw(frame).axes, ("train", "test"), strict=True):
        (band,) = axes.collections
        rows = frame[(frame["cohort"] == cohort) & (frame["model"] == "fused")]
        vertices = {tuple(point) for point in band.get_paths()[0].vertices}
        for column in ("net_benefit_low", "net_benefit_high"):
            assert set(map(tuple, rows[["threshold", column]].to_numpy())) <= vertices


def test_every_curve_is_the_tables() -> None:
    frame = decision_curve()
    figure = draw(frame)
    for axes, cohort in zip(figure.axes, ("train", "test"), strict=True):
        rows = frame[frame["cohort"] == cohort]
        for line, (_, curve) in zip(
            axes.get_lines(), rows.groupby("model", sort=False), strict=True
        ):
            vertices = curve[["threshold", "net_benefit"]].to_numpy()
            np.testing.assert_array_equal(line.get_xydata(), vertices)


def test_titles_legend_and_colours() -> None:
    figure = draw(decision_curve())
    assert [axes.get_title() for axes in figure.axes] == [
        "Training cohort (n = 40, 10 positive)",
        "Test cohort (n = 40, 10 positive)",
    ]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    named = ["R CT", "DLRS CT", "Fused", "Fused, 95% interval", "Treat all", "Treat none"]
    assert sorted(texts) == sorted(named)
    lines = {line.get_label(): line.get_color() for line in figure.axes[0].get_lines()}
    assert lines["DLRS CT"] == model_styles(MODELS)["DLRS_CT"].colour


def test_the_panel_shows_the_models_not_the_abyss() -> None:
    axes = draw(decision_curve(("train",))).axes[0]
    low, high = axes.get_ylim()
    assert low > -0.1  # treat all falls to -6.5
    assert high > 0.25  # the prevalence, which is the most that can be gained


def test_a_cohort_without_events_or_benefit_does_not_crash() -> None:
    frame = decision_curve(("train", "external"))
    frame.loc[frame["cohort"] == "external", ["net_benefit", "events"]] = [np.nan, 0]
    _, external = draw(frame).axes
    assert np.isfinite(external.get_ylim()).all()


def test_main_writes_both_files(tmp_path: Path) -> None:
    frame, path = decision_curve(("train",)), tmp_path / "decision_curve.tsv"
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title="curves", columns=columns, simulated=True)
    png, svg = tmp_path / "figure.png", tmp_path / "figure.svg"
    main(decision_curve=str(path), png=str(png), svg=str(svg), simulated=True)
    assert "Treat none" in svg.read_text(encoding="utf-8") and png.stat().st_size > 0
