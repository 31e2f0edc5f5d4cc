"""Observed against predicted risk, in groups of patients of similar risk and as a smooth curve."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radfuse.jobs.job import job
from radfuse.statistics.calibration import risk_groups
from radfuse.statistics.smoothing import LEAST, smooth_calibration
from radfuse.tables import read_table, write_table
from radfuse.validation.evaluation import groups

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
CURVE_COLUMNS = {
    **{name: COLUMNS[name] for name in ("protocol", "cohort", "model")},
    "predicted": "predicted probability, between the 5th and the 95th percentile of the cohort's",
    "observed": "smoothed share of patients with the outcome",
    "observed_low": "lower bound of its pointwise 95% CI",
    "observed_high": "upper bound of it",
    "n": "patients that the curve is fitted on",
    "events": "of these, patients with the positive outcome",
}
POINTS = 101
LIMITS = {"": "observed", "_low": "low", "_high": "high"}


def calibration_table(predictions: pd.DataFrame, count: int) -> pd.DataFrame:
    tables = [
        risk_groups(group.outcome, group.probability, count).assign(
            protocol=group.protocol, cohort=group.cohort, model=group.model
        )
        for group in groups(predictions)
        if group.n
    ]
    empty = pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)] if tables else empty


def curve_table(predictions: pd.DataFrame) -> pd.DataFrame:
    """The smooth curve of every model and cohort that has one."""
    tables = []
    for group in groups(predictions):
        if group.n == 0:
            continue
        # beyond, a handful of patients would carry the curve
        at = np.linspace(*np.quantile(group.probability, [0.05, 0.95]), POINTS)
        curve = smooth_calibration(group.outcome, group.probability, at)
        if curve is not None:
            observed = {f"observed{end}": getattr(curve, name) for end, name in LIMITS.items()}
            frame = pd.DataFrame({"predicted": curve.predicted, **observed})
            named = {"protocol": group.protocol, "cohort": group.cohort, "model": group.model}
            tables.append(frame.assign(**named, n=group.n, events=group.events))
    empty = pd.DataFrame(columns=list(CURVE_COLUMNS))
    return pd.concat(tables, ignore_index=True)[list(CURVE_COLUMNS)] if tables else empty


def main(*, predictions: str, validation: Mapping, table: str, curve: str, simulated: bool) -> None:
    count, predicted = validation["calibration_groups"], read_table(predictions)
    write_table(
        calibration_table(predicted, count),
        table,
        title="Calibration: observed and predicted risk by group.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="training rows, which the models were fitted on; groups of few patients;"
        " tests of fit.",
        notes=[f"At most {count} groups; patients with equal probabilities share one."],
    )
    write_table(
        curve_table(predicted),
        curve,
        title="Calibration: observed over predicted risk as a smooth curve.",
        columns=CURVE_COLUMNS,
        simulated=simulated,
        not_for="training rows, which the models were fitted on; the ends, where few patients are.",
        notes=[
            "Logistic regression of the outcome on a restricted cubic spline of logit(predicted), "
            "knots at its 10th, 50th and 90th percentiles (Austin, Harrell, van Klaveren, Stat Med "
            "2020; 39: 2714-2742); Wald limits in log odds.",
            f"No curve where outcomes are separated, or with fewer than {LEAST} patients of one.",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            validation=snakemake.params.validation,
            table=output.table,
            curve=output.curve,
            simulated=snakemake.params.simulated,
        )
