"""What a reader must know before believing a number of the report, drawn from the results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from radfuse.formatting import COHORT_NAMES, bounds, count, model_label, number
from radfuse.imaging.quality import exchanged
from radfuse.modelling.applying import altered, fictitious, other_outcomes
from radfuse.modelling.extrapolation import far_scores, told
from radfuse.modelling.models import CROSSFIT, PROTOCOL
from radfuse.report import radiology_caveats, size_caveats
from radfuse.report.center_caveats import of_centers
from radfuse.report.control_verdicts import unbeaten
from radfuse.validation import fit_caveats


@dataclass(frozen=True)
class Caveat:
    """One sentence or more that a reader must know, by what it is about, and the tables behind."""

    topic: str
    text: str
    tables: list[str]


def everything(
    frames: Mapping[str, pd.DataFrame],
    models: Sequence[Mapping],
    stability: Mapping[str, pd.DataFrame],
    final: str | None,
    config: Mapping,
    covariates: pd.DataFrame,
) -> list[Caveat]:
    """All that a reader must know, in the order of its weight; those of one topic are neighbours.

    `frames` are the study's tables by name, `stability` the deep features' by modality, `final` the
    model that the study is about, `covariates` results/covariates.tsv.
    """

    def tabled(topic: str, kind: str, of: Callable) -> list[tuple[str, list[str], list[str]]]:
        """What `of` says of each modality's table of a kind, with the table's name."""
        start = f"{kind}_"
        names = [name for name in frames if name.startswith(start)]
        return [(topic, of({name.removeprefix(start): frames[name]}), [name]) for name in names]

    def frame(name: str) -> pd.DataFrame:
        return frames.get(name, pd.DataFrame())

    performance = frames["performance"]
    published = performance[performance["protocol"] == PROTOCOL]
    optimism = ["performance", *({"optimism"} & set(frames))]
    borrowed = config["apply_models"] is not None
    groups = [
        ("The models", fictitious(models) if borrowed else [], []),
        ("The models", altered(models), []),
        ("The data", other_outcomes(models, config["outcome"]), []),
        ("The data", exchanged(frame("images")), []),
        ("The network", of_transfer(config["backbone"]), []),
        ("Validation", of_validation(published), ["performance"]),
        ("Validation", size_caveats.of_size(published, final), ["performance"]),
        ("Validation", size_caveats.of_tests(frame("delong")), ["delong"]),
        ("Optimism", of_optimism(models, performance), optimism),
        ("Negative controls", unbeaten(frame("negative_controls")), ["negative_controls"]),
        ("Centres", of_centers(frame("center_effects")), ["center_effects"]),
        ("Extrapolation", told(far_scores(models, covariates)), []),
        ("Model fits", fit_caveats.of_fits(models), []),
        *tabled("Model fits", "characteristics", radiology_caveats.of_characteristics),
        *tabled("Model fits", "characteristics", radiology_caveats.of_screening),
        *tabled(
            "Model fits", "characteristics", partial(radiology_caveats.of_reversals, models=models)
        ),
        *(
            ("Stability", fit_caveats.of_stability({modality: features}), [f"stability_{modality}"])
            for modality, features in stability.items()
        ),
        ("Missing values", of_missing(published), ["performance"]),
        *tabled("Sample size", "selection", radiology_caveats.of_selection),
        ("Sample size", size_caveats.of_candidates(frame("sample_size"), final), ["sample_size"]),
        ("Other divisions", of_resampling(frame("resampling"), final), ["resampling"]),
    ]
    return [
        Caveat(topic, sentence, tables) for topic, found, tables in groups for sentence in found
    ]


def of_validation(performance: pd.DataFrame) -> list[str]:
    """That training performance is apparent, and which cohorts are left to judge by."""
    apparent = (
        "Performance in the training cohort is apparent: the models were fitted on these very "
        "patients, so it is too good."
    )
    if not (performance["cohort"] == "train").any():
        return [
            "The models were fitted in another study and are applied here as they are: this is "
            "their performance on patients whom nothing of them has seen, if none of these was in "
            "that study’s training cohort: models carry no identifiers by which to tell."
        ]
    judged = performance[performance["auc"].notna()]
    others = [
        COHORT_NAMES[c].lower()
        for c in COHORT_NAMES
        if c != "train" and (judged["cohort"] == c).any()
    ]
    if not (performance["cohort"] != "train").any():
        return [
            f"{apparent} This study has no other cohort: nothing here shows how a model does "
            "on new patients."
        ]
    sentences = [
        f"{apparent} Judge the models by the {' and the '.join(others)}."
        if others
        else f"{apparent} No other cohort has patients of both outcomes: nothing here shows how "
        "well a model tells them apart in new patients."
    ]
    if (performance["cohort"] == "test").any():
        sentences.append(
            "Training and test cohort are one division of the patients: another would give other "
            "numbers."
        )
    return sentences


def of_resampling(resampling: pd.DataFrame, final: str | None) -> list[str]:
    """How far the AUC of the final model, or of each where none is, depends on the division of the
    patients, and what failed.

    `resampling`: results/tables/resampling.tsv, empty where the study has none.
    """
    if resampling.empty:
        return []
    rows = resampling[(resampling["measure"] == "auc") & resampling["against"].isna()]
    rows = rows.set_index("model")
    judged = rows.loc[[final]] if final in rows.index else rows.loc[[]] if final else rows
    sentences = [
        f"Built anew on {count(row['resamples'])} other divisions of the patients, "
        f"{model_label(name)} had a median test AUC of {number(row['median'])} "
        f"(2.5th to 97.5th percentile {bounds(row['low'], row['high'])})."
        for name, row in judged.dropna(subset=["median"]).iterrows()
    ]
    failed = rows.loc[rows["failed"] > 0, "failed"]
    if len(failed):
        told = ", ".join(f"{model_label(name)} {count(n)}" for name, n in failed.items())
        sentences.append(
            f"Of {count(rows['resamples'].max())} other divisions of the patients some could not "
            f"be fitted: {told}."
        )
    return sentences


def of_transfer(backbone: Mapping) -> list[str]:
    """That a network which learnt from the training patients makes all of them look too good."""
    if backbone["transfer"] == "frozen":
        return []
    return [
        "The network was fine-tuned on the training patients’ lesions and outcomes, and not again "
        "in any fold or resample: whatever is computed on training patients, cross-validated and "
        "cross-fitted results included, is apparent only, and so is the stability of the features "
        "that were learnt from their first outlines."
    ]


def of_optimism(models: Sequence[Mapping], performance: pd.DataFrame) -> list[str]:
    """That models built on a fitted score lean on it too much, and, where both protocols are among
    the rows of `performance`, by how much; nothing where they show no score that does."""
    names = {model["model"] for model in models}
    leaning = [n for n in names if n == "fused" or n.startswith("DLRR_")]
    if not leaning or not any(name.startswith("DLRS_") for name in names):
        return []
    text = (
        "A DLRS fits its own training patients too well, so the models built on it (DLRR, fused) "
        "give it too much weight: these are the results of the published protocol."
    )
    train = performance[performance["cohort"] == "train"]
    if train.empty:
        return []
    aucs = train.pivot_table(index="model", columns="protocol", values="auc", aggfunc="first")
    if CROSSFIT not in aucs:
        return [text]
    scores = aucs[aucs.index.str.startswith("DLRS_")]
    better = scores.index[scores[PROTOCOL] > scores[CROSSFIT]]
    if better.empty:
        return []
    told = [
        f"{model_label(name)} {number(aucs.loc[name, PROTOCOL])} and "
        f"{number(aucs.loc[name, CROSSFIT])}"
        for name in train["model"].unique()
        if name == "fused" or name in better
    ]
    return [
        f"{text} Training AUCs by it and on cross-fitted scores, which had not seen their "
        f"patients: {'; '.join(told)}. The tables show both protocols."
    ]


def of_missing(performance: pd.DataFrame) -> list[str]:
    """Models that were evaluated on fewer patients than others of the same cohort."""
    sentences = []
    for cohort, rows in performance.groupby("cohort", sort=False):
        fewer = rows[rows["n"] < rows["n"].max()]
        if len(fewer):
            listed = ", ".join(f"{model_label(r.model)} {count(r.n)}" for r in fewer.itertuples())
            sentences.append(
                f"{COHORT_NAMES[cohort]}: some patients lack a covariate, so models differ in "
                f"patients ({listed}; the others {count(rows['n'].max())})."
            )
    return sentences
