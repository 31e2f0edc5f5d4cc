"""The report says what the result files say, for studies of every shape."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from radfuse.delong import auc
from radfuse.tables import write_table
from write_report import final_model, headline, main

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
        rows.append({**row, "intercept": -0.12, "slope": 0.91, "citl": 0.05, "brier": 0.123})
    return pd.DataFrame(rows)


def calibration_of(predictions: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (cohort, model), own in predictions.groupby(["cohort", "model"], sort=False):
        for group, part in own.groupby(pd.qcut(own["probability"], 5, labels=False)):
            observed = part["outcome"].mean()
            limits = (max(0, observed - 0.2), min(1, observed + 0.2))
            rows.append(
                ["published", cohort, model, group + 1, len(part), int(part["outcome"].sum())]
                + [part["probability"].mean(), observed, *limits]
            )
    names = "protocol cohort model group n events predicted observed observed_low observed_high"
    return pd.DataFrame(rows, columns=names.split())


def decision_curve_of(predictions: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for cohort, patients in predictions.groupby("cohort", sort=False):
        curves = {m: (p["outcome"], p["probability"]) for m, p in patients.groupby("model", sort=False)}
        outcome = next(iter(curves.values()))[0]
        curves |= {"treat all": (outcome, outcome * 0 + 1), "treat none": (outcome, outcome * 0 - 1)}
        for name, (y, p) in curves.items():
            for threshold in np.arange(1, 100) / 100:
                hits, false = ((p >= threshold) & (y == 1)).mean(), ((p >= threshold) & (y == 0)).mean()
                benefit = hits - false * threshold / (1 - threshold)
                rows.append(["published", cohort, name, threshold, benefit, len(y), int(y.sum())])
    names = "protocol cohort model threshold net_benefit n events"
    return pd.DataFrame(rows, columns=names.split())


def stability_of(seed: int = 1, assessed: bool = True) -> pd.DataFrame:
    intra = np.random.default_rng(seed).uniform(0.6, 1, 40)
    frame = pd.DataFrame({"feature": [f"f{i}" for i in range(40)]})
    frame["sequence"], frame["index"], frame["n"], frame["events"] = ["AP"] * 20 + ["VP"] * 20, 1, 60, 20
    frame["n_intra"], frame["intra"] = (15, intra) if assessed else (0, np.nan)
    frame["n_inter"], frame["inter"] = (15, intra - 0.05) if assessed else (0, np.nan)
    kept = (intra - 0.05 >= 0.75) | (not assessed)
    frame["stable"] = np.where(kept, "yes", "no")
    reason = "" if assessed else "not assessed"
    frame["reason"] = np.where(kept, reason, "inter-reader ICC below threshold")
    return frame


def characteristics_of() -> pd.DataFrame:
    names = "characteristic n events or low high p method separated multi_or multi_low multi_high multi_p selected"
    likelihood, firth = "maximum likelihood", "Firth penalised likelihood"
    rows = [
        ["Cirrhosis", 60, 20, 0.0881, 0.0211, 0.2612, 0.00004, likelihood, "no", 0.262, 0.035, 1.543, 0.154, "no"],
        [EVIL, 60, 20, 12.345, 2.1, np.inf, 0.0211, firth, "yes", 9.87, 1.5, 80.1, 0.0119, "yes"],
        ["Location", 60, 20, np.nan, np.nan, np.nan, 0.369, "likelihood ratio", "no", *[np.nan] * 4, "no"],
    ]
    return pd.DataFrame(rows, columns=names.split())


def make_study(
    home: Path,
    modalities: tuple[str, ...] = ("CT", "MRI"),
    radiology: bool = True,
    images: bool = True,
    cohorts: tuple[str, ...] = ("train", "test"),
    assessed: bool = True,
) -> dict:
    """Result files of a study of the given shape; returns the arguments of the report's main."""
    tables, figures, records, stability = {}, ["cohort_flow", "calibration"], [], []
    for modality in modalities:
        sign = covariate("cirrhosis", "Cirrhosis", "radiology", -2.1)
        score = covariate(f"DLRS_{modality}", f"DLRS_{modality}", "score", 0.431)
        weights = {"intercept": 0.1, "weights": {"AP_0001": 0.5, "VP_0007": -0.5}}
        weights |= {"lambda": 0.0312, "folds": 8, "lambda_rule": "min", "path": [[1, 2]]}
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
        if radiology and images:
            records.append(model_record(f"DLRR_{modality}", [sign, score]))
        figures.append(f"roc_{modality}")
    if images and len(modalities) > 1:
        inner = [covariate(m["model"], m["model"], "model", 0.9) for m in records[-1:]]
        records.append(model_record("fused", inner, note="Something happened here."))
    names = [record["model"] for record in records]
    predictions = predictions_of(names, list(cohorts))
    tables["performance"] = performance_of(predictions)
    tables["calibration"] = calibration_of(predictions)
    tables["decision_curve"] = decision_curve_of(predictions)
    pairs = [(c, a, b) for c in cohorts for i, a in enumerate(names) for b in names[i + 1 :]]
    delong = pd.DataFrame(pairs, columns=["cohort", "model_a", "model_b"])
    delong.insert(0, "protocol", "published")
    values = {"auc_a": 0.8, "auc_b": 0.9, "difference": -0.1, "z": -1.5, "p": 0.1336}
    sizes = {"n": [LEVELS[c][0] for c in delong["cohort"]], "events": [LEVELS[c][1] for c in delong["cohort"]]}
    tables["delong"] = delong.assign(**values, p_adjusted=0.534, **sizes)
    total = tuple(map(sum, zip(*(LEVELS[cohort] for cohort in cohorts), strict=True)))
    counts = [["registered", "", "", total[0] + 3, total[1] + 1], ["excluded", "", "no contrast <phase>", 3, 1]]
    counts += [["analysed", "", "", *total], *[[c, c, "", *LEVELS[c]] for c in cohorts]]
    tables["counts"] = pd.DataFrame(counts, columns=["step", "cohort", "reason", "n", "events"])
    first = ["cohort", "variable", "level", "n", "events", "missing"]
    ages = [[c, "age", "", *LEVELS[c], 0, "57.1 ± 9.9", "60.2 ± 8.1", "Welch t", 0.0214] for c in cohorts]
    tables["baseline"] = pd.DataFrame(ages, columns=[*first, "negative", "positive", "test", "p"])
    figures += [f"roc_{cohort}" for cohort in cohorts] + ["decision_curve", "shap_summary", "shap_importance"]
    figures += ["examples"] if images else []
    for record in records:
        path = home / "models" / f"{record['model']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record), encoding="utf-8")
    provenance = home / "provenance.json"
    provenance.write_text(json.dumps({"radfuse": "0.1.0", "packages": {"numpy": "2.4.6"}, "git": None}))
    config = {
        "outcome": {"column": "pathology", "positive": ["iCCA"]},
        "split": {"test_fraction": 0.3, "seed": 1},
        "modalities": [
            {"name": m, "sequences": ["AP", "VP"], "intensity": {"method": "auto", "low": None, "high": None}}
            for m in modalities
        ],
        "roi": {"spacing_mm": 1.0, "margin_mm": 10.0},
        "backbone": {"architecture": "tf_efficientnet_lite0", "weights": "packaged"},
        "stability": {"threshold": 0.75},
        "score": {"folds": 10, "seed": 1, "variance": 0.95, "lambda_rule": "min"},
        "radiology": {"reader": "1", "p_enter": 0.05, "p_stay": 0.05, "direction": "both"},
        "validation": {"bootstrap": 1000, "calibration_groups": 5},
    }  # fmt: skip
    return {
        "tables": [write(frame, home / "tables" / f"{name}.tsv") for name, frame in tables.items()],
        "figures": [picture(home / "figures" / f"{name}.png") for name in figures],
        "models": [str(home / "models" / f"{name}.json") for name in names],
        "stability": stability,
        "provenance": str(provenance),
        "title": "A study of <iCCA> & HCC",
        "simulated": True,
        "config": config,
        "report": str(home / "report.html"),
    }
