"""Models as plain numbers: logistic regressions on named covariates, stored as JSON.

A model's `covariates` are characteristics (`source: radiology`, named as in
`radiology.design_columns`), deep-learning scores (`source: score`, named DLRS_<modality>) or other
models' linear predictors (`source: model`). A DLRS model also holds the `score`: an intercept and
one weight per deep feature.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from radfuse.jobs.digests import value_digest

PROTOCOL = "published"
CROSSFIT = "crossfit"
# what a characteristic among the covariates also says
DETAILS = ("type", "levels", "imputed", "range")


def model_names(
    modalities: Sequence[str], radiology: Sequence[str], scored: Sequence[str]
) -> list[str]:
    """The study's models in the order they are fitted.

    `modalities` are the study's, `radiology` those with radiological characteristics, `scored`
    those with features. Without features there are only R models; a fusion needs some and at least
    two modalities.
    """
    names = []
    for modality in modalities:
        if modality in radiology:
            names.append(f"R_{modality}")
        if modality in scored:
            names.append(f"DLRS_{modality}")
        if modality in scored and modality in radiology:
            names.append(f"DLRR_{modality}")
    return [*names, "fused"] if scored and len(modalities) > 1 else names


def top_model(modality: str, names: Sequence[str]) -> str | None:
    """The fullest model of one modality: DLRR, else DLRS, else R, else none."""
    kinds = (f"{kind}_{modality}" for kind in ("DLRR", "DLRS", "R"))
    return next((name for name in kinds if name in names), None)


def final_model(names: Sequence[str], modalities: Sequence[str]) -> str | None:
    """The model that a study is about: the fusion, or the fullest of the one modality it has.

    None where several modalities are not fused.
    """
    if "fused" in names:
        return "fused"
    tops = [top for modality in modalities if (top := top_model(modality, names))]
    return tops[0] if len(tops) == 1 else None


def correctable(names: Sequence[str], crossfitted: bool) -> list[str]:
    """The models whose optimism can be found: without cross-fitted scores those of readings alone,
    as scores that have seen their patients say nothing of what they cost."""
    return [name for name in names if crossfitted or name.startswith("R_")]


def repeated(names: Sequence[str]) -> list[str]:
    """What is repeated where these models are built again (see `rebuilding`), in words."""
    chosen = any(name.startswith("R_") for name in names)
    return ["the choice of characteristics"] * chosen + ["every regression"]


def read_model(path: str | Path) -> dict:
    """A model, or another record in JSON. ValueError: no JSON, or NaN or infinity in it."""

    def refuse(number: str) -> None:
        raise ValueError(f"{number} is no number of a model")

    return json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=refuse)


def write_model(model: Mapping, path: str | Path) -> None:
    """Write a model with its keys in their order and the `digest` of them all, by which a later
    change shows; NaN and infinity are refused (ValueError)."""
    whole = {**model, "digest": digest(model)}
    text = json.dumps(whole, indent=1, allow_nan=False, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def digest(model: Mapping) -> str:
    """Tells whether a model file is as it was written: a digest of all that it says."""
    return value_digest({key: value for key, value in model.items() if key != "digest"})[:16]


def covariate_key(model: Mapping, covariate: Mapping) -> str:
    """What a covariate is called across the study.

    Characteristics carry their modality. A DLRS model and its score share a name, so that the
    linear predictor of a model is called otherwise.
    """
    if covariate["source"] == "radiology":
        return f"{model['modality']}:{covariate['name']}"
    if covariate["source"] == "model":
        return log_odds_key(covariate["name"])
    return covariate["name"]


def log_odds_key(model: str) -> str:
    """What a model's linear predictor is called as a covariate of another model."""
    return f"log odds of {model}"


def covariate_labels(models: Iterable[Mapping]) -> dict[str, str]:
    """What each original covariate is, by its key, with its modality."""
    return {
        covariate_key(model, covariate): f"{covariate['label']} ({model['modality']})"
        for model in models
        for covariate in model["covariates"]
        if covariate["source"] != "model"
    }


def linear_predictor(model: Mapping, covariates: pd.DataFrame) -> pd.Series:
    """Log odds of each patient; missing where a covariate of the model is missing.

    `covariates` is indexed by patient and has the model's covariates among its columns, named by
    `covariate_key`.
    """
    total = pd.Series(float(model["intercept"]), index=covariates.index)
    for covariate in model["covariates"]:
        total = total + covariate["coefficient"] * covariates[covariate_key(model, covariate)]
    return total


def fingerprint(model: Mapping) -> str:
    """Tells whether two models compute the same: a digest of coefficients and weights."""
    score = model.get("score", {})
    numbers = [
        model["intercept"],
        {each["name"]: each["coefficient"] for each in model["covariates"]},
        [score.get("intercept"), score.get("weights")],
    ]
    return value_digest(numbers)[:16]


def parts(model: Mapping) -> list[str]:
    """The models that a model is made of: those whose log odds or score are its covariates."""
    names = [each["name"] for each in model["covariates"] if each["source"] in ("model", "score")]
    return [name for name in names if name != model["model"]]


def made_of(model: Mapping, others: Iterable[Mapping]) -> dict[str, str]:
    """The `fingerprint` of every part of a model, by name; `others` hold them."""
    named = {other["model"]: other for other in others}
    return {name: fingerprint(named[name]) for name in parts(model)}


def with_details(model: Mapping, details: Mapping[str, Mapping]) -> dict:
    """A model whose characteristics say how they are coded, and what stands in for a missing value.

    `details` by covariate: its characteristic's `type` and `levels`, the design value `imputed`
    where missing values were imputed, and of a measurement the `range` in the training cohort.
    """

    def detailed(covariate: Mapping) -> dict:
        known = details[covariate["name"]] if covariate["source"] == "radiology" else {}
        return {**covariate, **{key: known[key] for key in DETAILS if key in known}}

    return {**model, "covariates": [detailed(each) for each in model["covariates"]]}


def details(models: Iterable[Mapping]) -> dict[str, Mapping]:
    """The covariates of models by name, as `with_details` takes them."""
    return {each["name"]: each for model in models for each in model["covariates"]}


def probability(log_odds: pd.Series) -> pd.Series:
    return pd.Series(expit(log_odds.to_numpy(dtype=float)), index=log_odds.index)


def score(model: Mapping, features: pd.DataFrame) -> pd.Series:
    """A DLRS model's score: intercept + deep features x weights (patients x features)."""
    weights = model["score"]["weights"]
    values = features[list(weights)].to_numpy(dtype=float)
    return pd.Series(
        model["score"]["intercept"] + values @ np.fromiter(weights.values(), dtype=float),
        index=features.index,
    )


def expand(model: Mapping, models: Mapping[str, Mapping]) -> tuple[float, dict[str, float]]:
    """The model over the study's original covariates: intercept, and coefficient per covariate.

    A covariate that is another model's linear predictor is replaced by that model's own
    covariates, as often as needed. Keys are those of `covariate_key`.
    """
    intercept = float(model["intercept"])
    coefficients: dict[str, float] = {}
    for covariate in model["covariates"]:
        weight = covariate["coefficient"]
        if covariate["source"] == "model":
            inner_intercept, inner = expand(models[covariate["name"]], models)
            intercept += weight * inner_intercept
        else:
            inner = {covariate_key(model, covariate): 1.0}
        for name, coefficient in inner.items():
            coefficients[name] = coefficients.get(name, 0.0) + weight * coefficient
    return intercept, coefficients
