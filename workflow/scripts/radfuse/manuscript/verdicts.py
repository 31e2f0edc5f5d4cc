"""How well the models of a run did, in sentences, every number looked up in its tables."""

import pandas as pd

from radfuse import caveats
from radfuse.controls import CONTROLS
from radfuse.formatting import (
    COHORTS,
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
from radfuse.manuscript.findings import Places, cohort_text, with_ci
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph
from radfuse.measures import NET_BENEFIT_AT
from radfuse.models import CROSSFIT, PROTOCOL

RATES = {
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ppv": "positive predictive value",
    "npv": "negative predictive value",
}


def shown_models(run: Run) -> list[str]:
    """The model that the study is about, or all of them where several are not fused."""
    return [run.results.final] if run.results.final else list(run.results.models)


def rows_of(frame: pd.DataFrame, cohort: str) -> pd.DataFrame:
    return frame[frame["cohort"] == cohort].set_index("model", drop=False)


def fewer(run: Run, cohort: str, row: pd.Series) -> str:
    """Whom a model was evaluated on, where some of the cohort lack what it needs; or ""."""
    own = int(row["n"]), int(row["events"])
    return "" if own == tuple(run.results.sizes[cohort]) else f" ({positives(*own)})"


def performance(run: Run, places: Places) -> Section:
    frame = run.results.frame("performance", PROTOCOL)
    told = []
    for cohort in run.results.cohorts:
        rows = rows_of(frame, cohort)
        aucs = [
            f"{with_ci(row, 'auc')} for {model_label(name)}{fewer(run, cohort, row)}"
            for name, row in rows.iterrows()
        ]
        apparent = ", where it is apparent," if cohort == "train" else ""
        text = f"In the {cohort_text(run, cohort)}{apparent} the AUC was {listed(aucs)}"
        sentences = [f"{text}{places.see(f'performance_{PROTOCOL}')}."]
        for name in shown_models(run):
            row = rows.loc[name]
            rates = [f"{words} {with_ci(row, rate)}" for rate, words in RATES.items()]
            sentences.append(
                f"At the threshold {number(row['threshold'])} {model_label(name)} called "
                f"{count(row['tp'])} of {count(row['tp'] + row['fn'])} positive and "
                f"{count(row['tn'])} of {count(row['tn'] + row['fp'])} negative patients rightly: "
                f"{listed(rates)}."
            )
        told += paragraph(*sentences)
    return Section("Performance", told)


def comparisons(run: Run, places: Places) -> Section:
    frame, final, told = run.results.frame("delong", PROTOCOL), run.results.final, []
    if not final:
        return Section("Comparisons")
    for cohort in [cohort for cohort in run.results.cohorts if cohort != "train"]:
        pairs = frame[frame["cohort"] == cohort]
        pairs = pairs[(pairs["model_a"] == final) | (pairs["model_b"] == final)]
        parts = []
        for _, row in pairs.dropna(subset=["p"]).iterrows():
            first = row["model_a"] == final
            other = row["model_b"] if first else row["model_a"]
            gap = row["difference"] if first else -row["difference"]
            parts.append(
                f"{number(gap)} from that of {model_label(other)} ({p_text(row['p'])}, adjusted "
                f"{p_text(row['p_adjusted'])})"
            )
        if parts:
            told += paragraph(
                f"In the {COHORTS[cohort].lower()} the AUC of {model_label(final)} differed by "
                f"{listed(parts)}{places.see(f'delong_{PROTOCOL}')}.",
                "A difference that is not significant may be one that the cohort is too small to "
                "show.",
            )
    return Section("Comparisons", told)


def calibration(run: Run, places: Places) -> Section:
    frame, told = run.results.frame("performance", PROTOCOL), []
    measures = {
        "slope": "slope",
        "intercept": "intercept",
        "citl": "calibration in the large",
        "brier": "Brier score",
    }
    for cohort in [cohort for cohort in run.results.cohorts if cohort != "train"]:
        rows = rows_of(frame, cohort)
        for name in shown_models(run):
            row = rows.loc[name]
            parts = [
                f"{words} {with_ci(row, column) if f'{column}_low' in row else number(row[column])}"
                for column, words in measures.items()
            ]
            told.append(
                f"{model_label(name)} had, in the {COHORTS[cohort].lower()}, {listed(parts)}"
                f"{places.see('calibration')}."
            )
    return Section("Calibration", paragraph(*told))


def usefulness(run: Run, places: Places) -> Section:
    """Net benefit at some thresholds, in the cohorts that trained nothing."""
    frame, told = run.results.frame("decision_curve", PROTOCOL), []
    tabulated = sorted(frame["threshold"].unique())
    nearest = [min(tabulated, key=lambda t: abs(t - x)) for x in NET_BENEFIT_AT]
    chosen = list(dict.fromkeys(nearest))
    for cohort in [cohort for cohort in run.results.cohorts if cohort != "train"]:
        rows = frame[frame["cohort"] == cohort]
        curves = rows.pivot_table("net_benefit", "model", "threshold")

        def at(name: str, curves: pd.DataFrame = curves) -> str:
            return listed([number(curves.loc[name, threshold]) for threshold in chosen])

        names = [name for name in shown_models(run) if name in curves.index]
        parts = [f"{at(name)} for {model_label(name)}" for name in names]
        if parts and "treat all" in curves.index:
            told.append(
                f"In the {COHORTS[cohort].lower()}{fewer(run, cohort, rows.iloc[0])} the net "
                "benefit at threshold probabilities of "
                f"{listed([f'{100 * threshold:g}%' for threshold in chosen])} was "
                f"{'; '.join(parts)}; and {at('treat all')} for treating all"
                f"{places.see('net_benefit')}."
            )
    return Section("Clinical usefulness", paragraph(*told))


def robustness(run: Run, places: Places) -> Section:
    """Optimism, cross-fitted scores, other divisions, sample size."""
    told, optimism = [], run.results.frame("optimism")
    for name in shown_models(run):
        rows = optimism[optimism["model"] == name] if len(optimism) else optimism
        for _, row in rows.iterrows():
            crossfit = (
                ""
                if is_missing(row["auc_crossfit"])
                else f", {number(row['auc_crossfit'])} on cross-fitted scores"
            )
            told.append(
                f"The training AUC of {model_label(name)} was {number(row['auc_apparent'])} as "
                f"fitted{crossfit} and {number(row['auc_corrected'])} corrected by the bootstrap "
                f"of its last regression alone{places.see('optimism')}."
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
                f"Fitted on cross-fitted scores the AUC in the {COHORTS[cohort].lower()} was "
                f"{listed(did)}{places.see(f'performance_{CROSSFIT}')}."
            )
    parts = told, divisions(run, places), controls(run, places), sizes(run, places)
    return Section("How far to believe it", [text for part in parts for text in paragraph(*part)])


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
    sentences = [
        f"Over {count(frame['resamples'].max())} other divisions of the patients the median test "
        f"AUC (2.5th to 97.5th percentile) was {listed(told)}{places.see('resampling')}."
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


def controls(run: Run, places: Places) -> list[str]:
    """The scores of negative controls in every other cohort than the training cohort."""
    frame = run.results.frame("negative_controls")
    others = frame[frame["cohort"] != "train"] if len(frame) else frame
    return [
        f"In the {COHORTS[row['cohort']].lower()} the {row['modality']} score from "
        f"{CONTROLS[row['control']]} had an AUC of {with_ci(row, 'auc')}, that from the lesion "
        f"{with_ci(row, 'auc_lesion')} in the same patients ({positives(row['n'], row['events'])})"
        f"{places.see('negative_controls')}."
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
        results.frames, list(results.models.values()), results.stability, results.final, run.config
    )
    items = []
    for sentence, names in found:
        keys = [f"performance_{PROTOCOL}" if name == "performance" else name for name in names]
        items.append(f"{sentence.removesuffix('.')}{places.see(*keys)}.")
    return Section("Limitations that the run shows", [], items)
