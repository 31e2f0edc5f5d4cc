"""Every model again, fitted on cross-fitted scores: what the published protocol would have been
without scores that had seen their own patients."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.cohort import read_training
from radfuse.jobs.job import job
from radfuse.modelling.covariates import (
    original_covariates,
    own_design,
    read_features,
    read_radiology,
    read_scores,
    with_crossfit_scores,
    with_log_odds,
)
from radfuse.modelling.fitting import fit_model
from radfuse.modelling.models import CROSSFIT, details, read_model, with_details, write_model


def refit(
    model: Mapping,
    covariates: pd.DataFrame,
    outcome: pd.Series,
    before: Sequence[Mapping],
) -> dict:
    """One model with the same covariates, on cross-fitted scores.

    `covariates` of the training patients, by key; `before` are the models that it may be made of,
    already refitted. A radiological model has no score and stays as it is.
    """
    if all(covariate["source"] == "radiology" for covariate in model["covariates"]):
        return {**model, "protocol": CROSSFIT}
    design = own_design(model, with_log_odds(before, covariates))
    design.columns = [covariate["name"] for covariate in model["covariates"]]
    fitted = fit_model(
        model["model"],
        model["modality"],
        design,
        outcome[design.index].to_numpy(),
        labels={each["name"]: each["label"] for each in model["covariates"]},
        source={each["name"]: each["source"] for each in model["covariates"]},
        outcome_definition=model["outcome"],
        note=model["note"],
        protocol=CROSSFIT,
    )
    kept = {key: model[key] for key in ("score", "features", "simulated") if key in model}
    return {**with_details(fitted, details([model])), **kept}


def main(
    models: list[str],
    scores: list[str],
    features: list[str],
    radiology: str | None,
    training: str,
    dictionary: list[dict],
    reader: str,
    refitted: list[str],
) -> None:
    """`scores` are results/crossfit/scores_{modality}.tsv; `refitted` in the order of `models`."""
    published = [read_model(path) for path in models]
    train = read_training(training)
    covariates = with_crossfit_scores(
        original_covariates(
            published,
            list(train.index),
            read_features(features),
            read_radiology(radiology),
            dictionary,
            reader,
        ),
        read_scores(scores),
    )
    done: list[dict] = []
    for model, path in zip(published, refitted, strict=True):
        done.append(refit(model, covariates, train, done))
        write_model(done[-1], path)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            scores=snakemake.input.scores,
            features=snakemake.input.features,
            radiology=snakemake.input.get("radiology"),
            training=snakemake.input.training,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            refitted=output.models,
        )
