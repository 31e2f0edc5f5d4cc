"""DLRS: the deep-learning radiomics score of one modality, and its logistic regression."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.inputs.cohort import read_training
from radfuse.jobs.job import job
from radfuse.modelling import models
from radfuse.modelling.scoring import score_model, stable_features, training_features
from radfuse.tables import read_table


def main(
    *,
    features: str,
    stability: str,
    training: str,
    modality: str,
    score: Mapping,
    outcome: Mapping,
    backbone: str | None,
    finetuned: Sequence[str],
    made_of: Mapping,
    simulated: bool,
    model: str,
) -> None:
    matrix = pd.read_parquet(features)
    stable = stable_features(matrix, read_table(stability), modality)
    complete, classes = training_features(matrix, stable, read_training(training))
    fitted = score_model(modality, complete, classes, score, outcome)
    if backbone:
        made_of = {"backbone": models.read_model(backbone), **made_of}
    if finetuned:  # results/backbone/{modality}/{sequence}/backbone.json
        own = {Path(path).parent.name: models.read_model(path) for path in finetuned}
        made_of = {**made_of, "finetuned": own}
    models.write_model({**fitted, "features": dict(made_of), "simulated": simulated}, model)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            features=snakemake.input.features,
            stability=snakemake.input.stability,
            training=snakemake.input.training,
            modality=snakemake.params.modality,
            score=snakemake.params.score,
            outcome=snakemake.params.outcome,
            backbone=snakemake.input.get("backbone"),
            finetuned=snakemake.input.get("finetuned", []),
            made_of=snakemake.params.made_of,
            simulated=snakemake.params.simulated,
            model=output.model,
        )
