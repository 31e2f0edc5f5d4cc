"""Every model in the subgroups of clinical variables, and whether its AUC differs between them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.tables import read_table, write_table
from radfuse.validation.discrimination import AUC, GROUP, NEWCOMBE, SHARES, apparent
from radfuse.validation.subgroups import by_subgroup

COLUMNS = {
    **{name: GROUP[name] for name in ("protocol", "cohort")},
    "variable": "column of the patients' sheet",
    "level": "its level; blank in the row of all patients with a level, which holds the test",
    **{name: GROUP[name] for name in ("model", "n", "events")},
    **AUC,
    **SHARES,
    "q": "Cochran's Q of the levels' AUCs, weighted by DeLong's variances; blank where one of them "
    "has none (an AUC of 0 or 1, one patient of an outcome)",
    "df": "degrees of freedom: levels with an AUC, less one",
    "p": "P of Q: whether the AUC differs between the levels",
    "p_adjusted": "P adjusted by Holm's method for all models and variables of the cohort",
    **NEWCOMBE,
    "label": "how the variable is printed",
}


def main(
    *,
    predictions: str,
    patients: str,
    variables: Sequence[str],
    labels: Mapping[str, str],
    simulated: bool,
    table: str,
) -> None:
    sheet = read_sheet(patients).set_index("patient")
    rows = by_subgroup(read_table(predictions), sheet, variables)
    found = [{**row, "label": labels.get(row["variable"], row["variable"])} for row in rows]
    write_table(
        pd.DataFrame(found, columns=list(COLUMNS)),
        table,
        title="Every model in the subgroups of clinical variables.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="showing that a model is fair, or that it works in a subgroup alone: the subgroups "
        "are small, and a difference that is not significant may be one that they cannot show.",
        notes=[
            *apparent(row["cohort"] for row in rows),
            "Where there are several levels of few patients, P of Q is too small: four levels of 5 "
            "positive and 15 negative patients differ at 0.05 in about one study of ten by chance.",
        ],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            predictions=snakemake.input.predictions,
            patients=snakemake.input.patients,
            variables=snakemake.params.variables,
            labels=snakemake.params.labels,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
