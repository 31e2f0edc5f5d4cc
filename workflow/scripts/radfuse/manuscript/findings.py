"""The Results of a run in sentences, every number looked up in its tables."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.features.second_outlines import assessed
from radfuse.formatting import (
    COHORT_NAMES,
    bounds,
    count,
    counted,
    interval,
    is_missing,
    listed,
    number,
    p_text,
    percent,
    positives,
)
from radfuse.manuscript.legends import Legend
from radfuse.manuscript.printed import Printed
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph
from radfuse.report import equations

SIGNIFICANT = 0.05
UNBALANCED = 0.1  # of a standardised mean difference (Austin 2009)


class Places:
    """The numbers of printed tables and figures, by the key of each."""

    def __init__(self, shown: Sequence[Printed | Legend]) -> None:
        self.numbers = {each.key: each.number for each in shown}

    def see(self, *keys: str) -> str:
        """` (Figure 1, Table S3)` with the space before it; "" where none of these is printed."""
        found = [self.numbers[key] for key in keys if key in self.numbers]
        return f" ({', '.join(found)})" if found else ""


def with_ci(row: pd.Series, column: str) -> str:
    """`0.910 (95% CI 0.840–0.980)`; "not estimable" where the value is missing."""
    value = row[column]
    if is_missing(value):
        return "not estimable"
    reach = bounds(row.get(f"{column}_low"), row.get(f"{column}_high"))
    return f"{number(value)} (95% CI {reach})" if reach else number(value)


def cohort_text(run: Run, cohort: str) -> str:
    return f"{COHORT_NAMES[cohort].lower()} ({positives(*run.results.sizes[cohort])})"


def flow(run: Run, places: Places) -> Section:
    """Patients from registration to analysis, by the ledger."""
    counts = run.results.frame("counts")
    rows = dict(list(counts.groupby("step", sort=False)))
    registered, analysed = rows["registered"].iloc[0], rows["analysed"].iloc[0]
    text = f"Of {count(registered['n'])} registered patients {count(analysed['n'])} were analysed, "
    seen = places.see("figure cohort_flow", "counts")
    text += f"{count(analysed['events'])} of them with the outcome{seen}."
    left = [
        f"{row['reason']} (n = {count(row['n'])})"
        for step in ("excluded", "unlabelled")
        for _, row in rows.get(step, pd.DataFrame()).iterrows()
    ]
    outside = f"Not analysed: {listed(left)}." if left else ""
    cohorts = [f"the {cohort_text(run, cohort)}" for cohort in run.results.cohorts]
    return Section("Patients", paragraph(text, outside, f"They form {listed(cohorts)}."))


def differing(frame: pd.DataFrame, name: str) -> str:
    """`2 of 12 (age: P = 0.021; sex: P < 0.001)`: variables whose groups differ."""
    tested = frame[frame["level"].isna()]
    found = tested[tested["p"] < SIGNIFICANT]
    named = "; ".join(f"{row[name]}: {p_text(row['p'])}" for _, row in found.iterrows())
    return f"{len(found)} of {len(tested)}" + (f" ({named})" if named else "")


def imbalance(frame: pd.DataFrame, name: str) -> str:
    """How far apart two groups are, which no P value tells: the standardised mean differences."""
    known = frame.dropna(subset=["smd"])
    if known.empty:
        return ""
    largest = known.loc[known["smd"].idxmax()]
    return (
        f"; the standardised mean difference was above {UNBALANCED:g} for "
        f"{(known['smd'] > UNBALANCED).sum()}, at most {number(largest['smd'])} ({largest[name]})"
    )


def baseline(run: Run, places: Places) -> Section:
    told = []
    frame = run.results.frame("baseline")
    if not frame.empty:
        parts = [
            f"{differing(part, 'variable')} in the {COHORT_NAMES[cohort].lower()}"
            for cohort, part in frame.groupby("cohort", sort=False)
        ]
        told += paragraph(
            f"Of the clinical variables{places.see('baseline')} patients with and without the "
            f"outcome differed, at P < {SIGNIFICANT:g} unadjusted, in {listed(parts)}."
        )
    title = "Baseline"
    for modality in run.results.modalities:
        split = run.results.frame(f"split_balance_{modality}")
        if not split.empty and "test" in run.results.cohorts:
            title = "Baseline and balance of the split"
            told += paragraph(
                f"Of the {modality} characteristics{places.see(f'split_balance_{modality}')} "
                f"{differing(split, 'characteristic')} differed, at P < {SIGNIFICANT:g} "
                "unadjusted, "
                f"between the training and the test cohort{imbalance(split, 'characteristic')}."
            )
    told += external(run, places)
    return Section(title, told)


def external(run: Run, places: Places) -> list[str]:
    """How the external cohort differs from the one that the models were fitted on."""
    frame = run.results.frame("external_balance")
    if frame.empty:
        return []
    shares = [
        f"{percent(events / n)} in the {COHORT_NAMES[cohort].lower()}"
        for cohort in ("train", "external")
        for n, events in [run.results.sizes[cohort]]
    ]
    told = f"The outcome was present in {listed(shares)}{places.see('external_balance')}."
    others = frame[frame["kind"] != "outcome"].copy()
    read = others["modality"].notna()
    others.loc[read, "variable"] += " on " + others.loc[read, "modality"]
    if others.empty:
        return paragraph(told)
    kinds = {"clinical": "clinical variables", "characteristic": "characteristics"}
    named = listed([words for kind, words in kinds.items() if kind in set(others["kind"])])
    return paragraph(
        told,
        f"Of {named} {differing(others, 'variable')} differed, at "
        f"P < {SIGNIFICANT:g} unadjusted, between these cohorts{imbalance(others, 'variable')}.",
    )


def agreement(run: Run, places: Places) -> Section:
    told = []
    for modality in run.results.modalities:
        key = f"reader_agreement_{modality}"
        frame = run.results.frame(key)
        for kind, words in (("kappa", "kappa"), ("ICC", "ICC")):
            rows = frame[frame["statistic"].str.contains(kind)] if len(frame) else frame
            known = rows.dropna(subset=["estimate"]) if len(rows) else rows
            if known.empty:
                continue
            ends = [
                f"{interval(*found[['estimate', 'low', 'high']].iloc[0])} for "
                f"{listed(list(found['characteristic']))}"
                for limit in sorted({known["estimate"].min(), known["estimate"].max()})
                if len(found := known[known["estimate"] == limit])
            ]
            spread = f"from {' to '.join(ends)}" if len(ends) == 2 else ends[0]
            undefined = len(rows) - len(known)
            blank = f"; it is undefined for {undefined} of them" if undefined else ""
            told.append(
                f"On {modality} the readers’ {words} over {len(rows)} "
                f"{'characteristic' if len(rows) == 1 else 'characteristics'} was {spread}"
                f"{blank}{places.see(key)}."
            )
    return Section("Agreement of the readers", paragraph(*told))


def features(run: Run, places: Places) -> Section:
    told = []
    if run.images:
        told.append(
            f"{counted(run.images, 'image')} {'was' if run.images == 1 else 'were'} analysed."
        )
    for modality, frame in run.results.stability.items():
        kept = int((frame["stable"] == "yes").sum())
        unknown = "were kept, whose stability was not assessed"
        verdict = "were stable" if assessed(frame) else unknown
        told.append(
            f"Of {len(frame)} features of {modality} {kept} ({percent(kept / len(frame))}) "
            f"{verdict}{places.see(f'figure stability_{modality}', f'stability_{modality}')}."
        )
        score = run.results.models.get(f"DLRS_{modality}", {}).get("score")
        if score:
            told.append(
                f"They gave {counted(score['components'], 'principal component')}, of which the "
                f"LASSO selected {count(score['selected'])}."
            )
    return Section("Features and scores", paragraph(*told))


def odds(row: pd.Series, prefix: str = "") -> str:
    """`Cirrhosis (OR 0.088, 95% CI 0.021–0.261, P < 0.001)`."""
    if prefix:
        value, low, high = row["multi_or"], row["multi_low"], row["multi_high"]
    else:
        value, low, high = row["or"], row["low"], row["high"]
    p = row[f"{prefix}p"]
    estimate = "" if is_missing(value) else f"OR {number(value)}, 95% CI {bounds(low, high)}, "
    return f"{row['characteristic']} ({estimate}{p_text(p)})"


def covariates(model: Mapping) -> list[str]:
    """The covariates of R as it has them, all of which it could estimate."""
    found = []
    for each in model["covariates"]:
        ratio, low, high = equations.odds(each)
        reach = f"OR {number(ratio)}, 95% CI {bounds(low, high)}, {p_text(each['p'])}"
        found.append(f"{each['label']} ({reach})")
    return found


def characteristics(run: Run, places: Places) -> Section:
    enter, told = run.config["radiology"]["p_enter"], []
    for modality in run.results.modalities:
        key = f"characteristics_{modality}"
        frame = run.results.frame(key)
        if frame.empty:
            continue
        selection = run.results.frame(f"selection_{modality}")
        candidates = selection.loc[selection["candidate"] == "yes", "characteristic"]
        passed = frame[frame["characteristic"].isin(candidates)]
        kept = frame[frame["multi_or"].notna()]
        selected = frame.loc[frame["selected"] == "yes", "characteristic"]
        if passed.empty:
            screened = f"No {modality} characteristic had a univariate P < {enter:g}"
        else:
            rows = [odds(row) for _, row in passed.iterrows()]
            screened = f"On {modality} P was below {enter:g} univariately for {listed(rows)}"
        stayed = [odds(row, "multi_") for _, row in kept.iterrows()]
        stepwise = f"The stepwise model kept {listed(stayed)}." if stayed else ""
        stay = run.config["radiology"]["p_stay"]
        chosen = (
            f"Refitted with those of P < {stay:g} there, R {modality} is made of "
            f"{listed(covariates(run.results.models[f'R_{modality}']))}."
            if len(selected)
            else f"No characteristic was selected for R {modality}, which gives every patient the "
            "same probability."
        )
        told += paragraph(f"{screened}{places.see(key)}.", stepwise, chosen)
    return Section("Radiological characteristics", told)
