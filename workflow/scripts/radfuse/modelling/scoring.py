"""The DLRS model of one modality: which features it may use, its score, its logistic regression."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radfuse.errors import StudyError
from radfuse.modelling import models
from radfuse.modelling.fitting import fit_model, plain
from radfuse.modelling.score import Score, choose, fit_score

LABEL = "Deep-learning radiomics score"


def stable_features(features: pd.DataFrame, marks: pd.DataFrame, modality: str) -> list[str]:
    """The columns of `features` that `marks` (a table of stability) calls stable, in their order.

    Raises StudyError E23 where there is none.
    """
    stable = set(marks.loc[marks["stable"] == "yes", "feature"])
    if not stable:
        raise StudyError(
            f"E23 statistics: DLRS_{modality}: 0 of {len(marks)} features of {modality} are "
            "stable between readers, at least 1 must be; check the repeated masks, or lower "
            "`stability.threshold`."
        )
    return [feature for feature in features.columns if feature in stable]


def training_features(
    features: pd.DataFrame, stable: Sequence[str], train: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    """Stable features and outcome of the training patients who have all of them, sorted by id.

    `train` is the outcome (0/1) by training patient.
    """
    present = sorted(set(train.index) & set(features.index))
    complete = features.loc[present, list(stable)].dropna()
    return complete, train[complete.index]


def entered(coefficients: np.ndarray) -> dict[str, float]:
    """The components with a coefficient at one penalty, by their number (1 = most variance)."""
    return {str(place + 1): plain(coefficients[place]) for place in np.flatnonzero(coefficients)}


def describe(score: Score, settings: Mapping) -> dict:
    """A score as a model's JSON holds it: numbers to 12 significant digits."""
    mean, standard_error = score.path[["deviance", "standard_error"]].to_numpy().T
    rules = {rule: choose(mean, standard_error, rule) for rule in ("min", "1se")}
    return {
        "intercept": plain(score.intercept),
        "lambda": plain(score.penalty),
        "lambda_rule": score.lambda_rule,
        **{f"lambda_{rule}": plain(score.path["lambda"][i]) for rule, i in rules.items()},
        "folds": score.folds,
        "seed": settings.get("seed"),
        "variance": settings.get("variance"),
        "components_asked": settings.get("components"),
        "whiten": settings.get("whiten"),
        "components": score.components,
        "explained_variance": plain(score.explained),
        "selected": score.selected,
        "path": {
            "lambda": [plain(value) for value in score.path["lambda"]],
            "deviance": [plain(value) for value in score.path["deviance"]],
            "standard_error": [plain(value) for value in score.path["standard_error"]],
            "selected": [int(value) for value in score.path["selected"]],
            "coefficients": [entered(row) for row in score.coefficients],
        },
        "weights": {name: plain(weight) for name, weight in score.weights.items()},
    }


def score_model(
    modality: str,
    features: pd.DataFrame,
    outcome: pd.Series,
    settings: Mapping,
    definition: Mapping,
) -> dict:
    """The DLRS model of training patients: see `models` and `score.fit_score`."""
    name = f"DLRS_{modality}"
    fitted = fit_score(features, outcome, name=name, **settings)
    described = {"score": describe(fitted, settings)}
    design = pd.DataFrame({name: models.score(described, features)})
    described["score"]["range"] = [plain(design[name].min()), plain(design[name].max())]
    return {
        **fit_model(
            name,
            modality,
            design,
            outcome.to_numpy(),
            labels={name: LABEL},
            source={name: "score"},
            outcome_definition=definition,
            note=fitted.note,
        ),
        **described,
    }
