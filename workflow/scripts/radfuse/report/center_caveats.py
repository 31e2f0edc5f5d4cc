"""Where the centres that patients come from may be what the models tell."""

import pandas as pd

from radfuse.formatting import COHORT_NAMES, listed, model_label, p_text, percent
from radfuse.inputs.cohort import OUTCOME
from radfuse.modelling.models import CROSSFIT, PROTOCOL

LEVEL = 0.05


def untested(effects: pd.DataFrame) -> str:
    """Why no model could be tested for a difference between centres; "" where one was."""
    models = effects[effects["tested"] != OUTCOME]
    if models.empty:
        return "no cohort has patients of more than one centre"
    reasons = models["method"].str.removeprefix("not estimable: ")
    return "" if models["p"].notna().any() else listed(list(reasons.unique()))


def of_centers(effects: pd.DataFrame) -> list[str]:
    """`effects`: results/tables/center_effects.tsv, empty where the study has one centre."""
    sentences = []
    for cohort, rows in effects.groupby("cohort", sort=False) if len(effects) else []:
        place, outcome = COHORT_NAMES[cohort].lower(), rows[rows["tested"] == OUTCOME].iloc[0]
        # what was fitted on its patients' outcomes differs by these between centres too
        blind = cohort == "train" and (rows["protocol"] == CROSSFIT).any()
        models = rows[rows["protocol"] == (CROSSFIT if blind else PROTOCOL)].set_index("tested")
        models = models.drop(index=OUTCOME, errors="ignore")
        if outcome["r2"] == 1:
            sentences.append(
                f"In the {place} the patients of every centre have one outcome alone: whether a "
                "model tells the outcome or the centre cannot be told, and no centre has an AUC."
            )
        elif outcome["p"] < LEVEL:
            sentences.append(
                f"In the {place} the outcome differs between the centres ({outcome['method']}, "
                f"{p_text(outcome['p'])}): a model that tells the centres apart tells something of "
                "the outcome."
            )
        told = [
            f"{model_label(name)} (adjusted {p_text(row['p_adjusted'])}, {percent(row['r2'], 0)})"
            for name, row in models[models["p_adjusted"] < LEVEL].iterrows()
        ]
        if told:
            sentences.append(
                f"In the {place} log odds differ between the centres among patients of the same "
                f"outcome, beside it the share of their variance: {listed(told)}. Scanners and "
                "protocols may be what these models tell, or the centres’ patients differ."
            )
    return sentences
