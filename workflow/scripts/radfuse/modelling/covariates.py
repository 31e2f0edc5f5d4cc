"""The covariates of every model, for every patient, from features and radiological readings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.inputs.radiology import Characteristic, design_matrix, reader_values
from radfuse.inputs.sheets import read_sheet
from radfuse.modelling.models import covariate_key, linear_predictor, log_odds_key, score
from radfuse.tables import read_table


def read_features(paths: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Feature matrices (patients x features) by modality, the name of their file."""
    return {Path(path).stem: pd.read_parquet(path) for path in paths}


def read_radiology(path: str | None) -> pd.DataFrame | None:
    return read_sheet(path) if path else None


def original_covariates(
    models: Sequence[Mapping],
    patients: Sequence[str],
    features: Mapping[str, pd.DataFrame],
    radiology: pd.DataFrame | None,
    dictionary: Sequence[Characteristic],
    reader: str,
) -> pd.DataFrame:
    """Scores and characteristics that any of the models uses, patients x `covariate_key`.

    Missing where a patient's characteristic is missing, and the model imputes none.
    """
    columns: dict[str, pd.Series] = {}
    designs: dict[str, pd.DataFrame] = {}
    for model in models:
        modality = model["modality"]
        if "score" in model:
            columns[model["model"]] = score(model, features[modality].reindex(patients))
        for covariate in model["covariates"]:
            if covariate["source"] != "radiology":
                continue
            if modality not in designs:
                entries = [entry for entry in dictionary if modality in entry["modalities"]]
                values = reader_values(radiology, modality, reader, entries)
                designs[modality] = design_matrix(values, entries).reindex(patients)
            known = designs[modality][covariate["name"]]
            if "imputed" in covariate:
                known = known.fillna(covariate["imputed"])
            columns[covariate_key(model, covariate)] = known
    return pd.DataFrame(columns, index=pd.Index(patients, name="patient"))


def read_scores(paths: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Cross-fitted scores by modality, of results/crossfit/scores_{modality}.tsv."""
    return {Path(path).stem.removeprefix("scores_"): read_table(path) for path in paths}


def with_crossfit_scores(
    covariates: pd.DataFrame, scores: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Covariates (patients x keys) in which training patients have their cross-fitted scores.

    `scores` by modality, as `read_scores` gives them.
    """
    replaced = covariates.copy()
    for modality, rows in scores.items():
        own = rows.set_index("patient")["score"]
        replaced.loc[own.index, f"DLRS_{modality}"] = own
    return replaced


def with_log_odds(models: Sequence[Mapping], covariates: pd.DataFrame) -> pd.DataFrame:
    """Covariates (patients x keys) and, as further ones, the models' linear predictors.

    A model comes after the models that it is made of.
    """
    known = covariates.copy()
    for model in models:
        known[log_odds_key(model["model"])] = linear_predictor(model, known)
    return known


def linear_predictors(models: Sequence[Mapping], covariates: pd.DataFrame) -> pd.DataFrame:
    """Log odds, patients x models. A model comes after the models that it is made of."""
    known = with_log_odds(models, covariates)
    return pd.DataFrame({model["model"]: known[log_odds_key(model["model"])] for model in models})


def own_design(model: Mapping, known: pd.DataFrame) -> pd.DataFrame:
    """A model's own covariates by their keys, of the patients who have all of them; `known` as
    `with_log_odds` gives it."""
    return known[[covariate_key(model, covariate) for covariate in model["covariates"]]].dropna()
