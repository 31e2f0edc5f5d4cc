"""Patients and events that the models had, and that they would have needed."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.jobs.job import job
from radfuse.modelling.models import read_model
from radfuse.statistics.sample_size import (
    MOST_PARAMETERS,
    R2_SHARE,
    cox_snell,
    expected_shrinkage,
    likelihood_ratio,
    minimum_size,
    most_r2,
)
from radfuse.tables import read_table, write_table
from radfuse.validation.evaluation import Group, groups

COLUMNS = {
    "protocol": "how the scores behind the model were obtained",
    "cohort": "train: the patients that the model was fitted on",
    "model": "model that was fitted",
    "n": "training patients with a probability",
    "events": "of these, patients with the positive outcome",
    "parameters": "coefficients of the model's own regression, without the intercept",
    "candidates": "parameters that the outcome could choose among: design columns that were "
    "screened and vary, components offered to the LASSO; of a model made of others, theirs",
    "events_per_parameter": "patients of the rarer outcome per parameter",
    "events_per_candidate": "patients of the rarer outcome per candidate",
    "lr_chi2": "likelihood ratio chi-square against the overall rate, apparent",
    "r2_cox_snell": "Cox and Snell's R2, 1 - exp(-lr_chi2 / n), apparent",
    "r2_nagelkerke": "Nagelkerke's R2: that over the largest possible, apparent",
    "shrinkage": "expected uniform shrinkage, 1 - candidates / lr_chi2 (van Houwelingen and Le "
    "Cessie): share of the log odds that would be left in new patients; nothing where below 0",
    "r2_expected": "Cox and Snell's R2 that the required sizes are computed for",
    "basis": "of r2_expected: adjusted = shrinkage x r2_cox_snell; assumed = 15% of the largest "
    "possible, where that is more",
    "n_for_shrinkage": "patients for an expected shrinkage of 0.9 (criterion 1)",
    "n_for_r2": "patients for an optimism of at most 0.05 in Nagelkerke's R2 (criterion 2)",
    "n_for_risk": "patients for an overall risk known to within 0.05 (criterion 3)",
    "n_for_error": "patients for predicted risks that are off by 0.05 at most on average "
    f"(criterion 4); blank above {MOST_PARAMETERS} candidates, for which there is no formula",
    "n_required": "the largest of these",
    "events_required": "n_required x events / n",
}


def candidates_by_model(
    models: Sequence[Mapping],
) -> dict[str, tuple[int, int]]:
    """Parameters of every model's regression, and candidates behind it."""
    found: dict[str, tuple[int, int]] = {}
    for model in models:
        name, modality = model["model"], model["modality"]
        kind = name.partition("_")[0]
        if kind == "R":
            tried = model["candidates"]
        elif kind == "DLRS":
            tried = model["score"]["components"]
        elif kind == "DLRR":
            tried = sum(found[f"{part}_{modality}"][1] for part in ("R", "DLRS"))
        else:
            tried = sum(found[covariate["name"]][1] for covariate in model["covariates"])
        found[name] = len(model["covariates"]), tried
    return found


def size_row(group: Group, parameters: int, candidates: int) -> dict:
    """One row; blank where there are not both outcomes or nothing was chosen among."""
    rarer = min(group.events, group.n - group.events)
    row = {
        "protocol": group.protocol,
        "cohort": group.cohort,
        "model": group.model,
        "n": group.n,
        "events": group.events,
        "parameters": parameters,
        "candidates": candidates,
        "events_per_parameter": rarer / parameters if parameters else float("nan"),
        "events_per_candidate": rarer / candidates if candidates else float("nan"),
    }
    if not rarer or not candidates:
        return row
    prevalence = group.events / group.n
    largest = most_r2(prevalence)
    chi2 = max(likelihood_ratio(group.outcome, group.probability), 0.0)
    r2 = cox_snell(chi2, group.n)
    shrinkage = expected_shrinkage(chi2, candidates)
    known = shrinkage * r2 > R2_SHARE * largest
    expected = shrinkage * r2 if known else R2_SHARE * largest
    sizes = minimum_size(candidates, expected, prevalence)
    return row | {
        "lr_chi2": chi2,
        "r2_cox_snell": r2,
        "r2_nagelkerke": r2 / largest,
        "shrinkage": shrinkage,
        "r2_expected": expected,
        "basis": "adjusted" if known else "assumed",
        "n_for_shrinkage": sizes.shrinkage,
        "n_for_r2": sizes.r2,
        "n_for_risk": sizes.risk,
        "n_for_error": sizes.error,
        "n_required": sizes.largest,
        "events_required": sizes.largest * prevalence,
    }


SCORED = (
    "All R2 of the published protocol are too high where a score had seen its patients; those of "
    "the crossfit protocol are not.",
    "A LASSO spends fewer degrees of freedom than it is offered components, so that shrinkage is "
    "on the safe side.",
)


def sample_size_table(predictions: pd.DataFrame, models: Sequence[Mapping]) -> pd.DataFrame:
    """A row per protocol and model, from the training cohort's predictions."""
    counted = candidates_by_model(models)
    rows = [
        size_row(group, *counted[group.model])
        for group in groups(predictions, list(counted))
        if group.cohort == "train"
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(
    *,
    predictions: str,
    models: Sequence[str],
    table: str,
    simulated: bool,
) -> None:
    fitted = [read_model(path) for path in models]
    write_table(
        sample_size_table(read_table(predictions), fitted),
        table,
        title="Sample size: what the models had, and what they would have needed.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="justifying afterwards the number of patients that there were; the power of "
        "comparisons.",
        notes=[
            "Required sizes: Riley et al., Stat Med 2019; 38: 1276-1296 and BMJ 2020; 368: m441; "
            "the fourth van Smeden et al., Stat Methods Med Res 2019; 28: 2455-2474.",
            *(SCORED if any("score" in model for model in fitted) else ()),
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            models=snakemake.input.models,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
