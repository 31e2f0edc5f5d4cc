"""Do the models do alike in every centre, and do they tell centres apart?

`predictions` are rows of results/predictions.tsv, `centers` each patient's centre, "" where it is
not stated.
"""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from radfuse.inputs.cohort import NOT_STATED, OUTCOME
from radfuse.modelling.models import PROTOCOL
from radfuse.statistics.calibration import log_odds
from radfuse.statistics.delong import holm
from radfuse.statistics.descriptive import categorical_test
from radfuse.validation.discrimination import observed_and_predicted
from radfuse.validation.evaluation import cohort_frames, groups

UNTESTED = dict.fromkeys(("r2", "f", "df1", "df2", "p"), np.nan)


def by_center(predictions: pd.DataFrame, centers: Mapping[str, str]) -> list[dict]:
    """Every model in every centre of each cohort; those whose centre is not stated come last."""
    named = predictions["patient"].map(centers).replace("", NOT_STATED)
    order = sorted(set(named), key=lambda center: (center == NOT_STATED, center))
    cohorts = list(dict.fromkeys((p, cohort) for p, cohort, _ in cohort_frames(predictions)))
    models = list(predictions["model"].unique())
    rows = [
        {**observed_and_predicted(group), "center": center}
        for center in order
        for group in groups(predictions[named == center], models)
    ]
    return sorted(rows, key=lambda row: cohorts.index((row["protocol"], row["cohort"])))


def effects(predictions: pd.DataFrame, centers: Mapping[str, str]) -> list[dict]:
    """In each cohort of more than one centre: does the outcome differ between them, and do the
    models' log odds, given the outcome? P of the models is adjusted by Holm's method."""
    rows: list[dict] = []
    for protocol, cohort, frame in cohort_frames(predictions):
        stated = frame.assign(center=frame["patient"].map(centers).replace("", None))
        stated = stated.dropna(subset=["center"])
        if stated["center"].nunique() < 2:
            continue
        tested = []
        if protocol == PROTOCOL:  # of which the outcome does not depend
            tested.append((OUTCOME, stated.drop_duplicates("patient"), outcome_by_center))
        for model in stated["model"].unique():
            own = stated[(stated["model"] == model) & stated["probability"].notna()]
            tested.append((model, own, log_odds_by_center))
        found = [
            {
                "protocol": protocol,
                "cohort": cohort,
                "tested": what,
                "n": len(own),
                "events": int(own["outcome"].sum()),
                "centers": own["center"].nunique(),
                **test(own),
            }
            for what, own, test in tested
        ]
        adjusted = holm([row["p"] if row["tested"] != OUTCOME else np.nan for row in found])
        rows += [{**row, "p_adjusted": p} for row, p in zip(found, adjusted, strict=True)]
    return rows


def outcome_by_center(rows: pd.DataFrame) -> dict:
    """`rows`: center and outcome (0/1) of patients."""
    counts = pd.crosstab(rows["center"], rows["outcome"]).reindex(columns=[0, 1], fill_value=0)
    method, p = categorical_test(counts.to_numpy())
    outcome = rows["outcome"].astype(float)
    within = outcome - outcome.groupby(rows["center"]).transform("mean")
    return {
        **UNTESTED,
        "method": method or "not estimable: one outcome",
        "r2": max(1 - within.var() / outcome.var(), 0.0) if method else np.nan,
        "p": p,
    }


def log_odds_by_center(rows: pd.DataFrame) -> dict:
    """Analysis of covariance of the log odds on centre and outcome: the F test of the centre.

    `rows`: center, outcome (0/1) and probability of patients.
    """
    if len(rows) == 0:
        return {"method": "not estimable: no patient", **UNTESTED}
    values = log_odds(rows["probability"])
    others = pd.get_dummies(rows["center"], drop_first=True).to_numpy(dtype=float)
    without = np.column_stack([np.ones(len(rows)), rows["outcome"].to_numpy(dtype=float)])
    with warnings.catch_warnings():
        # where centres tell the outcome, columns depend on one another: the ranks say how many
        warnings.simplefilter("ignore", SingularMatrixWarning)
        full = OLS(values, np.column_stack([without, others])).fit()
        reduced = OLS(values, without).fit()
    if np.ptp(values) == 0:
        return {"method": "not estimable: constant", **UNTESTED}
    if full.model.rank == reduced.model.rank:
        return {"method": "not estimable: outcome and centre coincide", **UNTESTED}
    if full.df_resid < 1 or full.ssr <= 1e-12 * reduced.ssr:
        return {"method": "not estimable: too few patients", **UNTESTED}
    f, p, df1 = full.compare_f_test(reduced)
    return {
        "method": "analysis of covariance",
        "r2": max(1 - full.ssr / reduced.ssr, 0.0),
        "f": f,
        "df1": df1,
        "df2": full.df_resid,
        "p": p,
    }
