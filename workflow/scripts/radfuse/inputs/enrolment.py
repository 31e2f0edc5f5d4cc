"""From the sheets to the cohorts, and the ledger of who went where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from radfuse.inputs.cohort import exclusions, external_cohorts, outcomes, split_cohorts
from radfuse.inputs.sheets import read_sheet


@dataclass(frozen=True)
class Enrolment:
    """`outcome` of all registered patients, why some are left out, and the cohorts of the others
    (see `split_cohorts`)."""

    outcome: pd.Series
    excluded: dict[str, str]
    split: pd.DataFrame


def enrol(
    patients: pd.DataFrame,
    images: pd.DataFrame | None,
    *,
    outcome: Mapping,
    modalities: Sequence[Mapping],
    missing_sequence: str,
    split: Mapping | None,
) -> Enrolment:
    """Who is analysed and in which cohort, from the sheets and the config's sections.

    Without `split` nobody trains (see `cohort.external_cohorts`).
    """
    excluded = exclusions(patients, images, modalities, missing_sequence)
    registered = outcomes(patients, outcome)
    assigned = patients.set_index("patient").get("cohort", pd.Series(dtype=object))
    analysed = registered.drop(list(excluded))
    if split is None:
        return Enrolment(registered, excluded, external_cohorts(analysed, assigned))
    return Enrolment(registered, excluded, split_cohorts(analysed, assigned, **split))


def read_enrolment(patients: str, images: str | None, **settings) -> Enrolment:
    """As `enrol`, of the sheets' files."""
    columns = ["patient", "modality", "sequence", "exclude"]
    rows = read_sheet(images).reindex(columns=columns, fill_value="") if images else None
    return enrol(read_sheet(patients), rows, **settings)


def readings_of(radiology: pd.DataFrame, patients: Iterable[str], reader: str) -> pd.DataFrame:
    """One reader's rows of some patients, of the radiology sheet as text."""
    rows = radiology[(radiology["reader"] == reader) & radiology["patient"].isin(patients)]
    return rows.sort_values(["modality", "patient"])


def ledger(enrolment: Enrolment) -> pd.DataFrame:
    """Patients and events at every step: the counts that all tables must agree with.

    Columns: step cohort reason n events.
    """
    outcome, excluded, split = enrolment.outcome, enrolment.excluded, enrolment.split

    def row(step: str, patients: pd.Index, cohort: str = "", reason: str = "") -> dict:
        events = int(outcome.reindex(patients).sum())
        return {
            "step": step,
            "cohort": cohort,
            "reason": reason,
            "n": len(patients),
            "events": events,
        }

    rows = [row("registered", outcome.index)]
    reasons = pd.Series(excluded, dtype=object)
    for reason in sorted(set(excluded.values())):
        rows.append(row("excluded", reasons.index[reasons == reason], reason=reason))
    unlabelled = split["outcome"].isna()
    if unlabelled.any():
        ids = pd.Index(split.loc[unlabelled, "patient"])
        rows.append(row("unlabelled", ids, reason="no outcome"))
    labelled = split[~unlabelled]
    rows.append(row("analysed", pd.Index(labelled["patient"])))
    for cohort in ("train", "test", "external"):
        ids = pd.Index(labelled.loc[labelled["cohort"] == cohort, "patient"])
        if len(ids):
            rows.append(row(cohort, ids, cohort=cohort))
    return pd.DataFrame(rows)
