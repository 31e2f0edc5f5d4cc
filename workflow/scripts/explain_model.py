"""SHAP values of the final model over the study's original covariates, for every patient."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.cohort import training_rows
from radfuse.jobs.job import job
from radfuse.modelling.models import covariate_labels, expand, read_model
from radfuse.statistics.explain import linear_shap
from radfuse.tables import read_table, write_table

COLUMNS = {
    "patient": "patient identifier",
    "cohort": "train, test, external or unlabelled",
    "model": "model that is explained",
    "covariate": "original covariate of the model",
    "label": "what the covariate is",
    "value": "the patient's value of the covariate",
    "shap": "SHAP value: how far the covariate moves this patient's log odds from the base value",
    "base_value": "mean log odds of the background patients",
    "n": "background: training patients with all covariates",
    "events": "of these, patients with the positive outcome",
}


def shap_table(
    models: Mapping[str, Mapping],
    covariates: pd.DataFrame,
    final: str,
) -> tuple[pd.DataFrame, int]:
    """A row per patient and covariate of the model `final`, and how many patients it leaves out.

    `covariates` as results/covariates.tsv; Patients without all of the model's covariates are left
    out; the background are the training patients who have them.
    """
    intercept, coefficients = expand(models[final], models)
    names = list(coefficients)
    labels = covariate_labels(models.values())
    indexed = covariates.set_index("patient").sort_index()
    complete = indexed.dropna(subset=names)
    background = training_rows(complete)
    values, base = linear_shap(intercept, coefficients, complete, background)
    parts = [
        pd.DataFrame(
            {
                "patient": complete.index,
                "cohort": complete["cohort"].to_numpy(),
                "model": final,
                "covariate": name,
                "label": labels[name],
                "value": complete[name].to_numpy(dtype=float),
                "shap": values[name].to_numpy(),
                "base_value": base,
                "n": len(background),
                "events": int(background["outcome"].sum()),
            }
        )
        for name in names
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    ordered = table.sort_values("patient", kind="stable", ignore_index=True)
    return ordered, len(indexed) - len(complete)


def main(
    *,
    models: Sequence[str],
    covariates: str,
    final: str,
    table: str,
    simulated: bool,
) -> None:
    fitted = {model["model"]: model for model in map(read_model, models)}
    rows, left_out = shap_table(fitted, read_table(covariates), final)
    write_table(
        rows,
        table,
        title=f"SHAP values of the model {final} (log odds).",
        columns=COLUMNS,
        simulated=simulated,
        not_for="causes, or what matters in the disease: it explains the model, right or wrong.",
        notes=[
            "Exact values of a model that is linear in the log odds, against independent training "
            "patients: coefficient x (value - training mean).",
            f"{left_out} patients are left out: a covariate of theirs is missing.",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            covariates=snakemake.input.covariates,
            final=snakemake.params.final,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
