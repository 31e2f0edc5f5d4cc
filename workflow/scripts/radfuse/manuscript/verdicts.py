"""How well the models of a run did, in sentences, every number looked up in its tables."""

import pandas as pd

from radfuse.formatting import (
    COHORT_NAMES,
    count,
    listed,
    model_label,
    number,
    p_text,
    positives,
)
from radfuse.manuscript.findings import Places, cohort_text, with_ci
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph
from radfuse.modelling.models import PROTOCOL
from radfuse.report.measures import NET_BENEFIT_AT

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
        seen = places.see(f"figure roc_{cohort}", f"performance_{PROTOCOL}")
        sentences = [f"{text}{seen}."]
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
    for cohort in [cohort for cohort in run.results.cohorts if cohort != "train"]:
        pairs = frame[frame["cohort"] == cohort]
        if final:
            pairs = pairs[(pairs["model_a"] == final) | (pairs["model_b"] == final)]
        parts = []
        for _, row in pairs.dropna(subset=["p"]).iterrows():
            last = row["model_b"] == final
            pair = [row["model_a"], row["model_b"]]
            one, other = reversed(pair) if last else pair
            gap = -row["difference"] if last else row["difference"]
            p = f"({p_text(row['p'])}, adjusted {p_text(row['p_adjusted'])})"
            of = "" if final else f"that of {model_label(one)} by "
            parts.append(f"{of}{number(gap)} from that of {model_label(other)} {p}")
        if parts:
            subject = f"the AUC of {model_label(final)} differed by" if final else "AUCs differed:"
            told += paragraph(
                f"In the {COHORT_NAMES[cohort].lower()} {subject} {listed(parts)}"
                f"{places.see(f'delong_{PROTOCOL}')}.",
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
            parts = [f"{words} {with_ci(row, column)}" for column, words in measures.items()]
            told.append(
                f"{model_label(name)} had, in the {COHORT_NAMES[cohort].lower()}, {listed(parts)}"
                f"{places.see('figure calibration', 'calibration')}."
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
                f"In the {COHORT_NAMES[cohort].lower()}{fewer(run, cohort, rows.iloc[0])} the net "
                "benefit at threshold probabilities of "
                f"{listed([f'{100 * threshold:g}%' for threshold in chosen])} was "
                f"{'; '.join(parts)}; and {at('treat all')} for treating all"
                f"{places.see('figure decision_curve', 'net_benefit')}."
            )
    return Section("Clinical usefulness", paragraph(*told))
