"""Group comparisons against R's tests, closed forms and exhaustive counting."""

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest
from oracles import cohorts, numbers
from scipy.stats import fisher_exact

from radfuse.statistics.descriptive import (
    as_codes,
    categorical_difference,
    categorical_rows,
    categorical_test,
    column_meanings,
    fisher_two_columns,
    is_normal,
    numeric_difference,
    numeric_row,
    numeric_test,
)

TWO_SAMPLE = "two_sample.train.{}.p_student_welch_mannwhitney(cont.corr)_shapiro(all)"


def groups(name: str) -> list[np.ndarray]:
    train, _ = cohorts()
    return [train.loc[train["malignant"] == outcome, name].to_numpy() for outcome in (0, 1)]


@pytest.mark.parametrize(
    ("name", "test", "place"),
    [
        ("texture", "Welch's t", 1),
        ("smoothness", "Mann-Whitney", 2),
        ("area_error", "Mann-Whitney", 2),
    ],
)
def test_two_samples_equal_r(name, test, place):
    method, p = numeric_test(*groups(name))
    assert method == test
    assert p == pytest.approx(numbers(TWO_SAMPLE.format(name))[place], rel=1e-9)


def test_small_samples_without_ties_are_exact():
    """R's wilcox.test: 4 against 4 fully apart has P = 2 / C(8, 4)."""
    first, second = np.array([1, 2, 3, 40.0]), np.array([50, 60, 70, 8000.0])
    method, p = numeric_test(first, second)
    assert (method, p) == ("Mann-Whitney (exact)", pytest.approx(2 / comb(8, 4)))
    assert numeric_test(np.array([1, 2, 2, 40.0]), second)[0] == "Mann-Whitney"


def test_normality_needs_three_different_values():
    assert not is_normal(np.array([1.0, 2.0]))
    assert not is_normal(np.ones(20))
    assert is_normal(np.array([1.0, 2.0, 3.0]))


def test_two_by_two_equals_r():
    n00, n01, n10, n11 = numbers("two_by_two.train.texture_above_median.n00_n01_n10_n11")
    table = np.array([[n00, n01], [n10, n11]])
    yates, _, fisher = numbers("two_by_two.p_chi2yates_chi2_fisher")
    assert categorical_test(table) == ("chi-square (Yates)", pytest.approx(yates, rel=1e-9))
    assert fisher_two_columns(table.astype(int)) == pytest.approx(fisher, rel=1e-9)


def test_fisher_where_an_expected_count_is_below_five():
    table = np.array([[3, 1], [9, 14]])
    assert categorical_test(table) == ("Fisher's exact", pytest.approx(fisher_exact(table).pvalue))


def test_three_levels_without_correction():
    """Pearson's chi-square of equal groups by hand: sum of (a - b)^2 / (a + b)."""
    table = np.array([[20, 10], [10, 20], [20, 20]])
    method, p = categorical_test(table)
    statistic = 100 / 30 + 100 / 30
    assert (method, p) == ("chi-square", pytest.approx(np.exp(-statistic / 2)))


@pytest.mark.parametrize(
    "table", [[[2, 5], [6, 1], [3, 3]], [[0, 4], [5, 1], [2, 2], [1, 0]], [[1, 0], [0, 1]]]
)
def test_fisher_beyond_two_by_two_counts_all_tables(table):
    table = np.array(table)
    rows, total = table.sum(axis=1), table[:, 0].sum()

    def ways(column) -> int:
        return np.prod([comb(int(size), int(k)) for size, k in zip(rows, column, strict=True)])

    columns = [c for c in product(*(range(k + 1) for k in rows)) if sum(c) == total]
    observed = ways(table[:, 0])
    expected = sum(ways(c) for c in columns if ways(c) <= observed) / sum(map(ways, columns))
    assert fisher_two_columns(table) == pytest.approx(expected, rel=1e-10)
    assert fisher_two_columns(table[::-1, ::-1]) == pytest.approx(expected, rel=1e-10)


def test_many_sparse_levels_are_drawn_the_same_every_time():
    table = np.column_stack([np.tile([9, 2, 1], 5), np.tile([1, 3, 9], 5)])
    method, p = categorical_test(table)
    assert "drawn" in method
    assert categorical_test(table) == (method, p)


def test_nothing_to_test():
    assert categorical_test(np.array([[5, 7], [0, 0]]))[0] == ""
    assert categorical_test(np.array([[5, 0], [4, 0]]))[0] == ""
    assert numeric_test(np.array([]), np.array([1.0]))[0] == ""
    assert numeric_test(np.ones(3), np.ones(4))[0] == ""


def test_standardised_differences():
    assert numeric_difference(np.array([0.0, 2.0]), np.array([3.0, 5.0])) == pytest.approx(
        3 / np.sqrt(2)
    )
    assert numeric_difference(np.ones(3), np.full(3, 2.0)) == np.inf
    # two levels: |p - q| over the root of the mean of p (1 - p) and q (1 - q)
    share = abs(0.25 - 0.6) / np.sqrt((0.25 * 0.75 + 0.6 * 0.4) / 2)
    assert categorical_difference(np.array([[5, 12], [15, 8]])) == pytest.approx(share)
    three = np.array([[10, 4], [6, 9], [4, 7]])
    assert categorical_difference(three) == pytest.approx(categorical_difference(three[::-1]))
    assert categorical_difference(np.array([[4, 4], [0, 0]])) == 0.0
    assert categorical_difference(np.array([[4, 0], [0, 4]])) == np.inf


def test_a_numeric_row():
    values = [np.array([10.0, 12.0, 14.0, np.nan]), np.array([20.0, 21.0, 22.0, 23.0])]
    row = numeric_row(values, ("a", "b"))
    assert (row["a"], row["b"]) == ("12.00 ± 2.00", "21.50 ± 1.29")
    assert (row["missing"], row["a_n"], row["b_n"], row["method"]) == (1, 3, 4, "Welch's t")
    assert row["b_q1"] == 20.75  # quantile type 7
    skewed = numeric_row([np.array([1.0, 1, 1, 1, 90]), values[1]], ("a", "b"))
    assert skewed["a"] == "1.00 (1.00–1.00)"
    alone = numeric_row([values[1], np.array([])], ("a", "b"))
    assert (alone["b"], alone["method"], alone["b_n"]) == ("", "", 0)
    assert alone["a"] == "21.50 ± 1.29"


def test_categorical_rows_add_up():
    codes = [np.array(["1", "1", "2", ""]), np.array(["2", "2", "2"])]
    head, first, second = categorical_rows(codes, {"1": "left", "2": "right"}, ("a", "b"))
    assert head["method"] == "Fisher's exact" and head["missing"] == 1
    assert head["p"] == pytest.approx(0.4)  # both extremes: C(3, 2) / C(6, 2), twice
    assert (first["level"], first["a"], first["b"]) == ("left", "2 (66.7%)", "0 (0.0%)")
    assert (second["a_count"], second["b_percent"]) == (1, 100.0)
    known = column_meanings(("a", "b"), ("group a", "group b"))
    assert {*head, *first} - {"level"} <= set(known)


def test_codes_of_numbers_and_of_text():
    numbers_read = pd.Series([0.0, 1.0, np.nan])
    assert as_codes(numbers_read, ["0", "1"]).tolist() == ["0", "1", ""]
    assert as_codes(pd.Series(["l", None], dtype=object), ["l", "r"]).tolist() == ["l", ""]
