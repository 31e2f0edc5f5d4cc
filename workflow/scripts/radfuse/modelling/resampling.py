"""The whole model-building on one other division of the patients, and how its models then do.

One split of a small cohort is a lottery: the same patients, divided otherwise, give other features,
other characteristics and other AUCs. Here the labelled patients of the training and the test cohort
are pooled and divided anew by a seed, and everything that is learnt is learnt again on the new
training part alone: the stability filter, scaler, components, penalty and LASSO, the selection of
characteristics, every regression and its threshold.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radfuse.errors import StudyError
from radfuse.inputs.cohort import divide
from radfuse.modelling.building import UNFITTED, Built, Material, build_models, sentence
from radfuse.modelling.covariates import linear_predictors, original_covariates
from radfuse.modelling.distributions import BEST, COLUMNS, TIE, Difference
from radfuse.modelling.models import probability
from radfuse.statistics.calibration import recalibration
from radfuse.statistics.delong import auc
from radfuse.statistics.threshold import confusion, twelve_digits


def predicted(
    models: Mapping[str, Mapping], split: pd.DataFrame, material: Material, reader: str
) -> pd.DataFrame:
    """Probability by each model, patients x models, both parts; missing where a covariate is."""
    fitted, patients = list(models.values()), list(split["patient"])
    covariates = original_covariates(
        fitted, patients, material.features, material.radiology, material.dictionary, reader
    )
    log_odds = linear_predictors(fitted, covariates)
    return log_odds.apply(
        lambda column: pd.Series(twelve_digits(probability(column)), column.index)
    )


def counts(outcome: pd.Series, prefix: str = "") -> dict:
    return {f"{prefix}n": len(outcome), f"{prefix}events": int(outcome.sum())}


def what_entered(model: Mapping) -> str:
    """The covariates of a model; of a DLRS how many components of how many."""
    if "score" in model:
        return f"{model['score']['selected']} of {model['score']['components']} components"
    return ", ".join(covariate["name"] for covariate in model["covariates"])


def model_row(model: Mapping, test: pd.DataFrame, train: pd.DataFrame) -> dict:
    """How one model does; `test` and `train` have outcome and probability, none missing."""
    outcome, risk = test["outcome"].to_numpy(dtype=float), test["probability"].to_numpy()
    tp, fp, fn, tn = confusion(outcome, risk, model["threshold"])
    return {
        **counts(test["outcome"]),
        "auc": auc(outcome, risk),
        "slope": recalibration(outcome, risk)[1],
        "sensitivity": tp / (tp + fn) if tp + fn else np.nan,
        "specificity": tn / (tn + fp) if tn + fp else np.nan,
        "threshold": model["threshold"],
        **counts(train["outcome"], "train_"),
        "train_auc": auc(train["outcome"], train["probability"]),
        "entered": what_entered(model),
    }


def difference_row(model: str, against: Sequence[str], test: pd.DataFrame) -> dict:
    """AUC of `model` less the mean of those of `against`, on the test patients whom all have."""
    both = test[["outcome", model, *against]].dropna()
    others = [auc(both["outcome"], both[name]) for name in against]
    return {**counts(both["outcome"]), "auc": auc(both["outcome"], both[model]) - np.mean(others)}


def model_rows(built: Built, names: Sequence[str], risks: pd.DataFrame) -> dict[str, dict]:
    """A row per model of `names`; `risks` (patients x outcome, cohort, models), both parts."""
    rows = {}
    for name in names:
        rows[name] = {"model": name, "problem": built.problems.get(name)}
        if name not in built.models:
            continue
        known = risks[["cohort", "outcome", name]].dropna().rename(columns={name: "probability"})
        parts = [known[known["cohort"] == cohort] for cohort in ("test", "train")]
        try:
            rows[name] |= model_row(built.models[name], *parts)
        except StudyError as error:
            rows[name]["problem"] = sentence(error)
    return rows


def difference_rows(
    rows: Mapping[str, Mapping],
    tops: Sequence[str],
    pairs: Sequence[Difference],
    test: pd.DataFrame,
) -> list[dict]:
    """A row per pair; `rows` are those of the models, `test` the test part's probabilities."""
    found = []
    for model, against in pairs:
        row = {"model": model, "against": against}
        others = list(tops) if against == BEST else [against]
        lacking = [name for name in (model, *others) if rows[name]["problem"]]
        if lacking:
            found.append({**row, "problem": UNFITTED.format(", ".join(lacking))})
            continue
        best = max(rows[name]["train_auc"] for name in others)
        chosen = [name for name in others if rows[name]["train_auc"] >= best - TIE]
        row["entered"] = ", ".join(chosen) if against == BEST else None
        found.append({**row, **difference_row(model, chosen, test)})
    return found


def resample(
    names: Sequence[str],
    tops: Sequence[str],
    pairs: Sequence[Difference],
    split: pd.DataFrame,
    material: Material,
    settings: Mapping,
    *,
    test_fraction: float,
    seed: int,
) -> pd.DataFrame:
    """A row per model, then one per pair of `pairs` (see `distributions.COLUMNS`).

    The best of the single models is the one of `tops` with the highest AUC in the training part, so
    that the choice knows nothing of the patients it is judged on; of several with the same, which
    perfect ones are, the mean counts, as no order of theirs must.
    """
    divided = divide(split, test_fraction, seed)
    built = build_models(names, tops, divided, material, settings)
    risks = divided.set_index("patient").join(
        predicted(built.models, divided, material, settings["radiology"]["reader"])
    )
    rows = model_rows(built, names, risks)
    others = difference_rows(rows, tops, pairs, risks[risks["cohort"] == "test"])
    found = pd.DataFrame([*rows.values(), *others]).assign(seed=seed)
    return found.reindex(columns=list(COLUMNS))
