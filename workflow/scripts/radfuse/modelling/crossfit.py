"""Scores of training patients from fits that did not see them.

A score that was fitted on a patient is too good for that patient, so a model that is fitted on such
scores leans on them too much. Here the training patients are divided into folds, and all that makes
a score (stability filter, scaler, components, LASSO and its penalty) is learnt anew without each.

The fits differ in their level too: the more of a fold's patients have the outcome, the fewer of the
others do, and the lower is the level of the score that these give it. Pooled over the folds, even a
score that is the same for every patient of a fold would seem to tell something (Airola et al.,
Comput Stat Data Anal 2011; 55: 1828-1844). So all are brought to one level.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.model_selection import StratifiedKFold

from radfuse.errors import StudyError
from radfuse.features.stability import stability_table
from radfuse.inputs.cohort import FEWEST_TO_CROSSFIT
from radfuse.jobs.job import logger
from radfuse.modelling.score import fit_score

COLUMNS = {
    "patient": "training patient",
    "outcome": "1 = positive, 0 = negative",
    "fold": "the fold that the patient was left out with",
    "n": "patients of the other folds with all stable features, on whom the score was fitted",
    "events": "of these, patients with the positive outcome",
    "stable": "features that were stable among them; 0: the score is the same for all of the fold",
    "selected": "components that the LASSO selected among them",
    "score": "score of the patient, from the fit on the other folds: its linear predictor, less "
    "the mean that this has among those, plus the mean of these means over the folds; blank where "
    "the patient lacks a feature that was stable among them",
}


def crossfit_scores(
    features: pd.DataFrame,
    outcome: pd.Series,
    repeats: pd.DataFrame | None,
    *,
    stability: Mapping | None,
    score: Mapping,
    folds: int,
    seed: int,
    name: str,
) -> pd.DataFrame:
    """A row per training patient with any feature (see COLUMNS), by patient.

    `features` (patients x features), of which some may be missing, and `outcome` (0/1) of the
    training patients. A fit takes those who have all features that are stable among its own.
    `repeats` as in `stability_table`; `stability` and `score` the config's. Without `stability` all
    features stay. There are no more folds than the smaller class has patients. Raises StudyError as
    `fit_score`.
    """
    features = features[features.index.isin(outcome.index)].dropna(how="all").sort_index()
    classes = outcome.loc[features.index]
    smaller = min(int(classes.sum()), int((1 - classes).sum()))
    if smaller < FEWEST_TO_CROSSFIT:
        raise StudyError(
            f"E22 statistics: {name}: {int(classes.sum())} of {len(classes)} training patients "
            f"with features are positive; cross-fitting needs {FEWEST_TO_CROSSFIT} of each "
            "outcome: add patients or images, or set validation.crossfit_folds: 0."
        )
    folds = min(folds, smaller)
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    parts, levels = [], []
    for fold, (kept, left_out) in enumerate(splitter.split(features, classes), start=1):
        part = pd.DataFrame({"patient": features.index[left_out], "fold": fold})
        own = f"{name}, cross-fitted without fold {fold}"
        fitted = fit_without(
            features.iloc[kept], repeats, classes.iloc[kept], stability, score, own
        )
        intercept, weights = fitted.pop("intercept"), fitted.pop("weights")
        products = features[weights.index].to_numpy(dtype=float) @ weights.to_numpy()
        level = np.nanmean(products[kept])
        parts.append(part.assign(**fitted, score=products[left_out] - level))
        levels.append(intercept + level)
        logger.info("%s: fold %d of %d", name, fold, folds)
    rows = pd.concat(parts, ignore_index=True).sort_values("patient", ignore_index=True)
    rows["score"] += np.mean(levels)
    return rows.assign(outcome=rows["patient"].map(classes))[list(COLUMNS)]


def fit_without(
    features: pd.DataFrame,
    repeats: pd.DataFrame | None,
    outcome: pd.Series,
    stability: Mapping | None,
    score: Mapping,
    name: str,
) -> dict:
    """What the patients of the other folds teach: intercept, and weight of every stable feature."""
    stable = features.columns
    if stability:
        marks = stability_table(features, repeats, outcome, stability)
        stable = pd.Index(marks.loc[marks["stable"] == "yes", "feature"])
    complete = features[stable].dropna()
    classes = outcome[complete.index]
    found = {"n": len(complete), "events": int(classes.sum()), "stable": len(stable)}
    if stable.empty:
        none = pd.Series(dtype=float)
        return {**found, "selected": 0, "intercept": logit(classes.mean()), "weights": none}
    fitted = fit_score(complete, classes, name=name, **score)
    return {
        **found,
        "selected": fitted.selected,
        "intercept": fitted.intercept,
        "weights": fitted.weights,
    }
