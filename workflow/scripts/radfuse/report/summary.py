"""The report's summary: the figure that counts most, what must be known first, what is absent."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pandas as pd

from radfuse.formatting import COHORT_NAMES, interval, listed, model_label, positives
from radfuse.report.caveats import Caveat
from radfuse.report.size_caveats import other_interval


def headline(performance: pd.DataFrame, final: str | None) -> dict:
    """AUC of every model by cohort as text, and the final model's where it counts most.

    `verdict` is the final model's AUC in the test cohort, else the external, else the training
    cohort, which then is called apparent; `newcombe` the other interval, where patients are few.
    """
    cohorts = [cohort for cohort in COHORT_NAMES if (performance["cohort"] == cohort).any()]
    texts, sizes = {}, {}
    for row in performance.itertuples():
        auc = interval(row.auc, row.auc_low, row.auc_high)
        texts.setdefault(row.model, {})[row.cohort] = auc or "not estimable"
        sizes[row.model, row.cohort] = positives(row.n, row.events)
    columns = []
    for cohort in cohorts:
        here = list(dict.fromkeys(size for (_, c), size in sizes.items() if c == cohort))
        columns.append(COHORT_NAMES[cohort] + (f" ({here[0]})" if len(here) == 1 else ""))
    best = next(cohort for cohort in ("test", "external", "train") if cohort in cohorts)
    rows = performance.set_index(["model", "cohort"])
    return {
        "columns": columns,
        "rows": [
            (model_label(model), [aucs.get(cohort, "") for cohort in cohorts], model == final)
            for model, aucs in texts.items()
        ],
        "final": model_label(final) if final else "",
        "verdict": texts[final][best] if final else "",
        "newcombe": other_interval(rows.loc[final, best]) if final else "",
        "cohort": COHORT_NAMES[best].lower(),
        "sizes": sizes[final, best] if final else "",
        "apparent": best == "train",
    }


def absent_parts(
    tables: Sequence[str],
    stability: Mapping[str, object],
    models: Sequence[str],
    applies: bool,
    left_out: Mapping[str, Sequence[str]],
) -> list[str]:
    """What the study has no data for, and what is therefore missing from the report.

    `left_out` are models of another study that are not applied, by the reason.
    """
    names = {Path(path).stem for path in tables}
    sentences = []
    if applies:
        told = [f"{listed([*map(model_label, n)])} ({why})" for why, n in left_out.items()]
        return ["the models are another study’s: nothing about how they came about", *told]
    if not any(name.startswith("characteristics_") for name in names):
        sentences.append("no radiologists’ readings: no reader agreement, no R and no DLRR models")
    if not stability:
        sentences.append("no images and no features: no DLRS, no fusion")
    elif "fused" not in models:
        sentences.append("one modality: nothing to fuse")
    return sentences


def told(
    found: Sequence[Caveat], addresses: Mapping[str, str]
) -> list[tuple[str, list[tuple[str, list[tuple[str, str]]]]]]:
    """The caveats by topic, with links to the tables behind; `addresses` by a table's name."""

    def links(caveat: Caveat) -> list[tuple[str, str]]:
        return [(Path(addresses[name]).name, addresses[name]) for name in caveat.tables]

    return [
        (topic, [(caveat.text, links(caveat)) for caveat in group])
        for topic, group in groupby(found, key=attrgetter("topic"))
    ]
