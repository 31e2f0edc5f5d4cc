"""Scores that lie far outside those of the training cohort.

A network sees another scanner, another protocol or a wrong patch as features that no training
patient had, and a feature that was nearly constant in training weighs without limit where it is
not. A model then extrapolates, with probabilities near 0 or 1.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from radfuse.formatting import listed, model_label, number

COHORTS = {
    "test": "in the test cohort",
    "external": "in the external cohort",
    "unlabelled": "without an outcome",
}
FAR = 0.5  # how far outside the training scores, in widths of their range, is far


def far_scores(models: Iterable[Mapping], covariates: pd.DataFrame) -> pd.DataFrame:
    """Patients with such a score: columns patient, cohort, model, score, low, high.

    `covariates` as results/covariates.tsv; `low` and `high` are the smallest and the largest
    training score. Models of a version that did not store these have no row.
    """
    found = []
    for model in models:
        if "range" not in model.get("score", {}):
            continue
        low, high = model["score"]["range"]
        scores = covariates[model["model"]]
        far = (scores - high > FAR * (high - low)) | (low - scores > FAR * (high - low))
        rows = covariates.loc[far & (covariates["cohort"] != "train"), ["patient", "cohort"]]
        found.append(
            rows.assign(model=model["model"], score=scores[rows.index], low=low, high=high)
        )
    columns = ["patient", "cohort", "model", "score", "low", "high"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def told(far: pd.DataFrame, most: int = 5) -> list[str]:
    """A sentence per model and cohort of `far_scores`, naming at most so many patients."""
    sentences = []
    for (model, cohort), rows in far.groupby(["model", "cohort"], sort=False):
        named = [f"{row.patient} {number(row.score, 2)}" for row in rows.head(most).itertuples()]
        named += [f"{len(rows) - most} more"] * (len(rows) > most)
        low, high = rows[["low", "high"]].iloc[0]
        sentences.append(
            f"The scores {model_label(model)} of {len(rows)} {COHORTS[cohort]} lie far outside the "
            f"training cohort’s, {number(low, 2)} to {number(high, 2)}: {listed(named)}. The "
            "models extrapolate there: look for another scanner or protocol, and at the patches."
        )
    return sentences
