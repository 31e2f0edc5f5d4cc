"""Measures of performance that the report and the manuscript show, and what to know of them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from radfuse.formatting import COHORT_NAMES, PROTOCOLS, listed, model_label
from radfuse.tables import read_table

NET_BENEFIT_AT = (0.1, 0.2, 0.3, 0.5)
RATES = ["accuracy", "sensitivity", "specificity", "ppv", "npv", "f1"]
NEWCOMBE = ["auc_newcombe_low", "auc_newcombe_high"]
CALIBRATION = ["intercept", "slope", "citl", "brier", "scaled_brier", "ece", "ici"]
CALIBRATION += ["slope_low", "slope_high", "citl_low", "citl_high"]
# what the table of sample sizes has and no printed one
SIZE_DETAILS = ["parameters", "lr_chi2", "r2_cox_snell", "r2_nagelkerke", "basis"]
SIZE_DETAILS += ["events_required"]
MEANING = (
    "A well calibrated model has slope 1, intercept 0 and calibration in the large 0. ICI, the "
    "integrated calibration index, is the predictions’ mean distance from the smooth curve, ECE "
    "that of the groups; both are above 0 by chance alone. The scaled Brier score is 1 for perfect "
    "predictions and 0 for the prevalence."
)
DECISIONS = (
    "Net benefit in true positives per patient. Interventions avoided: how many fewer of 100 "
    "patients would be treated than by treating all, without one with the outcome going untreated; "
    "below 0, how many more."
)


def read_printed(path: str | Path) -> pd.DataFrame:
    """A table as it is printed: variables by their labels, an AUC without DeLong's interval (of 0,
    of 1, of one patient of a class) with Newcombe's, where the table knows them; and no interval
    that is a point, which says nothing."""
    table = read_table(path)
    if "label" in table and "variable" in table:
        table["variable"] = table.pop("label")
    if "auc_newcombe_low" in table:
        without = table["auc"].isin((0, 1)) | table["auc_low"].isna()
        for end in ("low", "high"):
            table[f"auc_{end}"] = table[f"auc_{end}"].mask(without, table[f"auc_newcombe_{end}"])
    for low in [name for name in table if name.endswith("_low")] + ["low"] * ("estimate" in table):
        high = f"{low.removesuffix('low')}high"
        table.loc[table[low] == table[high], [low, high]] = float("nan")
    return table


def read_tables(paths: Mapping[str, Path]) -> dict[str, pd.DataFrame]:
    """Tables as they are printed, by name; without the agreement of two readers where there is
    one, who agrees with nobody."""
    tables = {name: read_printed(path) for name, path in paths.items()}
    return {
        name: table
        for name, table in tables.items()
        if not name.startswith("reader_agreement_") or table["n"].any()
    }


def without_variance(performance: pd.DataFrame) -> list[str]:
    """AUCs that have no variance by DeLong: of exactly 0 or 1, of one patient of a class, and of
    models that tell no patient from another. `performance` as `read_printed` gives it."""
    smaller = np.minimum(performance["events"], performance["n"] - performance["events"])
    perfect = performance[performance["auc"].isin((0, 1)) | (smaller == 1)]
    chance = (performance["auc"] == 0.5) & performance["auc_low"].isna()
    constant = performance.loc[chance, "model"]
    same = [
        f"{listed([model_label(name) for name in constant.unique()])}: where the table has "
        "0.500 without an interval every patient has the same probability."
    ] * (not constant.empty)
    if perfect.empty:
        return same
    told = [
        f"{model_label(row.model)} ({COHORT_NAMES[row.cohort].lower()}, {PROTOCOLS[row.protocol]})"
        for row in perfect.itertuples()
    ]
    return [
        "An AUC of exactly 0 or 1, or of one patient of a class, has no variance by DeLong; its "
        f"interval is Newcombe’s: {listed(told)}.",
        *same,
    ]
