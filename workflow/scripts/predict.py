"""Every model's probability for every patient of the study, and the covariates that made it."""

import pandas as pd

from radfuse.jobs.job import job, logger
from radfuse.modelling.applying import check_columns, check_networks
from radfuse.modelling.covariates import (
    linear_predictors,
    original_covariates,
    read_features,
    read_radiology,
    read_scores,
    with_crossfit_scores,
)
from radfuse.modelling.extrapolation import far_scores, told
from radfuse.modelling.models import covariate_labels, probability, read_model
from radfuse.tables import read_table, write_table

KEYS = {
    "patient": "patient identifier",
    "cohort": "train, test, external or unlabelled",
    "outcome": "1 = positive, 0 = negative, blank = unlabelled",
}
PREDICTION_COLUMNS = {
    **KEYS,
    "model": "model that predicts",
    "protocol": "published, or crossfit = fitted on (and, for training patients, predicted from) "
    "cross-fitted scores",
    "probability": "predicted probability of the positive outcome; blank = a covariate is missing",
}


def predictions_table(
    models: list[dict], log_odds: pd.DataFrame, cohorts: pd.DataFrame
) -> pd.DataFrame:
    """One row per model and patient, in the order of the models, patients sorted."""
    parts = []
    for model in models:
        rows = cohorts[["patient", "cohort", "outcome"]].copy()
        rows["model"], rows["protocol"] = model["model"], model["protocol"]
        rows["probability"] = probability(log_odds[model["model"]]).to_numpy()
        parts.append(rows)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def main(
    models: list[str],
    crossfit: list[str],
    scores: list[str],
    features: list[str],
    radiology: str | None,
    split: str,
    dictionary: list[dict],
    reader: str,
    backbone: str | None,
    simulated: bool,
    predictions: str,
    covariates: str,
) -> None:
    """`crossfit` are the models of that protocol, `scores` the cross-fitted ones by modality;
    `backbone` the record of the pretrained network that the features come from. Raises
    StudyError E27 where a model was built on another network's features.
    """
    fitted = [read_model(path) for path in models]
    check_networks(fitted, read_model(backbone) if backbone else {})
    matrices = read_features(features)
    check_columns(fitted, matrices)
    cohorts = read_table(split).astype({"outcome": "Int64"})
    values = original_covariates(
        fitted,
        list(cohorts["patient"]),
        matrices,
        read_radiology(radiology),
        dictionary,
        reader,
    )
    refitted = [read_model(path) for path in crossfit]
    crossed = with_crossfit_scores(values, read_scores(scores))
    keyed = cohorts[list(KEYS)].merge(values.reset_index(), on="patient")
    outside = told(far_scores(fitted, keyed))
    tables = [
        predictions_table(fitted, linear_predictors(fitted, values), cohorts),
        predictions_table(refitted, linear_predictors(refitted, crossed), cohorts),
    ]
    write_table(
        pd.concat([table for table in tables if len(table)], ignore_index=True),
        predictions,
        title="Predicted probabilities.",
        columns=PREDICTION_COLUMNS,
        simulated=simulated,
        not_for="decisions on patients.",
        notes=["Predictions of training patients are apparent: the models were fitted on them."]
        * ("train" in set(cohorts["cohort"]))
        + ["Cross-fitted scores had not seen their patients; the models on top of them have."]
        * bool(refitted)
        + outside,
    )
    for line in outside:
        logger.warning("%s", line)
    labels = covariate_labels(fitted)
    write_table(
        keyed,
        covariates,
        title="Covariates of the models.",
        columns={**KEYS, **{key: labels[key] for key in values.columns}},
        simulated=simulated,
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            crossfit=snakemake.input.get("crossfit", []),
            scores=snakemake.input.get("scores", []),
            features=snakemake.input.features,
            radiology=snakemake.input.get("radiology"),
            split=snakemake.input.split,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            backbone=snakemake.input.get("backbone"),
            simulated=snakemake.params.simulated,
            predictions=output.predictions,
            covariates=output.covariates,
        )
