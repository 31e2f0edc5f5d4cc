"""Models made of other models: DLRR of one modality, and the fusion of all."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.radiology import Characteristic
from radfuse.modelling.covariates import linear_predictors, original_covariates
from radfuse.modelling.fitting import fit_model
from radfuse.modelling.models import covariate_key, details, with_details


def combined_model(
    parts: Sequence[Mapping],
    train: pd.Series,
    features: Mapping[str, pd.DataFrame],
    radiology: pd.DataFrame,
    dictionary: Sequence[Characteristic],
    reader: str,
) -> dict:
    """DLRR: the covariates of `parts`, one modality's R and DLRS, in one regression.

    `train` is the outcome (0/1) of the training patients; those who lack a covariate are left out.
    The others as in `original_covariates`.
    """
    covariates = original_covariates(
        parts, list(train.index), features, radiology, dictionary, reader
    ).dropna()
    entries = [(part, covariate) for part in parts for covariate in part["covariates"]]
    design = covariates[[covariate_key(part, covariate) for part, covariate in entries]]
    design.columns = [covariate["name"] for _, covariate in entries]
    modality = parts[0]["modality"]
    fitted = fit_model(
        f"DLRR_{modality}",
        modality,
        design,
        train[design.index].to_numpy(),
        labels={covariate["name"]: covariate["label"] for _, covariate in entries},
        source={covariate["name"]: covariate["source"] for _, covariate in entries},
        outcome_definition=parts[0]["outcome"],
        # of a part without covariates the note is on that part's own predictions
        note=" ".join(part["note"] for part in parts if part["note"] and part["covariates"]),
    )
    if alone := [part["model"] for part in parts if not part["covariates"]]:
        fitted["note"] = " ".join(
            filter(None, [fitted["note"], f"{' and '.join(alone)} has no covariate to add."])
        )
    unseen = [
        covariate["label"]
        for covariate in fitted["covariates"]
        if covariate["source"] == "radiology" and covariate["standard_error"] is None
    ]
    if unseen:
        told = (
            "Coefficient 0, because the training patients who have a score as well cannot estimate "
            f"it: {', '.join(unseen)}"
        )
        fitted["note"] = " ".join(filter(None, [fitted["note"], told]))
    return with_details(fitted, details(parts))


def fused_model(
    parts: Sequence[Mapping],
    train: pd.Series,
    features: Mapping[str, pd.DataFrame],
    radiology: pd.DataFrame | None,
    dictionary: Sequence[Characteristic],
    reader: str,
    tops: Sequence[str],
) -> dict:
    """The linear predictors of `tops`, a model per modality, in one regression.

    `parts` are all models that these are made of, and they themselves; else as `combined_model`.
    """
    covariates = original_covariates(
        parts, list(train.index), features, radiology, dictionary, reader
    )
    design = linear_predictors(parts, covariates)[list(tops)].dropna()
    return fit_model(
        "fused",
        "",
        design,
        train[design.index].to_numpy(),
        labels={top: f"{top} (log odds)" for top in tops},
        source=dict.fromkeys(tops, "model"),
        outcome_definition=parts[0]["outcome"],
    )
