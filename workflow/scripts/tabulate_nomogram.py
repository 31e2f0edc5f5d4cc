"""A model as a table of points: what each value of a covariate adds, and what the total means."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.cohort import training_rows
from radfuse.jobs.job import job
from radfuse.modelling.models import covariate_labels, expand, read_model
from radfuse.statistics.nomogram import Nomogram, nomogram_table
from radfuse.tables import read_table, write_table

COLUMNS = {
    "model": "model that is shown",
    "kind": "covariate = the points of a value; total = the probability of a round total; "
    "risk = the total points of a round probability",
    "covariate": "covariate of the model",
    "label": "what the covariate is",
    "value": "value of the covariate",
    "meaning": "what the value means, where it is a code",
    "points": "points of the value, or total points",
    "probability": "predicted probability at the total points",
    "n": "training patients of the model, whose ranges the axes have",
    "events": "of these, patients with the positive outcome",
}


def meanings(models: Sequence[Mapping], dictionary: Sequence[Mapping]) -> dict[str, dict]:
    """What the codes of each coded characteristic mean, by its key; an indicator's are no, yes."""
    found: dict[str, dict] = {}
    for modality in {model["modality"] for model in models}:
        for entry in dictionary:
            name = f"{modality}:{entry['name']}"
            levels = entry.get("levels", {})
            if entry["type"] == "nominal":
                found |= {f"{name}={code}": {0.0: "no", 1.0: "yes"} for code in levels}
            else:
                found[name] = {float(code): meaning for code, meaning in levels.items()}
    return found


def model_nomogram(
    models: Sequence[Mapping],
    covariates: pd.DataFrame,
    dictionary: Sequence[Mapping],
    name: str,
) -> pd.DataFrame:
    """The table of one model, over the study's original covariates.

    `covariates` as results/covariates.tsv; the axes are the ranges of the training patients who
    have all of the model's covariates.
    """
    by_name = {model["model"]: model for model in models}
    intercept, coefficients = expand(by_name[name], by_name)
    complete = training_rows(covariates).dropna(subset=list(coefficients))
    nomogram = Nomogram.of(intercept, coefficients, complete)
    table = nomogram_table(nomogram, complete)
    labels, coded = covariate_labels(models), meanings(models, dictionary)
    named = table["covariate"]
    table["label"] = [labels.get(covariate, "") for covariate in named]
    table["meaning"] = [
        coded.get(covariate, {}).get(value, "")
        for covariate, value in zip(named, table["value"], strict=True)
    ]
    events = int(complete["outcome"].sum())
    return table.assign(model=name, n=len(complete), events=events)[list(COLUMNS)]


def main(
    *,
    models: Sequence[str],
    covariates: str,
    dictionary: Sequence[Mapping],
    name: str,
    table: str,
    simulated: bool,
) -> None:
    fitted = [read_model(path) for path in models]
    points = model_nomogram(fitted, read_table(covariates), dictionary, name)
    scored = points["covariate"].str.startswith("DLRS_", na=False).any()
    write_table(
        points,
        table,
        title=f"Nomogram of the model {name}.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="decisions on patients: it draws the model, which is as good as it is in "
        "other cohorts.",
        notes=[
            "Points follow from the coefficients and from the training cohort's ranges: the "
            "covariate that can move the log odds most has 0 to 100. R's rms::nomogram does the "
            "same over axes that end at round numbers, so that its points differ by one factor.",
            "The points add up; between two rows they are linear in the value, and the log odds "
            "are linear in the total.",
            "The radiomics score of a patient has to be computed first, from the features."
            if scored
            else "",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            covariates=snakemake.input.covariates,
            dictionary=snakemake.params.dictionary,
            name=snakemake.wildcards.model,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
