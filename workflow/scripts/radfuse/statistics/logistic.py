"""Logistic regression: maximum likelihood, or Firth's penalised likelihood where it separates."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from radfuse.errors import StudyError
from radfuse.statistics.firth import fit_firth, likelihood_ratio_test
from radfuse.statistics.likelihood import Likelihood
from radfuse.statistics.separation import separated_rows

MAXIMUM_LIKELIHOOD = "maximum likelihood"
FIRTH = "Firth penalised likelihood"
DEPENDENT = 1e-9  # residual of a standardised column on the earlier ones below which it is aliased
# A log odds l whose standard error is above so many times 1 + |l| is not known at all: the
# likelihood is so flat there that iterations stop where their rule has it, another program's
# elsewhere.
FLAT = 100


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic regression; arrays are (1 + p), intercept first, on the design's scale.

    `names` are the p covariates. `aliased` ones (constant, or linear combinations of earlier
    covariates) have coefficient 0 and standard error and P value NaN, as R's NA. `p_values` are
    Wald's for maximum likelihood; for Firth those of penalised likelihood ratio tests (Wald's for
    the intercept). `log_likelihood` is penalised for Firth, and then depends on the covariates'
    units.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    p_values: np.ndarray
    log_likelihood: float
    n: int
    events: int
    method: str
    separated: bool
    aliased: tuple[str, ...]

    @property
    def standard_errors(self) -> np.ndarray:
        return np.sqrt(np.diag(self.covariance))

    @property
    def aic(self) -> float:
        parameters = 1 + len(self.names) - len(self.aliased)
        return 2 * parameters - 2 * self.log_likelihood


@dataclass(frozen=True)
class Standardised:
    """A design's independent columns, centred and divided by their SD, behind an intercept.

    `to_original` (1 + p, 1 + p') turns coefficients of `matrix` into those of all p columns.
    """

    matrix: np.ndarray
    independent: np.ndarray
    to_original: np.ndarray
    log_scale: float

    @classmethod
    def of(cls, values: np.ndarray) -> "Standardised":
        """`values` (n, p). Numerically safe whatever the units: AFP in thousands beside 0/1."""
        n, p = values.shape
        centre, scale = values.mean(axis=0), values.std(axis=0)
        constant = scale <= 1e-12 * np.abs(values).max(axis=0, initial=0.0)
        standard = (values - centre) / np.where(constant, 1.0, scale)
        basis = np.full((n, 1), 1 / np.sqrt(n))
        independent = []
        for column in np.flatnonzero(~constant):
            residual = standard[:, column] / np.sqrt(n)
            for _ in range(2):  # twice is enough: the second pass removes what rounding left
                residual = residual - basis @ (basis.T @ residual)
            size = np.linalg.norm(residual)
            if size > DEPENDENT and basis.shape[1] < n:
                independent.append(column)
                basis = np.column_stack([basis, residual / size])
        kept = np.array(independent, dtype=int)
        to_original = np.zeros((1 + p, 1 + len(kept)))
        to_original[0, 0] = 1.0
        to_original[0, 1:] = -centre[kept] / scale[kept]
        to_original[1 + kept, 1 + np.arange(len(kept))] = 1 / scale[kept]
        matrix = np.column_stack([np.ones(n), standard[:, kept]])
        return cls(matrix, kept, to_original, float(np.log(scale[kept]).sum()))


def as_arrays(design: pd.DataFrame, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Checked float copies. ValueError: missing values or other outcomes than 0 and 1.

    StudyError E21: all patients have the same outcome.
    """
    values = design.to_numpy(dtype=float).reshape(len(design), design.shape[1])
    classes = np.asarray(outcome, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("the design has missing or infinite values")
    if len(classes) != len(values) or not np.isin(classes, (0.0, 1.0)).all():
        raise ValueError("the outcome must be one 0 or 1 per row of the design")
    events = int(classes.sum())
    if events in (0, len(classes)):
        raise StudyError(
            f"E21 statistics: {events} of {len(classes)} patients are positive; a logistic "
            "regression needs patients of both outcomes. Add patients of the other outcome, or "
            "check `outcome.positive` and the missing values."
        )
    return values, classes


def fit_maximum_likelihood(
    design: np.ndarray, outcome: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, covariance and log-likelihood on a standardised (n, 1 + p) design.

    The design must not be separated. Iteratively reweighted least squares with the start and the
    stopping rule of R's glm (|change of deviance| < 1e-8 (|deviance| + 0.1), covariance from the
    last weights used), so that standard errors and P values equal R's beyond the sixth digit.
    """
    model = GLM(outcome, design, family=Binomial())
    likelihood = Likelihood(design, outcome, penalised=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the outcome is checked here, separation was before
        result = model.fit(rtol=1e-8, atol=1e-9, maxiter=25)
        best, height = likelihood.maximum()
        if result.llf > height - 1e-6 * (1 + abs(height)):
            return result.params, result.cov_params(), float(result.llf)
    # without step halving an extreme value can send the iterations astray, even to "converge"
    _, information = likelihood.score_and_information(best)
    return best, np.linalg.pinv(information, hermitian=True), height


def flat(design: np.ndarray, coefficients: np.ndarray, covariance: np.ndarray) -> bool:
    """Whether a maximum exists that says nothing of somebody's log odds: separation but for what
    would have to be resolved beyond double precision."""
    log_odds = np.abs(design @ coefficients)
    errors = np.sqrt(np.einsum("ij,jk,ik->i", design, covariance, design).clip(0))
    return bool((errors > FLAT * (1 + log_odds)).any())


def aliased(design: pd.DataFrame) -> list[str]:
    """The columns that no fit can estimate: constant, or linear combinations of earlier ones."""
    kept = Standardised.of(design.to_numpy(dtype=float)).independent
    return [name for place, name in enumerate(design.columns) if place not in kept]


def fit_unless_separated(design: pd.DataFrame, outcome: np.ndarray) -> LogisticFit | None:
    """As `fit_logistic`; None where the design separates the outcome or a column is aliased: for
    what exists as a maximum-likelihood estimate only."""
    values, classes = as_arrays(design, outcome)
    standard = Standardised.of(values)
    if len(standard.independent) < values.shape[1]:
        return None
    if separated_rows(standard.matrix, classes).any():
        return None
    fit = fit_standardised(design, standard, classes, separated=False)
    return None if fit.separated else fit


def fit_logistic(design: pd.DataFrame, outcome: np.ndarray) -> LogisticFit:
    """Fit `outcome` (n, 0/1) on the columns of `design` (n, p; p may be 0) and an intercept.

    Complete or quasi-complete separation is found exactly and answered by Firth's penalised
    likelihood; so is a maximum that exists but that numbers of double precision cannot find.
    Raises as `as_arrays`.
    """
    values, classes = as_arrays(design, outcome)
    standard = Standardised.of(values)
    separated = bool(separated_rows(standard.matrix, classes).any())
    return fit_standardised(design, standard, classes, separated)


def penalised_ratio_p(
    design: pd.DataFrame, outcome: np.ndarray, fit: LogisticFit, columns: Sequence[str]
) -> float:
    """P of a penalised likelihood ratio test of several columns at once, in Firth's `fit` of the
    whole design; aliased ones do not count."""
    values, classes = as_arrays(design, outcome)
    standard = Standardised.of(values)
    tested = [fit.names.index(name) for name in columns]
    places = 1 + np.flatnonzero(np.isin(standard.independent, tested))
    likelihood = Likelihood(standard.matrix, classes, penalised=True)
    return likelihood_ratio_test(likelihood, fit.log_likelihood - standard.log_scale, places)


def fit_standardised(
    design: pd.DataFrame, standard: Standardised, classes: np.ndarray, separated: bool
) -> LogisticFit:
    """The fit of a design that is standardised already, where separation is known."""
    back = standard.to_original
    if not separated:
        inner, covariance, log_likelihood = fit_maximum_likelihood(standard.matrix, classes)
        separated = flat(standard.matrix, inner, covariance)
    if separated:
        inner, covariance, log_likelihood, inner_p = fit_firth(standard.matrix, classes)
        log_likelihood += standard.log_scale
    covariance = back @ covariance @ back.T
    coefficients = back @ inner
    present = np.concatenate([[0], 1 + standard.independent])
    absent = np.setdiff1d(np.arange(1 + design.shape[1]), present)
    covariance[absent, :] = covariance[:, absent] = np.nan
    p_values = 2 * norm.sf(np.abs(coefficients) / np.sqrt(np.diag(covariance)))
    if separated:
        # the inner intercept is that of the centred columns, so its test is not the intercept's
        p_values[present[1:]] = inner_p[1:]
    names = tuple(str(name) for name in design.columns)
    return LogisticFit(
        names=names,
        coefficients=coefficients,
        covariance=covariance,
        p_values=p_values,
        log_likelihood=float(log_likelihood),
        n=len(classes),
        events=int(classes.sum()),
        method=FIRTH if separated else MAXIMUM_LIKELIHOOD,
        separated=separated,
        aliased=tuple(names[column - 1] for column in absent),
    )
