"""Unpaired DeLong tests of each model's AUC in one cohort against that in another."""

from itertools import combinations

import pandas as pd

from radfuse.jobs.job import job
from radfuse.statistics.delong import unpaired_test
from radfuse.tables import read_table, write_table
from radfuse.validation.evaluation import Group, groups

COLUMNS = {
    "protocol": "how the scores behind the model were obtained",
    "model": "model that predicts",
    "cohort_a": "first cohort; train is apparent: the models were fitted there",
    "cohort_b": "second cohort",
    "auc_a": "AUC in the first cohort",
    "auc_b": "AUC in the second cohort",
    "difference": "AUC a - AUC b",
    "t": "the difference over its standard error; blank where it has no variance",
    "df": "degrees of freedom (Welch and Satterthwaite)",
    "p": "two-sided P of t",
    "n": "patients of both cohorts",
    "events": "of these, patients with the positive outcome",
    "n_a": "labelled patients with a probability in the first cohort",
    "events_a": "of these, patients with the positive outcome",
    "n_b": "labelled patients with a probability in the second cohort",
    "events_b": "of these, patients with the positive outcome",
}


CERTAIN = (
    "An AUC of exactly 0 or 1 has no variance by DeLong: its test takes it as known for certain, "
    "and its P says little."
)


def compare(first: Group, second: Group) -> dict:
    """One row: the same model in two cohorts."""
    test, freedom = unpaired_test(
        first.outcome, first.probability, second.outcome, second.probability
    )
    return {
        "protocol": first.protocol,
        "model": first.model,
        "cohort_a": first.cohort,
        "cohort_b": second.cohort,
        "auc_a": test.auc_a,
        "auc_b": test.auc_b,
        "difference": test.difference,
        "t": test.statistic,
        "df": freedom,
        "p": test.p,
        "n": first.n + second.n,
        "events": first.events + second.events,
        "n_a": first.n,
        "events_a": first.events,
        "n_b": second.n,
        "events_b": second.events,
    }


def cohort_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """A row per protocol, model and pair of cohorts."""
    found: dict[tuple[str, str], list[Group]] = {}
    for group in groups(predictions):
        found.setdefault((group.protocol, group.model), []).append(group)
    rows = [compare(*pair) for cohorts in found.values() for pair in combinations(cohorts, 2)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(*, predictions: str, table: str, simulated: bool) -> None:
    rows = cohort_table(read_table(predictions))
    certain = rows[["auc_a", "auc_b"]].isin((0, 1)).any(axis=None)
    write_table(
        rows,
        table,
        title="Unpaired comparisons of AUCs between cohorts (DeLong).",
        columns=COLUMNS,
        simulated=simulated,
        not_for="showing that a model generalises.",
        notes=[
            "As pROC's roc.test(paired = FALSE).",
            CERTAIN if certain else "",
            "A difference that is not significant is no proof that a model generalises: small "
            "cohorts hardly ever show one.",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
