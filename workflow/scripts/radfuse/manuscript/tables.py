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
from radfuse.report.forms import form_of, in_form
from radfuse.report.measures import (
    CALIBRATION,
    DECISIONS,
    MEANING,
    NET_BENEFIT_AT,
    RATES,
    without_variance,
)
from radfuse.report.reporting import at_thresholds, display, stability_summary

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
    table = display(frame, f"{form_of('delong').title}, {PROTOCOLS[protocol]}")
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
    key = f"stability_{modality}"
    table = display(stability_summary(results.stability[modality]), form_of(key).title)
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


def plain(results: Results, name: str, notes: Sequence[str] = ()) -> list[Printed]:
    """A table of the supplement as the report shows it."""
    key = "calibration_groups" if name == "calibration" else name
    tables = in_form(results.frame(name), form_of(name))
    return [printed(key, table, [results.paths[name]], notes, True) for table in tables]


def per_modality(results: Results, kind: str, notes: Sequence[str] = ()) -> list[Printed]:
    return [t for m in results.modalities for t in plain(results, f"{kind}_{m}", notes)]


def nomograms(results: Results) -> list[Printed]:
    names = [name for name in results.frames if name.startswith("nomogram_")]
    return [table for name in names for table in plain(results, name)]


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
            *plain(results, "counts", [f"Events, patients with {results.positive}."]),
            *(table for m in modalities for table in split_balance(results, m)),
            *external_balance(results),
            *per_modality(results, "reader_agreement", [PREVALENCE]),
            *(table for name in results.stability for table in stability(results, name)),
            *per_modality(results, "selection"),
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
