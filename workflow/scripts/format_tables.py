"""The study's tables as a journal takes them: a Word document and a workbook."""

from collections.abc import Mapping, Sequence

from radfuse.jobs.job import job
from radfuse.manuscript.results import read_results
from radfuse.manuscript.tables import all_tables
from radfuse.manuscript.word import add_table, new_document, save_document
from radfuse.manuscript.workbook import write_workbook


def main(
    *,
    tables: Sequence[str],
    models: Sequence[str],
    stability: Sequence[str],
    modalities: Sequence[str],
    outcome: Mapping,
    title: str,
    dictionary: Sequence[Mapping],
    simulated: bool,
    document: str,
    workbook: str,
) -> None:
    results = read_results(
        tables=tables,
        models=models,
        stability=stability,
        modalities=modalities,
        outcome=outcome,
        simulated=simulated,
        dictionary=dictionary,
    )
    printed = all_tables(results)
    page = new_document(f"Tables: {title}", simulated, landscape=True)
    page.add_heading(f"Tables: {title}", 0)
    for table in printed:
        add_table(page, table, simulated)
    save_document(page, document)
    write_workbook(printed, workbook, title, simulated)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            tables=snakemake.input.tables,
            models=snakemake.input.models,
            stability=snakemake.input.stability,
            modalities=snakemake.params.modalities,
            outcome=snakemake.params.outcome,
            title=snakemake.params.title,
            dictionary=snakemake.params.dictionary,
            simulated=snakemake.params.simulated,
            document=output.document,
            workbook=output.workbook,
        )
