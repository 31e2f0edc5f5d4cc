"""What speaks against the fits themselves: their size, separation, collinearity, stability."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.formatting import count, counted, is_missing, listed, model_label, number

# Peduzzi et al. 1996 (J Clin Epidemiol 49:1373)
FEW_PER_PARAMETER = 10
COLLINEAR = 5  # a usual limit of the variance inflation factor
# Koo and Li 2016 (J Chiropr Med 15:155) ask for at least this many samples for an ICC
FEW_PAIRS = 30


def of_selection(selections: Mapping[str, pd.DataFrame]) -> list[str]:
    """Stepwise models with few patients per parameter or with collinear characteristics.

    `selections`: results/tables/selection_{modality}.tsv by modality.
    """
    sentences = []
    for modality, table in selections.items():
        kept = table[table["retained"] == "yes"]
        if kept.empty:
            continue
        row, parameters = kept.iloc[0], kept["parameters"].sum()
        each = min(row["events"], row["n"] - row["events"]) / parameters
        if each < FEW_PER_PARAMETER:
            sentences.append(
                f"R {modality}: the stepwise model has {number(each, 1)} patients of the rarer "
                f"outcome per parameter ({counted(parameters, 'parameter')}), fewer than "
                f"{FEW_PER_PARAMETER}: its coefficients are too large, and another sample would "
                "select other characteristics."
            )
        collinear = kept.loc[kept["vif_retained"] > COLLINEAR, "characteristic"]
        if len(collinear):
            sentences.append(
                f"R {modality}: {listed(list(collinear))} depend on one another (variance "
                f"inflation above {COLLINEAR}): their odds ratios cannot be told apart."
            )
    return sentences


def of_fits(models: Sequence[Mapping]) -> list[str]:
    """Separated fits, and what the fitting itself noted (an empty selection, fewer folds)."""
    sentences = []
    separated = [model_label(model["model"]) for model in models if model["separated"]]
    if separated:
        sentences.append(
            f"{listed(separated)}: the covariates separate the training patients' outcomes, "
            "so the maximum-likelihood estimate does not exist; fitted by Firth's penalised "
            "likelihood, and surely optimistic."
        )
    told: list[str] = []
    for model in models:
        note = model.get("note", "")
        # a combined model repeats the notes of those that it is made of
        combined = model["model"] == "fused" or model["model"].startswith("DLRR_")
        for known in sorted(told, key=len, reverse=True) if combined else []:
            note = note.replace(known, "")
        if note.strip():
            told.append(note.strip())
            sentences.append(f"{model_label(model['model'])}: {note.strip()}")
    return sentences


def of_characteristics(characteristics: Mapping[str, pd.DataFrame]) -> list[str]:
    """Characteristics that separate the outcomes.

    `characteristics`: results/tables/characteristics_{modality}.tsv by modality.
    """
    sentences = []
    for modality, table in characteristics.items():
        rows = table.loc[table["separated"] == "yes", "characteristic"]
        if len(rows):
            sentences.append(
                f"{modality} characteristics that separate the training patients (Firth's "
                f"penalised likelihood, marked in the table): {', '.join(rows)}."
            )
    return sentences


def of_stability(stability: Mapping[str, pd.DataFrame]) -> list[str]:
    """Modalities without repeated masks, and those where only few patients have them."""
    sentences = []
    for modality, features in stability.items():
        pairs = {kind: features[f"n_{kind}"].max() for kind in ("intra", "inter")}
        missing = [kind for kind, n in pairs.items() if is_missing(n) or n < 2]
        if missing:
            sentences.append(
                f"{modality}: {' and '.join(f'{kind}-reader' for kind in missing)} stability of "
                "the deep features was not assessed: no second mask of enough patients."
            )
        few = [f"{count(n)} ({kind}-reader)" for kind, n in pairs.items() if 2 <= n < FEW_PAIRS]
        if few:
            sentences.append(
                f"{modality}: the stability of the deep features rests on {' and '.join(few)} "
                "patients with a second mask, too few to estimate an ICC well."
            )
    return sentences
