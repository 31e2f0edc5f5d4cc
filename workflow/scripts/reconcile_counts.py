"""Count every table's patients anew: a study whose tables disagree with its ledger ends here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.errors import StudyError
from radfuse.inputs.cohort import divide, pooled
from radfuse.inputs.radiology import reader_values
from radfuse.inputs.sheets import read_sheet
from radfuse.jobs.job import job
from radfuse.tables import read_table, write_table
from radfuse.validation.known import Known, Patients
from radfuse.validation.reconciling import lines

COLUMNS = {
    "table": "the table",
    "counted": "what the count is of: cohort, model, characteristic ...",
    "n": "patients that the table states",
    "events": "of these, with the positive outcome",
    "derived_n": "patients counted anew from the split, the predictions and the sheets (of "
    "resampling the most there can be)",
    "derived_events": "of these, with the positive outcome",
}


def having(values: pd.Series) -> Patients:
    return frozenset(values.index[values.notna()])


def readings(
    sheet: pd.DataFrame, modality: str, dictionary: Sequence[Mapping]
) -> dict[str, dict[str, Patients]]:
    """Whose characteristic was read, by reader and label."""
    entries = [entry for entry in dictionary if modality in entry["modalities"]]
    found = {}
    for reader in ("1", "2"):
        values = reader_values(sheet, modality, reader, entries)
        found[reader] = {entry["label"]: having(values[entry["name"]]) for entry in entries}
    return found


def test_part(split: pd.DataFrame, test_fraction: float) -> tuple[int, int]:
    """Patients and events in the test part of every resample, all of which are of one size."""
    outcome = pooled(split)
    if outcome.nunique() < 2:
        return 0, 0
    divided = divide(split, test_fraction, seed=1)
    tested = divided.loc[divided["cohort"] == "test", "outcome"]
    return len(tested), int(tested.sum())


def gather(
    *,
    split: str,
    predictions: str,
    patients: str,
    radiology: str | None,
    tables: Mapping[str, pd.DataFrame],
    dictionary: Sequence[Mapping],
    modalities: Sequence[str],
    settings: Mapping,
    clinical: Mapping,
    test_fraction: float,
) -> Known:
    cohorts = read_table(split)
    indexed = cohorts.set_index("patient")
    rows = read_table(predictions).dropna(subset=["probability"])
    sheet = read_sheet(patients).set_index("patient").replace("", None)
    named = [*clinical["numeric"], *clinical["categorical"]]
    read = read_sheet(radiology) if radiology else None
    return Known(
        outcome=indexed["outcome"],
        cohort=indexed["cohort"],
        predicted={
            key: frozenset(own["patient"]) for key, own in rows.groupby(["protocol", "model"])
        },
        clinical={name: having(sheet[name]) for name in named},
        read={name: readings(read, name, dictionary) for name in modalities},
        candidates={
            name.removeprefix("selection_"): list(
                table.loc[table["candidate"] == "yes", "characteristic"]
            )
            for name, table in tables.items()
            if name.startswith("selection_")
        },
        center=sheet["center"].dropna().to_dict() if "center" in sheet else {},
        imputed=settings["missing"] == "impute",
        test_part=test_part(cohorts, test_fraction),
        reader=settings["reader"],
    )


def main(*, tables: Sequence[str], simulated: bool, table: str, **sources) -> None:
    """`sources` as of `gather`. Raises StudyError E28 with every count that does not follow."""
    frames = {Path(path).stem: read_table(path) for path in tables}
    known = gather(tables=frames, **sources)
    rows, problems = [], []
    for name, frame in frames.items():
        for line in lines(name, frame, known):
            rows.append((name, line.place, *line.stated, *line.expected))
            if not line.agrees:
                problems.append(
                    f"E28 counts: results/tables/{name}.tsv ({line.place}) states n = "
                    f"{line.stated[0]} and {line.stated[1]} events; the cohorts and the missing "
                    f"values give {line.expected[0]} and {line.expected[1]}. This is a defect of "
                    "radfuse, not of the data: report it, and trust neither number."
                )
    if problems:
        raise StudyError(*problems)
    write_table(
        pd.DataFrame(rows, columns=list(COLUMNS)),
        table,
        title="Every count of the tables, and the same counted anew.",
        columns=COLUMNS,
        simulated=simulated,
        not_for="any number but n and events.",
        notes=["A run in which any two differ fails."],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            tables=snakemake.input.tables,
            split=snakemake.input.split,
            predictions=snakemake.input.predictions,
            patients=snakemake.input.patients,
            radiology=snakemake.input.get("radiology"),
            dictionary=snakemake.params.dictionary,
            modalities=snakemake.params.modalities,
            settings=snakemake.params.radiology,
            clinical=snakemake.params.clinical,
            test_fraction=snakemake.params.test_fraction,
            simulated=snakemake.params.simulated,
            table=output.table,
        )
