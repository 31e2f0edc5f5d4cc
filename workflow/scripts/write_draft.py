"""Methods and Results of a manuscript from this very run, and the literature that they cite."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from radfuse.jobs.job import job
from radfuse.manuscript import findings, robustness, verdicts
from radfuse.manuscript.draft import Draft, write_document, write_markdown
from radfuse.manuscript.legends import legends
from radfuse.manuscript.methods import methods
from radfuse.manuscript.references import chosen_entries, cited, read_entries
from radfuse.manuscript.run import Run, read_run
from radfuse.manuscript.software import versions
from radfuse.manuscript.statements import meanings, unstated
from radfuse.manuscript.tables import all_tables
from radfuse.manuscript.text import Section

BIBLIOGRAPHY = Path(__file__).resolve().parents[1] / "resources" / "references.bib"
# statements that the Methods have no place for, as they are headed at a manuscript's end
DECLARATIONS = {
    "ethics": "Ethics",
    "protocol": "Protocol",
    "registration": "Registration",
    "overlap": "Earlier publications",
    "involvement": "Patient and public involvement",
    "funding": "Funding",
    "conflicts": "Conflicts of interest",
    "data_availability": "Availability of data",
    "model_availability": "Availability of the models",
}


def results(run: Run, places: findings.Places) -> list[Section]:
    made = [
        findings.flow(run, places),
        findings.baseline(run, places),
        findings.agreement(run, places),
        findings.features(run, places),
        findings.characteristics(run, places),
        verdicts.performance(run, places),
        verdicts.comparisons(run, places),
        verdicts.calibration(run, places),
        verdicts.usefulness(run, places),
        robustness.robustness(run, places),
    ]
    return [section for section in made if section.texts]


def declarations(run: Run) -> list[Section]:
    stated = {heading: run.stated(key) for key, heading in DECLARATIONS.items()}
    return [Section(heading, [text]) for heading, text in stated.items() if text]


def left_to_the_authors(study: Mapping) -> list[Section]:
    """Which statements the config lacks."""
    missing = unstated(study)
    if not missing:
        return []
    text = (
        f"No run can know these {len(missing)} of {len(meanings())} statements. Written into the "
        "config under study they stand in this text and answer items of the checklists."
    )
    items = [f"{key}: {meaning}" for key, meaning in missing.items()]
    return [Section("Statements to make", [text], items)]


def main(
    *,
    tables: Sequence[str],
    models: Sequence[str],
    stability: Sequence[str],
    images: str | None,
    covariates: str,
    provenance: str,
    config: Mapping,
    dictionary: Sequence[Mapping],
    figures: Sequence[str],
    simulated: bool,
    markdown: str,
    document: str,
    references: str,
) -> None:
    run = read_run(
        tables=tables,
        models=models,
        stability=stability,
        images=images,
        covariates=covariates,
        provenance=provenance,
        config=config,
        simulated=simulated,
        dictionary=dictionary,
    )
    pictures = legends(figures, run.results.final)
    places = findings.Places([*all_tables(run.results), *pictures])
    parts = [
        ("Methods", methods(run)),
        ("Results", results(run, places)),
        ("Limitations", [robustness.limitations(run, places)]),
        ("Declarations", declarations(run)),
        ("Figures", [Section("Legends", list(map(str, pictures)))] if pictures else []),
        ("Left to the authors", left_to_the_authors(config["study"])),
    ]
    parts = [(heading, sections) for heading, sections in parts if sections]
    texts = [text for _, sections in parts for section in sections for text in section.texts]
    entries = chosen_entries(cited(texts), read_entries(BIBLIOGRAPHY), versions(run))
    draft = Draft(config["study"]["title"], parts, entries, simulated)
    write_markdown(draft, markdown)
    write_document(draft, document)
    Path(references).write_text("\n\n".join(entries.values()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            tables=snakemake.input.tables,
            models=snakemake.input.models,
            stability=snakemake.input.stability,
            images=snakemake.input.get("images"),
            covariates=snakemake.input.covariates,
            provenance=snakemake.input.provenance,
            config=snakemake.params.config,
            dictionary=snakemake.params.dictionary,
            figures=snakemake.params.figures,
            simulated=snakemake.params.simulated,
            markdown=output.markdown,
            document=output.document,
            references=output.references,
        )
