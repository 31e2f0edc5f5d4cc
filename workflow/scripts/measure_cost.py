"""What the study cost, rule by rule, and what one patient more would cost."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from radfuse.jobs.costs import COLUMNS, cost_table, duration, next_patient
from radfuse.jobs.job import job
from radfuse.tables import read_table, write_table

# their benchmark files are of the run before
UNCOUNTED = ("measure_cost", "plot_cost")


def main(
    *,
    benchmarks: str,
    images: str | None,
    cores: Mapping[str, int],
    places: Sequence[str],
    finetuned: bool,
    simulated: bool,
    table: str,
) -> None:
    """`benchmarks` is the folder, `images` results/roi/images.tsv where the study has images."""
    keys, sequences = [], 0
    if images:
        listed = read_table(images)
        keys = ["/".join(key) for key in listed[["patient", "modality", "sequence"]].to_numpy()]
        sequences = len(keys) // listed["patient"].nunique()
    counted = {rule: number for rule, number in cores.items() if rule not in UNCOUNTED}
    costs = cost_table(Path(benchmarks), counted, frozenset(keys), frozenset(places), finetuned)
    total, jobs = costs["core_seconds"].sum(), costs["jobs"].sum()
    more = next_patient(costs, sequences)
    of_images = costs.loc[costs["scope"] == "image"]
    missing = [
        f"{row.rule}: {len(keys) - row.jobs} of {len(keys)} jobs left no benchmark file; the sums "
        "are too low by theirs."
        for row in of_images.itertuples()
        if row.jobs < len(keys)
    ]
    share = f" ({100 * more.images / total:.2g}% of the study)" if total else ""
    write_table(
        costs.round({"core_seconds": 2, "mean_seconds": 3, "peak_memory_mb": 1}),
        table,
        title="What the study cost: the last run of each of its jobs, as Snakemake measured it.",
        columns=COLUMNS,
        simulated=simulated,
        notes=[
            f"The study: {total:.0f} core-seconds ({duration(total)}) in {jobs} jobs.",
            f"The next patient: {more.images:.1f} core-seconds{share} for {sequences} images, and "
            f"{more.study:.0f} ({duration(more.study)}) for the stages that see all patients; less "
            "where the patient is not a training patient, as what was fitted then stays.",
            "Elapsed times depend on the machine and on what else it did; they are no result.",
            *missing,
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            benchmarks=snakemake.params.benchmarks,
            images=snakemake.input.get("images"),
            cores=snakemake.params.cores,
            places=snakemake.params.places,
            finetuned=snakemake.params.finetuned,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
