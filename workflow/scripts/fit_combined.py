"""DLRR: the selected characteristics of one modality and its deep-learning radiomics score."""

import pandas as pd

from radfuse.cohort import training
from radfuse.covariates import original_covariates, read_radiology
from radfuse.fitting import fit_model
from radfuse.job import logged
from radfuse.models import covariate_key, read_model, write_model
from radfuse.tables import read_table


def main(
    radiological: str,
    score: str,
    features: str,
    radiology: str,
    split: str,
    modality: str,
    dictionary: list[dict],
    reader: str,
    simulated: bool,
    model: str,
) -> None:
    parts = [read_model(radiological), read_model(score)]
    train = training(read_table(split))
    matrix = {modality: pd.read_parquet(features)}
    covariates = original_covariates(
        parts, list(train.index), matrix, read_radiology(radiology), dictionary, reader
    ).dropna()
    entries = [(part, covariate) for part in parts for covariate in part["covariates"]]
    design = covariates[[covariate_key(part, covariate) for part, covariate in entries]]
    design.columns = [covariate["name"] for _, covariate in entries]
    notes = [part["note"] for part in parts if part["note"]]
    fitted = fit_model(
        f"DLRR_{modality}",
        modality,
        design,
        train[design.index].to_numpy(),
        labels={covariate["name"]: covariate["label"] for _, covariate in entries},
        source={covariate["name"]: covariate["source"] for _, covariate in entries},
        outcome_definition=parts[0]["outcome"],
        note=" ".join(notes),
    )
    write_model({**fitted, "simulated": simulated}, model)


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            **dict(snakemake.input.items()),
            modality=snakemake.wildcards.modality,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            simulated=snakemake.params.simulated,
            model=snakemake.output.model,
        )
