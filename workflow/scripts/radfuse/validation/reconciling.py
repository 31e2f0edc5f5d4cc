"""Whether every table's n and events follow from who is in which cohort and who lacks what.

Counted anew, patient by patient, from the split, the predictions and the sheets: not from the code
that made the tables.
"""

from collections.abc import Iterator, Mapping

import pandas as pd

from radfuse.inputs.cohort import NOT_STATED, OUTCOME
from radfuse.modelling.models import PROTOCOL
from radfuse.validation.known import Known, Line, Patients


def stated(row: Mapping, suffix: str = "") -> tuple[int, int]:
    return int(row[f"n{suffix}"]), int(row[f"events{suffix}"])


def base_label(text: str, labels: Mapping[str, object]) -> str:
    """The characteristic of a row, whose text may go on with a level: `Site: right (vs left)`."""
    return max((label for label in labels if text.startswith(label)), key=len)


def of_models(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """Tables of models in cohorts; of groups, their sum."""
    if name == "calibration":
        keys = ["protocol", "cohort", "model"]
        table = table.groupby(keys, sort=False)[["n", "events"]].sum().reset_index()
    for row in table.to_dict("records"):
        patients = known.of(row["cohort"])
        models = [row[key] for key in ("model", "model_a", "model_b") if key in row]
        for model in models:
            patients &= known.predicted[row["protocol"], model]
        place = f"{row['protocol']}, {row['cohort']}, {' and '.join(models)}"
        yield Line(place, stated(row), known.count(patients))


def of_curves(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """Curves of a cohort, which are all of the patients whom every model with a curve predicts."""
    for (protocol, cohort), rows in table.groupby(["protocol", "cohort"], sort=False):
        models = rows["model"][~rows["model"].str.startswith("treat ")].unique()
        patients = known.of(cohort) if len(models) else Patients()
        for model in models:
            patients &= known.predicted[protocol, model]
        for row in rows.drop_duplicates(["model", "n", "events"]).to_dict("records"):
            place = f"{protocol}, {cohort}, {row['model']}"
            yield Line(place, stated(row), known.count(patients))


def of_training(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """Tables of models in the training cohort, some with the test cohort beside it."""
    for row in table.to_dict("records"):
        has = known.predicted[PROTOCOL, row["model"]]
        yield Line(f"train, {row['model']}", stated(row), known.count(known.of("train") & has))
        if not pd.isna(row.get("n_test")):
            tested = known.count(known.of("test") & has)
            yield Line(f"test, {row['model']}", stated(row, "_test"), tested)


def of_two_cohorts(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    for row in table.to_dict("records"):
        has = known.predicted[row["protocol"], row["model"]]
        total = [0, 0]
        for side in ("_a", "_b"):
            found = known.count(known.of(row[f"cohort{side}"]) & has)
            total = [a + b for a, b in zip(total, found, strict=True)]
            yield Line(f"{row[f'cohort{side}']}, {row['model']}", stated(row, side), found)
        yield Line(f"both cohorts, {row['model']}", stated(row), (total[0], total[1]))


def of_centers(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """Models in one centre, and tests over all patients whose centre is stated."""
    for row in table.to_dict("records"):
        patients = known.of(row["cohort"])
        tested, center = row.get("model", row.get("tested")), row.get("center")
        if tested != OUTCOME:
            patients &= known.predicted[row["protocol"], tested]
        if center == NOT_STATED:
            patients -= known.center.keys()
        else:
            patients &= {p for p, other in known.center.items() if center in (None, other)}
        place = ", ".join(filter(None, (row["protocol"], row["cohort"], center, tested)))
        yield Line(place, stated(row), known.count(patients))


def of_subgroups(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """The sums over the levels, and those of all patients with a level."""
    keys = ["protocol", "cohort", "model", "variable"]
    levels = table["level"].fillna("") != ""
    sums = table[levels].groupby(keys, sort=False)[["n", "events"]].sum().reset_index()
    for row in [*table[~levels].to_dict("records"), *sums.to_dict("records")]:
        has = known.predicted[row["protocol"], row["model"]] & known.clinical[row["variable"]]
        place = f"{row['protocol']}, {row['cohort']}, {row['variable']}, {row['model']}"
        yield Line(place, stated(row), known.count(known.of(row["cohort"]) & has))


def of_baseline(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    for row in table.to_dict("records"):
        found = known.of(row["cohort"]) & known.clinical[row["variable"]]
        yield Line(f"{row['cohort']}, {row['variable']}", stated(row), known.count(found))


def of_external(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """The external cohort beside the training cohort: who of both has a value."""
    for row in table.to_dict("records"):
        found = known.of("train", "external")
        if row["kind"] == "clinical":
            found &= known.clinical[row["variable"]]
        elif row["kind"] == "characteristic":
            found &= known.read[row["modality"]][known.reader][row["label"]]
        yield Line(f"{row['kind']}, {row['variable']}", stated(row), known.count(found))


def of_readings(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """Tables of one modality's characteristics: which patients, by the table's kind."""
    kind, _, modality = name.rpartition("_")
    readers = known.read[modality]
    readings = readers[known.reader]
    for row in table.to_dict("records"):
        label = base_label(row["characteristic"], readings)
        if kind == "characteristics":
            found = known.fitted_on(modality, [label])
        elif kind == "selection":
            found = known.fitted_on(modality, known.candidates[modality])
        elif kind == "split_balance":
            found = known.of("train", "test") & readings[label]
        else:
            found = frozenset(known.cohort.index) & readers["1"][label] & readers["2"][label]
        yield Line(row["characteristic"], stated(row), known.count(found))


def of_controls(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """Patients with a negative control and those without it: together those with a score."""
    for row in table.to_dict("records"):
        has = known.predicted[row["protocol"], f"DLRS_{row['modality']}"]
        place = f"{row['protocol']}, {row['cohort']}, {row['control']} of {row['modality']}"
        total = (row["n"] + row["without"], row["events"] + row["without_events"])
        yield Line(place, total, known.count(known.of(row["cohort"]) & has))


def of_resamples(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """Medians over divisions: at most the size of a test part."""
    for row in table.dropna(subset=["n", "events"]).to_dict("records"):
        yield Line(f"test part, {row['model']}", stated(row), known.test_part, bound=True)


def of_ledger(name: str, table: pd.DataFrame, known: Known) -> Iterator[Line]:
    """The ledger: every step is the one before less who left; cohorts are those of the split."""
    total = pd.Series([0, 0], ["n", "events"])
    steps = table.set_index("step")[["n", "events"]]
    left = steps[steps.index.isin(["excluded", "unlabelled"])].sum()
    remaining = total + steps.loc["registered"] - left
    expected = int(remaining["n"]), int(remaining["events"])
    yield Line("analysed", stated(steps.loc["analysed"]), expected)
    labelled = known.of(*known.cohort.unique())
    yield Line("analysed, by the split", stated(steps.loc["analysed"]), known.count(labelled))
    for cohort in [step for step in steps.index if step in ("train", "test", "external")]:
        yield Line(cohort, stated(steps.loc[cohort]), known.count(known.of(cohort)))


KINDS = {
    "counts": of_ledger,
    "baseline": of_baseline,
    "external_balance": of_external,
    "performance": of_models,
    "calibration": of_models,
    "calibration_curve": of_models,
    "decision_curve": of_curves,
    "sample_size": of_models,
    "delong": of_models,
    "delong_cohorts": of_two_cohorts,
    "centers": of_centers,
    "center_effects": of_centers,
    "subgroups": of_subgroups,
    "optimism": of_training,
    "shap": of_training,
    "nomogram": of_training,
    "resampling": of_resamples,
    "negative_controls": of_controls,
    "characteristics": of_readings,
    "selection": of_readings,
    "split_balance": of_readings,
    "reader_agreement": of_readings,
}


def lines(name: str, table: pd.DataFrame, known: Known) -> list[Line]:
    """Every distinct count of a table. ValueError: nobody says how this table counts."""
    kinds = [kind for kind in KINDS if name == kind or name.startswith(f"{kind}_")]
    if not kinds:
        raise ValueError(f"{__name__}.KINDS does not say who is counted in the table {name}")
    kind = max(kinds, key=len)
    return list(dict.fromkeys(KINDS[kind](name, table, known)))
