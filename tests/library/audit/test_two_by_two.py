"""Counts behind odds ratios: published rows, known tables found again, R's limits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radfuse.audit import odds_checks, two_by_two
from radfuse.audit.facts import Statement
from radfuse.audit.odds_checks import Row
from radfuse.audit.printed import NOTHING, parse
from radfuse.statistics.logistic import fit_logistic

PAPER = Path(__file__).resolve().parents[3] / "resources" / "paper"
SIZES = range(10, 179)


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(PAPER / name, sep="\t", dtype=str, keep_default_na=False)


def found(row: pd.Series) -> dict[str, np.ndarray]:
    printed = [parse(row[f"univariate_{piece}"]) for piece in ("or", "low", "high")]
    return two_by_two.solutions(*printed, SIZES)


RECOVERED = read("recovered_counts_ct.tsv").merge(read("table2_ct.tsv"), on="characteristic")


@pytest.mark.parametrize("row", RECOVERED.to_dict("records"), ids=lambda r: r["characteristic"])
def test_the_recovered_counts_are_found_and_no_row_comes_from_124_patients(row):
    names = ("icca_present", "icca_total", "non_icca_present", "non_icca_total")
    table = [int(row[name]) for name in names]
    solutions = found(row)[two_by_two.PROFILE]
    assert table in solutions.tolist()
    low, high = (parse(row[f"univariate_{side}"]) for side in ("low", "high"))
    assert two_by_two.is_exact(np.array(table), two_by_two.PROFILE, low, high)
    assert not [key for key in two_by_two.keys(solutions) if key[0] == 124]


def test_the_profile_in_closed_form_equals_the_fit():
    table = np.array([[8, 36, 50, 142]])
    sign = pd.DataFrame({"sign": np.repeat([1, 0, 1, 0], [8, 28, 50, 92])})
    fit = fit_logistic(sign, np.repeat([1, 0], [36, 142]))
    estimate = two_by_two.log_odds_ratio(table)
    assert estimate == pytest.approx(fit.coefficients[1:])
    assert two_by_two.standard_error(table) == pytest.approx(fit.standard_errors[1:], rel=1e-6)
    assert two_by_two.wald_p(table) == pytest.approx(fit.p_values[1:], rel=1e-5)
    assert two_by_two.log_likelihood(table, estimate) == pytest.approx(fit.log_likelihood)
    # the limits of tests/library/statistics/test_profile.py: 3.84 less deviance
    for limit in two_by_two.limits(table[0], two_by_two.PROFILE):
        assert two_by_two.below_limit(table, limit) == pytest.approx(0, abs=2e-3)
    assert two_by_two.log_likelihood(table, 0.0) == pytest.approx(
        36 * np.log(36 / 178) + 142 * np.log(142 / 178)
    )


@st.composite
def tables(draw) -> np.ndarray:
    events, negatives = draw(st.integers(3, 30)), draw(st.integers(3, 40))
    return np.array(
        [draw(st.integers(1, events - 1)), events, draw(st.integers(1, negatives - 1)), negatives]
    )


@settings(max_examples=60)
@given(tables(), st.sampled_from(two_by_two.METHODS), st.integers(2, 3))
def test_known_counts_are_among_the_solutions(table, method, digits):
    estimate = float(np.exp(two_by_two.log_odds_ratio(table[None])[0]))
    numbers = (estimate, *two_by_two.limits(table, method))
    printed = [parse(f"{number:.{digits}f}") for number in numbers]
    n = int(table[1] + table[3])
    solutions = two_by_two.solutions(*printed, range(max(n - 5, 4), n + 6))[method]
    assert table.tolist() in solutions.tolist()
    assert two_by_two.mirrored(table[None])[0].tolist() in solutions.tolist()
    assert two_by_two.is_exact(table, method, *printed[1:])
    assert (n, int(table[1])) in two_by_two.keys(solutions)


def test_the_search_is_exhaustive():
    """Every table of 23 patients, one by one, against the interval of c."""
    odds_ratio, every = parse("2.1"), []
    for events in range(1, 23):
        for a in range(1, events):
            every += [(a, events, c, 23 - events) for c in range(1, 23 - events)]
    every = np.array(every)
    fitting = every[odds_ratio.fits(np.exp(two_by_two.log_odds_ratio(every)))]
    half = np.concatenate([*two_by_two.candidates(odds_ratio, [23])])
    both = np.concatenate([half, two_by_two.mirrored(half)])
    assert {*map(tuple, both)} == {*map(tuple, fitting)}


def test_wald_intervals_are_told_from_profile_ones():
    table = np.array([5, 36, 1, 142])
    low, high = (parse(f"{x:.3f}") for x in two_by_two.limits(table, two_by_two.WALD))
    assert two_by_two.fits_wald(table[None], low, high)
    assert not two_by_two.fits_profile(table[None], low, high)


def test_missing_values_leave_the_fullest_solution():
    solutions = {(170, 33), (160, 30), (176, 40), (175, 20)}
    assert two_by_two.share_of_missing(solutions, 178, 36) == (170, 33)
    assert two_by_two.share_of_missing({(175, 40)}, 178, 36) is None


def row(odds_ratio: str, low: str, high: str, p: str) -> Row:
    return Row("sign", *map(parse, (odds_ratio, low, high, p)), two_levels="")


@settings(max_examples=100)
@given(tables())
def test_interval_and_p_of_one_fit_go_together(table):
    numbers = (
        np.exp(two_by_two.log_odds_ratio(table[None]))[0],
        *two_by_two.limits(table, two_by_two.PROFILE),
    )
    p = two_by_two.wald_p(table[None])[0]
    own = row(*(f"{number:.3f}" for number in numbers), f"{p:.3f}")
    if own.low.low > 0:
        assert own.p.meets(*odds_checks.p_of_interval(own))


def test_a_misprinted_limit_does_not_go_with_its_p():
    # multivariable lesion contour, as published; 0.470 would do
    wrong, right = (
        row("2.440", "0.047", "15.422", "0.305"),
        row("2.440", "0.470", "15.422", "0.305"),
    )
    assert not wrong.p.meets(*odds_checks.p_of_interval(wrong))
    assert right.p.meets(*odds_checks.p_of_interval(right))


def test_an_interval_holds_its_own_estimate():
    statement = Statement("Table 2", "odds.tsv", "odds_ratios", "train", 124, 28)
    (found,) = odds_checks.coherence(row("3.0", "0.5", "2.0", "0.2"), statement, "")
    assert found.verdict == "disagrees"
    assert found.explanation == "the interval does not hold its own estimate"


def test_rows_without_numbers_are_not_searched():
    assert not Row("sign", NOTHING, NOTHING, NOTHING, NOTHING, "").searched
    assert not row(">100", "2.0", "999.0", "0.01").searched
    assert not Row("sign", *map(parse, ("1.2", "0.9", "1.5", "0.2")), two_levels="3").searched
    assert not Row("sign", *map(parse, ("1.2", "0.9", ">99", "0.2")), two_levels="").searched
