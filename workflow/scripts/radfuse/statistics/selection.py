"""Which characteristics make the radiological model: univariate screening, then AIC stepwise.

A term is a characteristic; it enters and leaves with all its design columns (a nominal one has
several). AIC = 2 x parameters - 2 x log-likelihood, the parameters that the data can tell apart.

Under separation the likelihood has no maximum but a finite supremum: the maximum over the rows
that are not separated, as the separated ones are fitted perfectly in the limit. AIC uses that
supremum. It is what R's `step` approaches, it compares models on the same unpenalised scale
whatever their covariates' units (Firth's penalised likelihood does not), and it exists for every
design. The models that come out are then fitted, and tested, by Firth's method.

Ties (differences below 1e-7, R's tolerance): the present model stays; among moves the first wins,
in the order of the terms, leaving before entering. Terms that add nothing to the others (zero
degrees of freedom) leave first, the last one foremost, and never enter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import chi2

from radfuse.errors import StudyError
from radfuse.statistics.logistic import (
    LogisticFit,
    Standardised,
    as_arrays,
    fit_logistic,
    fit_maximum_likelihood,
    penalised_ratio_p,
)
from radfuse.statistics.profile import profile_intervals
from radfuse.statistics.separation import likelihood_supremum, separated_rows

TIE = 1e-7
LIKELIHOOD_RATIO, PENALISED_RATIO = "likelihood ratio", "penalised likelihood ratio"
Terms = Mapping[str, Sequence[str]]  # term: its design columns


def supremum(design: pd.DataFrame, outcome: np.ndarray) -> tuple[float, int]:
    """The supremum of the log-likelihood and the number of parameters (rank, with intercept)."""
    values, classes = as_arrays(design, outcome)
    matrix = Standardised.of(values).matrix
    if (found := likelihood_supremum(matrix, classes)) is not None:
        return found, matrix.shape[1]
    inside = ~separated_rows(matrix, classes)
    if not inside.any():
        return 0.0, matrix.shape[1]
    remaining = matrix if inside.all() else Standardised.of(matrix[inside, 1:]).matrix
    *_, log_likelihood = fit_maximum_likelihood(remaining, classes[inside])
    return log_likelihood, matrix.shape[1]


def columns_of(terms: Terms, names: Sequence[str]) -> list[str]:
    return [column for name in names for column in terms[name]]


def likelihood_ratio_p(
    design: pd.DataFrame, outcome: np.ndarray, terms: Terms, names: Sequence[str], without: str
) -> float:
    """P of a likelihood ratio test of one term in the model of `names` (suprema, chi-square).

    Under separation a supremum is no likelihood that a test may rest on: see `overall_p`.
    """
    full, parameters = supremum(design[columns_of(terms, names)], outcome)
    others = [name for name in names if name != without]
    reduced, fewer = supremum(design[columns_of(terms, others)], outcome)
    return float(chi2.sf(max(2 * (full - reduced), 0.0), parameters - fewer))


def overall_p(
    design: pd.DataFrame,
    outcome: np.ndarray,
    terms: Terms,
    names: Sequence[str],
    term: str,
    fit: LogisticFit,
) -> float:
    """P of a term of several columns in the model of `names`, by the likelihood that its `fit` is
    of: Firth's penalised one where the outcome separates the model."""
    if fit.separated:
        return penalised_ratio_p(design[columns_of(terms, names)], outcome, fit, terms[term])
    return likelihood_ratio_p(design, outcome, terms, names, term)


def stepwise(
    design: pd.DataFrame, outcome: np.ndarray, terms: Terms, direction: str = "both"
) -> tuple[list[str], float]:
    """Terms that AIC keeps, and the AIC, as R's `step` and MASS's `stepAIC` find them.

    `design` has no missing values; `direction` is both or backward (from all terms), or forward
    (from none). Terms come in the model's order: the original, late entrants last.
    """
    if direction not in ("both", "backward", "forward"):
        raise ValueError(f"direction '{direction}' is none of both, backward, forward")
    known: dict[frozenset[str], tuple[float, int]] = {}

    def model(names: Sequence[str]) -> tuple[float, int]:
        key = frozenset(names)
        if key not in known:
            ordered = [name for name in terms if name in key]
            log_likelihood, parameters = supremum(design[columns_of(terms, ordered)], outcome)
            known[key] = 2 * parameters - 2 * log_likelihood, parameters
        return known[key]

    present = [] if direction == "forward" else list(terms)
    while True:
        aic, parameters = model(present)
        moves = []
        if direction != "forward":
            moves = [[name for name in present if name != leaver] for leaver in present]
            redundant = [move for move in moves if model(move)[1] == parameters]
            if redundant:
                present = redundant[-1]
                continue
        if direction != "backward":
            entries = [[*present, name] for name in terms if name not in present]
            moves += [move for move in entries if model(move)[1] > parameters]
        best = present
        for move in moves:
            if model(move)[0] < model(best)[0] - TIE:
                best = move
        if best is present:
            return present, aic
        present = best


@dataclass(frozen=True)
class Screened:
    """One term alone on the patients who have it; `fit` is None where it cannot be estimated."""

    n: int
    events: int
    method: str
    p: float = np.nan
    fit: LogisticFit | None = None
    design: pd.DataFrame = field(default_factory=pd.DataFrame)
    outcome: np.ndarray = field(default_factory=lambda: np.empty(0))

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Of the fit, where there is one (see `profile_intervals`); the search needs none."""
        return profile_intervals(self.design, self.outcome, self.fit)


def screen(design: pd.DataFrame, outcome: pd.Series, columns: Sequence[str]) -> Screened:
    """Univariate logistic regression of one term, complete cases.

    P is the coefficient's (Wald, or penalised likelihood ratio after Firth); that of a term with
    several columns is the overall likelihood ratio test's, penalised after Firth.
    """
    rows = design[list(columns)].dropna()
    classes = outcome.loc[rows.index].to_numpy(dtype=float)
    n, events = len(rows), int(classes.sum())
    if n == 0:
        return Screened(n, events, "not estimable: no data")
    if (rows == rows.iloc[0]).all(axis=None):
        return Screened(n, events, "not estimable: constant")
    if events in (0, n):
        return Screened(n, events, "not estimable: one outcome only")
    fit = fit_logistic(rows, classes)
    if len(columns) == 1:
        return Screened(n, events, fit.method, float(fit.p_values[1]), fit, rows, classes)
    p = overall_p(rows, classes, {"term": columns}, ["term"], "term", fit)
    method = PENALISED_RATIO if fit.separated else LIKELIHOOD_RATIO
    return Screened(n, events, method, p, fit, rows, classes)


@dataclass(frozen=True)
class Selection:
    """`patients` are complete in all candidates; `p` holds each retained term's P in `fit`, which
    is of `design` (patients x columns) and `outcome`."""

    univariate: dict[str, Screened]
    candidates: list[str]
    retained: list[str]
    selected: list[str]
    patients: pd.Index
    aic: float
    p: dict[str, float]
    fit: LogisticFit
    design: pd.DataFrame
    outcome: np.ndarray

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Of the fit (see `profile_intervals`)."""
        return profile_intervals(self.design, self.outcome, self.fit)


def select(
    design: pd.DataFrame,
    outcome: pd.Series,
    terms: Terms,
    *,
    p_enter: float,
    p_stay: float,
    direction: str,
) -> Selection:
    """Screen all terms, step by AIC from those with P < p_enter, select those with P < p_stay.

    `design` (patients x columns, may miss values) and `outcome` (0/1) share their index of
    training patients. Raises StudyError E21 where no two outcomes are left among the patients who
    have all candidates.
    """
    univariate = {name: screen(design, outcome, columns) for name, columns in terms.items()}
    candidates = [name for name, result in univariate.items() if result.p < p_enter]
    rows = design[columns_of(terms, candidates)].dropna()
    classes = outcome.loc[rows.index].to_numpy(dtype=float)
    if int(classes.sum()) in (0, len(classes)):
        raise StudyError(
            f"E21 statistics: {len(rows)} of {len(design)} training patients have all of "
            f"{', '.join(candidates) or 'the characteristics'}, {int(classes.sum())} of them "
            "positive; the stepwise model needs both outcomes: fill in the missing values, or "
            "take the characteristic that misses most out of the dictionary."
        )
    chosen = {name: terms[name] for name in candidates}
    retained, aic = stepwise(rows, classes, chosen, direction)
    kept = rows[columns_of(terms, retained)]
    fit = fit_logistic(kept, classes)
    p = {
        name: float(fit.p_values[1 + fit.names.index(terms[name][0])])
        if len(terms[name]) == 1
        else overall_p(kept, classes, chosen, retained, name, fit)
        for name in retained
    }
    return Selection(
        univariate=univariate,
        candidates=candidates,
        retained=retained,
        selected=[name for name in candidates if name in p and p[name] < p_stay],
        patients=rows.index,
        aic=aic,
        p=p,
        fit=fit,
        design=kept,
        outcome=classes,
    )
