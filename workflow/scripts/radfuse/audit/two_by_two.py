"""The 2 x 2 tables behind a printed odds ratio and its interval.

A table is (a, events, c, negatives): a of the positive and c of the negative patients have the
characteristic. The odds ratio does not change when positive and negative patients change places
together with present and absent, so every solution has a mirror; the search looks at tables with
no more positive than negative patients and adds the mirrors.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from scipy.special import xlogy
from scipy.stats import chi2, norm

from radfuse.audit.printed import Printed
from radfuse.statistics.logistic import fit_logistic
from radfuse.statistics.profile import profile_intervals

PROFILE = "profile likelihood"
WALD = "Wald"
METHODS = (PROFILE, WALD)
DROP = chi2.ppf(0.95, 1) / 2  # of the log-likelihood at a 95% limit
Z = norm.ppf(0.975)
INTERPOLATED = 1.5e-3  # relative: at most what R's interpolation leaves between it and exact
BLOCK = 200_000  # tables that are looked at together
CONVERGED = 1.5e-5  # relative: what R's stopping rules leave


def log_odds_ratio(tables: np.ndarray) -> np.ndarray:
    a, events, c, negatives = tables.T.astype(float)
    return np.log(a / (events - a)) - np.log(c / (negatives - c))


def standard_error(tables: np.ndarray) -> np.ndarray:
    """Of the log odds ratio (Woolf, Annals of Human Genetics 1955;19:251-253)."""
    a, events, c, negatives = tables.T.astype(float)
    return np.sqrt(1 / a + 1 / (events - a) + 1 / c + 1 / (negatives - c))


def wald_p(tables: np.ndarray) -> np.ndarray:
    """Wald's P of the odds ratio, as logistic regression prints it."""
    return 2 * norm.sf(np.abs(log_odds_ratio(tables)) / standard_error(tables))


def log_likelihood(tables: np.ndarray, log_odds: np.ndarray | float) -> np.ndarray:
    """Profile log-likelihood of a log odds ratio, the intercept maximised in closed form.

    The score of the intercept is zero where the fitted counts keep the margins, so the fitted
    number of positive patients with the characteristic solves a quadratic equation.
    """
    a, events, c, negatives = tables.T.astype(float)
    ratio, present, total = np.exp(log_odds), a + c, events + negatives
    slope = (ratio - 1) * (present + events) + total
    root = np.sqrt(np.maximum(slope**2 - 4 * (ratio - 1) * ratio * present * events, 0.0))
    fitted = 2 * ratio * present * events / (slope + root)
    with_it, without = fitted / present, (events - fitted) / (total - present)
    return (
        xlogy(a, with_it)
        + xlogy(c, 1 - with_it)
        + xlogy(events - a, without)
        + xlogy(negatives - c, 1 - without)
    )


def below_limit(tables: np.ndarray, odds_ratio: float) -> np.ndarray:
    """How far the profile at an odds ratio has fallen beyond its 95% limit; positive is outside."""
    if odds_ratio <= 0 or np.isinf(odds_ratio):
        return np.full(len(tables), np.inf)
    top = log_likelihood(tables, log_odds_ratio(tables))
    return top - log_likelihood(tables, np.log(odds_ratio)) - DROP


def candidates(odds_ratio: Printed, sizes: Iterable[int]) -> Iterator[np.ndarray]:
    """All tables of these numbers of patients whose odds ratio is printed so, in blocks (k, 4).

    Cells of 0 are left out: their odds ratio is 0 or infinite. For given a, events and negatives
    the printed interval of the odds ratio is one of c.
    """
    found, size = [], 0
    lowest = max(odds_ratio.low, 1e-9)
    for n in sizes:
        events, a = np.nonzero(np.tri(n // 2 + 1, k=-1, dtype=bool))
        events, a = events[a > 0], a[a > 0]
        negatives, odds = n - events, a / (events - a)
        first = np.ceil(negatives * odds / (odds + odds_ratio.high) - 1e-9).astype(int)
        last = np.floor(negatives * odds / (odds + lowest) + 1e-9).astype(int)
        for step in range(int((last - first).max(initial=-1)) + 1):
            c = first + step
            kept = (c <= last) & (c > 0) & (c < negatives)
            found.append(np.column_stack([a, events, c, negatives])[kept])
            size += len(found[-1])
        if size > BLOCK:
            yield np.concatenate(found)
            found, size = [], 0
    yield np.concatenate([np.empty((0, 4), dtype=int), *found])


def fits_profile(tables: np.ndarray, low: Printed, high: Printed) -> np.ndarray:
    """Whether the profile limits are printed so, but for what an interpolation may leave.

    The limit lies between two odds ratios when the profile has fallen too far at the outer one
    and not yet at the inner one: nothing has to be solved.
    """
    fits = np.ones(len(tables), dtype=bool)
    estimate = np.exp(log_odds_ratio(tables))
    for limit, side in ((low, -1), (high, 1)):
        slack = INTERPOLATED * limit.value
        ends = sorted((limit.low - slack, limit.high + slack), reverse=side < 0)
        inner, outer = ends
        fits &= below_limit(tables, outer) >= 0
        fits &= (below_limit(tables, inner) <= 0) | ((estimate - inner) * side > 0)
    return fits


def fits_wald(tables: np.ndarray, low: Printed, high: Printed) -> np.ndarray:
    """Whether exp(log odds ratio ± 1.96 standard errors) is printed so."""
    estimate, error = log_odds_ratio(tables), standard_error(tables)
    return low.fits(np.exp(estimate - Z * error)) & high.fits(np.exp(estimate + Z * error))


def mirrored(tables: np.ndarray) -> np.ndarray:
    """The same odds ratios with positive and negative patients, present and absent swapped."""
    a, events, c, negatives = tables.T
    return np.column_stack([negatives - c, negatives, events - a, events])


def solutions(
    odds_ratio: Printed, low: Printed, high: Printed, sizes: Iterable[int]
) -> dict[str, np.ndarray]:
    """By method of the interval, all tables (k, 4) that would be printed so."""
    fitting: dict[str, list[np.ndarray]] = {method: [] for method in METHODS}
    for tables in candidates(odds_ratio, sizes):
        fitting[PROFILE].append(tables[fits_profile(tables, low, high)])
        fitting[WALD].append(tables[fits_wald(tables, low, high)])
    return {
        method: np.unique(np.concatenate([*found, *map(mirrored, found)]), axis=0)
        for method, found in fitting.items()
    }


def keys(tables: np.ndarray) -> set[tuple[int, int]]:
    """The numbers of patients and of positive ones (n, events) among tables."""
    pairs = np.column_stack([tables[:, 1] + tables[:, 3], tables[:, 1]])
    return {(int(n), int(events)) for n, events in np.unique(pairs, axis=0)}


def with_counts(tables: np.ndarray, n: int, events: int) -> np.ndarray:
    return tables[(tables[:, 1] == events) & (tables[:, 3] == n - events)]


def limits(table: np.ndarray, method: str) -> tuple[float, float]:
    """The 95% interval of one table's odds ratio: the profile's as R's `confint` gives it."""
    if method == WALD:
        estimate, error = log_odds_ratio(table[None])[0], standard_error(table[None])[0]
        return float(np.exp(estimate - Z * error)), float(np.exp(estimate + Z * error))
    a, events, c, negatives = (int(count) for count in table)
    sign = pd.DataFrame({"sign": np.repeat([1, 0, 1, 0], [a, events - a, c, negatives - c])})
    outcome = np.repeat([1, 0], [events, negatives])
    interval = profile_intervals(sign, outcome, fit_logistic(sign, outcome)).loc["sign"]
    return float(np.exp(interval["low"])), float(np.exp(interval["high"]))


def is_exact(table: np.ndarray, method: str, low: Printed, high: Printed) -> bool:
    """Whether the limits are printed so by R's interpolation or by the exact profile."""
    if method == WALD:
        return True
    found = limits(table, method)
    by_r = all(each.fits(value, CONVERGED) for each, value in zip((low, high), found, strict=True))
    return by_r or all(
        (below_limit(table[None], outer)[0] >= 0) and (below_limit(table[None], inner)[0] <= 0)
        for outer, inner in ((low.low, low.high), (high.high, high.low))
    )


def share_of_missing(found: set[tuple[int, int]], n: int, events: int) -> tuple[int, int] | None:
    """The fullest (n, events) of a solution that `n` patients with missing values could give."""
    within = [key for key in found if key[1] <= events and key[0] - key[1] <= n - events]
    return max(within, default=None)
