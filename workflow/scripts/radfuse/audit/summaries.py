"""P values from printed summaries of two groups: means with SDs, and percentages."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.stats import chi2_contingency, fisher_exact, ttest_ind_from_stats

from radfuse.audit.printed import Printed

STUDENT = "Student’s t"
WELCH = "Welch’s t"
Summary = tuple[Printed, Printed]  # mean, SD


def t_test_p(
    negative: Summary, positive: Summary, sizes: tuple[int, int], test: str
) -> tuple[float, float, float]:
    """P of the printed means and SDs, and the lowest and highest P that rounding allows.

    `sizes` are the groups' patients. All corners of the four rounding intervals are tried; where
    the means may be equal, P may be 1. Student, Biometrika 1908;6:1-25; Welch, Biometrika
    1947;34:28-35.
    """
    summaries = (*negative, *positive)
    ends = [(each.low, each.high) for each in summaries]
    corners = np.array([[each.value for each in summaries], *product(*ends)])
    corners[:, [1, 3]] = np.maximum(corners[:, [1, 3]], 0.0)
    mean, sd, other_mean, other_sd = corners.T
    with np.errstate(invalid="ignore", divide="ignore"):
        p = ttest_ind_from_stats(
            mean, sd, sizes[0], other_mean, other_sd, sizes[1], equal_var=test == STUDENT
        ).pvalue
    overlap = ends[0][0] <= ends[2][1] and ends[2][0] <= ends[0][1]
    return float(p[0]), float(np.nanmin(p)), 1.0 if overlap else float(np.nanmax(p))


def is_skewed(summary: Summary) -> bool:
    """SD above the mean: a quantity that cannot be negative is then far from normal.

    Altman and Bland, BMJ 1996;313:1200, suspect skewness from half the mean on.
    """
    mean, sd = summary
    return bool(0 < mean.value < sd.value)


def count_of_percentage(percentage: Printed, total: int) -> list[int]:
    """All counts of `total` whose percentage is printed so (Brown and Heathers' GRIM, 2017)."""
    counts = np.arange(total + 1)
    return [int(count) for count in counts[percentage.fits(100 * counts / total)]]


def fullest_total(percentages: Sequence[Printed], total: int, fewest: int) -> int | None:
    """The largest number of patients, from `total` down to `fewest`, that has whole counts for
    all percentages of one group."""
    for size in range(total, fewest - 1, -1):
        if all(count_of_percentage(each, size) for each in percentages):
            return size
    return None


def counts_p(counts: np.ndarray) -> dict[str, float]:
    """P of a levels x 2 table of counts, by the tests in use; empty where nothing can differ."""
    table = counts[counts.sum(axis=1) > 0]
    if len(table) < 2 or (table.sum(axis=0) == 0).any():
        return {}
    found = {"chi-square": float(chi2_contingency(table, correction=False).pvalue)}
    if table.shape == (2, 2):
        found["chi-square with Yates’s correction"] = float(chi2_contingency(table).pvalue)
        found["Fisher’s exact test"] = float(fisher_exact(table).pvalue)
    return found
