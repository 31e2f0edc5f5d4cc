"""What speaks against the fits themselves: separation, fall-backs, too few second outlines."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.formatting import count, is_missing, listed, model_label

# Koo and Li 2016 (J Chiropr Med 15:155) ask for at least this many samples for an ICC
FEW_PAIRS = 30


def of_fits(models: Sequence[Mapping]) -> list[str]:
    """Separated fits, and what the fitting itself noted (an empty selection, fewer folds)."""
    sentences = []
    separated = [model_label(model["model"]) for model in models if model["separated"]]
    if separated:
        sentences.append(
            f"{listed(separated)}: the covariates separate the training patients' outcomes, or all "
            "but separate them, so the maximum-likelihood estimate does not exist or cannot be "
            "found; fitted by Firth's penalised likelihood, and surely optimistic."
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


def of_stability(stability: Mapping[str, pd.DataFrame]) -> list[str]:
    """Modalities without repeated masks, and those where only few patients have them."""
    sentences = []
    for modality, features in stability.items():
        pairs = {kind: features[f"n_{kind}"].max() for kind in ("intra", "inter")}
        missing = [kind for kind, n in pairs.items() if is_missing(n) or n < 2]
        if missing:
            sentences.append(
                f"{modality}: {' and '.join(f'{kind}-reader' for kind in missing)} stability of "
                "the features was not assessed: too few patients were outlined or measured again."
            )
        few = [f"{count(n)} ({kind}-reader)" for kind, n in pairs.items() if 2 <= n < FEW_PAIRS]
        if few:
            sentences.append(
                f"{modality}: the stability of the features rests on {' and '.join(few)} "
                "patients who were outlined or measured again, too few to estimate an ICC well."
            )
    return sentences
