"""Decision curves: net benefit of every model, of treating all and of treating none."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radfuse.jobs.job import job
from radfuse.statistics.decision import (
    TREAT_ALL,
    TREAT_NONE,
    interventions_avoided,
    net_benefit,
    net_benefit_band,
    threshold_range,
)
from radfuse.tables import read_table, write_table
from radfuse.validation.evaluation import cohort_frames

COLUMNS = {
    "protocol": "how the scores behind the model were obtained",
    "cohort": "train (apparent: the models were fitted there), test or external",
    "model": "model that decides, or treat all, treat none",
    "threshold": "probability from which a patient is treated",
    "net_benefit": "TP/n - FP/n x threshold/(1 - threshold); blank where one class is missing",
    "n": "labelled patients on whom every model decides, the same for all curves of a cohort; a "
    "model that decides on nobody there has no curve",
    "events": "of these, patients with the positive outcome",
    "net_benefit_low": "lower bound of the net benefit's pointwise 95% interval (bootstrap)",
    "net_benefit_high": "upper bound of it",
    "interventions_avoided": "net reduction in interventions per 100 patients, against treating "
    "all: (net_benefit - that of treating all) x (1 - threshold)/threshold x 100",
}


def curves(
    rows: pd.DataFrame, thresholds: Sequence[float], *, bootstrap: int, seed: int
) -> pd.DataFrame:
    """One cohort's curves, all of the same patients: those whom every model decides on.

    Curves of different patients could not be compared, least of all with treating all. A model that
    decides on nobody here has no curve, and keeps no patient from the others'.
    """
    wide = rows.pivot_table("probability", "patient", "model", sort=False)  # models with any
    decided = wide.dropna().sort_index()
    outcome = rows.drop_duplicates("patient").set_index("patient").loc[decided.index, "outcome"]
    probabilities = {name: decided[name] for name in decided}
    found = net_benefit(outcome, probabilities, thresholds)
    probabilities |= {TREAT_ALL: np.ones(len(outcome)), TREAT_NONE: -np.ones(len(outcome))}
    every = found.loc[found["model"] == TREAT_ALL, "net_benefit"].to_numpy()
    tables = []
    for name, curve in found.groupby("model", sort=False):
        low, high = net_benefit_band(
            outcome, probabilities[name], curve["threshold"], bootstrap=bootstrap, seed=seed
        )
        avoided = interventions_avoided(curve["net_benefit"], every, curve["threshold"])
        counted = curve.assign(n=len(outcome), events=int(outcome.sum()))
        band = {"net_benefit_low": low, "net_benefit_high": high}
        tables.append(counted.assign(**band, interventions_avoided=avoided))
    return pd.concat(tables, ignore_index=True)


def net_benefit_table(
    predictions: pd.DataFrame, thresholds: Sequence[float], *, bootstrap: int, seed: int
) -> pd.DataFrame:
    tables = [
        curves(rows, thresholds, bootstrap=bootstrap, seed=seed).assign(
            protocol=protocol, cohort=cohort
        )
        for protocol, cohort, rows in cohort_frames(predictions)
    ]
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def main(*, predictions: str, validation: Mapping, table: str, simulated: bool) -> None:
    thresholds = threshold_range(*validation["thresholds"])
    write_table(
        net_benefit_table(
            read_table(predictions),
            thresholds,
            bootstrap=validation["bootstrap"],
            seed=validation["seed"],
        ),
        table,
        title="Decision curves.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="choosing the threshold probability, which is a matter of what harm weighs "
        "how much; training rows.",
        notes=[
            f"Intervals: {validation['bootstrap']} resamples of the cohort's patients, whatever "
            f"their outcome, seed {validation['seed']}; the models stay as they are."
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            validation=snakemake.params.validation,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
