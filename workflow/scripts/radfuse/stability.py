"""Which deep features survive a second outline: intra- and inter-reader ICC, and a verdict."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radfuse.job import logger
from radfuse.reliability import intraclass

READERS = {"intra": "repeat", "inter": "reader2"}
BY = {"estimate": "an ICC", "lower": "an ICC's lower 95% limit"}
COLUMNS = {
    "feature": "column of the modality's feature matrix",
    "sequence": "its sequence; - of features of the study's own",
    "index": "its place in the network's pooled layer, or in the table",
    "n": "training patients with features",
    "events": "positive ones among them",
    "n_intra": "training patients whom reader 1 outlined twice",
    "intra": "intra-reader ICC, in the form that the title names",
    "intra_low": "lower 95% limit",
    "intra_high": "upper 95% limit",
    "n_inter": "training patients whom reader 2 outlined too",
    "inter": "inter-reader ICC",
    "inter_low": "lower 95% limit",
    "inter_high": "upper 95% limit",
    "stable": "yes: goes on to the score",
    "reason": "why not; `not assessed`: kept, as no second outlines exist",
}


def paired_icc(first: pd.DataFrame, second: pd.DataFrame, form: str) -> tuple[int, np.ndarray]:
    """Pairs, and (3, features) of ICC, lower and upper limit; NaN with fewer than two pairs.

    Both frames are patients x features of one sequence; a patient counts with no value missing.
    """
    patients = first.index.intersection(second.dropna().index).sort_values()
    patients = patients[first.loc[patients].notna().all(axis=1).to_numpy(dtype=bool)]
    if len(patients) < 2:
        return len(patients), np.full((3, first.shape[1]), np.nan)
    icc = intraclass(
        np.stack([first.loc[patients].to_numpy(), second.loc[patients].to_numpy()], axis=1), form
    )
    return len(patients), np.array([icc.estimate, icc.low, icc.high])


def judge(table: pd.DataFrame, constant: np.ndarray, settings: Mapping) -> pd.Series:
    """Why each feature goes (see COLUMNS), "" where it stays.

    `settings`: the ICC, or with `by: lower` its lower 95% limit, must reach the threshold. A
    constant feature says nothing, whatever its ICC. Fewer than two pairs are no assessment.
    """
    end, what = ("_low", "ICC's lower limit") if settings["by"] == "lower" else ("", "ICC")
    reason = pd.Series("", index=table.index)
    reason[(table["n_intra"] < 2) & (table["n_inter"] < 2)] = "not assessed"
    for kind in ("inter", "intra"):  # the first of two reasons is named, so it is written last
        assessed = table[f"n_{kind}"] >= 2
        below = assessed & (table[f"{kind}{end}"] < settings["threshold"])
        reason[below] = f"{kind}-reader {what} below threshold"
    for kind in READERS:
        reason[(table[f"n_{kind}"] >= 2) & table[kind].isna()] = "undefined"
    reason[constant] = "constant"
    return reason


def places(names: pd.Series) -> pd.DataFrame:
    """Sequence and index of every deep feature (`T1_W_0007`: T1_W, 7). Features of a user's own,
    called otherwise, are one sequence without a name."""
    found = names.str.extract(r"^(?P<sequence>.+)_(?P<index>\d{4,})$")
    if found.isna().any(axis=None):
        return pd.DataFrame({"sequence": "-", "index": range(len(names))}, index=names.index)
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
        for sequence, rows in table.groupby("sequence", sort=False).groups.items():
            columns = list(names[rows])
            n, icc = paired_icc(features[columns], again[columns], settings["form"])
            if n == 1:
                logger.warning(
                    "%s: one training patient alone has a second outline (%s); "
                    "the %s-reader ICC is not assessed",
                    sequence,
                    reader,
                    kind,
                )
            table.loc[rows, f"n_{kind}"] = n
            table.loc[rows, [kind, f"{kind}_low", f"{kind}_high"]] = icc.T
        table[f"n_{kind}"] = table[f"n_{kind}"].astype(int)
    constant = (features.max() == features.min()).to_numpy()
    table["reason"] = judge(table, constant, settings)
    table["stable"] = np.where(table["reason"].isin(["", "not assessed"]), "yes", "no")
    return table[list(COLUMNS)]
