"""The ROC figure draws the empirical curve and quotes performance.tsv."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plot_roc import draw, legend_text, main, roc_points
from sklearn.metrics import roc_curve

from radfuse.figures.plotting import model_styles
from radfuse.tables import write_table

MODELS = ["R_CT", "DLRS_CT", "R_MRI", "fused"]


def predictions(cohorts: tuple[str, ...] = ("train", "test")) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    parts = []
    for cohort in cohorts:
        outcome = np.repeat([1.0, 0.0], 15)
        for model in MODELS:
            p = np.round(1 / (1 + np.exp(1 - 2 * outcome + generator.normal(size=30))), 2)
            ids = [f"{cohort}{i}" for i in range(30)]
            parts.append(pd.DataFrame({"patient": ids, "model": model, "probability": p}))
            parts[-1] = parts[-1].assign(cohort=cohort, outcome=outcome, protocol="published")
    return pd.concat(parts, ignore_index=True)


def performance(cohorts: tuple[str, ...] = ("train", "test")) -> pd.DataFrame:
    rows = [
        ["published", cohort, model, 30, 15, 0.9 - i / 100, 0.8, 0.95, 0.8, 0.7]
        for cohort in cohorts
        for i, model in enumerate(MODELS)
    ]
    first = ["protocol", "cohort", "model", "n", "events", "auc", "auc_low", "auc_high"]
    return pd.DataFrame(rows, columns=[*first, "sensitivity", "specificity"])


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(
        lambda pairs: len({positive for positive, _ in pairs}) == 2
    )
)
def test_the_curve_is_scikit_learns(pairs: list[tuple[bool, int]]) -> None:
    outcome = np.array([float(positive) for positive, _ in pairs])
    probability = np.array([level / 6 for _, level in pairs])
    x, y, _ = roc_curve(outcome, probability, drop_intermediate=False)
    found = roc_points(outcome, probability)
    np.testing.assert_allclose(found, (x, y), atol=1e-12)


def test_a_known_curve_with_a_tie() -> None:
    outcome, probability = np.array([1, 1, 0, 0]), np.array([0.9, 0.5, 0.5, 0.1])
    x, y = roc_points(outcome, probability)
    assert (list(x), list(y)) == ([0, 0, 0.5, 1], [0, 0.5, 1, 1])


def test_legends_and_titles_quote_the_tables() -> None:
    figure = draw(predictions(), performance(), ["train", "test", "external"], MODELS)
    train, test = figure.axes
    assert train.get_title() == "Training cohort (n = 30, 15 positive)"
    assert test.get_title() == "Test cohort (n = 30, 15 positive)"
    legend = train.get_legend()
    assert legend.get_title().get_text() == "AUC (95% CI)"
    assert [text.get_text() for text in legend.get_texts()] == [
        "R CT  0.900 (0.800–0.950)",
        "DLRS CT  0.890 (0.800–0.950)",
        "R MRI  0.880 (0.800–0.950)",
        "Fused  0.870 (0.800–0.950)",
    ]


def test_drawn_vertices_are_the_patients() -> None:
    frame = predictions()
    axes = draw(frame, performance(), ["test"], ["fused"]).axes[0]
    own = frame[(frame["cohort"] == "test") & (frame["model"] == "fused")]
    x, y, _ = roc_curve(own["outcome"], own["probability"], drop_intermediate=False)
    lines = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_allclose(lines["Fused  0.870 (0.800–0.950)"].get_xydata(), np.c_[x, y])
    markers = [line.get_xydata()[0] for line in axes.get_lines() if len(line.get_xdata()) == 1]
    np.testing.assert_allclose(markers, [[0.3, 0.8]])


def test_a_modalitys_figure_keeps_the_studys_colours() -> None:
    axes = draw(predictions(), performance(), ["train"], ["R_MRI"]).axes[0]
    colour = model_styles(MODELS)["R_MRI"].colour
    drawn = [line.get_color() for line in axes.get_lines() if "MRI" in line.get_label()]
    assert drawn == [colour]


def test_the_legend_leaves_the_panel_where_a_curve_would_lie_under_it() -> None:
    frame, table = predictions(), performance()
    turned = frame.assign(probability=1 - frame["probability"])
    for predicted, models, inside in [
        (frame, MODELS, True),
        (turned, MODELS, False),
        (turned.where(turned["model"] != "fused", frame), ["fused"], True),
    ]:
        figure = draw(predicted, table, ["test"], models)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        legend = axes.get_legend().get_window_extent()
        assert (legend.y0 > axes.get_window_extent().y0) == inside
        lowest = min(np.interp(0.35, *line.get_xydata().T) for line in axes.get_lines()[1:])
        if inside:
            top = axes.transData.inverted().transform((legend.x0, legend.y1))
            assert lowest > top[1] or top[0] > 0.35


def test_fewer_patients_and_undefined_aucs_are_said() -> None:
    row = performance().iloc[0]
    assert legend_text(row, 32) == "R CT  0.900 (0.800–0.950), n = 30"
    row[["auc", "auc_low", "auc_high"]] = np.nan
    assert legend_text(row, 30) == "R CT  not estimable"


def test_a_cohort_of_one_class_has_no_curve() -> None:
    frame = predictions(("train", "external"))
    frame.loc[frame["cohort"] == "external", "outcome"] = 1.0
    table = performance(("train", "external"))
    blank = ["auc", "auc_low", "auc_high", "specificity"]
    table.loc[table["cohort"] == "external", blank] = np.nan
    _, external = draw(frame, table, ["train", "external"], MODELS).axes
    assert all("not estimable" in text.get_text() for text in external.get_legend().get_texts())


def test_unlabelled_patients_other_protocols_and_blank_probabilities_are_not_drawn() -> None:
    frame = predictions(("train",))
    known = draw(frame, performance(("train",)), ["train"], ["R_CT"]).axes[0].get_lines()
    extra = frame.assign(patient="x" + frame["patient"], outcome=np.nan, cohort="unlabelled")
    other = frame.assign(protocol="crossfit", probability=0.5)
    blank = frame.assign(patient="y" + frame["patient"], probability=np.nan)
    more = pd.concat([frame, extra, other, blank], ignore_index=True)
    drawn = draw(more, performance(("train",)), ["train"], ["R_CT"]).axes[0].get_lines()
    for before, after in zip(known, drawn, strict=True):
        np.testing.assert_array_equal(before.get_xydata(), after.get_xydata())


@pytest.mark.parametrize("cohort", ["train", ""])
def test_main_writes_both_files(tmp_path: Path, cohort: str) -> None:
    paths = {}
    for name, frame in (("predictions", predictions()), ("performance", performance())):
        paths[name] = str(tmp_path / f"{name}.tsv")
        columns = dict.fromkeys(frame.columns, "as named")
        write_table(frame, paths[name], title=name, columns=columns, simulated=True)
    png, svg = tmp_path / "roc.png", tmp_path / "roc.svg"
    main(**paths, cohort=cohort, models=MODELS, png=str(png), svg=str(svg), simulated=True)
    drawing = svg.read_text(encoding="utf-8")
    assert drawing.count("AUC (95% CI)") == (1 if cohort else 2)
    assert "Simulated data" in drawing
    assert png.stat().st_size > 0
