"""A modality's score fitted on a negative control instead of the lesion, in the same way."""

from collections.abc import Mapping

import pandas as pd

from radfuse.inputs.cohort import FEWEST_TO_CROSSFIT, FEWEST_TO_FIT, read_training
from radfuse.jobs.job import job, logger
from radfuse.modelling.crossfit import crossfit_scores
from radfuse.modelling.fitting import plain
from radfuse.modelling.models import write_model
from radfuse.modelling.score import fit_score
from radfuse.modelling.scoring import describe, stable_features, training_features
from radfuse.tables import read_table


def main(
    *,
    features: str,
    stability: str,
    training: str,
    modality: str,
    control: str,
    score: Mapping,
    crossfit_folds: int,
    seed: int,
    simulated: bool | str,
    model: str,
) -> None:
    """`features` are the control's, `stability` the lesion's: both scores choose among the same.

    `crossfit_folds`: 0 where the study has no cross-fitted scores. A control that too few training
    patients have is not fitted (`score` is null), and every table says so.
    """
    matrix, outcome = pd.read_parquet(features), read_training(training)
    stable = stable_features(matrix, read_table(stability), modality)
    complete, classes = training_features(matrix, stable, outcome)
    fewest = int(min(classes.sum(), (1 - classes).sum()))
    name = f"DLRS_{modality} of {control}"
    fitted: dict = {"note": "", "score": None, "crossfit": {}}
    if fewest < FEWEST_TO_FIT:
        fitted["note"] = (
            f"Not fitted: {len(classes)} training patients, {int(classes.sum())} positive, have "
            f"it in all sequences; at least {FEWEST_TO_FIT} of each class are needed."
        )
        logger.warning("%s: %s", name, fitted["note"])
    else:
        found = fit_score(complete, classes, name=name, **score)
        fitted |= {"note": found.note, "score": describe(found, score)}
    if crossfit_folds and fewest >= FEWEST_TO_CROSSFIT:
        # what is stable was decided on the lesions, and is not in question here
        rows = crossfit_scores(
            complete,
            classes,
            None,
            stability=None,
            score=score,
            folds=crossfit_folds,
            seed=seed,
            name=name,
        )
        scores = map(plain, rows["score"])
        fitted["crossfit"] = dict(zip(rows["patient"], scores, strict=True))
    write_model(
        {
            "control": control,
            "modality": modality,
            "n": len(classes),
            "events": int(classes.sum()),
            **fitted,
            "simulated": simulated,
        },
        model,
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            features=snakemake.input.features,
            stability=snakemake.input.stability,
            training=snakemake.input.training,
            modality=snakemake.wildcards.modality,
            control=snakemake.wildcards.control,
            score=snakemake.params.score,
            crossfit_folds=snakemake.params.crossfit["folds"],
            seed=snakemake.params.crossfit["seed"],
            simulated=snakemake.params.simulated,
            model=output.model,
        )
