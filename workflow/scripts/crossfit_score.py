"""Cross-fitted deep-learning radiomics scores of one modality's training patients."""

from collections.abc import Mapping

import pandas as pd

from radfuse.inputs.cohort import read_training
from radfuse.jobs.job import job
from radfuse.modelling.crossfit import COLUMNS, crossfit_scores
from radfuse.tables import write_table


def main(
    *,
    features: str,
    repeats: str,
    training: str,
    modality: str,
    stability: Mapping,
    score: Mapping,
    validation: Mapping,
    caution: str,
    simulated: bool,
    scores: str,
) -> None:
    rows = crossfit_scores(
        pd.read_parquet(features),
        read_training(training),
        pd.read_parquet(repeats),
        stability=stability,
        score=score,
        folds=validation["crossfit_folds"],
        seed=validation["seed"],
        name=f"DLRS_{modality}",
    )
    write_table(
        rows,
        scores,
        title=f"Cross-fitted deep-learning radiomics score of {modality}: every training patient's "
        "score comes from fits without that patient's fold.",
        columns=COLUMNS,
        simulated=simulated,
        notes=[
            f"{rows['fold'].nunique()} folds, seed {validation['seed']}; training cohort only.",
            caution,
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            features=snakemake.input.features,
            repeats=snakemake.input.repeats,
            training=snakemake.input.training,
            modality=snakemake.wildcards.modality,
            stability=snakemake.params.stability,
            score=snakemake.params.score,
            validation=snakemake.params.validation,
            caution=snakemake.params.caution,
            simulated=snakemake.params.simulated,
            scores=output.scores,
        )
