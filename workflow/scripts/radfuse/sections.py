"""The report's sections, from the result files that a study has; a file it lacks is left out."""

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from radfuse.reporting import Table, display, net_benefit_summary, stability_summary
from radfuse.tables import header_path, read_table

NET_BENEFIT_AT = (0.1, 0.2, 0.3, 0.5)
CALIBRATION = ["intercept", "slope", "citl", "brier"]
CAPTIONS = {
    "cohort_flow": "The patients from registration to analysis.",
    "examples": "Typical lesions with the outline of reader 1; a row per patient.",
    "roc_train": "ROC curves in the training cohort: apparent performance.",
    "roc_test": "ROC curves in the test cohort; markers are the training cohort's thresholds.",
    "calibration": "Observed against predicted probability, with 95% CIs, and the logistic "
    "recalibration line of each model; the diagonal is perfect calibration.",
    "decision_curve": "Decision curves: net benefit over the threshold probability.",
    "shap_summary": "SHAP values of the final model: a point is a patient.",
    "shap_importance": "Mean absolute SHAP value of each covariate of the final model.",
}


@dataclass(frozen=True)
class Picture:
    """A figure to show: its address holds the picture itself."""

    uri: str
    caption: str
    links: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """A part of the report; one that shows nothing is left out."""

    id: str
    title: str
    text: str = ""
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)

    @property
    def shown(self) -> bool:
        return bool(self.pictures or self.tables or self.links)


def data_uri(path: Path) -> str:
    """A PNG file as an address that holds the picture itself."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


class Files:
    """The study's result files by name, with their addresses seen from the report."""

    def __init__(self, tables: Sequence[str], figures: Sequence[str], report: str) -> None:
        self.home = Path(report).parent
        self.paths = {Path(path).stem: Path(path) for path in tables}
        self.frames = {name: read_table(path) for name, path in self.paths.items()}
        self.figures = {Path(path).stem: Path(path) for path in figures}
        self.used: set[str] = set()

    def address(self, path: str | Path) -> str:
        return Path(os.path.relpath(path, self.home)).as_posix()

    def links(self, path: Path) -> list[tuple[str, str]]:
        header = header_path(path)
        return [(path.name, self.address(path)), ("columns explained", self.address(header))]

    def table(self, name: str, title: str, **options: object) -> list[Table]:
        """The table of this name, if the study has it and it has rows."""
        self.used.add(name)
        if name not in self.frames or self.frames[name].empty:
            return []
        return [display(self.frames[name], title, links=self.links(self.paths[name]), **options)]

    def picture(self, name: str, caption: str = "") -> list[Picture]:
        self.used.add(name)
        if name not in self.figures:
            return []
        path = self.figures[name]
        links = [(file.name, self.address(file)) for file in (path, path.with_suffix(".svg"))]
        return [Picture(data_uri(path), caption or CAPTIONS[name], links)]

    def rest(self) -> Section:
        """Whatever other stages added, so that no result goes unshown."""
        pictures, tables = [], []
        for name in sorted(set(self.figures) - self.used):
            pictures += self.picture(name, name.replace("_", " ").capitalize() + ".")
        for name in sorted(set(self.frames) - self.used):
            folded = len(self.frames[name]) > 30
            tables += self.table(name, name.replace("_", " ").capitalize(), folded=folded)
        return Section("other", "Further results", "", pictures, tables)


def sections_before_models(
    files: Files, stability: Mapping[str, tuple[pd.DataFrame, Path]], modalities: Sequence[str]
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
            "Numeric variables as mean ± SD or median (IQR), categorical ones as counts; the test "
            "was chosen by the data and is named in each row.",
            [],
            files.table("baseline", "Clinical variables by outcome"),
        ),
        Section(
            "balance",
            "Balance of the split",
            "Training against test cohort, per radiological characteristic.",
            [],
            [t for m in modalities for t in files.table(f"split_balance_{m}", f"{m}: balance")],
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
        Section(
            "imaging",
            "Imaging",
            "Every lesion’s crop and outline lies in the roi folder, by patient, modality and "
            "sequence (overlay.png)."
            if stability
            else "",
            files.picture("examples"),
            [],
            [("roi", files.address(files.home / "roi") + "/")] if stability else [],
        ),
        Section(
            "features",
            "Deep features and their stability",
            "Features that change when the lesion is outlined again, by the same reader or by "
            "another, are dropped before anything is learnt.",
            [],
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


def sections_after_models(files: Files, modalities: Sequence[str]) -> list[Section]:
    """From performance to SHAP."""
    performance = files.frames["performance"]
    curves = files.frames.get("decision_curve", pd.DataFrame())
    benefit = []
    if not curves.empty:
        title = "Net benefit at some threshold probabilities"
        links = files.links(files.paths["decision_curve"])
        benefit = [display(net_benefit_summary(curves, NET_BENEFIT_AT), title, links=links)]
    shap_links = files.links(files.paths["shap"]) if "shap" in files.paths else []
    files.used |= {"decision_curve", "shap"}
    measures = ["protocol", "cohort", "model", "n", "events", *CALIBRATION]
    return [
        Section(
            "performance",
            "Performance",
            "At the threshold that maximises Youden’s J in the training cohort, kept unchanged "
            "elsewhere.",
            [
                *files.picture("roc_train"),
                *files.picture("roc_test"),
                *[
                    picture
                    for modality in modalities
                    for picture in files.picture(
                        f"roc_{modality}", f"ROC curves of the {modality} models."
                    )
                ],
            ],
            files.table("performance", "Discrimination and classification", hide=CALIBRATION),
        ),
        Section(
            "comparisons",
            "Comparisons",
            "Paired DeLong tests on the same patients. The adjusted P holds for all the pairs of a "
            "cohort (Holm).",
            [],
            files.table("delong", "Differences between AUCs", folded=len(modalities) > 2),
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
                *files.table("calibration", "Groups of the calibration figure", folded=True),
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
