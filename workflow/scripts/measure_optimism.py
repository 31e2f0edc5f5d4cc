"""AUC of every model as it looks, corrected for optimism in two ways, and in the test cohort."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.cohort import training_rows
from radfuse.jobs.job import job
from radfuse.modelling.covariates import own_design, with_log_odds
from radfuse.modelling.models import CROSSFIT, PROTOCOL, read_model
from radfuse.statistics.optimism import bootstrap_optimism
from radfuse.tables import read_table, write_table

COLUMNS = {
    "model": "model of the published protocol",
    "n": "training patients with all covariates of the model",
    "events": "of these, patients with the positive outcome",
    "auc_apparent": "AUC in the training cohort, published protocol",
    "auc_crossfit": "AUC in the training cohort, crossfit protocol: scores had not seen their "
    "patients, the coefficients on top of them and the choice of characteristics had; blank = not "
    "computed",
    "optimism": "mean over the resamples: AUC in the resample - AUC in the training cohort",
    "auc_corrected": "auc_apparent - optimism",
    "resamples": "bootstrap resamples with both outcomes",
    "n_test": "patients of the test cohort with a probability; blank = no test cohort",
    "events_test": "of these, patients with the positive outcome",
    "auc_test": "AUC in the test cohort, published protocol",
}


def optimism_table(
    models: Sequence[Mapping],
    covariates: pd.DataFrame,
    performance: pd.DataFrame,
    *,
    bootstrap: int,
    seed: int,
) -> pd.DataFrame:
    """`covariates` as results/covariates.tsv, `performance` as results/tables/performance.tsv."""
    train = training_rows(covariates).set_index("patient").sort_index()
    known = with_log_odds(models, train.drop(columns=["cohort", "outcome"]))
    found = performance.set_index(["protocol", "cohort", "model"])

    def value(column: str, *key: str) -> float:
        return found.at[key, column] if key in found.index else float("nan")

    rows = []
    for model in models:
        name, design = model["model"], own_design(model, known)
        outcome = train.loc[design.index, "outcome"].to_numpy(dtype=float)
        result = bootstrap_optimism(design, outcome, bootstrap=bootstrap, seed=seed)
        apparent = value("auc", PROTOCOL, "train", name)
        rows.append(
            {
                "model": name,
                "n": len(outcome),
                "events": int(outcome.sum()),
                "auc_apparent": apparent,
                "auc_crossfit": value("auc", CROSSFIT, "train", name),
                "optimism": result.optimism,
                "auc_corrected": apparent - result.optimism,
                "resamples": result.resamples,
                "n_test": value("n", PROTOCOL, "test", name),
                "events_test": value("events", PROTOCOL, "test", name),
                "auc_test": value("auc", PROTOCOL, "test", name),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


SCORED = (
    "Not fitted again: stability filter, components, LASSO and its penalty, the choice of "
    "characteristics, and for the fused model those that it is made of. What they cost is not in "
    "this optimism; what the scores cost is in auc_crossfit.",
    "The regression of a DLRS model has one coefficient: its AUC hardly changes with it.",
)
UNSCORED = (
    "Not chosen again: the characteristics. What their choice costs is not in this optimism.",
)


def main(
    *,
    models: Sequence[str],
    covariates: str,
    performance: str,
    validation: Mapping,
    caution: str,
    table: str,
    simulated: bool,
) -> None:
    bootstrap, seed = validation["bootstrap_models"], validation["seed"]
    fitted = [read_model(path) for path in models]
    scored = any(model["model"].startswith("DLRS_") for model in fitted)
    write_table(
        optimism_table(
            fitted,
            read_table(covariates),
            read_table(performance),
            bootstrap=bootstrap,
            seed=seed,
        ),
        table,
        title="Optimism of the training cohort's AUCs.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="correcting the AUCs of other cohorts, which have no such optimism.",
        notes=[
            f"Harrell's bootstrap: {bootstrap} resamples of the training patients, seed {seed}.",
            "Fitted again in every resample: the coefficients of the model's own regression on its "
            "covariates.",
            *(SCORED if scored else UNSCORED),
            caution,
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            covariates=snakemake.input.covariates,
            performance=snakemake.input.performance,
            validation=snakemake.params.validation,
            caution=snakemake.params.caution,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
