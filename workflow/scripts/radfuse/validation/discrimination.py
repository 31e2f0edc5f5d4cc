"""How well a model tells the classes of a group apart: its AUC with both intervals."""

from collections.abc import Iterable

import numpy as np

from radfuse.statistics.auc_score import newcombe_interval
from radfuse.statistics.delong import auc_interval
from radfuse.validation.evaluation import Group

GROUP = {
    "protocol": "how the scores behind the model were obtained",
    "cohort": "train (apparent: the models were fitted there), test or external",
    "model": "model that predicts",
    "n": "labelled patients with a probability",
    "events": "of these, patients with the positive outcome",
}
AUC = {
    "auc": "area under the ROC curve; blank where one class is missing",
    "auc_low": "lower bound of its 95% CI (DeLong)",
    "auc_high": "upper bound of its 95% CI (DeLong)",
}
NEWCOMBE = {
    "auc_newcombe_low": "lower bound of the AUC's 95% CI by Newcombe's method 5, which holds where "
    "the AUC is 0 or 1 and DeLong's does not",
    "auc_newcombe_high": "upper bound of that",
}

SHARES = {"observed": "events / n", "predicted": "mean probability"}


def apparent(cohorts: Iterable[str]) -> list[str]:
    """What is to be said of a table with rows of the training cohort."""
    told = "Training performance is apparent: the models were fitted on these patients."
    return [told] if "train" in set(cohorts) else []


def observed_and_predicted(group: Group) -> dict:
    """The columns of `discrimination`, and of SHARES."""
    shares = (group.outcome.mean(), group.probability.mean()) if group.n else (np.nan, np.nan)
    return {**discrimination(group), **dict(zip(SHARES, shares, strict=True))}


def discrimination(group: Group) -> dict:
    """The columns of GROUP, AUC and NEWCOMBE."""
    auc, low, high = auc_interval(group.outcome, group.probability)
    newcombe = newcombe_interval(auc, group.events, group.n - group.events)
    return {
        **{name: getattr(group, name) for name in GROUP},
        **dict(zip(AUC, (auc, low, high), strict=True)),
        **dict(zip(NEWCOMBE, newcombe, strict=True)),
    }
