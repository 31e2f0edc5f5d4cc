"""The whole model-building, split to fusion, on one other division of the patients."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.jobs.job import job, logger
from radfuse.modelling.building import Material
from radfuse.modelling.covariates import read_features, read_radiology
from radfuse.modelling.distributions import COLUMNS, differences
from radfuse.modelling.resampling import resample
from radfuse.tables import read_table, write_table


def main(
    *,
    features: Sequence[str],
    repeats: Sequence[str],
    radiology: str | None,
    split: str,
    dictionary: Sequence[Mapping],
    settings: Mapping,
    models: Sequence[str],
    tops: Sequence[str],
    modalities: Sequence[str],
    test_fraction: float,
    seed: int,
    simulated: bool,
    table: str,
) -> None:
    """`repeats` are results/features/{modality}_repeats.parquet; `settings` the config's stability,
    score and radiology; `models` all of the study's, `tops` those that are fused."""
    again = {
        Path(path).stem.removesuffix("_repeats"): frame
        for path, frame in zip(repeats, map(pd.read_parquet, repeats), strict=True)
    }
    rows = resample(
        models,
        tops,
        differences(models, tops, modalities),
        read_table(split),
        Material(read_features(features), again, read_radiology(radiology), dictionary),
        settings,
        test_fraction=test_fraction,
        seed=seed,
    )
    for row in rows[rows["problem"].notna() & rows["against"].isna()].itertuples():
        logger.warning("seed %d: %s: %s", seed, row.model, row.problem)
    write_table(
        rows,
        table,
        title=f"All models, built anew on division {seed} of the patients.",
        columns=COLUMNS,
        simulated=simulated,
        notes=[
            "The labelled patients of the training and the test cohort, divided by this seed "
            f"({test_fraction:.0%} of each outcome class in the test part); all that is learnt is "
            "learnt on the training part alone."
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            features=snakemake.input.get("features", []),
            repeats=snakemake.input.get("repeats", []),
            radiology=snakemake.input.get("radiology"),
            split=snakemake.input.split,
            dictionary=snakemake.params.dictionary,
            settings=snakemake.params.settings,
            models=snakemake.params.models,
            tops=snakemake.params.tops,
            modalities=snakemake.params.modalities,
            test_fraction=snakemake.params.test_fraction,
            seed=int(snakemake.wildcards.seed),
            simulated=snakemake.params.simulated,
            table=output.table,
        )
