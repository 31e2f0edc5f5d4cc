"""The deep-learning radiomics score: standardise, principal components, LASSO logistic regression.

All three are linear, so that the score collapses to an intercept and one weight per feature.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from radfuse.errors import StudyError
from radfuse.inputs.cohort import FEWEST_TO_FIT
from radfuse.statistics.components import fit_components
from radfuse.statistics.lasso import fit_path, lambda_path, largest_lambda, mean_deviance

# Where no component relates to the outcome at all the path would start at 0; noise alone starts it
# a hundred times higher.
SMALLEST_LAMBDA = 1e-3
CONSTANT = (
    "The LASSO selected no principal component at the chosen penalty: the score is the same for "
    "every patient."
)
FEWER_FOLDS = (
    "Cross-validated in {folds} folds, not {asked}: the smaller class has no more training "
    "patients."
)
FEWER = (
    "{asked} principal components were asked for (score.components), {kept} were kept: the folds' "
    "training patients, or the features, have no more."
)


@dataclass(frozen=True)
class Score:
    """A fitted score, and how its penalty was chosen.

    `weights` by feature, on the features' own scale; `path` has a row per penalty: lambda,
    deviance (cross-validated, per patient), standard_error, selected (components, all patients).
    `coefficients` (penalties, components) are those of all patients along the path.
    """

    intercept: float
    weights: pd.Series
    penalty: float
    lambda_rule: str
    path: pd.DataFrame
    coefficients: np.ndarray
    components: int
    selected: int
    explained: float
    folds: int
    n: int
    events: int
    note: str


def most_components(patients: int, folds: int, asked: int) -> int:
    """`asked`, but no more than the smallest training part of the folds has dimensions."""
    return min(int(asked), patients - math.ceil(patients / folds) - 1)


def cross_validate(
    features: np.ndarray,
    outcome: np.ndarray,
    lambdas: np.ndarray,
    *,
    folds: int,
    seed: int,
    keep: float | int,
    whiten: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Deviance per held-out patient at each penalty, and its standard error (as cv.glmnet).

    Scaler, components and LASSO are refitted without each fold; only the list of penalties is
    common to all. The mean over folds is weighted by their size, and the standard error is that
    of this mean.
    """
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    deviances, sizes = [], []
    for kept, held_out in splitter.split(features, outcome):
        components = fit_components(features[kept], keep, whiten)
        columns = components.transform(features[kept])
        intercepts, slopes = fit_path(columns, outcome[kept], lambdas)
        log_odds = intercepts + components.transform(features[held_out]) @ slopes.T
        deviances.append(mean_deviance(outcome[held_out], log_odds))
        sizes.append(len(held_out))
    by_fold = np.array(deviances)
    mean = np.average(by_fold, axis=0, weights=sizes)
    spread = np.average((by_fold - mean) ** 2, axis=0, weights=sizes)
    return mean, np.sqrt(spread / (folds - 1))


def choose(mean: np.ndarray, standard_error: np.ndarray, rule: str) -> int:
    """Place of the penalty: `min`, the lowest deviance; `1se`, the largest within its error of it.

    Penalties fall along the path, so the first of equals is the largest.
    """
    best = int(np.argmin(mean))
    bound = mean[best] + (standard_error[best] if rule == "1se" else 0.0)
    return int(np.argmax(mean <= bound))


def check(features: np.ndarray, outcome: np.ndarray, name: str) -> None:
    """StudyError E22 (too few patients of a class) or E23 (nothing to fit the score `name` on)."""
    events = int(outcome.sum())
    smaller = min(events, len(outcome) - events)
    if smaller < FEWEST_TO_FIT:
        raise StudyError(
            f"E22 statistics: {name}: the training cohort has {events} positive and "
            f"{len(outcome) - events} negative patients with all stable features; the score needs "
            f"at least {FEWEST_TO_FIT} of each. Add patients or images, or check "
            "`outcome.positive`."
        )
    if not (features != features[0]).any():
        raise StudyError(
            f"E23 statistics: {name}: 0 of the {features.shape[1]} stable features vary among the "
            f"{len(features)} training patients, at least 1 must; check the masks and the images, "
            "or lower `stability.threshold`."
        )


def notes(kept: int, components: int | None, used: int, folds: int, selected: int) -> str:
    """Fewer components or folds than were asked for, and a score that selected no component."""
    told = [FEWER_FOLDS.format(folds=used, asked=folds)] if used < folds else []
    if components is not None and kept < components:
        told.append(FEWER.format(asked=components, kept=kept))
    return " ".join(told if selected else [*told, CONSTANT])


def fit_score(
    features: pd.DataFrame,
    outcome: pd.Series,
    *,
    folds: int = 10,
    seed: int = 1,
    lambda_rule: str = "min",
    n_lambdas: int = 50,
    lambda_ratio: float = 0.01,
    variance: float = 0.95,
    components: int | None = None,
    whiten: bool = False,
    name: str = "DLRS",
) -> Score:
    """Fit the score on training patients.

    `features`: patients x stable features, none missing; `outcome`: 0/1 by patient. Patients are
    taken in the order of their ids. Folds are stratified, and no more than the smaller class has
    patients. `name` is what errors call the score.

    The principal components are as many as keep `variance` or, where given, a fixed number of
    `components`: the same in all folds, so no more than the smallest fold allows (see `note`).

    With `whiten` every component has unit variance before the LASSO (as glmnet scales its
    columns), so that the last, noisiest directions of a small cohort cost no more than the first.
    Without it, the default, a component's penalty grows with 1 / its SD, which prefers directions
    that many features share: in simulated cohorts new patients are then predicted better by
    fewer components, unless the outcome follows the weakest directions alone.

    Raises StudyError E22, E23 as `check`; ValueError where a feature is missing.
    """
    features = features.sort_index()
    # Equal bytes whatever the frame's memory layout: BLAS sums rows and columns differently.
    values = np.ascontiguousarray(features.to_numpy(dtype=float))
    classes = outcome.loc[features.index].to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("a training patient's features are missing")
    check(values, classes, name)
    events = int(classes.sum())
    asked, folds = folds, min(folds, events, len(classes) - events)
    keep = variance if components is None else most_components(len(classes), folds, components)
    basis = fit_components(values, keep, whiten)
    columns = basis.transform(values)
    largest = max(largest_lambda(columns, classes), SMALLEST_LAMBDA)
    lambdas = lambda_path(largest, n_lambdas, lambda_ratio)
    mean, standard_error = cross_validate(
        values, classes, lambdas, folds=folds, seed=seed, keep=keep, whiten=whiten
    )
    intercepts, slopes = fit_path(columns, classes, lambdas)
    place = choose(mean, standard_error, lambda_rule)
    weights = basis.loadings @ slopes[place]
    selected = np.count_nonzero(slopes, axis=1)
    return Score(
        intercept=float(intercepts[place] - weights @ basis.centre),
        weights=pd.Series(weights, index=features.columns),
        penalty=float(lambdas[place]),
        lambda_rule=lambda_rule,
        path=pd.DataFrame(
            {
                "lambda": lambdas,
                "deviance": mean,
                "standard_error": standard_error,
                "selected": selected,
            }
        ),
        coefficients=slopes,
        components=columns.shape[1],
        selected=int(selected[place]),
        explained=basis.explained,
        folds=folds,
        n=len(classes),
        events=events,
        note=notes(columns.shape[1], components, folds, asked, selected[place]),
    )
