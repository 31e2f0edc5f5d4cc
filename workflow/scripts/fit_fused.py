"""The fused model: a logistic regression on the linear predictors of the modalities' models."""

from radfuse.inputs.cohort import read_training
from radfuse.jobs.job import job
from radfuse.modelling.combining import fused_model
from radfuse.modelling.covariates import read_features, read_radiology
from radfuse.modelling.models import made_of, read_model, write_model


def main(
    models: list[str],
    features: list[str],
    radiology: str | None,
    training: str,
    dictionary: list[dict],
    reader: str,
    tops: list[str],
    simulated: bool,
    model: str,
) -> None:
    """`tops` name the model of each modality that is fused."""
    parts = [read_model(path) for path in models]
    train = read_training(training)
    fitted = fused_model(
        parts,
        train,
        read_features(features),
        read_radiology(radiology),
        dictionary,
        reader,
        tops,
    )
    origin = {"made_of": made_of(fitted, parts), "simulated": simulated}
    write_model({**fitted, **origin}, model)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            features=snakemake.input.features,
            radiology=snakemake.input.get("radiology"),
            training=snakemake.input.training,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            tops=snakemake.params.tops,
            simulated=snakemake.params.simulated,
            model=output.model,
        )
