"""Paired DeLong tests between all models of a cohort, adjusted for their number."""

from itertools import combinations

import pandas as pd

from radfuse.jobs.job import job
from radfuse.modelling.models import CROSSFIT
from radfuse.statistics.delong import holm, paired_test
from radfuse.tables import read_table, write_table
from radfuse.validation.evaluation import cohort_frames

COLUMNS = {
    "protocol": "how the scores behind the models were obtained",
    "cohort": "train (apparent: the models were fitted there), test or external",
    "model_a": "first model",
    "model_b": "second model",
    "auc_a": "AUC of the first model",
    "auc_b": "AUC of the second model",
    "difference": "AUC a - AUC b",
    "z": "DeLong's z of the difference; blank where it has no variance",
    "p": "two-sided P of z",
    "p_adjusted": "P adjusted by Holm's method for all pairs of the cohort",
    "n": "labelled patients with a probability by both models",
    "events": "of these, patients with the positive outcome",
    "family": "the paper's question: intra-modality (two models of one modality), inter-modality "
    "(one kind of model in two), fused (against any other); blank = none of them",
}


def family(model_a: str, model_b: str) -> str:
    """The family of comparisons that a pair belongs to."""
    if "fused" in (model_a, model_b):
        return "fused"
    (kind_a, _, modality_a), (kind_b, _, modality_b) = (
        name.partition("_") for name in (model_a, model_b)
    )
    if modality_a == modality_b:
        return "intra-modality"
    return "inter-modality" if kind_a == kind_b else ""


def compare(rows: pd.DataFrame) -> pd.DataFrame:
    """All pairs of models in one cohort's labelled predictions, Holm-adjusted."""
    probabilities = {
        model: own.set_index("patient")["probability"].dropna()
        for model, own in rows.groupby("model", sort=False)
    }
    outcome = rows.drop_duplicates("patient").set_index("patient")["outcome"]
    compared = []
    for a, b in combinations(probabilities, 2):
        both = pd.DataFrame({a: probabilities[a], b: probabilities[b]}).dropna()
        classes = outcome.loc[both.index].to_numpy(dtype=float)
        test = paired_test(classes, both[a].to_numpy(), both[b].to_numpy())
        compared.append(
            {
                "model_a": a,
                "model_b": b,
                "auc_a": test.auc_a,
                "auc_b": test.auc_b,
                "difference": test.difference,
                "z": test.statistic,
                "p": test.p,
                "n": len(both),
                "events": int(classes.sum()),
                "family": family(a, b),
            }
        )
    table = pd.DataFrame(compared)
    return table.assign(p_adjusted=holm(table["p"])) if len(table) else table


CROSSFITTED = (
    "The folds of cross-fitted scores share their patients, so that P of their training rows is "
    "too small."
)


def comparison_table(predictions: pd.DataFrame) -> pd.DataFrame:
    tables = [
        compare(rows).assign(protocol=protocol, cohort=cohort)
        for protocol, cohort, rows in cohort_frames(predictions)
    ]
    filled = [table for table in tables if "model_a" in table]
    if not filled:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(filled, ignore_index=True)[list(COLUMNS)]


def main(*, predictions: str, table: str, simulated: bool) -> None:
    rows = comparison_table(read_table(predictions))
    write_table(
        rows,
        table,
        title="Paired comparisons of AUCs.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="showing that two models are equal: a difference that is not significant may "
        "only be one that so few patients cannot show; nor for training rows.",
        notes=[
            "Models that rank all patients alike have difference 0, z 0 and P 1.",
            CROSSFITTED if (rows["protocol"] == CROSSFIT).any() else "",
            "P takes the AUCs for normally distributed, which those of few patients, and those "
            "near 1, are not.",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
