"""The report's sections, from the result files that a study has; a file it lacks is left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.features.second_outlines import assessed
from radfuse.formatting import listed
from radfuse.report.evaluated import evaluation_sections, per_modality
from radfuse.report.exhibits import Files, Section
from radfuse.report.forms import form_of
from radfuse.report.gallery import build_gallery
from radfuse.report.reporting import display, stability_summary

FOLDED = 20  # rows beyond which a list of images is folded away


def sections_before_models(
    files: Files,
    stability: Mapping[str, tuple[pd.DataFrame, Path]],
    modalities: Sequence[str],
    contact_sheets: Sequence[str],
) -> list[Section]:
    """From the cohort to the radiological selection."""
    return [
        Section(
            "flow",
            "Cohort",
            "",
            files.picture("cohort_flow"),
            files.table("counts") + files.table("reconciliation"),
        ),
        Section(
            "baseline",
            "Baseline",
            "Numeric variables as mean ± SD, or as median and quartiles where skewed; categorical "
            "ones as counts. The test was chosen by the data and is named in each row. SMD, "
            "standardised mean difference.",
            [],
            files.table("baseline"),
        ),
        Section(
            "balance",
            "Balance of the split",
            "Training against test cohort, per radiological characteristic.",
            [],
            [t for m in modalities for t in files.table(f"split_balance_{m}")],
        ),
        Section(
            "external",
            "External cohort",
            "Who the external patients are, against those whom the models were fitted on.",
            [],
            files.table("external_balance"),
        ),
        Section(
            "agreement",
            "Reader agreement",
            "Cohen’s kappa (quadratic weights where the levels are ordered); the intraclass "
            "correlation for measurements.",
            [],
            [t for m in modalities for t in files.table(f"reader_agreement_{m}")],
        ),
        imaging_section(files, contact_sheets),
        Section(
            "features",
            "Features and their stability",
            "Features that change when the lesion is outlined again, by the same reader or by "
            "another, are dropped before anything is learnt." + unassessed(stability),
            [
                *files.picture("learning_curves"),
                *per_modality(files, "stability", list(stability)),
            ],
            [
                display(
                    stability_summary(frame),
                    form_of(f"stability_{modality}").title,
                    links=files.links(path),
                )
                for modality, (frame, path) in stability.items()
            ],
        ),
        Section(
            "radiology",
            "Radiological characteristics",
            "Univariate and stepwise multivariable logistic regression on the training cohort "
            "alone. OR, odds ratio; an empty field: not in the multivariable model.",
            [],
            [
                t
                for m in modalities
                for name in ("characteristics", "selection")
                for t in files.table(f"{name}_{m}")
            ],
        ),
    ]


def unassessed(stability: Mapping[str, tuple[pd.DataFrame, Path]]) -> str:
    """Which modalities keep every feature, as nobody outlined the lesions again."""
    names = [modality for modality, (frame, _) in stability.items() if not assessed(frame)]
    if not names:
        return ""
    return (
        f" For {listed(names)} this was not assessed: fewer than two training patients have "
        "a second outline, so all features stay but the constant ones."
    )


def imaging_section(files: Files, contact_sheets: Sequence[str]) -> Section:
    """Typical images, those that stand out, what was decided while reading; nothing without any."""
    files.used.add("images")
    images = files.frames.get("images", pd.DataFrame())
    if images.empty:
        return Section("imaging", "Imaging")
    place = ["patient", "modality", "sequence"]
    links = files.links(files.paths["images"])
    lists = [
        display(
            images.loc[images[column].notna(), [*place, column]],
            title,
            links=links,
            folded=images[column].notna().sum() > FOLDED,
        )
        for column, title in (
            ("outlier", "Images that stand out among those of their sequence"),
            ("notes", "What was decided while reading the images"),
        )
        if images[column].notna().any()
    ]
    text = (
        f"All {len(images)} images passed the checks; "
        f"{images['outlier'].notna().sum()} stand out in plane, spacing, size, brightness or in "
        "how far the readers agree, which changes nothing but deserves a look. Every lesion’s crop "
        "and outline lies in the roi folder, by patient, modality and sequence (overlay.png); the "
        "contact sheets show all of one sequence."
    )
    folder = ("roi", files.address(files.home / "roi") + "/")
    sheets = [(Path(path).name, files.address(path)) for path in contact_sheets]
    return Section(
        "imaging",
        "Imaging",
        text,
        files.picture("examples"),
        lists,
        [folder, *sheets],
        build_gallery(files, contact_sheets),
    )


def sections_after_models(files: Files, modalities: Sequence[str]) -> list[Section]:
    """From the scores to the size of the sample, and whatever else there is."""
    scores = per_modality(files, "score", modalities)
    return [
        Section("scores", "Radiomics scores", "", scores),
        *evaluation_sections(files, modalities),
        files.rest(),
        cost_section(files),
        manuscript_section(files),
    ]


def cost_section(files: Files) -> Section:
    """Where the costs stand. They are measured after this page is written, and differ from run to
    run, which results must not."""
    paths = ("cost.tsv", "cost.header.txt", "figures/cost.png")
    return Section(
        "cost",
        "What this study cost",
        "Core time and peak memory of every step, and what the next patient costs.",
        links=[(Path(path).name, files.address(files.home / path)) for path in paths],
    )


def manuscript_section(files: Files) -> Section:
    """What authors take from the study; written beside this page, from the same results."""
    names = ["methods_and_results.docx", "tables.docx", "tables.xlsx", "checklists.docx"]
    return Section(
        "manuscript",
        "For the manuscript",
        "Methods and Results in sentences with the numbers of this run, every table as a journal "
        "prints it, and the CLEAR, METRICS and TRIPOD+AI checklists with what the run answers.",
        links=[(name, files.address(files.home / "manuscript" / name)) for name in names],
    )
