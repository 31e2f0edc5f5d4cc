"""What the scores do on negative controls, against what they do on the lesions themselves."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from radfuse.cohort import COHORTS, FEWEST_TO_CROSSFIT
from radfuse.controls import CONTROLS
from radfuse.delong import auc_interval, difference_interval, paired_test
from radfuse.job import job
from radfuse.models import CROSSFIT, PROTOCOL, read_model, score
from radfuse.tables import read_table, write_table

COLUMNS = {
    "protocol": "published: as fitted, so apparent in the training cohort; crossfit: training "
    "patients' scores come from fits that did not see them",
    "cohort": "train, test or external",
    "modality": "modality of the score",
    "control": "; ".join(f"{name}: {meaning}" for name, meaning in CONTROLS.items()),
    "n": "labelled patients with the lesion's score and the control's",
    "events": "of these, patients with the positive outcome",
    "without": "patients with the lesion's score, and no tissue beside the lesion",
    "without_events": "of these, patients with the positive outcome",
    "auc_lesion": "AUC of the lesion's score, in the same patients",
    "auc_lesion_low": "lower bound of its 95% CI (DeLong)",
    "auc_lesion_high": "upper bound of its 95% CI (DeLong)",
    "auc": "AUC of the control's score, built in the same way",
    "auc_low": "lower bound of its 95% CI (DeLong)",
    "auc_high": "upper bound of its 95% CI (DeLong)",
    "difference": "AUC of the lesion - AUC of the control",
    "difference_low": "lower bound of its 95% CI (DeLong, paired)",
    "difference_high": "upper bound of its 95% CI (DeLong, paired)",
    "p": "two-sided P of the difference (DeLong, paired); blank where it has no variance",
}


def control_scores(model: Mapping, features: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """Protocol and scores by patient: of all with the control, and of the cross-fitted."""
    yield PROTOCOL, score(model, features).dropna()
    if model["crossfit"]:
        yield CROSSFIT, pd.Series(model["crossfit"], dtype=float)


def compare(model: Mapping, features: pd.DataFrame, predictions: pd.DataFrame) -> Iterator[dict]:
    """A row (see COLUMNS) per protocol and cohort; `features` are the control's.

    The cross-fitted score exists for training patients alone: elsewhere it is the published one.
    """
    lesions = predictions[predictions["model"] == f"DLRS_{model['modality']}"]
    lesions = lesions.dropna(subset=["outcome", "probability"]).sort_values("patient")
    for protocol, scores in control_scores(model, features):
        for cohort in COHORTS if protocol == PROTOCOL else ["train"]:
            chosen = (lesions["protocol"] == protocol) & (lesions["cohort"] == cohort)
            rows = lesions[chosen].set_index("patient")
            if rows.empty:
                continue
            both = rows.assign(control=scores.reindex(rows.index)).dropna(subset=["control"])
            outcome, lesion, control = (
                both[name].to_numpy(dtype=float) for name in ("outcome", "probability", "control")
            )
            test = paired_test(outcome, lesion, control)
            yield {
                "protocol": protocol,
                "cohort": cohort,
                "modality": model["modality"],
                "control": model["control"],
                "n": len(both),
                "events": int(outcome.sum()),
                "without": len(rows) - len(both),
                "without_events": int(rows["outcome"].sum() - outcome.sum()),
                **limits("auc_lesion", auc_interval(outcome, lesion)),
                **limits("auc", auc_interval(outcome, control)),
                **limits(
                    "difference", (test.difference, *difference_interval(outcome, lesion, control))
                ),
                "p": test.p,
            }


def limits(name: str, values: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def main(
    *,
    models: Sequence[str],
    features: Sequence[str],
    predictions: str,
    table: str,
    simulated: bool | str,
) -> None:
    """`models` and `features` are the controls', in the same order."""
    predicted = read_table(predictions)
    rows = [
        row
        for model, path in zip(models, features, strict=True)
        for row in compare(read_model(model), pd.read_parquet(path), predicted)
    ]
    write_table(
        pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
            ["protocol", "cohort"], key=lambda names: names.map(ORDER.index), kind="stable"
        ),
        table,
        title="Negative controls: scores built from what should tell nothing, or less.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="proof that a score is about the lesion's biology: a control that does worse "
        "shows only that so much of it is not in the control.",
        notes=[
            "Shuffled lesions keep their intensities, size and outline and lose their texture; the "
            "background is of the lesion's size, from beside it, and may hold what goes with the "
            "outcome (a diseased organ, another scanner).",
            "The controls' scores choose among the features that were stable in the lesions.",
            f"No cross-fitted rows where fewer than {FEWEST_TO_CROSSFIT} training patients of a "
            "class have the control.",
            "Training rows of the published protocol are apparent: look at the others.",
        ],
    )


ORDER = [PROTOCOL, CROSSFIT, *COHORTS]

if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            models=snakemake.input.models,
            features=snakemake.input.features,
            predictions=snakemake.input.predictions,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
