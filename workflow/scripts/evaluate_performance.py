"""Performance of every model in every cohort, at the threshold of its training cohort."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.jobs.job import job
from radfuse.modelling.models import CROSSFIT, PROTOCOL, read_model
from radfuse.statistics.calibration import (
    brier,
    expected_calibration_error,
    in_the_large,
    in_the_large_interval,
    recalibration,
    scaled_brier,
    slope_interval,
)
from radfuse.statistics.performance import RATES, rates
from radfuse.statistics.precision_recall import average_precision
from radfuse.statistics.smoothing import integrated_calibration_index
from radfuse.statistics.threshold import confusion
from radfuse.tables import read_table, write_table
from radfuse.validation.discrimination import AUC, GROUP, NEWCOMBE, apparent, discrimination
from radfuse.validation.evaluation import Group, groups
from radfuse.validation.fit_caveats import of_fits

MEANINGS = {
    "accuracy": "(TP + TN) / n",
    "sensitivity": "TP / (TP + FN)",
    "specificity": "TN / (TN + FP)",
    "ppv": "positive predictive value, TP / (TP + FP)",
    "npv": "negative predictive value, TN / (TN + FN)",
    "f1": "2 TP / (2 TP + FP + FN)",
}
COLUMNS = {
    **GROUP,
    **AUC,
    "threshold": "probability from which a patient counts as positive; set on the training cohort",
    "tp": "true positives",
    "fp": "false positives",
    "fn": "false negatives",
    "tn": "true negatives",
}
for rate in RATES:
    COLUMNS[rate] = f"{MEANINGS[rate]}; blank where nobody is in the denominator"
    method = "percentile bootstrap" if rate == "f1" else "Wilson"
    COLUMNS[f"{rate}_low"] = f"lower bound of its 95% CI ({method})"
    COLUMNS[f"{rate}_high"] = f"upper bound of its 95% CI ({method})"
COLUMNS |= {
    "intercept": "calibration intercept, fitted with the slope (ideal 0); blank where undefined",
    "slope": "calibration slope (ideal 1); blank where undefined",
    "citl": "calibration-in-the-large: intercept at slope 1 (ideal 0)",
    "brier": "Brier score (0 is perfect)",
    "prevalence": "events / n",
    "pr_auc": "area under the precision-recall curve (average precision); by chance the prevalence",
    **NEWCOMBE,
    "scaled_brier": "1 - Brier score / (prevalence x (1 - prevalence)): 1 is perfect, 0 useless",
    "ece": "expected calibration error: mean |observed - predicted| of the groups of "
    "calibration.tsv, by their patients; above 0 by chance alone",
    "ici": "integrated calibration index: mean distance of the predictions from the smooth curve "
    "of calibration_curve.tsv; blank where there is no curve",
    "slope_low": "lower bound of the calibration slope's 95% CI (profile likelihood)",
    "slope_high": "upper bound of that",
    "citl_low": "lower bound of the 95% CI of calibration-in-the-large (profile likelihood)",
    "citl_high": "upper bound of that",
}


def measure(
    group: Group, threshold: float, *, bootstrap: int, seed: int, calibration_groups: int
) -> dict:
    """One row of the table."""
    outcome, probability = group.outcome, group.probability
    tp, fp, fn, tn = confusion(outcome, probability, threshold)
    intercept, slope = recalibration(outcome, probability)
    slope_low, slope_high = slope_interval(outcome, probability)
    citl_low, citl_high = in_the_large_interval(outcome, probability)
    return {
        **discrimination(group),
        "threshold": threshold,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": tn,
        **rates(tp, fp, fn, tn, bootstrap=bootstrap, seed=seed),
        "intercept": intercept,
        "slope": slope,
        "citl": in_the_large(outcome, probability),
        "brier": brier(outcome, probability),
        "prevalence": group.events / group.n if group.n else float("nan"),
        "pr_auc": average_precision(outcome, probability),
        "scaled_brier": scaled_brier(outcome, probability),
        "ece": expected_calibration_error(outcome, probability, calibration_groups),
        "ici": integrated_calibration_index(outcome, probability),
        "slope_low": slope_low,
        "slope_high": slope_high,
        "citl_low": citl_low,
        "citl_high": citl_high,
    }


CROSSFITTED = (
    "Cross-fitted rows of other cohorts: the models were fitted on the scores of the folds' fits "
    "and are applied to that of the fit of all training patients, which may spread otherwise: "
    "their calibration is their own, not the published models'.",
    "Cross-fitted rows of a DLRS: the regression on the scores is fitted on the same patients and "
    "turns a score round that predicts the wrong way. A score that tells nothing so has a training "
    "AUC somewhat above 0.5 (0.58 of 60 patients, 20 positive).",
)


def performance_table(
    predictions: pd.DataFrame, models: Sequence[Mapping], **settings: int
) -> pd.DataFrame:
    """Rows by protocol, cohort (train, test, external) and model, in the order of `models`.

    `settings` as of `measure`.
    """
    fitted = {(model["protocol"], model["model"]): model for model in models}
    names = list(dict.fromkeys(model["model"] for model in models))
    rows = [
        measure(group, fitted[key]["threshold"], **settings)
        for group in groups(predictions, names)
        if (key := (group.protocol, group.model)) in fitted
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(
    *,
    predictions: str,
    models: Sequence[str],
    validation: Mapping,
    caution: str,
    table: str,
    simulated: bool,
) -> None:
    fitted = [read_model(path) for path in models]
    rows = performance_table(
        read_table(predictions),
        fitted,
        **{name: validation[name] for name in ("bootstrap", "seed", "calibration_groups")},
    )
    write_table(
        rows,
        table,
        title="Performance of every model.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="judging by the training rows; comparing models by whether "
        "their intervals overlap (delong.tsv does that); using a threshold on "
        "patients.",
        notes=[
            *apparent(rows["cohort"]),
            caution,
            "Thresholds maximise Youden's J on the training cohort and are applied unchanged.",
            "DeLong's variance of an AUC of exactly 0 or 1 is 0: its interval is a point and says "
            "nothing (as in pROC). Newcombe's is kept beside it, and is the one that is printed.",
            *(CROSSFITTED if any(model["protocol"] == CROSSFIT for model in fitted) else ()),
            f"F1 intervals: {validation['bootstrap']} resamples, seed {validation['seed']}.",
            *of_fits([model for model in fitted if model["protocol"] == PROTOCOL]),
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            models=snakemake.input.models,
            validation=snakemake.params.validation,
            caution=snakemake.params.caution,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
