"""Observed against predicted risk, in groups of patients of similar risk."""

from collections.abc import Mapping

import pandas as pd

from radfuse.calibration import risk_groups
from radfuse.evaluation import groups
from radfuse.job import logged
from radfuse.tables import read_table, write_table

COLUMNS = {
    "protocol": "how the scores behind the model were obtained",
    "cohort": "train (apparent: the models were fitted there), test or external",
    "model": "model that predicts",
    "group": "group between quantiles of the predicted probability, 1 = lowest",
    "n": "patients of the group",
    "events": "of these, patients with the positive outcome",
    "predicted": "mean predicted probability",
    "observed": "events / n",
    "observed_low": "lower bound of its 95% CI (Wilson)",
    "observed_high": "upper bound of its 95% CI (Wilson)",
}


def calibration_table(predictions: pd.DataFrame, count: int) -> pd.DataFrame:
    tables = [
        risk_groups(group.outcome, group.probability, count).assign(
            protocol=group.protocol, cohort=group.cohort, model=group.model
        )
        for group in groups(predictions)
        if group.n
    ]
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def main(*, predictions: str, validation: Mapping, table: str, simulated: bool) -> None:
    count = validation["calibration_groups"]
    write_table(
        calibration_table(read_table(predictions), count),
        table,
        title="Calibration: observed and predicted risk by group.",
        columns=COLUMNS,
        simulated=simulated,
        notes=[f"At most {count} groups; patients with equal probabilities share one."],
    )


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            predictions=snakemake.input.predictions,
            validation=snakemake.params.validation,
            table=snakemake.output.table,
            simulated=snakemake.params.simulated,
        )
