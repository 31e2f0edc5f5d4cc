"""What speaks against the radiological models: size, collinearity, separation, reversed signs.

`characteristics` and `selections` are results/tables/characteristics_{modality}.tsv and
selection_{modality}.tsv by modality.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radfuse.formatting import counted, interval, listed, model_label, number, p_value
from radfuse.report.equations import odds_ratio

# Peduzzi et al. 1996 (J Clin Epidemiol 49:1373)
FEW_PER_PARAMETER = 10
COLLINEAR = 5  # a usual limit of the variance inflation factor


def of_selection(selections: Mapping[str, pd.DataFrame]) -> list[str]:
    """Stepwise models with few patients per parameter or with collinear characteristics."""
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
                f"{FEW_PER_PARAMETER}: its coefficients are too large (Firth's less so), and "
                "another sample would select other characteristics."
            )
        collinear = kept.loc[kept["vif_retained"] > COLLINEAR, "characteristic"]
        if len(collinear):
            sentences.append(
                f"R {modality}: {listed(list(collinear))} depend on one another (variance "
                f"inflation above {COLLINEAR}): their odds ratios cannot be told apart."
            )
    return sentences


def of_characteristics(characteristics: Mapping[str, pd.DataFrame]) -> list[str]:
    """Characteristics that separate the outcomes."""
    sentences = []
    for modality, table in characteristics.items():
        rows = table.loc[table["separated"] == "yes", "characteristic"]
        if len(rows):
            sentences.append(
                f"{modality} characteristics that separate the training patients (Firth's "
                f"penalised likelihood, marked in the table): {', '.join(rows)}."
            )
    return sentences


def of_screening(characteristics: Mapping[str, pd.DataFrame]) -> list[str]:
    """Characteristics of which Wald's P, which screens, and the profile-likelihood interval of the
    odds ratio say different things at 0.05 (Hauck and Donner 1977, J Am Stat Assoc 72:851)."""
    sentences = []
    for modality, table in characteristics.items():
        whole = table.loc[table["method"].str.contains("likelihood ratio"), "characteristic"]
        levels = table["characteristic"].str.startswith(tuple(f"{name}: " for name in whole))
        fitted = table[(table["separated"] == "no") & ~levels].dropna(subset=["low", "high"])
        apart = (fitted["low"] > 1) | (fitted["high"] < 1)
        told = [
            f"{row['characteristic']} (P = {p_value(row['p'])}, OR "
            f"{interval(row['or'], row['low'], row['high'])})"
            for _, row in fitted[apart != (fitted["p"] < 0.05)].iterrows()
        ]
        if told:
            sentences.append(
                f"{modality}: Wald's P, by which characteristics are screened, and the "
                f"profile-likelihood interval of the odds ratio disagree for {listed(told)}."
            )
    return sentences


def of_reversals(
    characteristics: Mapping[str, pd.DataFrame], models: Sequence[Mapping]
) -> list[str]:
    """Characteristics that speak for the outcome alone and against it in a model, or conversely."""
    sentences = []
    for modality, table in characteristics.items():
        alone = dict(zip(table["characteristic"], table["or"], strict=True))
        for model in [model for model in models if model["modality"] == modality]:
            told = [
                f"{each['label']} ({number(odds_ratio(each['coefficient']))}, alone "
                f"{number(ratio)})"
                for each in model["covariates"]
                if (ratio := alone.get(each["label"])) and each["coefficient"] * np.log(ratio) < 0
            ]
            if told:
                sentences.append(
                    f"{model_label(model['model'])}: what else the model has turns round the odds "
                    f"ratio of {listed(told)}, which so describes no characteristic by itself."
                )
    return sentences
