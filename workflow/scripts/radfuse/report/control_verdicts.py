"""How the scores of negative controls are judged against the lesions' own."""

import pandas as pd

from radfuse.formatting import COHORT_NAMES, bounds, is_missing, number, positives
from radfuse.inputs.controls import BACKGROUND, CONTROLS, SHUFFLED
from radfuse.modelling.models import CROSSFIT

MEANING = {
    SHUFFLED: "nothing shows that this score needs the lesion’s texture, beyond its intensities, "
    "size and outline and what its patch shows around it",
    BACKGROUND: "what this score tells may come from the organ, the scanner, the protocol or the "
    "lesion’s size, which is the square’s too",
}
KEYS = ["modality", "control"]


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows to judge every control by: other cohorts and cross-fitted scores; the apparent row
    where a control has no others."""
    rows = table.assign(apparent=(table["cohort"] == "train") & (table["protocol"] != CROSSFIT))
    alone = rows.groupby(KEYS)["apparent"].transform("all").astype(bool)
    return table[~rows["apparent"] | alone]


def group_name(protocol: str, cohort: str) -> str:
    if cohort != "train":
        return COHORT_NAMES[cohort]
    return f"{COHORT_NAMES[cohort]}, {'cross-fitted' if protocol == CROSSFIT else 'apparent'}"


def unbeaten(table: pd.DataFrame) -> list[str]:
    """A sentence per control that a lesion's score is not shown to exceed: in other cohorts than
    the training cohort where there are any, else by cross-fitted scores, else by apparent ones.

    `table`: results/tables/negative_controls.tsv, empty where the study has none.
    """
    sentences = []
    for _, rows in table.groupby(KEYS, sort=False) if len(table) else []:
        others = rows[rows["cohort"] != "train"]
        chosen = others if len(others) else judged(rows)
        unproven = chosen[~(chosen["difference_low"] > 0)]
        blind = rows[(rows["cohort"] == "train") & (rows["protocol"] == CROSSFIT)]
        sentences += [verdict(row, blind) for row in unproven.to_dict("records")]
    return sentences


def verdict(row: dict, blind: pd.DataFrame) -> str:
    """`blind`: the control's cross-fitted row, if any, for where the other cohorts say nothing."""
    place = group_name(row["protocol"], row["cohort"])
    score = f"the score from {CONTROLS[row['control']]}"
    start = f"Negative control, {row['modality']}, {place[0].lower()}{place[1:]}: {score}"
    reach = bounds(row["difference_low"], row["difference_high"])
    reason = incomparable(row)
    if reason and row["protocol"] != CROSSFIT:
        told = [f"{start} could not be compared: {reason} ({compared(row)})"]
        told += [
            f"cross-fitted, in the training cohort, it has {compared(other)}"
            for other in blind.to_dict("records")
            if not is_missing(other["auc"])
        ]
        return f"{'; '.join(told)}."
    if row["auc_lesion"] == 0.5 and is_missing(row["auc_lesion_low"]):
        return (
            f"{start} has nothing to be compared with: the lesion’s own tells no patient from "
            f"another ({positives(row['n'], row['events'])})."
        )
    equal = row["auc"] >= row["auc_lesion"]
    does = "does as well as" if equal else "is not shown to do worse than"
    gap = f"; lesion’s less control’s {number(row['difference'])}, 95% CI {reach}" if reach else ""
    return f"{start} {does} the lesion’s own ({compared(row)}{gap}): {MEANING[row['control']]}."


def incomparable(row: dict) -> str:
    """Why nothing follows from the two AUCs; "" where something does."""
    if min(row["events"], row["n"] - row["events"]) < 2:
        return "fewer than two patients of an outcome have such a patch here"
    unknown = is_missing(row["difference_low"]) and row["difference"] > 0
    return "their difference has no variance by DeLong" * unknown


def compared(row: dict) -> str:
    """`AUC 0.500 against 0.800 of n = 8, 3 positive`, without the AUCs that are not there."""
    sizes = positives(row["n"], row["events"])
    if is_missing(row["auc"]) or is_missing(row["auc_lesion"]):
        return sizes
    return f"AUC {number(row['auc'])} against {number(row['auc_lesion'])} of {sizes}"
