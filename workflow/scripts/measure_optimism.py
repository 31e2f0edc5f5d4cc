"""AUC of every model as it looks, corrected for optimism in two ways, and in the test cohort."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.formatting import listed
from radfuse.inputs.cohort import training_rows
from radfuse.jobs.job import job
from radfuse.modelling.covariates import read_radiology, read_scores, with_crossfit_scores
from radfuse.modelling.models import CROSSFIT, PROTOCOL, correctable, read_model, repeated
from radfuse.modelling.rebuilding import Rebuilding
from radfuse.statistics.optimism import bootstrap_optimism
from radfuse.tables import read_table, write_table

COLUMNS = {
    "model": "the model",
    "n": "training patients with all covariates of the model",
    "events": "of these, patients with the positive outcome",
    "auc_apparent": "AUC in the training cohort, published protocol",
    "auc_crossfit": "AUC in the training cohort, crossfit protocol: scores had not seen their "
    "patients, the coefficients on top of them and the choice of characteristics had; blank = not "
    "computed",
    "optimism": "of auc_crossfit, where that is not computed of auc_apparent (then blank for "
    "models of scores): mean over the resamples of AUC in the resample - AUC among all",
    "resamples": "bootstrap resamples that the model could be built on and that have both outcomes",
    "auc_corrected": "that AUC - optimism",
    "n_test": "patients of the test cohort with a probability; blank = no test cohort",
    "events_test": "of these, patients with the positive outcome",
    "auc_test": "AUC in the test cohort, published protocol",
}


def rebuilding(
    models: Sequence[Mapping],
    train: pd.DataFrame,
    radiology: pd.DataFrame | None,
    dictionary: Sequence[Mapping],
    settings: Mapping,
) -> Rebuilding:
    """`train` are the training patients' covariates and outcome, by patient."""
    scores = [model["model"] for model in models if model["model"].startswith("DLRS_")]
    fused = [model for model in models if model["model"] == "fused"]
    tops = [covariate["name"] for model in fused for covariate in model["covariates"]]
    return Rebuilding(train["outcome"], train[scores], radiology, dictionary, settings, tops)


def optimism_table(
    models: Sequence[Mapping],
    covariates: pd.DataFrame,
    scores: Mapping[str, pd.DataFrame],
    performance: pd.DataFrame,
    radiology: pd.DataFrame | None,
    dictionary: Sequence[Mapping],
    settings: Mapping,
    *,
    bootstrap: int,
    seed: int,
) -> pd.DataFrame:
    """`covariates` as results/covariates.tsv, `scores` the cross-fitted ones by modality, none
    where they are not computed, `performance` as results/tables/performance.tsv, `radiology` the
    training patients' sheet, `settings` the config's `radiology`."""
    train = training_rows(covariates).set_index("patient").sort_index()
    train = with_crossfit_scores(train, scores)
    found = performance.set_index(["protocol", "cohort", "model"])
    protocol = CROSSFIT if scores else PROTOCOL
    names = [model["model"] for model in models]
    build = rebuilding(models, train, radiology, dictionary, settings)
    optimism = bootstrap_optimism(
        lambda rows: build.rebuilt(correctable(names, bool(scores)), rows),
        train["outcome"].to_numpy(),
        bootstrap=bootstrap,
        seed=seed,
    ).reindex(names)

    def value(column: str, *key: str) -> float:
        return found.at[key, column] if key in found.index else float("nan")

    rows = []
    for name, bias, resamples in optimism.itertuples(name=None):
        rows.append(
            {
                "model": name,
                "n": value("n", protocol, "train", name),
                "events": value("events", protocol, "train", name),
                "auc_apparent": value("auc", PROTOCOL, "train", name),
                "auc_crossfit": value("auc", CROSSFIT, "train", name),
                "optimism": bias,
                "resamples": resamples,
                "auc_corrected": value("auc", protocol, "train", name) - bias,
                "n_test": value("n", PROTOCOL, "test", name),
                "events_test": value("events", PROTOCOL, "test", name),
                "auc_test": value("auc", PROTOCOL, "test", name),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


CROSSFITTED = (
    "The scores are the cross-fitted ones, in the resamples too: what they cost is auc_apparent - "
    "auc_crossfit, and the bootstrap adds the optimism of what is built on them.",
    "A score that tells nothing keeps a corrected AUC somewhat above 0.5: its regression turns it "
    "round where it predicts the wrong way, in most resamples as in the training cohort.",
)
NOT_CROSSFITTED = (
    "Without cross-fitted scores nothing is known of what a score costs: no AUC of one, or of a "
    "model made of it, can be corrected.",
)


def notes(names: Sequence[str], crossfitted: bool, bootstrap: int, seed: int) -> list[str]:
    scored = any(name.startswith("DLRS_") for name in names)
    built = correctable(names, crossfitted)
    return [
        f"Harrell's bootstrap: {bootstrap} resamples of the training patients, seed {seed}. "
        f"Each repeats {listed(repeated(built))}; optimism is the mean of a model's AUC there less "
        "its AUC among all training patients.",
    ] * bool(built) + [*(CROSSFITTED if crossfitted else NOT_CROSSFITTED)] * scored


def main(
    *,
    models: Sequence[str],
    covariates: str,
    scores: Sequence[str],
    performance: str,
    radiology: str | None,
    dictionary: Sequence[Mapping],
    settings: Mapping,
    validation: Mapping,
    caution: str,
    table: str,
    simulated: bool,
) -> None:
    draws = {"bootstrap": validation["bootstrap_models"], "seed": validation["seed"]}
    fitted = [read_model(path) for path in models]
    write_table(
        optimism_table(
            fitted,
            read_table(covariates),
            read_scores(scores),
            read_table(performance),
            read_radiology(radiology),
            dictionary,
            settings,
            **draws,
        ),
        table,
        title="Optimism of the training cohort's AUCs.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="correcting the AUCs of other cohorts, which have no such optimism.",
        notes=[*notes([model["model"] for model in fitted], bool(scores), **draws), caution],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            covariates=snakemake.input.covariates,
            scores=snakemake.input.scores,
            performance=snakemake.input.performance,
            radiology=snakemake.input.get("radiology"),
            dictionary=snakemake.params.dictionary,
            settings=snakemake.params.radiology,
            validation=snakemake.params.validation,
            caution=snakemake.params.caution,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
