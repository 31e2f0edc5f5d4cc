"""Every table of a manuscript, from the result files that a study has."""

from collections.abc import Sequence
from dataclasses import replace

from radfuse.formatting import PROTOCOLS, model_label, positives
from radfuse.manuscript.baseline import baseline, external_balance, split_balance
from radfuse.manuscript.characteristics import characteristics
from radfuse.manuscript.definitions import definitions
from radfuse.manuscript.printed import Printed, finished, printed
from radfuse.manuscript.results import Results
from radfuse.modelling.models import CROSSFIT, PROTOCOL
from radfuse.report.equations import covariate_table, equation
from radfuse.report.measures import (
    CALIBRATION,
    DECISIONS,
    MEANING,
    NET_BENEFIT_AT,
    NEWCOMBE,
    RATES,
    SIZE_DETAILS,
    without_variance,
)
from radfuse.report.reporting import at_thresholds, display, stability_summary, summaries_of

KEYS = ["protocol", "cohort", "model", "n", "events"]
LIMITS = ("", "_low", "_high")
PREVALENCE = "Prevalence, the share of patients with any level but the first."
INTERVALS = "CIs: DeLong’s for the AUC, Wilson’s for proportions, bootstrap percentiles for F1."


def performance(results: Results, protocol: str) -> list[Printed]:
    """Discrimination and classification of every model."""
    frame = results.frame("performance", protocol)
    if frame.empty:
        return []
    columns = [f"auc{end}" for end in LIMITS] + ["threshold"]
    columns += [f"{rate}{end}" for rate in RATES for end in LIMITS]
    table = display(frame[[*KEYS, *columns]], f"Performance of the models, {PROTOCOLS[protocol]}")
    notes = [INTERVALS, *without_variance(frame)]
    supplement = protocol != PROTOCOL
    source = [results.paths["performance"]]
    made = printed(f"performance_{protocol}", table, source, notes, supplement)
    return [of_protocol(made, protocol)]


def of_protocol(table: Printed, protocol: str) -> Printed:
    """Without what its file, which has both protocols, says of cross-fitted scores alone."""
    if protocol == CROSSFIT:
        return table
    notes = [note for note in table.notes if "cross-fitted" not in note.lower()]
    return replace(table, notes=notes)


def comparisons(results: Results, protocol: str) -> list[Printed]:
    frame = results.frame("delong", protocol)
    if frame.empty:
        return []
    table = display(frame, f"Differences between AUCs, {PROTOCOLS[protocol]}")
    note = "P, two-sided paired DeLong test; adjusted P, Holm’s method over all pairs of a cohort."
    source = [results.paths["delong"]]
    made = printed(f"delong_{protocol}", table, source, [note], protocol != PROTOCOL)
    return [of_protocol(made, protocol)]


def calibration(results: Results) -> list[Printed]:
    frame = results.frame("performance")
    table = display(frame[[*KEYS, *CALIBRATION]], "Calibration and overall error of the models")
    source = results.paths["performance"]
    made = Printed(
        "calibration", table.title, table.columns, table.blocks, [MEANING], [str(source)]
    )
    return [made]


def net_benefit(results: Results) -> list[Printed]:
    frame = results.frame("decision_curve", PROTOCOL)
    if frame.empty:
        return []
    wide = at_thresholds(frame, "net_benefit", NET_BENEFIT_AT)
    table = display(wide, "Net benefit at some threshold probabilities")
    note = DECISIONS.partition(". ")[0] + "."
    return [printed("net_benefit", table, [results.paths["decision_curve"]], [note], True)]


def stability(results: Results, modality: str) -> list[Printed]:
    table = display(
        stability_summary(results.stability[modality]),
        f"Features of {modality} and their stability",
    )
    key = f"stability_{modality}"
    return [printed(key, table, [results.paths[key]], (), True)]


def coefficients(results: Results) -> list[Printed]:
    """The regressions of all models, as needed to compute them by hand."""
    blocks, columns = [], []
    for name, model in results.models.items():
        table = covariate_table(model)
        about = f"{positives(model['n'], model['events'])}, {model['method']}"
        rows = table.blocks[0][1] if table else []
        blocks.append((f"{model_label(name)} ({about}): {equation(model)}", rows))
        columns = table.columns if table else columns
    if not columns:
        return []
    title = "The models: coefficients of their logistic regressions"
    note = (
        "p, probability of the positive outcome; scores and their weights are in the model files."
    )
    files = [str(results.paths[name]) for name in results.models]
    return [Printed("models", title, columns, blocks, [note], files, supplement=True)]


# name, title, columns to hide, protocol (all where blank)
PLAIN: dict[str, tuple[str, Sequence[str], str]] = {
    "counts": ("The ledger of patients", ["cohort"], ""),
    "calibration": ("Observed and predicted risk by groups of predicted risk", [], PROTOCOL),
    "delong_cohorts": ("Each model’s AUC in two cohorts", [], PROTOCOL),
    "centers": ("Every model in every centre", NEWCOMBE, PROTOCOL),
    "center_effects": ("Differences between the centres", [], ""),
    "subgroups": ("Every model in subgroups", [*NEWCOMBE, "q", "df"], PROTOCOL),
    "optimism": ("Optimism of the training cohort’s AUCs", [], ""),
    "negative_controls": ("Scores of lesions against those of negative controls", [], ""),
    "resampling": ("Test results on other divisions of the patients", ["mean", "sd"], ""),
    "sample_size": (
        "Patients needed for models of so many candidates",
        SIZE_DETAILS,
        "",
    ),
}


def plain(results: Results, name: str) -> list[Printed]:
    title, hidden, protocol = PLAIN[name]
    frame = results.frame(name, protocol)
    if frame.empty:
        return []
    if name == "subgroups":
        frame = summaries_of(frame, "variable")
    table = display(frame, title, hide=hidden)
    key = "calibration_groups" if name == "calibration" else name
    notes = [f"Events, patients with {results.positive}."] if name == "counts" else []
    return [printed(key, table, [results.paths[name]], notes, True)]


def per_modality(
    results: Results, name: str, title: str, notes: Sequence[str] = ()
) -> list[Printed]:
    found = []
    for modality in results.modalities:
        key = f"{name}_{modality}"
        frame = results.frame(key)
        if not frame.empty:
            table = display(frame, title.format(modality))
            found.append(printed(key, table, [results.paths[key]], notes, True))
    return found


def nomograms(results: Results) -> list[Printed]:
    found = []
    for key in [name for name in results.frames if name.startswith("nomogram_")]:
        title = f"Nomogram of {model_label(key.removeprefix('nomogram_'))}: points"
        table = display(results.frame(key), title, hide=["model", "covariate"])
        found.append(printed(key, table, [results.paths[key]], (), True))
    return found


def all_tables(results: Results) -> list[Printed]:
    """The tables of the paper first, then the supplement's, numbered.

    Curves, values of single patients, and the check of all counts stay files.
    """
    modalities = results.modalities
    crossfit = CROSSFIT in results.protocols
    return finished(
        [
            *baseline(results),
            *(table for m in modalities for table in characteristics(results, m)),
            *performance(results, PROTOCOL),
            *comparisons(results, PROTOCOL),
            *calibration(results),
            *definitions(results),
            *plain(results, "counts"),
            *(table for m in modalities for table in split_balance(results, m)),
            *external_balance(results),
            *per_modality(
                results, "reader_agreement", "{}: agreement of the two readers", [PREVALENCE]
            ),
            *(table for name in results.stability for table in stability(results, name)),
            *per_modality(results, "selection", "{}: missing values and collinearity"),
            *coefficients(results),
            *(performance(results, CROSSFIT) if crossfit else []),
            *(comparisons(results, CROSSFIT) if crossfit else []),
            *plain(results, "delong_cohorts"),
            *plain(results, "centers"),
            *plain(results, "center_effects"),
            *plain(results, "subgroups"),
            *plain(results, "calibration"),
            *net_benefit(results),
            *plain(results, "optimism"),
            *plain(results, "negative_controls"),
            *plain(results, "resampling"),
            *plain(results, "sample_size"),
            *nomograms(results),
        ]
    )
