"""P from summaries, whole counts behind percentages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind, ttest_ind_from_stats

from radfuse.audit.printed import parse
from radfuse.audit.summaries import (
    STUDENT,
    WELCH,
    count_of_percentage,
    counts_p,
    fullest_total,
    is_skewed,
    t_test_p,
)

PAPER = Path(__file__).resolve().parents[3] / "resources" / "paper"
TABLE_1 = pd.read_csv(PAPER / "table1_numeric.tsv", sep="\t", dtype=str).set_index("variable")
SIZES = {"train": (96, 28), "test": (43, 11)}


def summaries(variable: str, cohort: str) -> tuple:
    row = TABLE_1.loc[variable]
    return tuple(
        tuple(parse(row[f"{cohort}_{group}_{piece}"]) for piece in ("mean", "sd"))
        for group in ("non_icca", "icca")
    )


@pytest.mark.parametrize("cohort", SIZES)
@pytest.mark.parametrize("variable", TABLE_1.index)
def test_table_1_is_student_s_t_throughout_but_for_one_row(variable, cohort):
    groups, printed = summaries(variable, cohort), parse(TABLE_1.at[variable, f"{cohort}_p"])
    values = [each.value for group in groups for each in group]
    first, second = SIZES[cohort]
    for test, equal in ((STUDENT, True), (WELCH, False)):
        p, low, high = t_test_p(*groups, SIZES[cohort], test)
        mean, sd, other_mean, other_sd = values
        expected = ttest_ind_from_stats(
            mean, sd, first, other_mean, other_sd, second, equal_var=equal
        ).pvalue
        assert p == pytest.approx(expected)
        assert low <= p <= high
    student = printed.meets(*t_test_p(*groups, SIZES[cohort], STUDENT)[1:])
    assert student == ((variable, cohort) != ("ca199_u_ml", "test"))


def test_afp_is_significant_by_welch_alone():
    groups = summaries("afp_ng_ml", "train")
    assert t_test_p(*groups, (96, 28), STUDENT)[0] == pytest.approx(0.192, abs=5e-4)
    assert t_test_p(*groups, (96, 28), WELCH)[0] < 0.02
    assert is_skewed(groups[0]) and is_skewed(groups[1])
    assert not is_skewed(summaries("age_years", "train")[0])


@pytest.mark.parametrize("seed", range(10))
def test_the_range_holds_the_p_of_the_patients(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(5, 2, 19), rng.normal(6, 4, 31)
    groups = [
        (parse(f"{group.mean():.1f}"), parse(f"{group.std(ddof=1):.1f}"))
        for group in (first, second)
    ]
    for test, equal in ((STUDENT, True), (WELCH, False)):
        _, low, high = t_test_p(*groups, (19, 31), test)
        assert low <= ttest_ind(first, second, equal_var=equal).pvalue <= high


def test_equal_printed_means_may_have_any_large_p():
    same = (parse("1.0"), parse("0.1"))
    assert t_test_p(same, same, (9, 9), STUDENT)[2] == 1.0


def test_percentages_are_whole_counts_or_not():
    assert count_of_percentage(parse("15.6"), 96) == [15]
    assert count_of_percentage(parse("53.7"), 43) == []
    assert count_of_percentage(parse("0"), 11) == [0]
    assert fullest_total([parse("53.7"), parse("46.3")], 43, 38) == 41
    assert fullest_total([parse("53.7")], 43, 42) is None


def test_p_of_counts():
    found = counts_p(np.array([[11, 4], [32, 7]]))
    assert round(found["chi-square with Yates’s correction"], 3) == 0.737  # as published
    assert len(counts_p(np.array([[3, 4], [5, 6], [7, 1]]))) == 1
    assert counts_p(np.array([[3, 4], [0, 0]])) == {}
