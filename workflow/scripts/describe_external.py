"""How does the external cohort differ from the training cohort? Outcome, patients, readings."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from radfuse.inputs.cohort import OUTCOME
from radfuse.inputs.radiology import Characteristic, reader_values
from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.statistics.descriptive import column_meanings
from radfuse.tables import read_table, write_table
from radfuse.validation.balance import balance_rows, levels_of

GROUPS = ("train", "external")
OUTCOMES = {"1": "positive", "0": "negative"}
COLUMNS = {
    "kind": "outcome, clinical (a column of the patients' sheet) or characteristic",
    "modality": "of a characteristic: the modality that it was read on",
    "variable": "the outcome, the column, or the characteristic's name",
    "level": "level of a categorical variable; blank in the row that holds its test",
    "n": "patients of both cohorts with a value",
    "events": "positive ones among them",
    **column_meanings(GROUPS, ("training cohort", "external cohort")),
    "label": "how the variable is printed",
}


def described(
    patients: pd.DataFrame,
    readings: Mapping[str, pd.DataFrame],
    split: pd.DataFrame,
    clinical: Mapping,
    dictionaries: Mapping[str, Sequence[Characteristic]],
) -> Iterator[tuple[dict[str, str], pd.Series, dict[str, str] | None]]:
    """Every variable: what it is, its values by patient, and its levels where it has any."""
    outcome = split["outcome"].dropna().astype(int).astype(str)
    yield {"kind": "outcome", "variable": OUTCOME, "label": "Outcome"}, outcome, OUTCOMES
    sheet = patients.set_index("patient").replace("", None)
    compared = outcome.index[split.loc[outcome.index, "cohort"].isin(GROUPS)]
    for name in [*clinical["numeric"], *clinical["categorical"]]:
        about = {"kind": "clinical", "variable": name, "label": clinical["labels"].get(name, name)}
        if name in clinical["numeric"]:
            yield about, pd.to_numeric(sheet[name]), None
        else:
            levels = sorted(set(sheet[name].reindex(compared).dropna()))
            yield about, sheet[name], {level: level for level in levels}
    for modality, dictionary in dictionaries.items():
        for entry in dictionary:
            about = {"kind": "characteristic", "modality": modality}
            about |= {"variable": entry["name"], "label": entry["label"]}
            yield about, readings[modality][entry["name"]], levels_of(entry)


def external_table(
    patients: pd.DataFrame,
    readings: Mapping[str, pd.DataFrame],
    split: pd.DataFrame,
    clinical: Mapping,
    dictionaries: Mapping[str, Sequence[Characteristic]],
) -> pd.DataFrame:
    """`patients` is the sheet as text; `readings` by modality, as of `radiology.reader_values`;
    `split` has patient, outcome (1, 0, missing), cohort."""
    known = split.set_index("patient")
    rows = [
        {**about, **row}
        for about, values, levels in described(patients, readings, known, clinical, dictionaries)
        for row in balance_rows(values, levels, known, GROUPS)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(
    patients: str,
    radiology: str | None,
    split: str,
    clinical: Mapping,
    dictionaries: Mapping[str, Sequence[Characteristic]],
    reader: str,
    simulated: bool,
    table: str,
) -> None:
    sheet = read_sheet(radiology) if radiology else pd.DataFrame()
    readings = {
        modality: reader_values(sheet, modality, reader, dictionary)
        for modality, dictionary in dictionaries.items()
    }
    write_table(
        external_table(read_sheet(patients), readings, read_table(split), clinical, dictionaries),
        table,
        title="The external cohort against the training cohort: outcome, clinical data, readings.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="saying why a model does better or worse there: P values are unadjusted, one per "
        "variable, and depend on the size of the cohorts, which the SMD does not.",
        notes=[f"Readings of reader {reader}."] if dictionaries else [],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            patients=snakemake.input.patients,
            radiology=snakemake.input.get("radiology"),
            split=snakemake.input.split,
            clinical=snakemake.params.clinical,
            dictionaries=snakemake.params.dictionaries,
            reader=snakemake.params.reader,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
