"""The forest plots: who has a row, what it says, and that no training patient is in them."""

import numpy as np
import pandas as pd
import pytest
from plot_forest import LARGEST, main

MODELS = ["R_CT", "fused"]
NAMES = ["protocol", "cohort", "model", "n", "events", "auc", "auc_low", "auc_high"]


def rows(*values: tuple, **more: list) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=NAMES)
    return table.assign(auc_newcombe_low=0.2, auc_newcombe_high=1.0, **more)


@pytest.fixture
def tables(tmp_path) -> dict[str, str]:
    made = {
        "performance": rows(
            ("published", "train", "fused", 100, 40, 0.99, 0.98, 1.0),
            ("published", "test", "fused", 40, 16, 0.8, 0.7, 0.9),
            ("published", "test", "R_CT", 40, 16, 0.6, 0.5, 0.7),
            ("published", "external", "fused", 30, 10, 0.75, 0.6, 0.9),
            ("published", "external", "R_CT", 30, 10, 0.65, 0.5, 0.8),
            ("crossfit", "test", "fused", 40, 16, 0.11, 0.1, 0.12),
        ),
        "centers": rows(
            ("published", "test", "fused", 30, 12, 0.78, 0.65, 0.91),
            ("published", "test", "fused", 10, 4, 1.0, 1.0, 1.0),
            ("published", "external", "fused", 30, 10, 0.75, 0.6, 0.9),
            ("crossfit", "test", "fused", 30, 12, 0.22, 0.2, 0.24),
            center=["A", "not stated", "B", "A"],
        ),
        "subgroups": rows(
            ("published", "test", "fused", 40, 16, 0.8, 0.7, 0.9),
            ("published", "test", "fused", 25, 16, 0.82, 0.7, 0.94),
            ("published", "test", "fused", 15, 0, np.nan, np.nan, np.nan),
            variable="hbv",
            label="Hepatitis B",
            level=[None, "present", "absent"],
            p_adjusted=[0.0123, np.nan, np.nan],
        ),
    }
    for name, table in made.items():
        table.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
    return {name: str(tmp_path / f"{name}.tsv") for name in made}


def drawn(tables: dict[str, str], shown: list[str], folder, monkeypatch) -> list:
    """The axes of the figure that `main` saves, those of the labels alone."""
    figures = []
    monkeypatch.setattr("plot_forest.save", lambda figure, *_: figures.append(figure))
    parts = {name: [tables[name]] if name in tables else [] for name in ("centers", "subgroups")}
    main(
        performance=tables["performance"],
        **parts,
        models=MODELS,
        shown=shown,
        png="",
        svg="",
        simulated=False,
    )
    return [axes for axes in figures[0].axes if axes.get_title()]


def labels(axes) -> list[str]:
    return [text.get_text().replace("\u00a0", " ") for text in axes.get_yticklabels()]


def in_figures(axes) -> list[str]:
    """What stands at the right of a panel."""
    twins = axes.get_shared_x_axes().get_siblings(axes)
    [right] = [each for each in twins if each is not axes]
    return [text.get_text() for text in right.get_yticklabels()]


def test_every_group_has_its_row_with_its_numbers(tables, tmp_path, monkeypatch):
    test, external = drawn(tables, ["fused"], tmp_path, monkeypatch)
    assert test.get_title() == "Fused, test cohort"
    assert list(zip(labels(test), in_figures(test), strict=True)) == [
        ("All patients (n = 40, 16 positive)", "0.80 (0.70–0.90)"),
        ("Centre", ""),
        ("   A (n = 30, 12 positive)", "0.78 (0.65–0.91)"),
        ("   not stated (n = 10, 4 positive)", "1.00 (0.20–1.00)"),
        ("Hepatitis B (adjusted P = 0.012)", ""),
        ("   present (n = 25, 16 positive)", "0.82 (0.70–0.94)"),
        ("   absent (n = 15, 0 positive)", "not estimable"),
    ]
    assert labels(external) == [
        "All patients (n = 30, 10 positive)",
        "Centre",
        "   B (n = 30, 10 positive)",
    ]


def test_the_area_of_a_square_follows_the_patients(tables, tmp_path, monkeypatch):
    test, _ = drawn(tables, ["fused"], tmp_path, monkeypatch)
    squares = [line for line in test.get_lines() if line.get_marker() == "s"]
    assert [line.get_xdata()[0] for line in squares] == [0.8, 0.78, 1.0, 0.82]
    areas = [(line.get_markersize() / LARGEST) ** 2 for line in squares]
    assert np.allclose(areas, [1, 30 / 40, 10 / 40, 25 / 40])


def test_several_models_have_a_row_of_panels_each(tables, tmp_path, monkeypatch):
    del tables["centers"]
    axes = drawn(tables, ["R_CT", "fused"], tmp_path, monkeypatch)
    assert [each.get_title() for each in axes] == [
        *("R CT, test cohort", "R CT, external cohort"),
        *("Fused, test cohort", "Fused, external cohort"),
    ]


def test_the_same_figure_has_the_same_bytes(tables, tmp_path):
    made = []
    for name in ("a", "b"):
        paths = {kind: tmp_path / f"{name}.{kind}" for kind in ("png", "svg")}
        main(
            performance=tables["performance"],
            centers=[tables["centers"]],
            subgroups=[tables["subgroups"]],
            models=MODELS,
            shown=["fused"],
            png=str(paths["png"]),
            svg=str(paths["svg"]),
            simulated=True,
        )
        made.append([path.read_bytes() for path in paths.values()])
    assert made[0] == made[1]
