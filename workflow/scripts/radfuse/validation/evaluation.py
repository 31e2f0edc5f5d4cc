"""Who a model is evaluated on: the labelled patients of a cohort that it has a probability for."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from radfuse.inputs.cohort import COHORTS


class Group(NamedTuple):
    """One model in one cohort: `outcome` (0/1) and `probability`, both (n,), patients by id."""

    protocol: str
    cohort: str
    model: str
    outcome: np.ndarray
    probability: np.ndarray

    @property
    def n(self) -> int:
        return len(self.outcome)

    @property
    def events(self) -> int:
        return int(self.outcome.sum())


def cohort_frames(predictions: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Protocol, cohort and its labelled rows, for every cohort that has any, train first.

    `predictions` as results/predictions.tsv; rows come sorted by patient, probability may miss.
    """
    labelled = predictions[predictions["outcome"].notna()].sort_values("patient", kind="stable")
    for protocol in predictions["protocol"].unique():
        for cohort in COHORTS:
            rows = labelled[(labelled["protocol"] == protocol) & (labelled["cohort"] == cohort)]
            if len(rows):
                yield protocol, cohort, rows


def groups(predictions: pd.DataFrame, models: Sequence[str] = ()) -> Iterator[Group]:
    """Every model in every cohort, in the order of `models` (default: of `predictions`)."""
    models = list(models or predictions["model"].unique())
    for protocol, cohort, rows in cohort_frames(predictions):
        for model in [model for model in models if (rows["model"] == model).any()]:
            own = rows[(rows["model"] == model) & rows["probability"].notna()]
            yield Group(
                protocol,
                cohort,
                model,
                own["outcome"].to_numpy(dtype=float),
                own["probability"].to_numpy(dtype=float),
            )
