"""Cells behind rates: the published rows, known cells found again, and what an AUC allows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from radfuse.audit import four_cells
from radfuse.audit.facts import RATES
from radfuse.audit.printed import parse
from radfuse.statistics.performance import rates

PAPER = Path(__file__).resolve().parents[3] / "resources" / "paper"
TABLE_4 = pd.read_csv(PAPER / "table4.tsv", sep="\t", dtype=str).to_dict("records")
ACTUAL = {"train": (124, 21), "test": (54, 15)}
STATED = {"train": (124, 28), "test": (54, 11)}


@pytest.mark.parametrize("row", TABLE_4, ids=lambda row: f"{row['cohort']} {row['model']}")
def test_the_published_rows_come_from_21_of_124_and_15_of_54(row):
    cells = four_cells.solutions({name: parse(row[name]) for name in RATES}, range(10, 179))
    keys = four_cells.keys(cells)
    assert ACTUAL[row["cohort"]] in keys
    assert STATED[row["cohort"]] not in keys
    n, _ = ACTUAL[row["cohort"]]
    assert len([key for key in keys if key[0] == n]) == 1


@given(
    st.tuples(*[st.integers(1, 40)] * 4),
    st.lists(st.sampled_from(RATES), unique=True),
    st.integers(2, 3),
)
def test_known_cells_are_among_the_solutions(cells, names, digits):
    exact = rates(*cells, bootstrap=1)
    names = {"sensitivity", "specificity", *names}
    printed = {name: parse(f"{exact[name]:.{digits}f}") for name in names}
    n = sum(cells)
    solutions = four_cells.solutions(printed, range(max(n - 3, 4), n + 4))
    assert list(cells) in solutions.tolist()
    assert (n, cells[0] + cells[2]) in four_cells.keys(solutions)


def test_the_rates_are_those_of_the_performance_table():
    cells = np.random.default_rng(3).integers(0, 9, size=(50, 4))
    vectorised = four_cells.proportions(cells)
    for place, each in enumerate(cells):
        exact = rates(*map(int, each), bootstrap=1) if each.sum() else dict.fromkeys(RATES, np.nan)
        for name in RATES:
            assert vectorised[name][place] == pytest.approx(exact[name], nan_ok=True)


@pytest.mark.parametrize("seed", range(20))
def test_no_roc_curve_leaves_the_area_that_its_points_allow(seed):
    rng = np.random.default_rng(seed)
    outcome = np.repeat([1, 0], [12, 25])
    score = rng.normal(size=37).round(1) + rng.uniform(0, 2.5) * outcome
    area = roc_auc_score(outcome, score)
    fpr, tpr, _ = roc_curve(outcome, score, drop_intermediate=False)
    for one, other in zip(tpr, 1 - fpr, strict=True):
        low, high = four_cells.auc_range(one, other)
        assert low - 1e-12 <= area <= high + 1e-12
    youden = (tpr - fpr).max()
    assert area <= four_cells.largest_auc(youden) + 1e-12
    assert youden >= four_cells.least_youden(area) - 1e-12


def test_the_bound_on_the_area_is_reached():
    # one point for each step of J = 0.5 along the line: the trapezoids lie on it
    fpr = np.array([0, 0, 0.5, 1])
    tpr = np.array([0, 0.5, 1, 1])
    assert np.trapezoid(tpr, fpr) == four_cells.largest_auc(0.5) == 0.875
    assert four_cells.least_youden(0.875) == 0.5
