"""The baseline table: clinical variables of positive and negative patients in every cohort."""

from collections.abc import Mapping, Sequence

import pandas as pd

from radfuse.inputs.cohort import COHORTS
from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.statistics.descriptive import categorical_rows, column_meanings, numeric_row
from radfuse.tables import read_table, write_table

GROUPS = ("negative", "positive")
COLUMNS = {
    "cohort": "train, test or external",
    "variable": "column of the patients' sheet",
    "level": "level of a categorical variable; blank in the row that holds its test",
    "n": "patients with a value",
    "events": "positive ones among them",
    **column_meanings(GROUPS, ("patients without the outcome", "patients with the outcome")),
    "label": "how the variable is printed",
}


def baseline_table(
    patients: pd.DataFrame,
    split: pd.DataFrame,
    numeric: Sequence[str],
    categorical: Sequence[str],
    labels: Mapping[str, str],
) -> pd.DataFrame:
    """`patients` is the sheet as text; `split` has patient, outcome (1, 0, missing), cohort.

    `labels` by column; one without is printed by its name.
    """
    labelled = split[split["outcome"].notna()].sort_values("patient")
    sheet = labelled.merge(patients[["patient", *numeric, *categorical]], on="patient")
    levels = {name: sorted(set(sheet[name]) - {""}) for name in categorical}
    rows = []
    for cohort in [name for name in COHORTS if (sheet["cohort"] == name).any()]:
        members = sheet[sheet["cohort"] == cohort]
        groups = [members[members["outcome"] == outcome] for outcome in (0, 1)]
        for name in [*numeric, *categorical]:
            if name in numeric:
                values = [pd.to_numeric(group[name].replace("", None)) for group in groups]
                found = [numeric_row([value.to_numpy(float) for value in values], GROUPS)]
            else:
                codes = [group[name].to_numpy() for group in groups]
                found = categorical_rows(codes, {level: level for level in levels[name]}, GROUPS)
            for row in found:
                events = row["positive_n"]
                total = {"n": row["negative_n"] + events, "events": events}
                row["label"] = labels.get(name, name)
                rows.append({"cohort": cohort, "variable": name, **total, **row})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(patients: str, split: str, clinical: Mapping, simulated: bool, table: str) -> None:
    write_table(
        baseline_table(read_sheet(patients), read_table(split), **clinical),
        table,
        title="Baseline characteristics by outcome, in each cohort.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="choosing variables, or finding causes: P values are unadjusted, one per variable.",
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            patients=snakemake.input.patients,
            split=snakemake.input.split,
            clinical=snakemake.params.clinical,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
