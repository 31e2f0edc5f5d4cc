"""How the scores of negative controls are judged against the lesions' own."""

import pandas as pd

from radfuse.controls import BACKGROUND, CONTROLS, SHUFFLED
from radfuse.formatting import COHORTS, bounds, number
from radfuse.models import CROSSFIT

MEANING = {
    SHUFFLED: "nothing shows that this score needs the lesion’s texture, beyond its intensities, "
    "size and outline",
    BACKGROUND: "what this score tells may come from the organ, the scanner or the protocol as "
    "well as from the lesion",
}


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows to judge by: other cohorts, and cross-fitted scores; the apparent ones where there
    are no others."""
    others = table[(table["cohort"] != "train") | (table["protocol"] == CROSSFIT)]
    return others if len(others) else table


def group_name(protocol: str, cohort: str) -> str:
    if cohort != "train":
        return COHORTS[cohort]
    return f"{COHORTS[cohort]}, {'cross-fitted' if protocol == CROSSFIT else 'apparent'}"


def unbeaten(table: pd.DataFrame) -> list[str]:
    """A sentence per control that a lesion's score is not shown to exceed: in other cohorts than
    the training cohort where there are any, else by cross-fitted scores, else by apparent ones.

    `table`: results/tables/negative_controls.tsv, empty where the study has none.
    """
    if table.empty:
        return []
    others = table[table["cohort"] != "train"]
    rows = others if len(others) else judged(table)
    return [verdict(row) for row in rows[~(rows["difference_low"] > 0)].to_dict("records")]


def verdict(row: dict) -> str:
    equal = row["auc"] >= row["auc_lesion"]
    does = "does as well as" if equal else "is not shown to do worse than"
    aucs = f"AUC {number(row['auc'])} against {number(row['auc_lesion'])}"
    reach = bounds(row["difference_low"], row["difference_high"])
    if reach and row["difference_low"] < row["difference_high"]:
        aucs += f"; lesion’s less control’s {number(row['difference'])}, 95% CI {reach}"
    return (
        f"Negative control, {row['modality']}, {group_name(row['protocol'], row['cohort']).lower()}"
        f": the score from {CONTROLS[row['control']]} {does} the lesion’s own ({aucs}): "
        f"{MEANING[row['control']]}."
    )
