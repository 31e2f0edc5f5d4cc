"""The report's sections, from the result files that a study has; a file it lacks is left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from radfuse.exhibits import Files, Picture, Section
from radfuse.models import PROTOCOL
from radfuse.reporting import display, net_benefit_summary, stability_summary

FOLDED = 20  # rows beyond which a list of images is folded away
STABILITY = (
    "{}: ICCs of the deep features, intra-reader above and inter-reader below the axis; bars are "
    "filled where the threshold is reached."
)
SCORE = (
    "The score of {}: (a) cross-validated deviance over the penalty; (b) the components’ "
    "coefficients, in colour those that the used penalty selects; (c) the patients’ scores. Those "
    "of the training cohort are apparent: the score was fitted on them."
)
NET_BENEFIT_AT = (0.1, 0.2, 0.3, 0.5)
RATES = ["accuracy", "sensitivity", "specificity", "ppv", "npv", "f1"]
CELLS = ["threshold", "tp", "fp", "fn", "tn"]
CALIBRATION = ["intercept", "slope", "citl", "brier"]


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
            files.table(
                "counts", "The ledger of patients, which every table agrees with", hide=["cohort"]
            ),
        ),
        Section(
            "baseline",
            "Baseline",
            "Numeric variables as mean ± SD, or as median and quartiles where skewed; categorical "
            "ones as counts. The test was chosen by the data and is named in each row. SMD, "
            "standardised mean difference.",
            [],
            files.table("baseline", "Clinical variables by outcome", compared="variable"),
        ),
        Section(
            "balance",
            "Balance of the split",
            "Training against test cohort, per radiological characteristic.",
            [],
            [
                table
                for modality in modalities
                for table in files.table(
                    f"split_balance_{modality}",
                    f"{modality}: training against test cohort",
                    compared="characteristic",
                )
            ],
        ),
        Section(
            "agreement",
            "Reader agreement",
            "Cohen’s kappa (quadratic weights where the levels are ordered); the intraclass "
            "correlation for measurements.",
            [],
            [
                t
                for m in modalities
                for t in files.table(f"reader_agreement_{m}", f"{m}: agreement of the two readers")
            ],
        ),
        imaging_section(files, contact_sheets),
        Section(
            "features",
            "Deep features and their stability",
            "Features that change when the lesion is outlined again, by the same reader or by "
            "another, are dropped before anything is learnt." + unassessed(stability),
            [
                *files.picture("learning_curves"),
                *per_modality(files, "stability", list(stability), STABILITY),
            ],
            [
                display(
                    stability_summary(frame),
                    f"{modality}: stable features per sequence",
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
                for t in files.table(f"characteristics_{m}", f"{m}: characteristics and outcome")
            ],
        ),
    ]


def per_modality(
    files: Files, figure: str, modalities: Sequence[str], caption: str
) -> list[Picture]:
    """The figure of each modality that has it; its name stands where `caption` has braces."""
    return [
        picture
        for modality in modalities
        for picture in files.picture(f"{figure}_{modality}", caption.format(modality))
    ]


def unassessed(stability: Mapping[str, tuple[pd.DataFrame, Path]]) -> str:
    """Which modalities keep every feature, as nobody outlined the lesions again."""
    names = [
        modality
        for modality, (frame, _) in stability.items()
        if (frame[["n_intra", "n_inter"]] < 2).all(axis=None)
    ]
    if not names:
        return ""
    return (
        f" For {' and '.join(names)} this was not assessed: fewer than two training patients have "
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
        f"{images['outlier'].notna().sum()} stand out in spacing, size, brightness or in how "
        "far the readers agree, which changes nothing but deserves a look. Every lesion’s crop and "
        "outline lies in the roi folder, by patient, modality and sequence (overlay.png); the "
        "contact sheets show all of one sequence."
    )
    folder = ("roi", files.address(files.home / "roi") + "/")
    sheets = [(Path(path).name, files.address(path)) for path in contact_sheets]
    return Section("imaging", "Imaging", text, files.picture("examples"), lists, [folder, *sheets])


def sections_after_models(files: Files, modalities: Sequence[str]) -> list[Section]:
    """From performance to SHAP."""
    performance = files.frames["performance"]
    curves = files.frames.get("decision_curve", pd.DataFrame())
    benefit = []
    if not curves.empty:
        curves = curves[curves["protocol"] == PROTOCOL]
        title = "Net benefit at some threshold probabilities"
        links = files.links(files.paths["decision_curve"])
        benefit = [display(net_benefit_summary(curves, NET_BENEFIT_AT), title, links=links)]
    shap_links = files.links(files.paths["shap"]) if "shap" in files.paths else []
    files.used |= {"decision_curve", "shap"}
    measures = ["protocol", "cohort", "model", "n", "events", *CALIBRATION]
    return [
        Section(
            "scores",
            "Deep-learning radiomics scores",
            "",
            per_modality(files, "score", modalities, SCORE),
        ),
        Section(
            "performance",
            "Performance",
            "At the threshold that maximises Youden’s J in the training cohort, kept unchanged "
            "elsewhere.",
            [
                *files.picture("roc_train"),
                *files.picture("roc_test"),
                *per_modality(files, "roc", modalities, "ROC curves of the {} models."),
            ],
            [
                *files.table("performance", "Discrimination", hide=[*RATES, *CALIBRATION]),
                *files.table(
                    "performance",
                    "Classification at the threshold",
                    hide=["auc", *CELLS, *CALIBRATION],
                ),
            ],
        ),
        Section(
            "comparisons",
            "Comparisons",
            "Paired DeLong tests on the same patients. The adjusted P holds for all the pairs of a "
            "cohort (Holm).",
            [],
            files.table("delong", "Differences between AUCs"),
        ),
        Section(
            "calibration",
            "Calibration",
            "A well calibrated model has slope 1, intercept 0 and calibration in the large 0.",
            files.picture("calibration"),
            [
                display(
                    performance[measures],
                    "Calibration and overall error",
                    links=files.links(files.paths["performance"]),
                ),
                *files.table("calibration", "Groups of the calibration figure", protocol=PROTOCOL),
            ],
        ),
        Section("decision", "Decision curves", "", files.picture("decision_curve"), benefit),
        Section(
            "shap",
            "What the final model looks at",
            "Exact SHAP values over the original covariates, in log odds." if shap_links else "",
            files.picture("shap_summary") + files.picture("shap_importance"),
            [],
            shap_links,
        ),
        files.rest(),
    ]
