"""Two groups of patients compared on one variable: summaries, a test that fits, the difference."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import gammaln
from scipy.stats import (
    MonteCarloMethod,
    chi2_contingency,
    fisher_exact,
    mannwhitneyu,
    shapiro,
    ttest_ind,
)

from radfuse.formatting import interval, number, percent

SKEWED = 0.05  # Shapiro-Wilk's P below which a group is not taken for normal
FEW = 5  # expected count below which Fisher's test replaces chi-square
ENUMERABLE = 2_000_000  # tables beyond which Fisher's test draws instead of enumerating
DRAWS = 99_999

SUMMARY = {
    "n": "patients with a value",
    "mean": "mean",
    "sd": "standard deviation (n - 1)",
    "median": "median",
    "q1": "lower quartile (interpolated, R's type 7)",
    "q3": "upper quartile",
    "count": "patients at this level",
    "percent": "their percentage of the group's patients with a value",
}


def as_codes(column: pd.Series, levels: Sequence[str]) -> pd.Series:
    """The levels' codes as text, "" where missing; ordered characteristics arrive as numbers."""
    if not pd.api.types.is_numeric_dtype(column):
        return column.fillna("").astype(str)
    known = {float(code): code for code in levels}
    return column.map(known).fillna("")


def is_normal(values: np.ndarray) -> bool:
    """Shapiro-Wilk with P of at least 0.05; too few or equal values do not count as normal."""
    return len(values) >= 3 and np.ptp(values) > 0 and shapiro(values).pvalue >= SKEWED


def numeric_test(first: np.ndarray, second: np.ndarray) -> tuple[str, float]:
    """The test's name and its two-sided P; ("", NaN) where a group has nobody or all
    values are equal.

    Welch's t where both groups pass Shapiro-Wilk, else Mann-Whitney: exact with fewer than 50
    in both groups and no ties, otherwise the normal approximation with continuity correction (the
    choice of R's wilcox.test).
    """
    pooled = np.concatenate([first, second])
    if not len(first) or not len(second) or np.ptp(pooled) == 0:
        return "", np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Shapiro-Wilk above 5000, Mann-Whitney of equal values
        if is_normal(first) and is_normal(second):
            return "Welch's t", float(ttest_ind(first, second, equal_var=False).pvalue)
        exact = max(len(first), len(second)) < 50 and len(np.unique(pooled)) == len(pooled)
        method = "exact" if exact else "asymptotic"
        p = float(mannwhitneyu(first, second, use_continuity=True, method=method).pvalue)
    return ("Mann-Whitney (exact)" if exact else "Mann-Whitney"), p


def numeric_difference(first: np.ndarray, second: np.ndarray) -> float:
    """Absolute standardised mean difference, over the root of the mean of the two variances."""
    if len(first) < 2 or len(second) < 2:
        return np.nan
    gap = abs(first.mean() - second.mean())
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    if spread > 0:
        return float(gap / spread)
    return 0.0 if gap == 0 else np.inf


def fisher_two_columns(counts: np.ndarray) -> float:
    """Fisher's exact P of an r x 2 table, all tables with the same margins enumerated.

    P sums the tables that are no likelier than the observed one (relative tolerance 1e-7, as R's
    fisher.test; Freeman and Halton, Biometrika 1951;38:141-149).
    """
    rows = counts.sum(axis=1)
    total = int(counts[:, 0].sum())
    ways = np.array([0.0])  # log number of ways, and the first column's count so far, per table
    filled = np.array([0])
    for size in rows:
        taken = np.arange(size + 1)
        log_choose = gammaln(size + 1) - gammaln(taken + 1) - gammaln(size - taken + 1)
        filled = (filled[:, None] + taken).ravel()
        ways = (ways[:, None] + log_choose).ravel()
        filled, ways = filled[filled <= total], ways[filled <= total]
    ways = ways[filled == total]
    observed = (
        gammaln(rows + 1).sum() - gammaln(counts[:, 0] + 1).sum() - gammaln(counts[:, 1] + 1).sum()
    )
    probability = np.exp(ways - ways.max())
    extreme = ways <= observed + np.log1p(1e-7)
    return float(min(probability[extreme].sum() / probability.sum(), 1.0))


def categorical_test(counts: np.ndarray) -> tuple[str, float]:
    """The test's name and P of a levels x 2 table of counts; ("", NaN) where nothing can differ.

    Chi-square (Yates's correction for 2 x 2, as R's chisq.test), Fisher's exact test where an
    expected count is below 5; beyond two million tables Fisher's P is drawn, with a fixed seed.
    """
    table = counts[counts.sum(axis=1) > 0]
    if len(table) < 2 or (table.sum(axis=0) == 0).any():
        return "", np.nan
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if expected.min() >= FEW:
        yates = table.shape == (2, 2)
        p = float(chi2_contingency(table, correction=yates).pvalue)
        return ("chi-square (Yates)" if yates else "chi-square"), p
    if table.shape == (2, 2):
        return "Fisher's exact", float(fisher_exact(table).pvalue)
    if np.prod(table.sum(axis=1) + 1.0) <= ENUMERABLE:
        return "Fisher's exact", fisher_two_columns(table)
    drawn = MonteCarloMethod(n_resamples=DRAWS, rng=np.random.default_rng(0))
    return f"Fisher's, {DRAWS} tables drawn", float(fisher_exact(table, method=drawn).pvalue)


def categorical_difference(counts: np.ndarray) -> float:
    """Standardised difference of two multinomials, from levels x 2 counts.

    Yang and Dalton, SAS Global Forum 2012, paper 335; for two levels the absolute difference of
    the proportions over the root of their mean variance.
    """
    table = counts[counts.sum(axis=1) > 0]
    if (counts.sum(axis=0) == 0).any():
        return np.nan
    if len(table) < 2:
        return 0.0
    shares = (table / table.sum(axis=0))[1:]
    gap = shares[:, 0] - shares[:, 1]
    covariance = sum(np.diag(share) - np.outer(share, share) for share in shares.T) / 2
    inverse = np.linalg.pinv(covariance, hermitian=True)
    if np.abs(covariance @ inverse @ gap - gap).max() > 1e-9:
        return np.inf
    return float(np.sqrt(max(gap @ inverse @ gap, 0.0)))


def numeric_row(values: Sequence[np.ndarray], groups: Sequence[str]) -> dict:
    """One row: each group's summary, the test and the difference. NaN are left out and counted."""
    present = [group[~np.isnan(group)] for group in values]
    method, p = numeric_test(*present)
    row = {
        "level": "",
        "missing": sum(len(group) for group in values) - sum(len(group) for group in present),
        "method": method,
        "p": p,
        "smd": numeric_difference(*present),
    }
    normal = method == "Welch's t" or (not method and all(map(is_normal, filter(len, present))))
    for name, group in zip(groups, present, strict=True):
        row[f"{name}_n"] = len(group)
        if not len(group):
            row[name] = ""
            continue
        deviation = group.std(ddof=1) if len(group) > 1 else np.nan
        q1, median, q3 = np.quantile(group, [0.25, 0.5, 0.75])
        spread = f" ± {number(deviation, 2)}" if len(group) > 1 else ""
        row[name] = f"{number(group.mean(), 2)}{spread}" if normal else interval(median, q1, q3, 2)
        summary = {"mean": group.mean(), "sd": deviation, "median": median, "q1": q1, "q3": q3}
        row |= {f"{name}_{key}": value for key, value in summary.items()}
    return row


def categorical_rows(
    codes: Sequence[np.ndarray], levels: dict[str, str], groups: Sequence[str]
) -> list[dict]:
    """A row with the test and the difference, then one row per level (code: meaning).

    `codes` are each group's codes as text, "" where missing.
    """
    counts = np.array([[int((group == code).sum()) for group in codes] for code in levels])
    counts = counts.reshape(len(levels), len(groups))
    present = counts.sum(axis=0)
    method, p = categorical_test(counts)
    head = {"level": "", "method": method, "p": p, "smd": categorical_difference(counts)}
    rows = [head]
    for meaning, at_level in zip(levels.values(), counts, strict=True):
        row = {"level": meaning}
        for name, count, size in zip(groups, at_level, present, strict=True):
            row[f"{name}_count"] = count
            row[f"{name}_percent"] = 100 * count / size if size else np.nan
            row[name] = f"{count} ({percent(count / size)})" if size else ""
        rows.append(row)
    for row in rows:
        row["missing"] = sum(len(group) for group in codes) - int(present.sum())
        row |= {f"{name}_n": size for name, size in zip(groups, present, strict=True)}
    return rows


def column_meanings(groups: Sequence[str], meanings: Sequence[str]) -> dict[str, str]:
    """The columns that the rows above share, in order, with what they mean."""
    columns = {"missing": "patients without a value"}
    for name, meaning in zip(groups, meanings, strict=True):
        columns[name] = f"{meaning}: mean ± SD, median (quartiles) where skewed, or count (%)"
    columns |= {
        "method": "the test: by Shapiro-Wilk in both groups, or by the smallest expected count",
        "p": "its two-sided P",
        "smd": "absolute standardised difference",
    }
    for name, meaning in zip(groups, meanings, strict=True):
        columns |= {f"{name}_{key}": f"{meaning}: {text}" for key, text in SUMMARY.items()}
    return columns
