"""The study's report: one HTML file that holds every figure, and every table made to read."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from radfuse.formatting import model_label, number, positives
from radfuse.jobs.job import job
from radfuse.manuscript.methods import methods
from radfuse.manuscript.references import uncited
from radfuse.manuscript.run import read_run
from radfuse.marking import sentence, short
from radfuse.modelling.models import PROTOCOL, final_model, read_model
from radfuse.report import caveats
from radfuse.report.equations import covariate_table, equation
from radfuse.report.exhibits import Files
from radfuse.report.page import render
from radfuse.report.sections import sections_after_models, sections_before_models
from radfuse.report.summary import absent_parts, headline, told
from radfuse.tables import read_table

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def facts(record: Mapping, prefix: str = "") -> list[tuple[str, str]]:
    """A nested record as (dotted name, text) pairs, in its order, without what is blank."""
    found = []
    for key, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            value = {each.get("name", place): each for place, each in enumerate(value, start=1)}
        if isinstance(value, Mapping):
            found += facts(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            found.append((f"{prefix}{key}", ", ".join(map(str, value))))
        elif isinstance(value, bool):
            found.append((f"{prefix}{key}", setting(value)))
        elif value is not None:
            found.append((f"{prefix}{key}", str(value)))
    return [(name, text) for name, text in found if text]


def setting(value: float | str | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value, 4) if isinstance(value, float) else str(value)


def model_card(model: Mapping, address: str) -> dict:
    """A model as the report shows it."""
    score = model.get("score", {})
    return {
        "name": model_label(model["model"]),
        "address": address,
        "sizes": positives(model["n"], model["events"]),
        "method": model["method"],
        "threshold": number(model["threshold"]),
        "equation": equation(model),
        "table": covariate_table(model),
        "note": model.get("note", ""),
        "score": [
            (name.replace("_", " "), setting(value))
            for name, value in score.items()
            if isinstance(value, int | float | str) and name not in ("intercept", "note")
        ],
        "features": len(score.get("weights", {})),
    }


def main(
    *,
    tables: Sequence[str],
    figures: Sequence[str],
    models: Sequence[str],
    stability: Sequence[str],
    images: str | None,
    covariates: str,
    contact_sheets: Sequence[str],
    predictions: str,
    provenance: str,
    title: str,
    simulated: bool,
    config: Mapping,
    report: str,
) -> None:
    home = Path(provenance).parent
    files = Files([*tables, predictions, *([images] if images else [])], figures, home)
    modalities = [modality["name"] for modality in config["modalities"]]
    fitted = [read_model(path) for path in models]
    names = [model["model"] for model in fitted]
    final = final_model(names, modalities)
    performance = files.frames["performance"]
    published = performance[performance["protocol"] == PROTOCOL]
    steady = {
        Path(path).stem.removeprefix("stability_"): (read_table(path), Path(path))
        for path in stability
    }
    run = read_run(
        tables=tables,
        models=models,
        stability=stability,
        images=images,
        covariates=covariates,
        provenance=provenance,
        config=config,
        simulated=simulated,
    )
    design, left_out = files.picture("design"), run.provenance["models_left_out"]
    before = sections_before_models(files, steady, modalities, contact_sheets)
    after = sections_after_models(files, modalities)
    counts = files.frames["counts"].set_index("step")
    addresses = {Path(path).stem: files.address(path) for path in (*tables, *stability)}
    page = render(
        {
            "title": title,
            "simulated": sentence(simulated),
            "mark": short(simulated),
            "sizes": positives(counts.loc["analysed", "n"], counts.loc["analysed", "events"]),
            "headline": headline(published, final),
            "final": "the fullest model that could be applied" if left_out else "the final model",
            "counts_links": files.links(files.paths["counts"])[:1],
            "performance_links": files.links(files.paths["performance"]),
            "caveats": told(
                caveats.everything(
                    files.frames,
                    fitted,
                    {name: frame for name, (frame, _) in steady.items()},
                    final,
                    config,
                    run.covariates,
                ),
                addresses,
            ),
            "borrowed": config["apply_models"] is not None,
            "absent": absent_parts(
                tables, steady, names, config["apply_models"] is not None, left_out
            ),
            "before": [section for section in before if section.shown],
            "models": [
                model_card(model, files.address(path))
                for model, path in zip(fitted, models, strict=True)
            ],
            "after": [section for section in after if section.shown],
            "config": config,
            "fitted": config["apply_models"] is None,
            "design": design,
            "methods": [
                (section.title, [uncited(text) for text in section.texts])
                for section in methods(run)
            ],
            "provenance": facts(run.provenance),
            "provenance_address": files.address(provenance),
            "software": tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"],
            "commit": run.provenance["commit"],
        }
    )
    Path(report).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            tables=snakemake.input.tables,
            figures=snakemake.input.figures,
            models=snakemake.input.models,
            stability=snakemake.input.stability,
            images=snakemake.input.get("images"),
            covariates=snakemake.input.covariates,
            contact_sheets=snakemake.input.contact_sheets,
            predictions=snakemake.input.predictions,
            provenance=snakemake.input.provenance,
            title=snakemake.params.title,
            simulated=snakemake.params.simulated,
            config=snakemake.params.config,
            report=output.report,
        )
