"""All resamples in one table, and the distribution of every model's test results over them."""

from collections.abc import Sequence

import pandas as pd

from radfuse.jobs.job import job, logger
from radfuse.modelling.distributions import COLUMNS, SUMMARY, constants, failures, summarise
from radfuse.tables import read_table, write_table


def main(
    *, parts: Sequence[str], caution: str, simulated: bool, resamples: str, table: str
) -> None:
    """`parts` are results/resampling/{seed}.tsv, in the order of their seeds."""
    rows = pd.concat(
        [part.dropna(axis="columns", how="all") for part in map(read_table, parts)],
        ignore_index=True,
    ).reindex(columns=list(COLUMNS))
    write_table(
        rows,
        resamples,
        title="All models, built anew on every division of the patients.",
        columns=COLUMNS,
        simulated=simulated,
    )
    failed = failures(rows)
    for told in failed:
        logger.warning(told)
    write_table(
        summarise(rows),
        table,
        title=f"Results in the test part over {len(parts)} divisions of the patients.",
        columns=SUMMARY,
        simulated=simulated,
        not_for="confidence intervals or P values.",
        notes=[
            "In each all models were built anew on the training part alone: stability filter, "
            "scaler, components, penalty, LASSO, characteristics, regressions, thresholds.",
            "Percentiles say how far the result of one division can be luck. The divisions share "
            "their patients, so they are no confidence interval, and no share is a P value.",
            caution,
            *failed,
            *constants(rows),
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            parts=snakemake.input.parts,
            caution=snakemake.params.caution,
            simulated=snakemake.params.simulated,
            resamples=output.resamples,
            table=output.table,
        )
