"""The report says what the result files say, for studies of every shape."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from write_report import facts, main

from radfuse.formatting import positives
from radfuse.manuscript.methods import methods
from radfuse.manuscript.references import uncited
from radfuse.manuscript.run import read_run
from radfuse.marking import FICTITIOUS
from radfuse.report import caveats
from radfuse.report.measures import read_printed, without_variance
from radfuse.report.page import digest
from radfuse.report.summary import absent_parts, headline
from radfuse.statistics.delong import auc
from radfuse.tables import write_table

EVIL = "Necrosis <script>alert('x')</script> & more"
LEVELS = {"train": (60, 20), "test": (25, 8)}


def write(frame: pd.DataFrame, path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = dict.fromkeys(frame.columns, "as named")
    write_table(frame, path, title=path.stem, columns=columns, simulated=True)
    return str(path)


def picture(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), "white").save(path)
    return str(path)


def contact_sheet(path: Path, patients: list[str]) -> str:
    """A sheet as `draw_contact_sheet` leaves it, a grey of its own for every patient."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet, cells = Image.new("RGB", (8 * len(patients), 8)), PngInfo()
    for place in range(len(patients)):
        sheet.paste((40 * place,) * 3, (8 * place, 0, 8 * place + 8, 8))
    boxes = {patient: (8 * i, 0, 8 * i + 8, 8) for i, patient in enumerate(patients)}
    cells.add_text("cells", json.dumps(boxes))
    sheet.save(path, pnginfo=cells)
    return str(path)


def model_record(name: str, covariates: list[dict], **more: object) -> dict:
    return {
        "model": name,
        "modality": "" if name == "fused" else name.partition("_")[2],
        "protocol": "published",
        "outcome": {"column": "pathology", "positive": ["iCCA"]},
        "n": 60,
        "events": 20,
        "method": "maximum likelihood",
        "separated": False,
        "note": "",
        "intercept": -1.25,
        "covariates": covariates,
        "threshold": 0.3456,
        "youden": 0.7,
        **more,
    }


def covariate(name: str, label: str, source: str, beta: float) -> dict:
    bounds = {"low": beta - 1, "high": beta + 1, "p": 0.0321}
    return {
        "name": name,
        "label": label,
        "source": source,
        "coefficient": beta,
        "standard_error": 0.5,
        **bounds,
    }


def predictions_of(models: list[str], cohorts: list[str], seed: int = 1) -> pd.DataFrame:
    """Patients with an outcome, and probabilities that lean towards it."""
    generator = np.random.default_rng(seed)
    parts = []
    for cohort in cohorts:
        n, events = LEVELS[cohort]
        outcome = np.r_[np.ones(events), np.zeros(n - events)]
        for strength, model in enumerate(models):
            log_odds = (1 + 0.35 * strength) * (2 * outcome - 1) - 0.7
            p = 1 / (1 + np.exp(-log_odds - 1.2 * generator.normal(size=n)))
            ids = [f"{cohort}{i:03d}" for i in range(n)]
            record = {"patient": ids, "cohort": cohort, "outcome": outcome, "model": model}
            parts.append(pd.DataFrame({**record, "protocol": "published", "probability": p}))
    return pd.concat(parts, ignore_index=True)


def performance_of(predictions: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (cohort, model), own in predictions.groupby(["cohort", "model"], sort=False):
        y, p = own["outcome"].to_numpy(), own["probability"].to_numpy()
        row = {"protocol": "published", "cohort": cohort, "model": model}
        area = auc(y, p)
        row |= {"n": len(y), "events": int(y.sum()), "auc": area}
        row |= {"auc_low": area - 0.07, "auc_high": min(area + 0.06, 1), "threshold": 0.3456}
        called = p >= 0.3456
        cells = (called & (y == 1), called & (y == 0), ~called & (y == 1), ~called & (y == 0))
        tp, fp, fn, tn = (int(mask.sum()) for mask in cells)
        row |= {"tp": tp, "fp": fp, "fn": fn, "tn": tn}
        rates = {
            "accuracy": (tp + tn) / len(y),
            "sensitivity": tp / (tp + fn),
            "specificity": tn / (tn + fp),
            "ppv": tp / (tp + fp),
            "npv": tn / (tn + fn),
            "f1": 2 * tp / (2 * tp + fp + fn),
        }
        for name, value in rates.items():
            row |= {name: value, f"{name}_low": value - 0.1, f"{name}_high": min(1, value + 0.1)}
        row |= {"intercept": -0.12, "slope": 0.91, "citl": 0.05, "brier": 0.123, "prevalence": 0.3}
        row |= {"pr_auc": 0.777, "auc_newcombe_low": 0.71, "auc_newcombe_high": 0.93}
        row |= {"slope_low": 0.62, "slope_high": 1.24, "citl_low": -0.31, "citl_high": 0.42}
        rows.append({**row, "scaled_brier": 0.456, "ece": 0.067, "ici": 0.045})
    return pd.DataFrame(rows)


def calibration_of(predictions: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (cohort, model), own in predictions.groupby(["cohort", "model"], sort=False):
        for group, part in own.groupby(pd.qcut(own["probability"], 5, labels=False)):
            observed = part["outcome"].mean()
            limits = (max(0, observed - 0.2), min(1, observed + 0.2))
            row = ["published", cohort, model, group + 1, len(part), int(part["outcome"].sum())]
            rows.append([*row, part["probability"].mean(), observed, *limits])
    names = "protocol cohort model group n events predicted observed observed_low observed_high"
    return pd.DataFrame(rows, columns=names.split())


def decision_curve_of(predictions: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for cohort, patients in predictions.groupby("cohort", sort=False):
        curves = {
            m: (p["outcome"], p["probability"]) for m, p in patients.groupby("model", sort=False)
        }
        outcome = next(iter(curves.values()))[0]
        curves |= {
            "treat all": (outcome, outcome * 0 + 1),
            "treat none": (outcome, outcome * 0 - 1),
        }
        for name, (y, p) in curves.items():
            for threshold in np.arange(1, 100) / 100:
                hits, false = (
                    ((p >= threshold) & (y == 1)).mean(),
                    ((p >= threshold) & (y == 0)).mean(),
                )
                benefit = hits - false * threshold / (1 - threshold)
                rows.append(["published", cohort, name, threshold, benefit, len(y), int(y.sum())])
                rows[-1] += [benefit - 0.1, benefit + 0.1, 100 * benefit]
    names = "protocol cohort model threshold net_benefit n events net_benefit_low net_benefit_high"
    return pd.DataFrame(rows, columns=[*names.split(), "interventions_avoided"])


def usefulness_of(models: list[str], cohorts: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Tables of optimism, sample size, cohorts compared, and the smooth calibration curve."""
    size, base = {"n": 60, "events": 20}, pd.DataFrame({"model": models})
    optimism = {"auc_apparent": 0.951, "auc_crossfit": 0.842, "optimism": 0.013, "resamples": 200}
    tables = {"optimism": base.assign(**size, **optimism, auc_corrected=0.938, auc_test=0.811)}
    sizes = {"candidates": 57, "events_per_candidate": 0.351, "shrinkage": -0.21, **size}
    named = {"protocol": "published", "cohort": "train", "n_required": 3456.0}
    tables["sample_size"] = base.assign(**named, **sizes)
    curve = pd.DataFrame({"predicted": [0.1, 0.5], "observed": [0.2, 0.6]})
    curve = curve.assign(**size, protocol="published", cohort="train", model=models[0])
    tables["calibration_curve"] = curve
    points = {"kind": "covariate", "label": "Cirrhosis (CT)", "value": 1.0, "meaning": "present"}
    tables[f"nomogram_{models[-1]}"] = pd.DataFrame([{**points, "points": 43.21, **size}])
    if len(cohorts) > 1:
        compared = {"protocol": "published", "cohort_a": "train", "cohort_b": "test", "t": 1.234}
        tables["delong_cohorts"] = base.assign(**compared, p=0.2345, n=85, events=28)
    return tables


def shap_of(predictions: pd.DataFrame) -> pd.DataFrame:
    """SHAP values of two covariates that add up to the last model's log odds, base value -1."""
    own = predictions[predictions["model"] == predictions["model"].iloc[-1]]
    log_odds = np.log(own["probability"] / (1 - own["probability"]))
    size = {"base_value": -1.0, "n": 60, "events": 20}
    base = own[["patient", "cohort", "model"]].assign(**size)
    score = base.assign(covariate="DLRS_CT", label="Score (CT)", value=0.5, shap=log_odds + 1.25)
    sign = base.assign(covariate="CT:cirrhosis", label="Cirrhosis (CT)", value=1, shap=-0.25)
    return pd.concat([score, sign]).sort_values(["cohort", "patient"], ignore_index=True)


def stability_of(seed: int = 1, assessed: bool = True) -> pd.DataFrame:
    intra = np.random.default_rng(seed).uniform(0.6, 1, 40)
    frame = pd.DataFrame({"feature": [f"f{i}" for i in range(40)]})
    frame["sequence"], frame["index"], frame["n"], frame["events"] = (
        ["AP"] * 20 + ["VP"] * 20,
        1,
        60,
        20,
    )
    frame["n_intra"], frame["intra"] = (15, intra) if assessed else (0, np.nan)
    frame["n_inter"], frame["inter"] = (15, intra - 0.05) if assessed else (0, np.nan)
    kept = (intra - 0.05 >= 0.75) | (not assessed)
    frame["stable"] = np.where(kept, "yes", "no")
    reason = "" if assessed else "not assessed"
    frame["reason"] = np.where(kept, reason, "inter-reader ICC below threshold")
    return frame


def characteristics_of() -> pd.DataFrame:
    first = ["characteristic", "n", "events", "or", "low", "high", "p", "method", "separated"]
    names = [*first, "multi_or", "multi_low", "multi_high", "multi_p", "selected"]
    ratio, blank = "likelihood ratio", np.nan
    cirrhosis = [0.0881, 0.0211, 0.2612, 0.00004, "maximum likelihood", "no"]
    evil = [12.345, 2.1, np.inf, 0.0211, "Firth penalised likelihood", "yes"]
    rows = [
        ["Cirrhosis", 60, 20, *cirrhosis, 0.262, 0.035, 1.543, 0.154, "no"],
        [EVIL, 60, 20, *evil, 9.87, 1.5, 80.1, 0.0119, "yes"],
        ["Location", 60, 20, blank, blank, blank, 0.369, ratio, "no", *[blank] * 4, "no"],
    ]
    return pd.DataFrame(rows, columns=names)


def config_of(modalities: tuple[str, ...]) -> dict:
    regional = {"region": "foreground", "bias_correction": "none"}
    window = {"method": "window", "low": -150, "high": 250, **regional}
    percentile = {"method": "percentile", "low": 2, "high": 98, **regional}
    roi = {"spacing_mm": 1.0, "margin_mm": 10.0, "mask_grid": "refuse", "box": "own"}
    return {
        "study": {"title": "A study", "ethics": "Approved by <b>the board</b>."},
        "clinical": {"numeric": ["age"], "categorical": ["sex"]},
        "outcome": {"column": "pathology", "positive": ["iCCA"]},
        "split": {"test_fraction": 0.3, "seed": 1},
        "modalities": [
            {
                "name": name,
                "sequences": ["AP"],
                "features": None,
                "intensity": window if name == "CT" else percentile,
            }
            for name in modalities
        ],
        "roi": {**roi, "background": "keep", "channels": "slice", "neighbour_mm": None},
        "apply_models": None,
        "backbone": {
            "architecture": "tf_efficientnet_lite0",
            "weights": "packaged",
            "transfer": "frozen",
        },
        "stability": {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"},
        "score": {"folds": 10, "seed": 1, "variance": 0.95, "whiten": False, "lambda_rule": "min"}
        | {"components": None, "n_lambdas": 50, "lambda_ratio": 0.001},
        "radiology": {"reader": "1", "p_enter": 0.05, "p_stay": 0.05, "direction": "both"}
        | {"missing": "complete_case"},
        "validation": {
            "bootstrap": 1000,
            "bootstrap_models": 200,
            "calibration_groups": 5,
            "crossfit_folds": 10,
            "resamples": 0,
            "seed": 1,
        },
    }


IMAGES = pd.DataFrame(
    [
        ["P1", "CT", "AP", "area_mm2 90 (median 800)", np.nan],
        ["P2", "CT", "AP", np.nan, "mask: resampled to the image's grid (<b>size</b>)"],
        ["P3", "CT", "AP", np.nan, np.nan],
    ],
    columns=["patient", "modality", "sequence", "outlier", "notes"],
).assign(lesion_level=0.5)


def make_study(
    home: Path,
    modalities: tuple[str, ...] = ("CT", "MRI"),
    radiology: bool = True,
    images: bool = True,
    cohorts: tuple[str, ...] = ("train", "test"),
    assessed: bool = True,
) -> dict:
    """Result files of a study of the given shape; returns the arguments of the report's main."""
    tables, figures, records, stability = {}, ["cohort_flow", "design", "calibration"], [], []
    for modality in modalities:
        sign = covariate("cirrhosis", "Cirrhosis", "radiology", -2.1)
        score = covariate(f"DLRS_{modality}", f"DLRS_{modality}", "score", 0.431)
        weights = {"intercept": 0.1, "weights": {"AP_0001": 0.5, "VP_0007": -0.5}}
        weights |= {
            "range": [-3.5, 2.25],
            "lambda": 0.0312,
            "folds": 8,
            "lambda_rule": "min",
            "path": [[1, 2]],
        }
        if radiology:
            name = "Firth penalised likelihood"
            records.append(model_record(f"R_{modality}", [sign], separated=True, method=name))
            tables[f"characteristics_{modality}"] = characteristics_of()
            names = ["characteristic", "n", "events", "statistic", "estimate", "low", "high"]
            kappa = ["Cirrhosis", 85, 28, "Cohen's kappa", 0.812, 0.7, 0.92]
            tables[f"reader_agreement_{modality}"] = pd.DataFrame([kappa], columns=names)
            names = ["characteristic", "level", "n", "events", "train", "test", "p", "smd"]
            balance = ["Cirrhosis", "present", 85, 28, "30 (50.0%)", "12 (48.0%)", 0.866, -0.04]
            tables[f"split_balance_{modality}"] = pd.DataFrame([balance], columns=names)
        if images:
            records.append(model_record(f"DLRS_{modality}", [score], score=weights))
            path = home / "features" / f"stability_{modality}.tsv"
            stability.append(write(stability_of(assessed=assessed), path))
            figures += [f"score_{modality}", *[f"stability_{modality}"] * assessed]
        if radiology and images:
            records.append(model_record(f"DLRR_{modality}", [sign, score]))
        figures.append(f"roc_{modality}")
    if images and len(modalities) > 1:
        inner = [covariate(m["model"], m["model"], "model", 0.9) for m in records[-1:]]
        records.append(model_record("fused", inner, note="Something happened here."))
    names = [record["model"] for record in records]
    predictions = predictions_of(names, list(cohorts))
    covariates = predictions[["patient", "cohort", "outcome"]].drop_duplicates()
    covariates = covariates.assign(**{f"DLRS_{name}": 0.5 for name in modalities})
    covariates.loc[covariates["patient"].between("test000", "test006"), "DLRS_CT"] = 9.25
    tables["performance"] = performance_of(predictions)
    tables["calibration"] = calibration_of(predictions)
    tables["decision_curve"] = decision_curve_of(predictions)
    tables["shap"] = shap_of(predictions)
    tables |= usefulness_of(names, cohorts)
    pairs = [(c, a, b) for c in cohorts for i, a in enumerate(names) for b in names[i + 1 :]]
    delong = pd.DataFrame(pairs, columns=["cohort", "model_a", "model_b"])
    delong.insert(0, "protocol", "published")
    values = {"auc_a": 0.8, "auc_b": 0.9, "difference": -0.1, "z": -1.5, "p": 0.1336}
    tables["delong"] = delong.assign(**values, p_adjusted=0.534)
    tables["delong"]["n"] = [LEVELS[cohort][0] for cohort in delong["cohort"]]
    tables["delong"]["events"] = [LEVELS[cohort][1] for cohort in delong["cohort"]]
    total = tuple(map(sum, zip(*(LEVELS[cohort] for cohort in cohorts), strict=True)))
    counts = [["registered", "", "", total[0] + 3, total[1] + 1]]
    counts += [["excluded", "", "no contrast <phase>", 3, 1], ["analysed", "", "", *total]]
    counts += [[cohort, cohort, "", *LEVELS[cohort]] for cohort in cohorts]
    tables["counts"] = pd.DataFrame(counts, columns=["step", "cohort", "reason", "n", "events"])
    names_of = [
        "variable",
        "level",
        "missing",
        "negative",
        "positive",
        "method",
        "p",
        "smd",
        "negative_mean",
    ]
    age = ["age", "", 0, "57.1 ± 9.9", "60.2 ± 8.1", "Welch's t", 0.0214, 0.34, 57.123]
    male = ["sex", "male", 0, "31 (77.5%)", "9 (45.0%)", "", np.nan, np.nan, np.nan]
    tables["baseline"] = pd.DataFrame(
        [[c, *LEVELS[c], *row] for c in cohorts for row in (age, male)],
        columns=["cohort", "n", "events", *names_of],
    )
    figures += [*(f"roc_{cohort}" for cohort in cohorts), f"nomogram_{names[-1]}"]
    figures += ["decision_curve", "shap_summary", "shap_importance", "shap_waterfall_test001"]
    figures += ["examples"] if images else []
    for record in records:
        path = home / "models" / f"{record['model']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record), encoding="utf-8")
    provenance = home / "provenance.json"
    network = {"architecture": "tf_efficientnet_lite0", "weights": "ra_in1k"}
    network |= {"input": {"features": 1280, "height": 224, "width": 224}}
    record = {"radfuse": "0.1.0", "packages": {"numpy": "2.4.6"}, "commit": None}
    record |= {"python": "3.11.9", "seeds": {"split": 1}, "backbone": network if images else None}
    record["models_left_out"] = {}
    provenance.write_text(json.dumps(record), encoding="utf-8")
    for name in ("cost.tsv", "cost.header.txt"):  # linked, and measured after the report
        (home / name).touch()
    return {
        "tables": [write(frame, home / "tables" / f"{name}.tsv") for name, frame in tables.items()],
        "figures": [picture(home / "figures" / f"{name}.png") for name in figures],
        "models": [str(home / "models" / f"{name}.json") for name in names],
        "stability": stability,
        "images": write(IMAGES, home / "roi" / "images.tsv") if images else None,
        "contact_sheets": [contact_sheet(home / "roi" / "contact_CT_AP.png", ["P1", "P2", "P3"])]
        if images
        else [],
        "predictions": write(predictions, home / "predictions.tsv"),
        "covariates": write(covariates, home / "covariates.tsv"),
        "provenance": str(provenance),
        "title": "A study of <iCCA> & HCC",
        "simulated": True,
        "config": config_of(modalities),
        "report": str(home / "report.html"),
    }


class Page(HTMLParser):
    """Text, and the addresses, ids and tags that the page has."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.text, self.ids, self.addresses, self.tags = "", [], [], []
        self.skipped = False
        self.html = Path(path).read_text(encoding="utf-8")
        self.feed(self.html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = dict(attrs)
        self.tags.append(tag)
        self.skipped = tag in ("title", "style", "script")
        self.text += " "
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.addresses += [attributes[name] for name in ("href", "src") if name in attributes]

    def handle_data(self, data: str) -> None:
        self.text += "" if self.skipped else data

    def handle_endtag(self, tag: str) -> None:
        self.skipped = False


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Page, dict]:
    arguments = make_study(tmp_path_factory.mktemp("study"))
    main(**arguments)
    return Page(arguments["report"]), arguments


SECTIONS = [
    "summary",
    "flow",
    "baseline",
    "balance",
    "agreement",
    "imaging",
    "features",
    "radiology",
    "models",
    "scores",
    "performance",
    "comparisons",
    "calibration",
    "decision",
    "nomogram",
    "shap",
    "optimism",
    "size",
    "cost",
    "manuscript",
    "methods",
    "provenance",
    "cite",
]


def test_every_section_is_there_once_and_in_the_contents(full: tuple[Page, dict]) -> None:
    page, _ = full
    assert [name for name in page.ids if name in SECTIONS] == SECTIONS
    assert [a[1:] for a in page.addresses if a.startswith("#")][1:] == SECTIONS
    assert len(page.ids) == len(set(page.ids))


def test_the_learning_has_its_figures_where_there_is_something_to_draw(
    full: tuple[Page, dict], tmp_path: Path
) -> None:
    page, _ = full
    features = page.html.split('id="features"')[1].split("</section>")[0]
    scores = page.html.split('id="scores"')[1].split("</section>")[0]
    for modality in ("CT", "MRI"):
        assert f"{modality}: ICCs of the features, intra-reader above" in features
        assert f"stability_{modality}.svg" in features
        assert f"The score of {modality}: (a) cross-validated deviance" in scores
        assert f"score_{modality}.svg" in scores
    assert "not assessed" not in features
    arguments = make_study(tmp_path, assessed=False)
    main(**arguments)
    without = Page(arguments["report"])
    assert "ICCs of the features" not in without.text
    assert "The score of CT" in without.text


def test_a_text_from_a_sheet_never_becomes_markup(full: tuple[Page, dict]) -> None:
    page, _ = full
    assert EVIL in page.text
    assert "A study of <iCCA> & HCC" in page.text
    assert "no contrast <phase>" in page.text
    assert not {"icca", "phase"} & set(page.tags)
    assert page.tags.count("script") == 1


def test_the_page_needs_no_network_and_runs_its_own_script_alone(full: tuple[Page, dict]) -> None:
    page, _ = full
    assert "://" not in page.html
    assert "@import" not in page.html and "url(" not in page.html
    assert not {"link", "iframe", "object", "form", "base"} & set(page.tags)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page.html)[1]
    sources = dict(part.split(" ", 1) for part in policy.split("; "))
    assert sources["default-src"] == sources["base-uri"] == sources["form-action"] == "'none'"
    assert sources["img-src"] == "data:"
    for kind in ("style", "script"):
        ((attributes, content),) = re.findall(rf"<{kind}(.*?)>(.*?)</{kind}>", page.html, re.S)
        assert sources[f"{kind}-src"] == f"'{digest(content)}'" and not attributes
    assert not re.search(r"<[^>]* (style|on\w+)=", re.sub(r"<script>.*</script>", "", page.html))


def test_optimism_and_size_stand_where_they_belong(full: tuple[Page, dict]) -> None:
    page, _ = full
    optimism = page.html.split('id="optimism"')[1].split("</section>")[0]
    for number in ("0.951", "0.842", "0.938", "0.811"):
        assert number in optimism
    assert "0.777" in page.html.split('id="performance"')[1].split("</section>")[0]
    size = page.html.split('id="size"')[1].split("</section>")[0]
    assert "3456" in size and "−0.210" in size
    assert "Fused was chosen among 57 candidate parameters with 60 patients" in page.text
    assert "would need 3456 patients (Riley et al. 2020)" in page.text
    comparisons = page.html.split('id="comparisons"')[1].split("</section>")[0]
    assert "1.234" in comparisons and "The same model in two cohorts" in comparisons
    assert "0.456" in page.text.split("Calibration and overall error")[1]
    avoided = page.html.split("Interventions avoided per 100 patients")[1].split("</table>")[0]
    cells = re.findall(r'<td class="number">([^<]*)</td>', avoided)
    assert cells and all(re.fullmatch(r"−?\d+\.\d", cell) for cell in cells)
    nomogram = page.html.split('id="nomogram"')[1].split("</section>")[0]
    assert "43.210" in nomogram and "Nomogram of Fused: points and probabilities" in nomogram
    assert "How the final model comes to its probability for test001" in page.text


def test_a_perfect_auc_has_an_interval_that_says_something(tmp_path: Path) -> None:
    performance = performance_of(predictions_of(["R_CT"], ["train", "test"]))
    performance.loc[0, "auc"] = 0.9
    assert without_variance(performance) == []
    performance.loc[1, ["auc", "auc_low", "auc_high"]] = 1.0
    performance.to_csv(tmp_path / "performance.tsv", sep="\t", index=False)
    printed = read_printed(tmp_path / "performance.tsv")
    changed = printed.loc[1, ["auc", "auc_low", "auc_high"]].tolist()
    assert changed == [1.0, 0.71, 0.93]
    pd.testing.assert_series_equal(printed.loc[0], performance.loc[0])
    (sentence,) = without_variance(printed)
    assert sentence.endswith("its interval is Newcombe’s: R CT (test cohort, published protocol).")
    single = performance.assign(auc=0.7, auc_low=np.nan, auc_high=np.nan, n=9, events=8)
    single.to_csv(tmp_path / "single.tsv", sep="\t", index=False)
    printed = read_printed(tmp_path / "single.tsv")
    assert printed.loc[0, ["auc_low", "auc_high"]].tolist() == [0.71, 0.93]
    assert "or of one patient of a class" in without_variance(printed)[0]
    performance.loc[0, ["auc", "auc_low", "auc_high"]] = 0.5
    performance.to_csv(tmp_path / "performance.tsv", sep="\t", index=False)
    printed = read_printed(tmp_path / "performance.tsv")
    assert printed.loc[0, ["auc_low", "auc_high"]].isna().all()  # a point is no interval
    assert without_variance(printed)[1].startswith("R CT: where the table has 0.500 without an")


def test_every_figure_is_embedded_and_every_file_linked(full: tuple[Page, dict]) -> None:
    page, arguments = full
    embedded = [a for a in page.addresses if a.startswith("data:image/webp;base64,")]
    assert len(embedded) == len(arguments["figures"]) + len(IMAGES)
    home = Path(arguments["report"]).parent
    files = [*arguments["figures"], *arguments["models"], *arguments["stability"]]
    files += [arguments["provenance"], arguments["predictions"]]
    for path in [*files, *arguments["tables"]]:
        assert Path(path).relative_to(home).as_posix() in page.addresses
    linked = [a for a in page.addresses if a.endswith((".tsv", ".txt", ".json"))]
    assert all((home / address).exists() for address in linked)


def test_the_numbers_are_those_of_the_tables(full: tuple[Page, dict]) -> None:
    page, arguments = full
    assert "n = 85, 28 positive (pathology: iCCA)" in page.text
    performance = pd.read_csv(Path(arguments["report"]).parent / "tables/performance.tsv", sep="\t")
    for row in performance.itertuples():
        ends = row.auc_low, row.auc_high
        if row.auc == 1:
            ends = row.auc_newcombe_low, row.auc_newcombe_high
        assert f"{row.auc:.3f} ({ends[0]:.3f}–{ends[1]:.3f})" in page.text
    # level rows stand below their variable, without the pieces of the summaries
    assert "age 57.1 ± 9.9 60.2 ± 8.1 Welch's t 0.021 0.340 male 31 (77.5%)" in page.text
    # characteristics: OR with its interval, P
    assert "0.088 (0.021–0.261) < 0.001 maximum likelihood" in page.text
    assert "12.345 (2.100–∞) 0.021 Firth penalised likelihood yes 9.870" in page.text
    # R's model: exp(-2.1), exp(-3.1), exp(-1.1)
    assert "−2.100 (0.500) 0.122 (0.045–0.333) 0.032" in page.text
    assert "logit(p) = −1.250 − 2.100 × Cirrhosis + 0.431 × DLRS_CT" in page.text


def test_every_patient_is_explained(full: tuple[Page, dict]) -> None:
    page, arguments = full
    predictions = pd.read_csv(arguments["predictions"], sep="\t").query("model == 'fused'")
    section = page.text.split("What moves Fused in every patient", 1)[1]
    for row in predictions.itertuples():
        log_odds = np.log(row.probability / (1 - row.probability))
        outcome = "positive" if row.outcome else "negative"
        added = f"{log_odds + 1.25:+.2f} (0.50) −0.25 (1) {log_odds:.2f} {row.probability:.3f}"
        assert f"{row.patient} {outcome} {added.replace('-', '−')}" in section
    bars = re.findall(r'class="(raises|lowers)" d="M0 0h(-?[0-9.]+)v', page.html)
    assert len(bars) == 2 * len(predictions)
    assert all((kind == "lowers") == (length.startswith("-")) for kind, length in bars)
    assert max(abs(float(length)) for _, length in bars) == 1


def test_every_caveat_names_the_table_that_it_is_drawn_from(full: tuple[Page, dict]) -> None:
    page, _ = full
    caveats = re.findall(r"<li>(.*?)</li>", page.html.split('class="caveats"')[1], re.S)
    linked = {
        re.split(r"[:;.(]", caveat)[0]: re.findall(r'href="([^"]+)"', caveat) for caveat in caveats
    }
    assert linked["In the test cohort Fused is judged on 8 positive and 17 negative patients"] == [
        "tables/performance.tsv"
    ]
    assert linked["CT characteristics that separate the training patients "] == [
        "tables/characteristics_CT.tsv"
    ]
    rests = "the stability of the features rests on 15 "
    assert f"MRI: {rests}(intra-reader)" in page.text
    assert linked["MRI"] == ["features/stability_MRI.tsv"]


def test_caveats_stand_by_topic_each_of_them_once(full: tuple[Page, dict]) -> None:
    page, _ = full
    box = re.search(r'<dl class="caveats">(.*?)</dl>', page.html, re.S)[1]
    topics = re.findall("<dt>(.*?)</dt>", box)
    assert topics == list(dict.fromkeys(topics))
    assert topics[0] == "Validation" and {"Model fits", "Stability", "Sample size"} < set(topics)
    stability = box.split("<dt>Stability</dt>")[1].split("</dd>")[0]
    assert stability.count("<li>") == stability.count("the stability of the features rests") == 2


def test_simulated_data_are_marked_at_the_top_and_in_every_caption(full: tuple[Page, dict]) -> None:
    page, arguments = full
    assert page.text.index("SIMULATED DATA") < page.text.index("A study of")
    captions = page.html.count('class="caption"') + page.html.count("<figcaption>")
    assert page.html.count("Simulated data.") == captions > 15
    main(**{**arguments, "simulated": FICTITIOUS, "report": arguments["report"] + ".models"})
    html = Page(arguments["report"] + ".models").html
    assert html.count('"mark">Models of simulated patients.') == captions
    assert "(models of simulated patients)</title>" in html and "Simulated data" not in html
    main(**{**arguments, "simulated": False, "report": arguments["report"] + ".real"})
    assert "simulated" not in Page(arguments["report"] + ".real").text.lower()


def test_the_caveats_come_before_the_results(full: tuple[Page, dict]) -> None:
    page, _ = full
    first = page.text.split("Table 1.", 1)[0]
    for said in (
        "Performance in the training cohort is apparent",
        "In the test cohort Fused is judged on 8 positive and 17 negative patients",
        "R CT and R MRI: the covariates separate",
        "Fused: Something happened here.",
        "The scores DLRS CT of 7 in the test cohort lie far outside the training cohort’s, −3.50 "
        "to 2.25: test000 9.25, ",
    ):
        assert said in first
    assert "DLRS fits its own training patients too well" in first


def test_the_methods_are_the_manuscript_s(full: tuple[Page, dict]) -> None:
    page, arguments = full
    names = ("tables", "models", "stability", "images", "provenance", "config", "simulated")
    names += ("covariates",)
    sections = methods(read_run(**{name: arguments[name] for name in names}))
    shown = page.text.split(" Methods ")[-1]
    for section in sections:
        assert section.title in shown
        for text in section.texts:
            assert " ".join(uncited(text).split()) in shown
    for said in (
        "as many principal components as explain 95% of the variance",
        "30% of each outcome class were assigned to the test cohort, once and at random (seed 1)",
        "voxels of 1 mm",
        "−150 and 250 HU for CT",
        "of the image above Otsu’s threshold for MRI",
    ):
        assert said in shown
    assert not re.search("[\ue000\ue001]", page.html)
    assert page.html.index("design.png") > page.html.index('id="methods"')


@pytest.mark.parametrize(
    ("shape", "gone", "said"),
    [
        ({"radiology": False}, {"balance", "agreement", "radiology"}, "no radiologists’ readings"),
        (
            {"images": False},
            {"imaging", "features", "scores"},
            "no images and no features",
        ),
        ({"modalities": ("CT",)}, set(), "one modality: nothing to fuse"),
        ({"modalities": ("CT", "MRI", "PET")}, set(), "Fused"),
        ({"cohorts": ("train",)}, set(), "This study has no other cohort"),
        ({"assessed": False}, set(), "CT: intra-reader and inter-reader stability"),
        ({"assessed": False}, set(), "For CT and MRI this was not assessed: fewer than two"),
    ],
)
def test_parts_without_data_are_left_out_and_named(
    tmp_path: Path, shape: dict, gone: set, said: str
) -> None:
    arguments = make_study(tmp_path, **shape)
    main(**arguments)
    page = Page(arguments["report"])
    assert [name for name in page.ids if name in SECTIONS] == [s for s in SECTIONS if s not in gone]
    assert said in page.text


def test_with_training_patients_only_the_auc_is_called_apparent(tmp_path: Path) -> None:
    arguments = make_study(tmp_path, cohorts=("train",))
    main(**arguments)
    text = Page(arguments["report"]).text
    assert "Apparent AUC (95% CI) of the final model, Fused, in the training cohort" in text
    assert "there is no test cohort" in text
    assert "Test cohort" not in text
    assert "All patients with an outcome were in the training cohort." in text


def test_same_results_same_page(full: tuple[Page, dict]) -> None:
    page, arguments = full
    main(**arguments)
    assert Page(arguments["report"]).html == page.html


def test_results_of_later_stages_are_shown_too(tmp_path: Path) -> None:
    arguments = make_study(tmp_path)
    frame = pd.DataFrame({"model": ["fused"], "median": [0.8123], "n": [9], "events": [4]})
    arguments["tables"].append(write(frame, tmp_path / "tables" / "later.tsv"))
    arguments["figures"].append(picture(tmp_path / "figures" / "later.png"))
    main(**arguments)
    page = Page(arguments["report"])
    assert "other" in page.ids
    assert "tables/later.tsv" in page.addresses and "0.812" in page.text
    assert "figures/later.svg" in page.addresses


def test_headline_prefers_the_test_cohort_and_knows_studies_without_a_final_model() -> None:
    performance = performance_of(predictions_of(["R_CT", "R_MRI"], ["train", "test"]))
    single = headline(performance, "R_CT")
    row = performance[(performance["model"] == "R_CT") & (performance["cohort"] == "test")].iloc[0]
    assert single["verdict"] == f"{row.auc:.3f} ({row.auc_low:.3f}–{row.auc_high:.3f})"
    assert (single["cohort"], single["apparent"]) == ("test cohort", False)
    assert single["sizes"] == positives(row.n, row.events)
    wide = performance.assign(auc_newcombe_low=0.4, auc_newcombe_high=0.9)
    wide.loc[wide["cohort"] == "train", ["auc_newcombe_low", "auc_newcombe_high"]] = [0.1, 0.2]
    assert headline(wide, "R_CT")["newcombe"] == "0.400–0.900"
    external = performance[performance["cohort"] == "test"].assign(cohort="external", auc=0.5)
    assert headline(pd.concat([external, performance]), "R_CT")["cohort"] == "test cohort"
    fewer = performance["model"].eq("R_MRI") & performance["cohort"].eq("test")
    titles = headline(performance.assign(n=performance["n"] - fewer), "R_CT")["columns"]
    assert "(n = " in titles[0] and titles[1] == "Test cohort"
    assert single["columns"][0] == "Training cohort (n = 60, 20 positive)"
    assert headline(performance, None)["final"] == ""
    # 5 or 20 patients with the outcome: DeLong's interval is too short
    other = f"{row.auc_newcombe_low:.3f}–{row.auc_newcombe_high:.3f}"
    assert single["newcombe"] == other and other not in single["verdict"]
    many = performance.assign(n=400, events=200)
    assert headline(many, "R_CT")["newcombe"] == ""
    perfect = performance.assign(
        **{f"auc_{end}": performance[f"auc_newcombe_{end}"] for end in ("low", "high")}
    )
    assert headline(perfect, "R_CT")["newcombe"] == ""  # it is the one that is shown


def test_a_blank_auc_is_not_estimable() -> None:
    performance = performance_of(predictions_of(["R_CT"], ["train"]))
    performance[["auc", "auc_low", "auc_high"]] = np.nan
    assert headline(performance, "R_CT")["verdict"] == "not estimable"
    config = {"outcome": {}, "backbone": {"transfer": "frozen"}, "apply_models": None}
    frames = {"performance": performance}
    assert caveats.everything(frames, [], {}, "R_CT", config, pd.DataFrame())


def test_provenance_is_flattened() -> None:
    modalities = [{"name": "CT", "sequences": ["NP", "AP"]}, {"name": "MRI", "sequences": []}]
    record = {"a": {"b": 1, "c": {"d": [1, 2]}}, "simulated": False, "modalities": modalities}
    blank = {"e": None, "f": "", "g": {"h": None}}
    assert facts({**record, **blank}) == [
        ("a.b", "1"),
        ("a.c.d", "1, 2"),
        ("simulated", "no"),
        ("modalities.CT.name", "CT"),
        ("modalities.CT.sequences", "NP, AP"),
        ("modalities.MRI.name", "MRI"),
    ]


def test_images_that_stand_out_and_what_was_decided_on_them_are_listed(full) -> None:
    page, _ = full
    assert "All 3 images passed the checks; 1 stand out" in page.text
    assert "area_mm2 90 (median 800)" in page.text
    assert "resampled to the image's grid (<b>size</b>)" in page.text
    assert {"roi/images.tsv", "roi/contact_CT_AP.png"} <= set(page.addresses)
    shown = re.findall(
        r'<li data-patient="(\w+)" data-modality="CT" data-sequence="AP"(.*?)>', page.html
    )
    assert [patient for patient, _ in shown] == ["P1", "P2", "P3"]
    assert shown[0][1] == ' class="outlier" title="area_mm2 90 (median 800)"'
    assert shown[1][1] == shown[2][1] == ""
    assert "roi/P2/CT/AP/overlay.png" in page.addresses


def test_a_fine_tuned_network_is_described_and_its_curves_are_shown(tmp_path: Path) -> None:
    arguments = make_study(tmp_path)
    settings = {"learning_rate": 0.0002, "weight_decay": 0.01, "batch_size": 12, "epochs": 25}
    arguments["config"]["backbone"] |= {
        "transfer": "finetune",
        "finetune": {**settings, "validation_fraction": 0.2},
    }
    arguments["figures"].append(picture(tmp_path / "results" / "figures" / "learning_curves.png"))
    main(**arguments)
    text = Page(arguments["report"]).text
    assert "The network was fine-tuned on the training patients’ lesions" in text
    assert text.index("The network was fine-tuned") < text.index("Discrimination")
    assert "learning rate 0.0002, weight decay 0.01, batches of 12, at most 25 epochs" in text
    assert "Fine-tuning of the network on the training cohort, a network per sequence" in text


def test_models_that_could_not_be_applied_are_named_with_the_reason() -> None:
    told = absent_parts([], {}, ["DLRR_CT"], True, {"no readings of MRI": ["R_MRI", "DLRR_MRI"]})
    assert told[1:] == ["R MRI and DLRR MRI (no readings of MRI)"]
