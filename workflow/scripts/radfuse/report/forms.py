"""How each table is shown, in the report and in the manuscript alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from radfuse.formatting import PROTOCOLS, model_label
from radfuse.modelling.models import PROTOCOL
from radfuse.report.measures import NEWCOMBE, SIZE_DETAILS
from radfuse.report.reporting import Table, display, summaries_of

LONG = 50  # rows beyond which a table is folded away


@dataclass(frozen=True)
class Form:
    """How one table is printed."""

    title: str
    hide: Sequence[str] = ()  # columns that are not printed
    protocol: str = ""  # its rows alone
    compared: str = ""  # the column of variables, where groups are compared
    ledger: bool = False  # about the numbers of patients
    folded: bool = False


FORMS = {
    "counts": Form(
        "The ledger of patients, which every table agrees with", ["cohort"], ledger=True
    ),
    "reconciliation": Form(
        "Every count of the tables and the same counted anew; a run fails where two differ",
        ledger=True,
    ),
    "baseline": Form("Baseline characteristics by outcome", compared="variable"),
    "external_balance": Form("The external against the training cohort", compared="variable"),
    "delong": Form("Differences between AUCs"),
    "delong_cohorts": Form("The same model in two cohorts", protocol=PROTOCOL),
    "centers": Form("Every model in every centre", NEWCOMBE, PROTOCOL),
    "center_effects": Form("Differences between the centres"),
    "subgroups": Form(
        "Every model in the subgroups of clinical variables",
        [*NEWCOMBE, "q", "df"],
        PROTOCOL,
        "variable",
    ),
    "negative_controls": Form("Scores of lesions against those of negative controls"),
    "calibration": Form("Observed and predicted risk by groups of predicted risk", (), PROTOCOL),
    "resampling": Form("Test results on other divisions of the patients", ["mean", "sd"]),
    "optimism": Form("Training, corrected and test AUC of every model"),
    "sample_size": Form("Patients needed for models of so many candidates", SIZE_DETAILS),
}
# those of one modality or model, whose name stands at the end of the file's
KINDS = {
    "split_balance": Form(
        "{} characteristics in the training and the test cohort", compared="characteristic"
    ),
    "reader_agreement": Form("{}: agreement of the two readers"),
    "characteristics": Form("{} characteristics and the outcome, training cohort"),
    "selection": Form("{}: missing values, collinearity and patients per parameter"),
    "stability": Form("Features of {} and their stability"),
    "nomogram": Form(
        "Nomogram of {}: points and probabilities", ["model", "covariate"], folded=True
    ),
}


def form_of(table: str) -> Form:
    """The form of a table by the name of its file: `centers`, `nomogram_DLRR_CT`. One that nobody
    described is called by its name."""
    if table in FORMS:
        return FORMS[table]
    for kind, form in KINDS.items():
        if table.startswith(f"{kind}_"):
            of = table.removeprefix(f"{kind}_")
            of = model_label(of) if kind == "nomogram" else of
            return replace(form, title=form.title.format(of))
    return Form(table.replace("_", " ").capitalize())


def in_form(frame: pd.DataFrame, form: Form, links: Sequence[tuple[str, str]] = ()) -> list[Table]:
    """A result table made to read, if it has rows to print; a long one is folded."""
    title, rows = form.title, frame
    if form.protocol and not frame.empty:
        rows = frame[frame["protocol"] == form.protocol]
        title += f", {PROTOCOLS[form.protocol]}" if len(rows) < len(frame) else ""
    if rows.empty:
        return []
    return [
        display(
            summaries_of(rows, form.compared) if form.compared else rows,
            title,
            hide=form.hide,
            links=links,
            folded=form.folded or len(rows) > LONG,
            ledger=form.ledger,
        )
    ]
