"""The report's section on what the final model looks at, in all patients and in each."""

import pandas as pd
from scipy.special import expit

from radfuse.formatting import COHORT_NAMES, covariate_value, model_label, number
from radfuse.modelling.models import PROTOCOL
from radfuse.report.exhibits import Files, Picture, Section
from radfuse.report.forms import LONG
from radfuse.report.reporting import Table

OUTCOMES = {1: "positive", 0: "negative"}


class Barred(str):
    """A cell's text with a bar of length `share`, −1 to 1."""

    share: float

    def __new__(cls, text: str, share: float) -> "Barred":
        cell = super().__new__(cls, text)
        cell.share = share
        return cell


def waterfalls(files: Files) -> list[Picture]:
    """The figures of single patients' SHAP values."""
    names = [name for name in sorted(files.figures) if name.startswith("shap_waterfall_")]
    return [picture for name in names for picture in files.picture(name)]


def signed(value: float) -> str:
    """Two decimals with the sign of what is added."""
    return ("+" if value > 0 else "") + number(value, 2, powers=False)


def by_patient(files: Files) -> list[Table]:
    """A row per patient: what each covariate adds to the log odds, and the probability.

    From shap.tsv, and the outcome of predictions.tsv.
    """
    shap = files.frames.get("shap", pd.DataFrame())
    if shap.empty:
        return []
    predictions = files.frames["predictions"]
    own = (predictions["model"] == shap["model"].iloc[0]) & (predictions["protocol"] == PROTOCOL)
    outcomes = predictions[own].set_index("patient")["outcome"]
    labels = shap.drop_duplicates("covariate").set_index("covariate")["label"]
    largest = shap["shap"].abs().max() or 1
    blocks = []
    for cohort, rows in shap.groupby("cohort", sort=False):
        texts = []
        for patient, covariates in rows.groupby("patient", sort=False):
            ordered = covariates.set_index("covariate").loc[labels.index]
            log_odds = ordered["base_value"].iloc[0] + ordered["shap"].sum()
            added = [
                Barred(f"{signed(row.shap)} ({covariate_value(row.value)})", row.shap / largest)
                for row in ordered.itertuples()
            ]
            outcome = OUTCOMES.get(outcomes.get(patient), "")
            odds = number(log_odds, 2, powers=False)
            risk = number(expit(log_odds), 3, powers=False)
            texts.append([str(patient), outcome, *added, odds, risk])
        blocks.append((COHORT_NAMES.get(cohort, str(cohort)), texts))
    base = shap["base_value"].iloc[0]
    title = (
        f"What moves {model_label(shap['model'].iloc[0])} in every patient: log odds added by each "
        f"covariate (its value), from the training mean of {number(base, 2, powers=False)}, a "
        f"probability of {number(expit(base), 3, powers=False)}"
    )
    links = [*files.links(files.paths["shap"]), *files.links(files.paths["predictions"])[:1]]
    columns = ["Patient", "Outcome", *labels, "Log odds", "Probability"]
    numeric = [False, False, *[True] * (len(labels) + 2)]
    size = sum(len(rows) for _, rows in blocks)
    return [Table(title, columns, numeric, blocks, links, folded=size > LONG)]


def explanation_section(files: Files) -> Section:
    """SHAP of the final model, of all patients and of each; nothing without a final model."""
    files.used |= {"shap", "predictions"}
    tables = by_patient(files)
    return Section(
        "shap",
        "What the final model looks at",
        "Exact SHAP values over the original covariates, in log odds. They explain the model, not "
        "the disease: a covariate may stand in for another that it goes with. The figure of any "
        "patient: results/figures/shap_waterfall_PATIENT.png as the workflow’s target."
        if tables
        else "",
        [*files.picture("shap_summary"), *files.picture("shap_importance"), *waterfalls(files)],
        tables,
    )
