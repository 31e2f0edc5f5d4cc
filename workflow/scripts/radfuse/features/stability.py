"""Which deep features survive a second outline: intra- and inter-reader ICC, and a verdict."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radfuse.features.second_outlines import NO_SEQUENCE
from radfuse.jobs.job import logger
from radfuse.statistics.reliability import intraclass

READERS = {"intra": "repeat", "inter": "reader2"}
BY = {"estimate": "an ICC", "lower": "an ICC's lower 95% limit"}
COLUMNS = {
    "feature": "column of the modality's feature matrix",
    "sequence": "its sequence; - of features of the study's own",
    "index": "its place in the network's pooled layer, or in the table",
    "n": "training patients with features",
    "events": "positive ones among them",
    "n_intra": "training patients whom reader 1 outlined twice, with both values",
    "intra": "intra-reader ICC, in the form that the title names",
    "intra_low": "lower 95% limit",
    "intra_high": "upper 95% limit",
    "n_inter": "training patients whom reader 2 outlined too, with both values",
    "inter": "inter-reader ICC",
    "inter_low": "lower 95% limit",
    "inter_high": "upper 95% limit",
    "stable": "yes: goes on to the score",
    "reason": "why not; `not assessed`: kept, as no second outlines exist",
}


def paired_icc(
    first: pd.DataFrame, second: pd.DataFrame, form: str
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of every feature, and (3, features) of its ICC, lower and upper limit.

    Both frames are patients x features. A pair has both values; NaN with fewer than two of them.
    """
    patients = first.index.intersection(second.index).sort_values()
    pairs = np.stack([each.loc[patients].to_numpy(dtype=float) for each in (first, second)], axis=1)
    present = ~np.isnan(pairs).any(axis=1)
    limits = np.full((3, first.shape[1]), np.nan)
    # features that the same patients have are one computation: all of a sequence, as a rule
    kinds, kind = np.unique(present, axis=1, return_inverse=True)
    for number, patients_of_kind in enumerate(kinds.T):
        columns = np.flatnonzero(kind == number)
        icc = intraclass(pairs[patients_of_kind][:, :, columns], form)
        limits[:, columns] = icc.estimate, icc.low, icc.high
    return present.sum(axis=0), limits


def judge(table: pd.DataFrame, features: pd.DataFrame, settings: Mapping) -> pd.Series:
    """Why each feature goes (see COLUMNS), "" where it stays.

    `settings`: the ICC, or with `by: lower` its lower 95% limit, must reach the threshold. A
    constant feature says nothing, whatever its ICC. Where a sequence has pairs, a feature of it
    without two of its own is undefined; where it has none, there was no assessment.
    """
    end, what = ("_low", "ICC's lower limit") if settings["by"] == "lower" else ("", "ICC")
    reason = pd.Series("not assessed", index=table.index)
    judged = {kind: pairs(table, kind) >= 2 for kind in READERS}
    reason[judged["intra"] | judged["inter"]] = ""
    for kind in ("inter", "intra"):  # the first of two reasons is named, so it is written last
        below = judged[kind] & (table[f"{kind}{end}"] < settings["threshold"])
        reason[below] = f"{kind}-reader {what} below threshold"
    for kind in READERS:
        reason[judged[kind] & table[f"{kind}{end}"].isna()] = "undefined"
    reason[features.isna().all().to_numpy()] = "undefined"
    reason[(features.max() == features.min()).to_numpy()] = "constant"
    return reason


def pairs(table: pd.DataFrame, kind: str) -> pd.Series:
    """Patients whom the sequence of each feature has twice."""
    return table.groupby("sequence", sort=False)[f"n_{kind}"].transform("max")


def places(names: pd.Series) -> pd.DataFrame:
    """Sequence and index of every deep feature (`T1_W_0007`: T1_W, 7). Features of a user's own,
    called otherwise, are one sequence without a name."""
    found = names.str.extract(r"^(?P<sequence>.+)_(?P<index>\d{4,})$")
    if found.isna().any(axis=None):
        numbered = {"sequence": NO_SEQUENCE, "index": range(len(names))}
        return pd.DataFrame(numbered, index=names.index)
    return found.astype({"index": int})


def stability_table(
    features: pd.DataFrame, repeats: pd.DataFrame, outcome: pd.Series, settings: Mapping
) -> pd.DataFrame:
    """`features` (patients x features); `outcome` (0/1) of the training patients.

    `repeats` has patient, reader and the same features. Other patients in either are left out.
    `settings` are the config's `stability`.
    """
    features = features[features.index.isin(outcome.index)]
    names = pd.Series(features.columns, name="feature")
    table = pd.concat([names, places(names)], axis=1)
    table["n"], table["events"] = len(features), int(outcome.loc[features.index].sum())
    for kind, reader in READERS.items():
        again = repeats[repeats["reader"] == reader].set_index("patient")
        table[f"n_{kind}"], icc = paired_icc(features, again[features.columns], settings["form"])
        table[[kind, f"{kind}_low", f"{kind}_high"]] = icc.T
        for sequence in table.loc[pairs(table, kind) == 1, "sequence"].unique():
            logger.warning(
                "%s: one training patient alone has a second outline (%s); "
                "the %s-reader ICC is not assessed",
                sequence,
                reader,
                kind,
            )
    table["reason"] = judge(table, features, settings)
    table["stable"] = np.where(table["reason"].isin(["", "not assessed"]), "yes", "no")
    return table[list(COLUMNS)]
