"""What speaks against the numbers of patients, to fit on, to validate on, to compare on."""

import numpy as np
import pandas as pd

from radfuse.formatting import COHORT_NAMES, bounds, count, model_label, number
from radfuse.modelling.models import PROTOCOL

# Vergouwe et al. 2005 (J Clin Epidemiol 58:475) and Collins et al. 2016 (Stat Med 35:214) ask for
# at least this many positive and as many negative patients to validate a prediction model
VALIDATION_EVENTS = 100
# below this the difference of two AUCs takes few values, and its distribution is far from normal
FEW_TO_TEST = 10


def other_interval(row: pd.Series) -> str:
    """Newcombe's interval of an AUC that is judged on few patients, where DeLong's is the one that
    is shown; else "". A row of performance.tsv as `measures.read_printed` gives it.

    Feng et al. 2017 (Stat Methods Med Res 26:2603): DeLong's is too short for few patients and AUCs
    near 1.
    """
    few = min(row["events"], row["n"] - row["events"]) < VALIDATION_EVENTS
    shown = bounds(row["auc_low"], row["auc_high"])
    newcombe = bounds(row["auc_newcombe_low"], row["auc_newcombe_high"])
    # a model that tells no patient from another has no interval
    return newcombe if few and shown and newcombe != shown else ""


def of_size(performance: pd.DataFrame, final: str | None) -> list[str]:
    """Cohorts too small to validate on, with the width of the final model's interval there."""
    sentences = []
    for cohort in [cohort for cohort in COHORT_NAMES if cohort != "train"]:
        rows = performance[performance["cohort"] == cohort].set_index("model")
        if rows.empty:
            continue
        row = rows.loc[final] if final else rows.iloc[0]
        negative = row["n"] - row["events"]
        if min(row["events"], negative) >= VALIDATION_EVENTS:
            continue
        text = (
            f"In the {COHORT_NAMES[cohort].lower()} {model_label(row.name)} is judged on "
            f"{count(row['events'])} positive and {count(negative)} negative patients; "
            f"{VALIDATION_EVENTS} of each is the usual minimum to validate a model."
        )
        reach = bounds(row["auc_low"], row["auc_high"])
        if final and reach:
            text += f" The 95% CI of its AUC there is {reach}"
            other = other_interval(row)
            text += f" by DeLong’s method and {other} by Newcombe’s, " if other else "."
            text += "which holds better of few patients." if other else ""
        sentences.append(text)
    return sentences


def of_tests(delong: pd.DataFrame) -> list[str]:
    """Cohorts too small for the normal distribution that DeLong's P rests on.

    `delong`: results/tables/delong.tsv.
    """
    if delong.empty:
        return []
    tested = delong[(delong["protocol"] == PROTOCOL) & delong["p"].notna()]
    sentences = []
    for cohort, rows in tested[tested["cohort"] != "train"].groupby("cohort", sort=False):
        # the fewest of all pairs, which differ where some patients lack a covariate
        row = rows.loc[np.minimum(rows["events"], rows["n"] - rows["events"]).idxmin()]
        negative = row["n"] - row["events"]
        if min(row["events"], negative) < FEW_TO_TEST:
            sentences.append(
                f"In the {COHORT_NAMES[cohort].lower()} DeLong’s tests rest on "
                f"{count(row['events'])} positive and {count(negative)} negative patients, too few "
                "for the normal distribution that they take for granted: their P is rough there, "
                "a very small one most of all."
            )
    return sentences


def of_candidates(sample_size: pd.DataFrame, final: str | None) -> list[str]:
    """That the final model, or each where none is, was chosen among more parameters than its
    patients allow.

    `sample_size`: results/tables/sample_size.tsv, empty where the study has none.
    """
    if sample_size.empty:
        return []
    published = sample_size[sample_size["protocol"] == PROTOCOL]
    rows = published[published["model"] == final] if final else published
    return [
        f"{model_label(row['model'])} was chosen among {count(row['candidates'])} candidate "
        f"parameters with {count(row['n'])} patients, {count(row['events'])} positive "
        f"({number(row['events_per_candidate'], 1)} of the rarer outcome per candidate); so many "
        f"candidates would need {count(row['n_required'])} patients (Riley et al. 2020)."
        for _, row in rows[rows["n_required"] > rows["n"]].iterrows()
    ]
