"""Which deep features of a modality survive a second outline: intra- and inter-reader ICC."""

from collections.abc import Mapping

import pandas as pd

from radfuse.features.second_outlines import assessed
from radfuse.features.stability import BY, COLUMNS, stability_table
from radfuse.inputs.cohort import read_training
from radfuse.jobs.job import job, logger
from radfuse.tables import write_table


def main(
    features: str,
    repeats: str,
    training: str,
    modality: str,
    stability: Mapping,
    simulated: bool,
    table: str,
) -> None:
    train = read_training(training)
    result = stability_table(
        pd.read_parquet(features).sort_index(), pd.read_parquet(repeats), train, stability
    )
    counts = result["reason"].replace("", "stable").value_counts().sort_index()
    summary = ", ".join(f"{reason}: {count}" for reason, count in counts.items())
    logger.info("%s: %d features; %s", modality, len(result), summary)
    rule = (
        f"A feature goes where {BY[stability['by']]} is below {stability['threshold']} or "
        "undefined, or the feature constant."
        if assessed(result)
        else "Without second outlines nothing is assessed: a feature goes where it is constant."
    )
    write_table(
        result,
        table,
        title=f"Stability of the features of {modality} against a second outline: "
        f"{stability['form']}.",
        columns=COLUMNS,
        simulated=simulated,
        notes=[
            f"Training cohort only. {rule}",
            f"{len(result)} features; {summary}.",
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
            simulated=snakemake.params.simulated,
            table=output.table,
        )
