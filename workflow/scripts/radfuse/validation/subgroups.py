"""Do the models do alike in the subgroups of a clinical variable?"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2

from radfuse.statistics.delong import ZERO_VARIANCE, auc, holm, placements, variance
from radfuse.validation.discrimination import observed_and_predicted
from radfuse.validation.evaluation import Group, groups


def heterogeneity(subgroups: Collection[Group]) -> dict[str, float]:
    """Cochran's Q (Biometrics 1954; 10: 101-129) of the AUCs of separate groups of patients.

    Every AUC weighs by the inverse of its variance (DeLong); Q is chi-square with one degree of
    freedom fewer than AUCs if all estimate one value. Of two groups it is the square of DeLong's
    unpaired z. Groups of one outcome have no AUC and are left out; NaN where fewer than two are
    left, or where an AUC has no variance (of 0, of 1, of one patient of an outcome): a test without
    such a group would be of another question.
    """
    areas, weights = [], []
    for group in subgroups:
        area = auc(group.outcome, group.probability)
        spread = variance(*placements(group.outcome, group.probability))
        if not np.isnan(area):
            areas.append(area)
            weights.append(1 / spread if spread > ZERO_VARIANCE else np.nan)
    if len(areas) < 2 or np.isnan(weights).any():
        return dict.fromkeys(("q", "df", "p"), np.nan)
    mean, df = np.average(areas, weights=weights), len(areas) - 1
    q = float((weights * (areas - mean) ** 2).sum())
    return {"q": q, "df": df, "p": float(chi2.sf(q, df))}


def by_level(predictions: pd.DataFrame, level_of: Mapping[str, str]) -> list[dict]:
    """Of one variable: every model on all patients whose level is known (`level` blank), with the
    test whether its AUC differs between the levels; then on those of each level, sorted.

    `predictions` are rows of results/predictions.tsv; `level_of` patients' levels, "" = missing.
    """
    levels = predictions["patient"].map(level_of).fillna("")
    parts: dict[tuple, dict[str, Group]] = {}
    for level in sorted(set(levels) - {""}):
        for group in groups(predictions[levels == level]):
            key = group.protocol, group.cohort, group.model
            parts.setdefault(key, {})[level] = group
    rows = []
    for whole in groups(predictions[levels != ""]):
        own = parts[whole.protocol, whole.cohort, whole.model]
        head = {**observed_and_predicted(whole), "level": "", **heterogeneity(own.values())}
        rows += [head, *({**observed_and_predicted(g), "level": name} for name, g in own.items())]
    return rows


def by_subgroup(
    predictions: pd.DataFrame, patients: pd.DataFrame, variables: Sequence[str]
) -> list[dict]:
    """`by_level` of all variables, cohort by cohort. `patients` is the sheet as text, by patient. P
    is adjusted by Holm's method for all models and variables of a cohort."""
    found = [
        {"variable": name, **row}
        for name in variables
        for row in by_level(predictions, patients[name])
    ]
    rows = []
    for cohort in dict.fromkeys((row["protocol"], row["cohort"]) for row in found):
        own = [row for row in found if (row["protocol"], row["cohort"]) == cohort]
        adjusted = holm([row.get("p", np.nan) for row in own])
        rows += [{**row, "p_adjusted": p} for row, p in zip(own, adjusted, strict=True)]
    return rows
