"""Is the split balanced? Radiological characteristics of the training against the test cohort."""

from collections.abc import Sequence

import pandas as pd

from radfuse.inputs.radiology import Characteristic, reader_values
from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.statistics.descriptive import column_meanings
from radfuse.tables import read_table, write_table
from radfuse.validation.balance import balance_rows, levels_of

GROUPS = ("train", "test")
COLUMNS = {
    "characteristic": "the characteristic",
    "level": "its level; blank in the row that holds the test",
    "n": "patients of both cohorts with a value",
    "events": "positive ones among them",
    **column_meanings(GROUPS, ("training cohort", "test cohort")),
}


def balance_table(
    values: pd.DataFrame, split: pd.DataFrame, dictionary: Sequence[Characteristic]
) -> pd.DataFrame:
    """`values` as of `radiology.reader_values`; `split` has patient, outcome, cohort."""
    known = split.set_index("patient")
    rows = [
        {"characteristic": entry["label"], **row}
        for entry in dictionary
        for row in balance_rows(values[entry["name"]], levels_of(entry), known, GROUPS)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(
    radiology: str,
    split: str,
    modality: str,
    dictionary: Sequence[Characteristic],
    reader: str,
    simulated: bool,
    table: str,
) -> None:
    values = reader_values(read_sheet(radiology), modality, reader, dictionary)
    write_table(
        balance_table(values, read_table(split), dictionary),
        table,
        title=f"Balance of the split: characteristics on {modality}, training against test cohort.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="drawing again until it pleases. P depends on the size of the cohorts, the "
        "SMD does not.",
        notes=[f"Reader {reader}."],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            radiology=snakemake.input.radiology,
            split=snakemake.input.split,
            modality=snakemake.wildcards.modality,
            dictionary=snakemake.params.dictionary,
            reader=snakemake.params.reader,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
