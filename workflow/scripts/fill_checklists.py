"""CLEAR, METRICS and TRIPOD+AI, each item with what of this run answers it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.jobs.job import job
from radfuse.manuscript.checklists import (
    AUTHOR,
    COLUMNS,
    FILLED,
    NOT_APPLICABLE,
    Evidence,
    filled,
    headings,
    read_checklist,
)
from radfuse.manuscript.word import (
    add_link,
    new_document,
    new_grid,
    repeat,
    save_document,
    underline,
    write_cell,
)
from radfuse.tables import write_table

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "checklists"
CHECKLISTS = [FOLDER / f"{name}.yaml" for name in ("clear", "metrics", "tripod_ai")]
TITLE = "Reporting checklists"
HEADER = ("Item", "Section", "What it asks", "Status", "Where, or what is missing")
WIDTHS = (8, 24, 44, 22, 80)
EXPLAINED = (
    "The items of each checklist, in short and in our words: its own sentences are in the paper "
    "that is named. The workflow filled in what a run can know. What needs the author is named "
    "with its key in the config, or belongs into the manuscript. ‘Filled’ says where "
    "the answer stands, not how good it is: there is no score."
)


def artefacts(
    files: Sequence[str], models: Sequence[str], tables: Sequence[str], folder: Path
) -> dict[str, str]:
    """Addresses seen from the folder, by the names that the checklists use (tables/counts.tsv).

    `tables` are written into the folder itself, wherever they are now.
    """
    home = folder.parent
    named = {Path(os.path.relpath(path, home)).as_posix(): path for path in files}
    named |= {f"models/{Path(path).name}": path for path in models}
    found = {name: Path(os.path.relpath(path, folder)).as_posix() for name, path in named.items()}
    return found | {f"{folder.name}/{Path(path).name}": Path(path).name for path in tables}


def fill_cell(cell, row: Mapping) -> None:
    """Links to the files, then what the authors owe, or the reason."""
    paragraph = write_cell(cell, row["reason"])
    for place, address in enumerate(row["where"].split("; ") if row["where"] else []):
        paragraph.add_run("; " if place else "")
        target, _, section = address.partition("#")
        add_link(paragraph, f"{Path(target).name}{section and f' ({section})'}", target)
    if row["author"]:
        paragraph.add_run(f"{'. ' if row['where'] else ''}Missing: {row['author']}")


def write_document(
    checklists: Sequence[tuple[Mapping, pd.DataFrame]], path: str, title: str, simulated: bool
) -> None:
    document = new_document(f"{TITLE}: {title}", simulated, landscape=True)
    document.add_heading(f"{TITLE}: {title}", 0)
    document.add_paragraph(EXPLAINED)
    for checklist, rows in checklists:
        document.add_heading(f"{checklist['name']}, {checklist['version']}", 1)
        counted = ", ".join(
            f"{(rows['status'] == status).sum()} {status}"
            for status in (FILLED, AUTHOR, NOT_APPLICABLE)
        )
        source = document.add_paragraph(f"{checklist['title']}. ")
        add_link(source, f"doi: {checklist['doi']}", f"https://doi.org/{checklist['doi']}")
        source.add_run(f". Of {len(rows)} items {counted}.")
        lines = new_grid(document, len(rows) + 1, WIDTHS)
        for cell, text in zip(lines[0], HEADER, strict=True):
            write_cell(cell, text, bold=True)
            underline(cell)
        repeat(lines[0])
        for cells, row in zip(lines[1:], rows.to_dict("records"), strict=True):
            for cell, column in zip(cells[:4], ("item", "section", "asks", "status"), strict=True):
                write_cell(cell, row[column], bold=row[column] == AUTHOR)
            fill_cell(cells[4], row)
    save_document(document, path)


def main(
    *,
    files: Sequence[str],
    models: Sequence[str],
    draft: str,
    study: Mapping,
    has: Sequence[str],
    simulated: bool,
    tables: Sequence[str],
    document: str,
) -> None:
    """`tables` are the filled checklists, in the order of CHECKLISTS; `has` the study's parts."""
    known = artefacts(files, models, tables, Path(draft).parent)
    evidence = Evidence(known, headings(draft), Path(draft).with_suffix(".docx").name, study, has)
    made = []
    for source, table in zip(CHECKLISTS, tables, strict=True):
        checklist = read_checklist(source)
        rows = filled(checklist, evidence)
        made.append((checklist, rows))
        write_table(
            rows,
            table,
            title=f"{checklist['name']}: {checklist['title']}.",
            columns=COLUMNS,
            simulated=simulated,
            notes=[
                f"Version {checklist['version']}, doi: {checklist['doi']}.",
                "The items are told in short and in our words; no score is computed.",
            ],
        )
    write_document(made, document, study["title"], simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            files=snakemake.input.files,
            models=snakemake.input.models,
            draft=snakemake.input.draft,
            study=snakemake.params.study,
            has=snakemake.params.has,
            simulated=snakemake.params.simulated,
            tables=output.tables,
            document=output.document,
        )
