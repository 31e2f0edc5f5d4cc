"""What a study has, counted: cohorts, images, readings, and what will be left out."""

from collections.abc import Sequence

import pandas as pd

from radfuse.inputs.cohort import FEWEST_TO_FIT, NOT_STATED
from radfuse.inputs.sheets import read_sheet
from radfuse.planning.study import Study

OUTLINES = {"mask": "masks", "mask_repeat": "repeats", "mask_reader2": "second reader"}
STEPS = {"registered": "in the sheet", "unlabelled": "without an outcome: predicted alone"}


def lines_of(rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows as lines in columns: numbers to the right, words to the left."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            f"{cell:>{width}}" if isinstance(cell, int) else f"{cell:<{width}}"
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def patients(study: Study) -> list[str]:
    """How many patients are in each cohort and with the outcome, and why others are left out."""
    sheets, outcome = study.sheets, study.config["outcome"]
    rows = [
        (
            f"left out: {row.reason}" if row.step == "excluded" else STEPS.get(row.step, row.step),
            row.n,
            "patients,",
            row.events,
            f"with {outcome['column']} {' or '.join(outcome['positive'])}",
        )
        for row in study.counts.itertuples()
    ]
    values = read_sheet(sheets["patients"])[outcome["column"]]
    others = values[~values.isin([*outcome["positive"], ""])].value_counts(sort=False)
    told = ", ".join(f"{value} ({count})" for value, count in others.items())
    without = [f"  without: {told}"] if told else []
    return [f"Patients ({sheets['patients']})", *lines_of(rows), *without]


def centers(study: Study) -> list[str]:
    """How many of the analysed patients come from each centre, and how many with the outcome."""
    if not study.several_centers:
        return []
    rows = study.split.set_index("patient").assign(center=study.centers)
    named = rows.groupby(rows["center"].replace("", NOT_STATED))["outcome"]
    return [
        "Centres",
        *lines_of(
            [(name, len(own), "patients,", int(own.sum()), "positive") for name, own in named]
        ),
    ]


def clinical(study: Study) -> list[str]:
    """Which clinical values are blank, of the patients that are analysed."""
    sheet = read_sheet(study.sheets["patients"])
    analysed = sheet[sheet["patient"].isin(study.patients)]
    blank = {column: int((analysed[column] == "").sum()) for column in study.clinical}
    rows = [
        (column, count, f"of {len(analysed)} blank") for column, count in blank.items() if count
    ]
    return ["Clinical values", *lines_of(rows)] if rows else []


def images(study: Study) -> list[str]:
    """Images and outlines of every sequence."""
    if not study.imaged_modalities:
        return []
    rows: list[tuple] = [("modality", "sequence", "images", *OUTLINES.values())]
    for (modality, sequence), group in study.images.groupby(["modality", "sequence"], sort=False):
        named = [int((group[role] != "").sum()) for role in ("image", *OUTLINES)]
        rows.append((modality, sequence, *named))
    return [f"Images ({study.sheets['images']})", *lines_of(rows)]


def readings(study: Study) -> list[str]:
    """Readings per modality and reader, and how much of them is blank."""
    if not study.sheets["radiology"]:
        return []
    sheet = read_sheet(study.sheets["radiology"])
    sheet = sheet[sheet["patient"].isin(study.patients)]
    rows = [
        (modality, f"reader {reader}", *reading(group, study.characteristics(modality)))
        for (modality, reader), group in sheet.groupby(["modality", "reader"])
        if modality in study.read_modalities
    ]
    return [f"Radiological characteristics ({study.sheets['radiology']})", *lines_of(rows)]


def reading(rows: pd.DataFrame, entries: Sequence[dict]) -> tuple[int, str]:
    """Patients read, and in words how many characteristics and how many blank values."""
    cells = rows[[entry["name"] for entry in entries]]
    blank = int((cells == "").to_numpy().sum())
    return len(rows), f"patients, {len(entries)} characteristics, {blank} values blank"


def outlook(study: Study) -> list[str]:
    """The models that the study will have, and what it lacks for the rest."""
    lines = [f"Models: {', '.join(study.models)}"]
    if study.applies:
        return [*lines, f"  fitted in another study ({study.config['apply_models']}): none is here"]
    if not study.read_modalities:
        lines.append("  no readings: no radiological models, and no combined ones")
    if not study.scored_modalities:
        lines.append("  no images: no deep-learning scores, and no combined models")
    lines += [
        f"  {modality}: fewer than two training patients have a second outline of a sequence: all "
        "features count as stable"
        for modality in study.scored_modalities
        if modality not in study.assessed_modalities
    ]
    if "test" not in study.cohorts and "external" not in study.cohorts:
        lines.append("  no test cohort: performance in the training cohort only, which is apparent")
    positive, negative = int(study.training.sum()), int((1 - study.training).sum())
    if study.scored_modalities and min(positive, negative) < FEWEST_TO_FIT:
        lines.append(
            f"  E22: of {positive} positive and {negative} negative training patients no score can "
            f"be fitted (it takes {FEWEST_TO_FIT} of each), so that a run ends there"
        )
    wanted = study.config["validation"]
    if wanted["crossfit_folds"] and study.scored_modalities and not study.crossfit:
        lines.append("  too few training patients of one outcome: no cross-fitted scores")
    if wanted["resamples"] and not study.resamples:
        lines.append("  too few patients of one outcome: no other divisions of the patients")
    return lines


def inventory(study: Study) -> str:
    """All of it, in paragraphs."""
    of = (patients, centers, clinical, images, readings, outlook)
    parts = [tell(study) for tell in of]
    return "\n\n".join("\n".join(part) for part in parts if part)
