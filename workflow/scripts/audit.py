"""A published study checked from its printed tables alone: a table of findings and a page."""

from pathlib import Path

from radfuse.audit.checks import check_publication
from radfuse.audit.facts import load_publication
from radfuse.audit.finding import COLUMNS, DISAGREES, as_frame
from radfuse.audit.page import render
from radfuse.jobs.job import job, logger
from radfuse.tables import header_path, write_table


def main(*, folder: str, table: str, page: str) -> None:
    """Audit the published study in `folder` (docs/audit.md says what lies there)."""
    publication = load_publication(folder)
    findings = check_publication(publication)
    write_table(
        as_frame(findings),
        table,
        title=f"Audit of the printed tables of {publication.citation}.",
        columns=COLUMNS,
        simulated=False,
    )
    files = [(Path(table).name, Path(table).name)]
    files.append(("columns explained", header_path(table).name))
    Path(page).write_text(render(publication.citation, findings, files), encoding="utf-8")
    disagreeing = sum(finding.verdict == DISAGREES for finding in findings)
    logger.info("%s: %d of %d checks disagree", publication.citation, disagreeing, len(findings))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            folder=snakemake.params.folder,
            table=output.table,
            page=output.page,
        )
