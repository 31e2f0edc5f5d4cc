"""DLRR: the selected characteristics of one modality and its deep-learning radiomics score."""

import pandas as pd

from radfuse.inputs.cohort import read_training
from radfuse.jobs.job import job
from radfuse.modelling.combining import combined_model
from radfuse.modelling.covariates import read_radiology
from radfuse.modelling.models import made_of, read_model, write_model


def main(
    radiological: str,
    score: str,
    features: str,
    radiology: str,
    training: str,
    modality: str,
    dictionary: list[dict],
    reader: str,
    simulated: bool,
    model: str,
) -> None:
    parts = [read_model(radiological), read_model(score)]
    train = read_training(training)
    matrix = {modality: pd.read_parquet(features)}
    fitted = combined_model(parts, train, matrix, read_radiology(radiology), dictionary, reader)
    origin = {"made_of": made_of(fitted, parts), "simulated": simulated}
    write_model({**fitted, **origin}, model)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            **dict(snakemake.input.items()),
            modality=snakemake.wildcards.modality,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            simulated=snakemake.params.simulated,
            model=output.model,
        )
