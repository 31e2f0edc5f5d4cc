"""A modality's score fitted on a negative control instead of the lesion, in the same way."""

from collections.abc import Mapping

import pandas as pd

from radfuse.cohort import FEWEST_TO_CROSSFIT, read_training
from radfuse.controls import CONTROLS
from radfuse.crossfit import crossfit_scores
from radfuse.errors import StudyError
from radfuse.fitting import plain
from radfuse.job import job
from radfuse.models import write_model
from radfuse.score import fit_score
from radfuse.scoring import describe, stable_features, training_features
from radfuse.tables import read_table

FEWEST = 2  # patients of each class on whom a score can be fitted


def check(classes: pd.Series, training: pd.Series, control: str, modality: str) -> None:
    """StudyError E29 where too few training patients have the control."""
    events, rest = int(classes.sum()), int((1 - classes).sum())
    if min(events, rest) < FEWEST:
        raise StudyError(
            f"E29 controls: {modality}: {control} ({CONTROLS[control]}) is there for {events} "
            f"positive and {rest} negative of the {len(training)} training patients, and a score "
            f"needs at least {FEWEST} of each. Are the images cropped to the lesions? Give them "
            "whole, or set validation.negative_controls: false."
        )


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

    `crossfit_folds`: 0 where the study has no cross-fitted scores.
    """
    matrix, outcome = pd.read_parquet(features), read_training(training)
    stable = stable_features(matrix, read_table(stability), modality)
    complete, classes = training_features(matrix, stable, outcome)
    check(classes, outcome, control, modality)
    name = f"DLRS_{modality} of {control}"
    fitted = fit_score(complete, classes, name=name, **score)
    crossfit = {}
    if crossfit_folds and min(classes.sum(), (1 - classes).sum()) >= FEWEST_TO_CROSSFIT:
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
        crossfit = dict(zip(rows["patient"], map(plain, rows["score"]), strict=True))
    write_model(
        {
            "control": control,
            "modality": modality,
            "n": len(classes),
            "events": int(classes.sum()),
            "note": fitted.note,
            "score": describe(fitted, score),
            "crossfit": crossfit,
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
            crossfit_folds=snakemake.params.crossfit_folds,
            seed=snakemake.params.seed,
            simulated=snakemake.params.simulated,
            model=output.model,
        )
