"""The fused model: a logistic regression on the linear predictors of the modalities' models."""

from radfuse.covariates import (
    linear_predictors,
    original_covariates,
    read_features,
    read_radiology,
)
from radfuse.fitting import fit_model
from radfuse.job import logged
from radfuse.models import read_model, write_model
from radfuse.tables import read_table


def main(
    models: list[str],
    features: list[str],
    radiology: str | None,
    split: str,
    dictionary: list[dict],
    reader: str,
    tops: list[str],
    model: str,
) -> None:
    """`tops` name the model of each modality that is fused."""
    parts = [read_model(path) for path in models]
    cohorts = read_table(split)
    train = cohorts[cohorts["cohort"] == "train"].set_index("patient")
    covariates = original_covariates(
        parts,
        list(train.index),
        read_features(features),
        read_radiology(radiology),
        dictionary,
        reader,
    )
    design = linear_predictors(parts, covariates)[tops].dropna()
    write_model(
        fit_model(
            "fused",
            "",
            design,
            train.loc[design.index, "outcome"].to_numpy(int),
            labels={top: f"{top} (log odds)" for top in tops},
            source=dict.fromkeys(tops, "model"),
            outcome_definition=parts[0]["outcome"],
        ),
        model,
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            models=snakemake.input.models,
            features=snakemake.input.features,
            radiology=snakemake.input.get("radiology"),
            split=snakemake.input.split,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            tops=snakemake.params.tops,
            model=snakemake.output.model,
        )
