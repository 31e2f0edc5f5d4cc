"""The score's figure draws the model's path and the covariates' scores."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plot_score import (
    RULES,
    apart,
    coefficients,
    draw,
    main,
    penalty_text,
    strongest,
    threshold_score,
)
from scipy.special import expit

from radfuse.figures.plotting import model_styles
from radfuse.modelling.models import write_model
from radfuse.tables import write_table

MODELS = ["R_CT", "DLRS_CT", "R_MRI", "DLRS_MRI", "fused"]
COLOUR = model_styles(MODELS)["DLRS_CT"].colour


def model(rule: str = "min") -> dict:
    path = {
        "lambda": [0.8, 0.4, 0.2, 0.1],
        "deviance": [1.2, 1.0, 0.9, 1.1],
        "standard_error": [0.05, 0.12, 0.1, 0.2],
        "selected": [0, 1, 2, 3],
        "coefficients": [{}, {"2": 0.1}, {"2": 0.2, "11": -0.3}, {"1": 0.05, "2": 0.4, "11": -0.5}],
    }
    score = {"lambda": 0.2 if rule == "min" else 0.4, "lambda_rule": rule, "components": 12}
    score |= {"lambda_min": 0.2, "lambda_1se": 0.4, "folds": 5, "whiten": False, "path": path}
    covariate = {"name": "DLRS_CT", "coefficient": 2.0}
    sizes = {"model": "DLRS_CT", "modality": "CT", "n": 24, "events": 8}
    return {**sizes, "intercept": -0.5, "threshold": 0.4, "covariates": [covariate], "score": score}


def covariates(cohorts: tuple[str, ...] = ("train", "test")) -> pd.DataFrame:
    generator = np.random.default_rng(4)
    cohort = np.repeat(cohorts, [24, 12, 9][: len(cohorts)])
    outcome = (np.arange(len(cohort)) % 3 == 0).astype(float)
    frame = pd.DataFrame({"patient": [f"P{i:03d}" for i in range(len(cohort))], "cohort": cohort})
    return frame.assign(outcome=outcome, DLRS_CT=outcome + generator.normal(size=len(cohort)))


def test_the_deviance_is_the_models_path() -> None:
    axes = draw(model(), covariates(), MODELS).axes[0]
    points, _, (errors,) = axes.containers[0]
    path = model()["score"]["path"]
    np.testing.assert_allclose(points.get_xydata(), np.c_[np.log(path["lambda"]), path["deviance"]])
    ends = [segment[:, 1] for segment in errors.get_segments()]
    mean, error = np.array(path["deviance"]), np.array(path["standard_error"])
    np.testing.assert_allclose(ends, np.c_[mean - error, mean + error])
    assert points.get_color() == COLOUR
    assert axes.get_title() == "5-fold cross-validation"


def test_both_penalties_are_marked_and_named_in_both_panels() -> None:
    figure = draw(model(), covariates(), MODELS)
    for axes in figure.axes[:2]:
        marks = [line for line in axes.get_lines() if list(line.get_ydata()) == [0, 1]]
        places = [line.get_xdata()[0] for line in marks]
        np.testing.assert_allclose(places, np.log([0.2, 0.4]))
        above = axes.child_axes[0]
        np.testing.assert_allclose(above.get_xticks(), np.log([0.8, 0.4, 0.2, 0.1]))
        assert [text.get_text() for text in above.get_xticklabels()] == ["0", "1", "2", "3"]
    assert RULES["min"] != RULES["1se"]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == [
        "λ min = 0.200, 2 of 12 components (used)",
        "λ 1se = 0.400, 1 of 12 components",
        "Positive",
        "Negative",
        "Median",
        "Threshold of the training cohort",
    ]
    assert penalty_text(model("1se")["score"], "1se").endswith("1 of 12 components (used)")


def test_a_line_per_component_in_colour_where_the_used_penalty_selects_it() -> None:
    frame = coefficients(model()["score"]["path"])
    assert list(frame) == ["1", "2", "11"]
    assert frame["2"].tolist() == [0, 0.1, 0.2, 0.4]
    for rule, coloured in (("min", ["2", "11"]), ("1se", ["2"])):
        axes = draw(model(rule), covariates(), MODELS).axes[1]
        lines = [line for line in axes.get_lines() if len(line.get_xdata()) == 4]
        for line, component in zip(lines, frame, strict=True):
            np.testing.assert_allclose(line.get_ydata(), frame[component])
            assert (line.get_color() == COLOUR) == (component in coloured)
        named = {text.get_text() for text in axes.texts}
        assert named == {f"PC{component}" for component in coloured}


def test_names_are_those_of_the_strongest_and_keep_apart() -> None:
    frame = pd.DataFrame({str(place): [place / 10 * (-1) ** place] for place in range(9)})
    assert strongest(frame, 0) == ["8", "7", "6", "5", "4"]
    assert strongest(frame * 0, 0) == []
    moved = apart(np.array([0.0, 0.01, 0.02, 1.0]), 0.1)
    assert (np.diff(moved) >= 0.1 - 1e-12).all()
    assert moved.mean() == pytest.approx(0.2575)
    assert len(apart(np.array([]), 0.1)) == 0


def test_every_patient_stands_at_the_score_with_its_group_and_median() -> None:
    frame = covariates(("train", "test", "external"))
    axes = draw(model(), frame, MODELS).axes[2]
    lines = [line for line in axes.get_lines() if line.get_marker() == "s"]
    medians = [line for line in axes.get_lines() if line.get_linewidth() == 1.6]
    groups = list(frame.groupby(["cohort", "outcome"], sort=False))
    order = [(c, o) for c in ("train", "test", "external") for o in (0, 1)]
    for line, median, key in zip(lines, medians, order, strict=True):
        own = dict(groups)[key]["DLRS_CT"]
        np.testing.assert_allclose(np.sort(line.get_ydata()), np.sort(own))
        np.testing.assert_allclose(median.get_ydata(), own.median())
        assert line.get_markerfacecolor() == (COLOUR if key[1] else "white")
    assert [text.get_text() for text in axes.get_xticklabels()] == [
        "Training\nn = 24\n8 positive",
        "Test\nn = 12\n4 positive",
        "External\nn = 9\n3 positive",
    ]


def test_the_threshold_is_where_the_probability_is() -> None:
    place = threshold_score(model())
    assert expit(-0.5 + 2.0 * place) == pytest.approx(0.4)
    flat = {**model(), "covariates": [{"coefficient": 0.0}]}
    assert np.isnan(threshold_score(flat)) and np.isnan(
        threshold_score({**model(), "threshold": 1})
    )


def test_unlabelled_patients_and_missing_scores_are_not_drawn() -> None:
    frame = covariates(("train",))
    frame.loc[0, "DLRS_CT"] = np.nan
    extra = frame.assign(cohort="unlabelled", outcome=np.nan)
    axes = draw(model(), pd.concat([frame, extra]), MODELS).axes[2]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["Training\nn = 23\n7 positive"]


def test_a_score_that_selected_nothing_is_drawn_too() -> None:
    nothing = model()
    nothing["score"]["path"] |= {"selected": [0] * 4, "coefficients": [{}] * 4}
    nothing["covariates"][0]["coefficient"] = 0.0
    figure = draw(nothing, covariates().assign(DLRS_CT=-1.0), MODELS)
    assert not figure.axes[1].texts
    assert np.isfinite(figure.axes[1].get_ylim()).all()


@pytest.mark.parametrize("simulated", [True, False])
def test_main_writes_both_files(tmp_path: Path, simulated: bool) -> None:
    frame = covariates()
    columns = dict.fromkeys(frame.columns, "as named")
    paths = {"model": str(tmp_path / "m.json"), "covariates": str(tmp_path / "covariates.tsv")}
    write_table(frame, paths["covariates"], title="c", columns=columns, simulated=simulated)
    write_model(model(), paths["model"])
    png, svg = tmp_path / "score.png", tmp_path / "score.svg"
    main(**paths, models=MODELS, png=str(png), svg=str(svg), simulated=simulated)
    drawing = svg.read_text(encoding="utf-8")
    assert "DLRS CT, fitted on the training cohort (n = 24, 8 positive)" in drawing
    assert ("Simulated data" in drawing) == simulated
    assert png.stat().st_size > 0
