"""How far to believe the models, as sentences of the Results; and the limitations."""

from radfuse.formatting import (
    COHORT_NAMES,
    bounds,
    count,
    is_missing,
    listed,
    model_label,
    number,
    p_text,
    percent,
    positives,
)
from radfuse.inputs.cohort import NOT_STATED
from radfuse.inputs.controls import CONTROLS
from radfuse.manuscript.findings import Places, with_ci
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph
from radfuse.manuscript.verdicts import rows_of, shown_models
from radfuse.modelling.models import CROSSFIT, PROTOCOL
from radfuse.report import caveats


def robustness(run: Run, places: Places) -> Section:
    """Optimism, cross-fitted scores, other divisions, centres, subgroups, controls, size."""
    told, optimism = [], run.results.frame("optimism")
    for name in shown_models(run):
        rows = optimism[optimism["model"] == name] if len(optimism) else optimism
        for _, row in rows.iterrows():
            ways = {
                "as fitted": row["auc_apparent"],
                "on cross-fitted scores": row["auc_crossfit"],
                "corrected by the bootstrap": row["auc_corrected"],
            }
            known = [f"{number(auc)} {how}" for how, auc in ways.items() if not is_missing(auc)]
            told.append(
                f"The training AUC of {model_label(name)} was {listed(known)}"
                f"{places.see('optimism')}."
            )
    if CROSSFIT in run.results.protocols:
        frame = run.results.frame("performance", CROSSFIT)
        for cohort in [cohort for cohort in run.results.cohorts if cohort != "train"]:
            rows = rows_of(frame, cohort)
            names = shown_models(run)
            did = [
                f"{with_ci(rows.loc[name], 'auc')} (calibration slope "
                f"{with_ci(rows.loc[name], 'slope')}) for {model_label(name)}"
                for name in names
            ]
            told.append(
                f"Fitted on cross-fitted scores the AUC in the {COHORT_NAMES[cohort].lower()} was "
                f"{listed(did)}{places.see(f'performance_{CROSSFIT}', 'calibration')}."
            )
    rest = (divisions, centers, subgroups, forest, controls, sizes)
    others = [each(run, places) for each in rest]
    parts = [text for part in (told, *others) for text in paragraph(*part)]
    return Section("How far to believe it", parts)


def divisions(run: Run, places: Places) -> list[str]:
    frame = run.results.frame("resampling")
    if frame.empty:
        return []
    told = []
    aucs = frame[(frame["measure"] == "auc") & frame["against"].isna()].set_index("model")
    for name, row in aucs.dropna(subset=["median"]).iterrows():
        told.append(
            f"{number(row['median'])} ({bounds(row['low'], row['high'])}) for {model_label(name)}"
        )
    seen = places.see("figure resampling", "resampling")
    sentences = [
        f"Over {count(frame['resamples'].max())} other divisions of the patients the median test "
        f"AUC (2.5th to 97.5th percentile) was {listed(told)}{seen}."
    ]
    pairs = frame[(frame["model"] == run.results.final) & frame["above_zero"].notna()]
    pairs = pairs[pairs["against"].isin(list(run.results.models))]
    parts = [
        f"above that of {model_label(row['against'])} in {percent(row['above_zero'])} (equal in "
        f"{percent(row['equal_zero'])})"
        for _, row in pairs.iterrows()
    ]
    if parts:
        sentences.append(
            f"The AUC of {model_label(run.results.final)} was {listed(parts)} of those divisions "
            "that could be compared."
        )
    return sentences


def centers(run: Run, places: Places) -> list[str]:
    """The models that the study is about, in every centre of the other cohorts."""
    frame, sentences = run.results.frame("centers", PROTOCOL), []
    if frame.empty:
        return []
    for (cohort, model), rows in frame.groupby(["cohort", "model"], sort=False):
        known = rows[rows["auc"].notna()]
        if cohort == "train" or model not in shown_models(run):
            continue
        told = [
            f"{with_ci(row, 'auc')} in {place(row['center'])} "
            f"({positives(row['n'], row['events'])})"
            for _, row in known.iterrows()
        ]
        sentences.append(
            f"No centre of the {COHORT_NAMES[cohort].lower()} has an AUC of {model_label(model)}"
            f"{places.see('centers')}."
            if known.empty
            else f"By centre the AUC of {model_label(model)} in the "
            f"{COHORT_NAMES[cohort].lower()} was {listed(told)}{places.see('centers')}."
        )
    return sentences


def subgroups(run: Run, places: Places) -> list[str]:
    """The models that the study is about, in the subgroups of the other cohorts."""
    frame, sentences = run.results.frame("subgroups", PROTOCOL), []
    if frame.empty:
        return []
    wanted = frame["model"].isin(shown_models(run)) & (frame["cohort"] != "train")
    for (cohort, model, name), rows in frame[wanted].groupby(
        ["cohort", "model", "variable"], sort=False
    ):
        told = [
            f"{with_ci(row, 'auc')} ({row['level']}: {positives(row['n'], row['events'])})"
            for _, row in rows[rows["level"].notna()].iterrows()
        ]
        p = rows.loc[rows["level"].isna(), "p_adjusted"].iloc[0]
        test = "" if is_missing(p) else f" (difference: adjusted {p_text(p)})"
        sentences.append(
            f"By {name} the AUC of {model_label(model)} in the {COHORT_NAMES[cohort].lower()} was "
            f"{listed(told)}{test}{places.see('subgroups')}."
        )
    return sentences


def forest(run: Run, places: Places) -> list[str]:
    seen = places.see("figure forest")
    of = "" if run.results.final else " of each modality’s fullest model"
    return [f"Forest plots show these groups{of} beside each other{seen}."] if seen else []


def place(center: str) -> str:
    return "patients whose centre is not stated" if center == NOT_STATED else f"centre {center}"


def controls(run: Run, places: Places) -> list[str]:
    """The scores of negative controls in every other cohort than the training cohort."""
    frame = run.results.frame("negative_controls")
    others = frame[frame["cohort"] != "train"] if len(frame) else frame
    return [
        f"In the {COHORT_NAMES[row['cohort']].lower()} the {row['modality']} score from "
        f"{CONTROLS[row['control']]} had an AUC of {with_ci(row, 'auc')}, that from the lesion "
        f"{with_ci(row, 'auc_lesion')} in the same patients ({positives(row['n'], row['events'])})"
        f"{places.see('figure negative_controls', 'negative_controls')}."
        for _, row in others.iterrows()
    ]


def sizes(run: Run, places: Places) -> list[str]:
    frame = run.results.frame("sample_size", PROTOCOL)
    if frame.empty:
        return []
    return [
        f"{model_label(row['model'])} was chosen among {count(row['candidates'])} candidate "
        f"parameters, for which {count(row['n_required'])} training patients would be needed; "
        f"there were {count(row['n'])}{places.see('sample_size')}."
        for _, row in frame[frame["model"].isin(shown_models(run))].iterrows()
        if not is_missing(row["n_required"])
    ]


def limitations(run: Run, places: Places) -> Section:
    """What the run itself says against its numbers, with the tables behind it."""
    results = run.results
    found = caveats.everything(
        results.frames,
        list(results.models.values()),
        results.stability,
        results.final,
        run.config,
        run.covariates,
    )
    items = []
    for caveat in found:
        names = caveat.tables
        keys = [f"performance_{PROTOCOL}" if name == "performance" else name for name in names]
        items.append(f"{caveat.text.removesuffix('.')}{places.see(*keys)}.")
    return Section("Limitations that the run shows", [], items)
