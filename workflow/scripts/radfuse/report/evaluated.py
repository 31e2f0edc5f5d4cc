"""The report's sections on how well the models do and how they are used."""

from collections.abc import Sequence

import pandas as pd

from radfuse.formatting import COHORT_NAMES, listed
from radfuse.modelling.models import CROSSFIT, PROTOCOL, correctable, repeated
from radfuse.report.center_caveats import untested
from radfuse.report.exhibits import Files, Picture, Section
from radfuse.report.explanations import explanation_section
from radfuse.report.forms import Form
from radfuse.report.measures import (
    CALIBRATION,
    DECISIONS,
    MEANING,
    NET_BENEFIT_AT,
    NEWCOMBE,
    RATES,
    without_variance,
)
from radfuse.report.reporting import at_thresholds, display

CELLS = ["threshold", "tp", "fp", "fn", "tn"]
DISCRIMINATION = Form("Discrimination", [*RATES, *CALIBRATION, *NEWCOMBE])
CLASSIFICATION = Form(
    "Classification at the threshold",
    ["auc", *CELLS, *CALIBRATION, *NEWCOMBE, "pr_auc", "prevalence"],
)
PERFORMANCE = (
    "At the threshold that maximises Youden’s J in the training cohort, kept unchanged elsewhere. "
    "PR-AUC is the area under the precision-recall curve, by chance the prevalence."
)
CONTROLS = (
    "Each score, built again in the same way from what should tell less of the outcome: the "
    "lesions with their voxels in random order, which keep intensities, size, outline and "
    "surroundings, and as much tissue from beside them. Where a control does as well, what the "
    "score tells need not come from the lesion’s texture, or from the lesion at all."
)
CENTERS = (
    "A model can rest on what tells the centres apart, scanner and protocol, where the outcome "
    "differs between them. {} Intervals of AUCs as under Performance."
)
CENTERS_TESTED = (
    "P of a model tests whether its log odds differ between centres among "
    "patients of the same outcome (analysis of covariance; adjusted for all models of the cohort, "
    "Holm). Where they do, it may be by scanner and protocol, or because the centres’ patients "
    "differ. R² is the share of the variance that the centres explain."
)
CENTERS_UNTESTED = "Whether the models differ between centres could not be tested ({})."
SUBGROUPS = (
    "Each variable’s own row is of all patients with a value; its P tests whether the AUC differs "
    "between the levels (Cochran’s Q; adjusted for all models and variables of the cohort, Holm). "
    "Observed against predicted shows whether risks are right in each level. A difference that is "
    "not significant may be one that subgroups so small cannot show."
)
OPTIMISM = "How much too good the training cohort’s AUCs are. {} The test cohort takes no part."
OPTIMISM_OF_BOTH = (
    "Cross-fitting repeats all of the scores, the bootstrap {} on top of them; the corrected AUC "
    "is without the optimism that either finds."
)
OPTIMISM_OF_FITS = "The bootstrap repeats {}."
OPTIMISM_OF_SCORES = (
    "Without cross-fitting nothing is known of what a score costs, so that the AUCs of scores and "
    "of models made of them are not corrected."
)


def per_modality(files: Files, figure: str, modalities: Sequence[str]) -> list[Picture]:
    """The figure of each modality that has it."""
    return [picture for name in modalities for picture in files.picture(f"{figure}_{name}")]


def nomogram_section(files: Files) -> Section:
    """Every nomogram that the study has, and the points that it is drawn from."""
    start = "nomogram_"
    names = [name for name in files.figures if name.startswith(start)]
    return Section(
        "nomogram",
        "Nomograms",
        "Read the points above each of a patient’s values, add them up, and find the probability "
        "under the total. The axes have the ranges of the training cohort. This is a drawing of "
        "the fitted model, not advice: it is as good as the model is in other cohorts.",
        [picture for name in names for picture in files.picture(name)],
        [table for name in names for table in files.table(name)],
    )


def optimism_text(models: Sequence[str], crossfitted: bool) -> str:
    """What was done again to find the optimism of these models."""
    if crossfitted:
        told = [OPTIMISM_OF_BOTH.format(listed(repeated(models)))]
    else:
        built = correctable(models, crossfitted)
        told = [OPTIMISM_OF_FITS.format(listed(repeated(built)))] * bool(built)
        told += [OPTIMISM_OF_SCORES] * any(name.startswith("DLRS_") for name in models)
    return OPTIMISM.format(" ".join(told))


def centers_text(effects: pd.DataFrame | None) -> str:
    reason = "" if effects is None else untested(effects)
    return CENTERS.format(CENTERS_UNTESTED.format(reason) if reason else CENTERS_TESTED)


def evaluation_sections(files: Files, modalities: Sequence[str]) -> list[Section]:
    """From performance to the size of the sample."""
    performance = files.frames["performance"]
    curves = files.frames.get("decision_curve", pd.DataFrame())
    benefit = []
    if not curves.empty:
        curves = curves[curves["protocol"] == PROTOCOL]
        links = files.links(files.paths["decision_curve"])
        models = curves[~curves["model"].isin(("treat all", "treat none"))]
        benefit = [
            display(at_thresholds(rows, column, NET_BENEFIT_AT), title, links=links, digits=digits)
            for column, rows, title, digits in (
                ("net_benefit", curves, "Net benefit at some threshold probabilities", 3),
                ("interventions_avoided", models, "Interventions avoided per 100 patients", 1),
            )
        ]
    curve_path = files.paths.get("calibration_curve")
    place = "subgroups" if "subgroups" in files.frames else "centers"
    pictures = {place: files.picture("forest")}
    files.used |= {"decision_curve", "calibration_curve"}
    measures = ["protocol", "cohort", "model", "n", "events", *CALIBRATION]
    crossfitted = CROSSFIT in set(performance["protocol"])
    return [
        Section(
            "performance",
            "Performance",
            " ".join([PERFORMANCE, *without_variance(performance)]),
            [
                *(picture for c in COHORT_NAMES for picture in files.picture(f"roc_{c}")),
                *per_modality(files, "roc", modalities),
            ],
            [
                *files.table("performance", DISCRIMINATION),
                *files.table("performance", CLASSIFICATION),
            ],
            files.links(files.paths["predictions"]),
        ),
        Section(
            "comparisons",
            "Comparisons",
            "Paired DeLong tests on the same patients, the adjusted P for all pairs of a cohort "
            "(Holm); unpaired ones between cohorts. Where a difference is not significant, the "
            "cohorts may only be too small to show it.",
            [],
            files.table("delong") + files.table("delong_cohorts"),
        ),
        Section(
            "centers",
            "Centres",
            centers_text(files.frames.get("center_effects")),
            pictures.get("centers", []),
            files.table("centers") + files.table("center_effects"),
        ),
        Section(
            "subgroups",
            "Subgroups",
            SUBGROUPS,
            pictures.get("subgroups", []),
            files.table("subgroups"),
        ),
        Section(
            "controls",
            "Negative controls",
            CONTROLS,
            files.picture("negative_controls"),
            files.table("negative_controls"),
        ),
        Section(
            "calibration",
            "Calibration",
            MEANING,
            files.picture("calibration"),
            [
                display(
                    performance[measures],
                    "Calibration and overall error",
                    links=files.links(files.paths["performance"]),
                ),
                *files.table("calibration"),
            ],
            files.links(curve_path) if curve_path else [],
        ),
        Section(
            "decision",
            "Clinical usefulness",
            DECISIONS,
            files.picture("decision_curve"),
            benefit,
        ),
        nomogram_section(files),
        explanation_section(files),
        Section(
            "resampling",
            "Other divisions of the patients",
            "All models built anew, with every choice that follows the features and readings, on "
            "the training part of each division and judged on its test part: how far one division "
            "can be luck. The divisions share their patients, so the percentiles are no confidence "
            "intervals and the shares above 0 no P values.",
            files.picture("resampling"),
            files.table("resampling"),
        ),
        Section(
            "optimism",
            "Optimism",
            optimism_text(performance["model"].unique(), crossfitted),
            [],
            files.table("optimism"),
        ),
        Section(
            "size",
            "Sample size",
            "Whether the training cohort was large enough for what was tried on it (Riley et al., "
            "BMJ 2020; 368: m441). Candidates are all parameters that the outcome could choose "
            "among; the expected shrinkage is what would be left of the log odds in new patients "
            "(below 0, nothing). The sizes expect the R² that this leaves, or 15% of the largest "
            "possible where that is more.",
            [],
            files.table("sample_size"),
        ),
    ]
