"""What the scores do on negative controls, against what they do on the lesions themselves."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from radfuse.inputs.cohort import COHORTS, FEWEST_TO_CROSSFIT
from radfuse.inputs.controls import CONTROLS
from radfuse.jobs.job import job
from radfuse.modelling.models import CROSSFIT, PROTOCOL, read_model, score
from radfuse.statistics.auc_score import newcombe_interval
from radfuse.statistics.delong import NAN, auc_interval, difference_interval, paired_test
from radfuse.tables import read_table, write_table

INTERVAL = "its 95% CI (DeLong; Newcombe's where it is exactly 0 or 1 or a class has one patient)"
COLUMNS = {
    "protocol": "published: as fitted, so apparent in the training cohort; crossfit: training "
    "patients' scores come from fits that did not see them",
    "cohort": "train, test or external",
    "modality": "modality of the score",
    "control": "; ".join(f"{name}: {meaning}" for name, meaning in CONTROLS.items()),
    "n": "labelled patients with the lesion's score and the control's",
    "events": "of these, patients with the positive outcome",
    "without": "patients with the lesion's score who lack the control in at least one sequence",
    "without_events": "of these, patients with the positive outcome",
    "auc_lesion": "AUC of the lesion's score, in the same patients",
    "auc_lesion_low": f"lower bound of {INTERVAL}",
    "auc_lesion_high": f"upper bound of {INTERVAL}",
    "auc": "AUC of the control's score, built in the same way",
    "auc_low": f"lower bound of {INTERVAL}",
    "auc_high": f"upper bound of {INTERVAL}",
    "difference": "AUC of the lesion - AUC of the control",
    "difference_low": "lower bound of its 95% CI (DeLong, paired); blank for cross-fitted scores, "
    "whose folds share their patients, so that it would be too narrow",
    "difference_high": "upper bound of that",
    "p": "two-sided P of the difference (DeLong, paired), not adjusted for the number of "
    "comparisons; blank for cross-fitted scores, and where it has no variance",
}


def lesion_scores(predictions: pd.DataFrame, crossfit: pd.DataFrame | None) -> pd.DataFrame:
    """Protocol, cohort, patient, outcome and score of one modality's lesions.

    Cross-fitted ones as they come from the folds: a regression on top of them, fitted on the same
    patients, would turn a score that predicts the wrong way round into one that predicts.
    """
    own = predictions[predictions["protocol"] == PROTOCOL].rename(columns={"probability": "score"})
    parts = [own] if crossfit is None else [own, crossfit.assign(protocol=CROSSFIT, cohort="train")]
    rows = pd.concat(parts, ignore_index=True).dropna(subset=["outcome", "score"])
    return rows.sort_values("patient", kind="stable")


def compare(model: Mapping, features: pd.DataFrame, lesions: pd.DataFrame) -> Iterator[dict]:
    """A row (see COLUMNS) per protocol and cohort; `features` are the control's, `lesions` as of
    `lesion_scores`."""
    published = score(model, features) if model["score"] else pd.Series(dtype=float)
    controls = {PROTOCOL: published, CROSSFIT: pd.Series(model["crossfit"], dtype=float)}
    for (protocol, cohort), rows in lesions.groupby(["protocol", "cohort"], sort=False):
        if protocol == CROSSFIT and not model["crossfit"]:
            continue
        scores = rows["patient"].map(controls[protocol])
        both = rows.assign(control=scores).dropna(subset=["control"])
        outcome, lesion, control = (
            both[name].to_numpy(dtype=float) for name in ("outcome", "score", "control")
        )
        yield {
            "protocol": protocol,
            "cohort": cohort,
            "modality": model["modality"],
            "control": model["control"],
            "n": len(both),
            "events": int(outcome.sum()),
            "without": len(rows) - len(both),
            "without_events": int(rows["outcome"].sum() - outcome.sum()),
            **limits("auc_lesion", interval_of(outcome, lesion)),
            **limits("auc", interval_of(outcome, control)),
            **difference(outcome, lesion, control, tested=protocol == PROTOCOL),
        }


def interval_of(outcome: np.ndarray, scores: np.ndarray) -> tuple[float, float, float]:
    """AUC with its 95% CI: DeLong's, and Newcombe's where that is a point or there is none."""
    area, low, high = auc_interval(outcome, scores)
    positive = int(outcome.sum())
    if area in (0, 1) or 1 in (positive, len(outcome) - positive):
        low, high = newcombe_interval(area, positive, len(outcome) - positive)
    return area, low, high


def difference(
    outcome: np.ndarray, lesion: np.ndarray, control: np.ndarray, tested: bool
) -> dict[str, float]:
    """Lesion less control, with interval and P where the patients are independent."""
    test = paired_test(outcome, lesion, control)
    if not tested:
        return {**limits("difference", (test.difference, NAN, NAN)), "p": NAN}
    bounds = difference_interval(outcome, lesion, control)
    return {**limits("difference", (test.difference, *bounds)), "p": test.p}


def limits(name: str, values: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def main(
    *,
    models: Sequence[str],
    features: Sequence[str],
    predictions: str,
    crossfit: Sequence[str],
    table: str,
    simulated: bool | str,
) -> None:
    """`models` and `features` are the controls', in the same order; `crossfit` the lesions' scores
    of every modality (results/crossfit/scores_{modality}.tsv), where the study has them."""
    predicted = read_table(predictions)
    folds = {Path(path).stem.removeprefix("scores_"): read_table(path) for path in crossfit}
    rows = []
    for path, matrix in zip(models, features, strict=True):
        model = read_model(path)
        name = model["modality"]
        own = predicted[predicted["model"] == f"DLRS_{name}"]
        lesions = lesion_scores(own, folds.get(name))
        rows += compare(model, pd.read_parquet(matrix), lesions)
    write_table(
        pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
            ["protocol", "cohort"], key=lambda names: names.map(ORDER.index), kind="stable"
        ),
        table,
        title="Negative controls: scores built from what should tell nothing, or less.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="proof that a score is about the lesion's biology: a control that does worse only "
        "shows that the score needs something which the control lacks.",
        notes=[
            "Shuffled lesions keep intensities, size, outline and surroundings and lose their "
            "texture. The background is a square as large as the lesion's, from beside it: so it "
            "keeps the lesion's size, and may hold what goes with the outcome (an organ that is "
            "ill too, another scanner).",
            "The controls' scores are fitted as the lesions' are, on the patients who have the "
            "control in all sequences, on the features that were stable in the lesions.",
            "n is 0 where a control was not fitted, as fewer than 2 training patients of a class "
            "have it: images that are cropped to their lesions have no background.",
            f"No cross-fitted rows where fewer than {FEWEST_TO_CROSSFIT} training patients of a "
            "class have the control, and of fine-tuned networks, which have seen their lesions.",
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
            crossfit=snakemake.input.crossfit,
            table=output.table,
            simulated=snakemake.params.simulated,
        )
