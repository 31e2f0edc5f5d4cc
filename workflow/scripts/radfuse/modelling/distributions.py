"""What repeated divisions of the patients say of every model: the spread of its test results."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

BEST = "best single"
COLUMNS = {
    "seed": "the resample: seed of its division",
    "model": "model that predicts",
    "against": "blank, or the model whose AUC is taken off: the row is a difference",
    "n": "patients of the test part with a probability (by both models, of a difference)",
    "events": "of these, patients with the positive outcome",
    "auc": "area under the ROC curve in the test part, or the difference of two; blank where one "
    "class is missing",
    "slope": "calibration slope in the test part (ideal 1); blank where undefined",
    "sensitivity": "in the test part, at the training part's threshold",
    "specificity": "in the test part, at the training part's threshold",
    "threshold": "probability that maximises Youden's J in the training part",
    "train_n": "patients of the training part with a probability",
    "train_events": "of these, patients with the positive outcome",
    "train_auc": "area under the ROC curve in the training part: apparent",
    "entered": "what the model is made of, selected in this resample; of a difference from the "
    f"{BEST} model, which that was: the one with the highest train_auc, or several with the same, "
    "whose mean AUC is taken off",
    "problem": "why there is no result",
}
MEASURES = ("auc", "slope", "sensitivity", "specificity")
DIFFERENCE = "auc difference"
SUMMARY = {
    "model": "model that predicts",
    "against": "blank, or the model whose AUC is taken off",
    "measure": f"{', '.join(MEASURES)} in the test part; {DIFFERENCE} on the same patients",
    "n": "patients of the test part with a probability (median over the resamples)",
    "events": "of these, patients with the positive outcome (median)",
    "resamples": "divisions of the patients, on each of which all models were built anew",
    "failed": "of these, how many could not be fitted or judged (see the notes)",
    "undefined": "of these, how many were fitted but have no such value: a slope where the "
    "probabilities are constant or separate the outcomes, an AUC of one class",
    "mean": "mean of the others",
    "sd": "their standard deviation",
    "median": "their median",
    "low": "their 2.5th percentile",
    "high": "their 97.5th percentile",
    "above_zero": "of a difference, the share of the others in which it is above 0",
    "equal_zero": "of a difference, the share of the others in which it is 0",
}
TIE = 1e-12


class Difference(NamedTuple):
    """AUC of `model` less that of `against`, which may be BEST."""

    model: str
    against: str


def differences(
    names: Sequence[str], tops: Sequence[str], modalities: Sequence[str]
) -> list[Difference]:
    """The fusion against every modality's fullest model and the best of them; every combined model
    against those it is made of; then for each kind of model every modality against those before
    it."""
    found = [Difference("fused", top) for top in (*tops, BEST)] if "fused" in names else []
    combined = [top.removeprefix("DLRR_") for top in tops if top.startswith("DLRR_")]
    found += [
        Difference(f"DLRR_{modality}", f"{kind}_{modality}")
        for modality in combined
        for kind in ("R", "DLRS")
    ]
    for kind in ("R", "DLRS", "DLRR"):
        for first, second in combinations(modalities, 2):
            pair = Difference(f"{kind}_{second}", f"{kind}_{first}")
            found += [pair] if set(pair) <= set(names) else []
    return found


def typical(values: pd.Series) -> float:
    """The median; NaN of none."""
    return float(values.median()) if values.notna().any() else float("nan")


def spread(rows: pd.DataFrame, measure: str, column: str) -> dict:
    """One row of the summary: one measure of one model (or pair), over all resamples."""
    failed = rows["problem"].notna()
    values = rows.loc[~failed, column].dropna().to_numpy(dtype=float)
    found = {
        "measure": measure,
        "n": typical(rows["n"]),
        "events": typical(rows["events"]),
        "resamples": len(rows),
        "failed": int(failed.sum()),
        "undefined": len(rows) - int(failed.sum()) - len(values),
    }
    if len(values) == 0:
        return found
    low, median, high = np.quantile(values, [0.025, 0.5, 0.975])
    deviation = float(values.std(ddof=1)) if len(values) > 1 else np.nan
    found |= {"mean": values.mean(), "sd": deviation, "median": median, "low": low, "high": high}
    if measure != DIFFERENCE:
        return found
    above, equal = np.mean(values > TIE), np.mean(np.abs(values) <= TIE)
    return {**found, "above_zero": above, "equal_zero": equal}


def summarise(resamples: pd.DataFrame) -> pd.DataFrame:
    """Rows of all resamples (see COLUMNS) as distributions (see SUMMARY), in their order."""
    rows = []
    keyed = resamples.assign(against=resamples["against"].fillna(""))
    for (model, against), own in keyed.groupby(["model", "against"], sort=False):
        key = {"model": model, "against": against or None}
        measures: Mapping[str, str] = {name: name for name in MEASURES}
        if against:
            measures = {DIFFERENCE: "auc"}
        rows += [{**key, **spread(own, name, column)} for name, column in measures.items()]
    return pd.DataFrame(rows).reindex(columns=list(SUMMARY))


def constants(resamples: pd.DataFrame) -> list[str]:
    """A sentence per model that had nothing in some resamples, and so told no patient from
    another there."""
    models = resamples[resamples["against"].isna() & resamples["problem"].isna()]
    nothing = models["entered"].fillna("").map(lambda text: not text or text.startswith("0 of "))
    return [
        f"{model} selected nothing in {empty.sum()} of {len(empty)} resamples, and gave every "
        "patient the same probability there."
        for model, empty in nothing.groupby(models["model"], sort=False)
        if empty.any()
    ]


def failures(resamples: pd.DataFrame) -> list[str]:
    """A sentence per model that some resamples could not fit, with the reasons and how often."""
    models = resamples[resamples["against"].isna()]
    sentences = []
    for model, rows in models.groupby("model", sort=False):
        reasons = rows["problem"].dropna()
        if len(reasons):
            told = "; ".join(f"{n} x {reason}" for reason, n in reasons.value_counts().items())
            sentences.append(f"{model} failed in {len(reasons)} of {len(rows)} resamples: {told}")
    return sentences
