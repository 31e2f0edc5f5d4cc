"""Every figure can be read, however many models, cohorts, rows and words it has to hold."""

import itertools

import numpy as np
import pandas as pd
import plot_cohort_flow
import plot_controls
import plot_cost
import plot_decision_curve
import plot_examples
import plot_forest
import plot_learning_curves
import plot_nomogram
import plot_resampling
import plot_roc
import plot_score
import plot_shap
import plot_shap_waterfall
import plot_stability
import pytest
from legible import illegible

from radfuse.modelling.distributions import DIFFERENCE
from radfuse.statistics.nomogram import Nomogram, nomogram_table

COHORTS = ["train", "test", "external"]
MODALITIES = ["CT", "MRI", "PET", "US", "MG"]
RULE = "tabulate_agreement_of_the_readers_of_all_modalities"
LONG = "Diffuse arterial phase hyperenhancement of more than half of the lesion"


def models(modalities: int) -> list[str]:
    names = [f"{kind}_{m}" for m in MODALITIES[:modalities] for kind in ("R", "DLRS", "DLRR")]
    return [*names, "fused"]


def table(columns: str, rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("cohorts", [1, 3])
@pytest.mark.parametrize("drawn", [["DLRS_CT"], models(1), models(2), models(5)])
def test_roc(drawn: list[str], cohorts: int, turned: bool) -> None:
    outcome = np.repeat([1.0, 0.0], [20, 40])
    risk = np.linspace(0.9, 0.1, 60)
    predicted = pd.concat(
        pd.DataFrame({"patient": range(60), "outcome": outcome}).assign(
            probability=1 - risk if turned else risk, protocol="published", cohort=c, model=m
        )
        for c, m in itertools.product(COHORTS[:cohorts], drawn)
    )
    performance = table(
        "protocol cohort model n events auc auc_low auc_high sensitivity specificity",
        [
            ("published", c, m, 58, 19, 0.912, 0.843, 0.981, 0.8, 0.7)
            for c, m in itertools.product(COHORTS[:cohorts], drawn)
        ],
    )
    assert illegible(plot_roc.draw(predicted, performance, COHORTS, drawn)) == []


@pytest.mark.parametrize("cohorts", [1, 2, 3])
@pytest.mark.parametrize("modalities", [1, 2, 5])
def test_decision_curve(modalities: int, cohorts: int) -> None:
    rows = [
        ("published", c, m, t, 0.3 - t / 4, 1240, 410, 0.1, 0.4)
        for c in COHORTS[:cohorts]
        for m in [*models(modalities), "treat all", "treat none"]
        for t in (0.1, 0.5, 0.9)
    ]
    columns = "protocol cohort model threshold net_benefit n events"
    frame = table(f"{columns} net_benefit_low net_benefit_high", rows)
    assert illegible(plot_decision_curve.draw(frame)) == []


def shap(covariates: int, size: float = 1.0) -> pd.DataFrame:
    rows = [
        (f"P{p}", COHORTS[p % 3], "fused", f"c{c}", f"{LONG[: 20 + 5 * c]} (MRI)", p / 9, size * p)
        for p in range(9)
        for c in range(covariates)
    ]
    frame = table("patient cohort model covariate label value shap", rows)
    return frame.assign(base_value=-1.4, n=80, events=20)


@pytest.mark.parametrize("covariates", [1, 2, 15])
def test_shap(covariates: int) -> None:
    frame = shap(covariates)
    assert illegible(plot_shap.draw_summary(frame)) == []
    assert illegible(plot_shap.draw_importance(frame)) == []


@pytest.mark.parametrize("size", [1e-4, 0.05, 1.0, 40.0])
@pytest.mark.parametrize("covariates", [1, 7])
@pytest.mark.parametrize("base", [-1.4, 9.0])
def test_shap_waterfall(covariates: int, size: float, base: float) -> None:
    frame = shap(covariates, size).assign(base_value=base)
    frame.loc[frame["covariate"] == "c1", "shap"] *= -1.5
    assert illegible(plot_shap_waterfall.draw(frame[frame["patient"] == "P8"])) == []


@pytest.mark.parametrize("covariates", [1, 3, 9])
@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_nomogram(covariates: int, scale: float) -> None:
    generator = np.random.default_rng(1)
    names = [f"c{place}" for place in range(covariates)]
    values = pd.DataFrame(
        {
            name: generator.normal(size=60) if place % 3 == 0 else generator.integers(0, 4, 60)
            for place, name in enumerate(names)
        }
    )
    betas = {name: scale * (-1) ** place / (1 + place) for place, name in enumerate(names)}
    found = nomogram_table(Nomogram.of(-1.0, betas, values), values)
    found["label"] = found["covariate"].map(dict.fromkeys(names, f"{LONG} (MRI)"))
    words = {0: "absent", 1: "round or oval", 2: "lobulated in part", 3: "irregular throughout"}
    found["meaning"] = found["value"].map(words).where(found["covariate"] != "c0", "")
    frame = found.assign(model="fused", n=40, events=13)
    assert illegible(plot_nomogram.draw(frame)) == []


@pytest.mark.parametrize("modalities", [1, 2, 5])
def test_resampling(modalities: int) -> None:
    names = models(modalities)
    pairs = [(m, None) for m in names] + [(a, b) for a, b in itertools.combinations(names, 2)]
    rows = [(m, a, 400, 140, seed, 0.5 + seed / 40, 0.8) for m, a in pairs for seed in range(20)]
    resamples = table("model against n events seed auc slope", rows).assign(problem=None)
    summary = [
        (m, a, measure, 400, 140, 20, 3, 1, 0.712, -0.512, 0.981)
        for m, a in pairs
        for measure in ((DIFFERENCE,) if a else ("auc", "slope"))
    ]
    columns = "model against measure n events resamples failed undefined median low high"
    assert illegible(plot_resampling.draw(resamples, table(columns, summary))) == []


@pytest.mark.parametrize("sequences", [1, 3, 9])
def test_stability(sequences: int) -> None:
    parts = []
    for place in range(sequences):
        part = pd.DataFrame({"intra": np.linspace(-0.4, 1, 300), "inter": np.linspace(0, 1, 300)})
        part["sequence"] = f"T1-weighted, 20-min hepatobiliary {place}"
        part["reason"] = np.where(part["intra"] < 0.75, "intra-reader ICC below threshold", "")
        part.loc[:20, "reason"], part.loc[21:40, "reason"] = "constant", "undefined"
        part["stable"] = np.where(part["reason"] == "", "yes", "no")
        parts.append(part)
    frame = pd.concat(parts).assign(n=1240, events=412, n_intra=120, n_inter=120)
    frame["intra_low"], frame["inter_low"] = frame["intra"] - 0.1, frame["inter"] - 0.1
    settings = {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"}
    assert illegible(plot_stability.draw(frame, "MRI", settings, models(2))) == []


@pytest.mark.parametrize("lambdas", [2, 9, 60])
@pytest.mark.parametrize("cohorts", [1, 3])
def test_score(lambdas: int, cohorts: int) -> None:
    penalties = np.geomspace(3.0, 1e-3, lambdas)
    paths = [
        {str(c): 0.1 * place / (1 + c) for c in range(1, min(place, 60) + 1)}
        for place in range(lambdas)
    ]
    path = {"lambda": list(penalties), "coefficients": paths, "selected": list(map(len, paths))}
    path |= {"deviance": list(1 + (np.arange(lambdas) - 4) ** 2 / 99)}
    path |= {"standard_error": [0.1] * lambdas}
    one, other = float(penalties[-1]), float(penalties[0])
    score = {"lambda": one, "lambda_rule": "min", "lambda_min": one, "lambda_1se": other}
    score |= {"components": 112, "folds": 10, "whiten": False, "path": path}
    fitted = {"model": "DLRS_MRI", "modality": "MRI", "n": 1240, "events": 412, "intercept": -1.0}
    fitted |= {"threshold": 0.4, "covariates": [{"name": "DLRS_MRI", "coefficient": 2.0}]}
    cohort = np.repeat(COHORTS[:cohorts], 1200)
    scores = np.random.default_rng(1).normal(size=len(cohort))
    covariates = pd.DataFrame({"patient": range(len(cohort)), "cohort": cohort})
    covariates = covariates.assign(outcome=(scores > 0).astype(float), DLRS_MRI=scores)
    names = models(2)
    assert illegible(plot_score.draw({**fitted, "score": score}, covariates, names)) == []


@pytest.mark.parametrize("modalities", [1, 3])
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_controls(modalities: int, groups: int) -> None:
    places = [("published", "test"), ("published", "external"), ("crossfit", "train")][-groups:]
    rows = [
        (p, c, m, control, n, n // 3, *[0.74, 0.61, 0.87] * 2, 0.1, -0.1, 0.3)
        for m in MODALITIES[:modalities]
        for p, c in places
        for control, n in (("shuffled", 154), ("background", 111))
    ]
    columns = "protocol cohort modality control n events auc auc_low auc_high"
    columns += " auc_lesion auc_lesion_low auc_lesion_high difference low high"
    patch = np.linspace(0, 1, 64).reshape(8, 8)
    examples = [{"reader1": patch, "shuffled": patch}] * modalities  # none has a background
    assert illegible(plot_controls.draw(table(columns, rows), examples, models(3))) == []


@pytest.mark.parametrize("shown", [["fused"], ["DLRR_CT", "DLRR_MRI"]])
@pytest.mark.parametrize("cohorts", [1, 2])
@pytest.mark.parametrize("groups", [0, 12])
def test_forest(shown: list[str], cohorts: int, groups: int) -> None:
    found = [
        ("published", c, m, 58, 19, 0.91, 0.84, 0.98)
        for c, m in itertools.product(COHORTS[1:][:cohorts], shown)
    ]
    columns = "protocol cohort model n events auc auc_low auc_high"
    centers = [(*row, f"{LONG} {g}"[8 * g :]) for row in found for g in range(groups)]
    subgroups = [
        (*row, variable, level, 0.012)
        for row in found
        for variable in ("Sex", LONG)[:groups]
        for level in (None, "male", "female, or not told by the hospital")
    ]
    tables = table(columns, found), table(f"{columns} center", centers)
    levels = table(f"{columns} variable level p_adjusted", subgroups)
    assert illegible(plot_forest.draw(*tables, levels, models(2), shown)) == []


def test_cost() -> None:
    rows = [
        (f"{RULE}_{place}"[place:], scope, 10**place, 10.0**place, 3.0**place)
        for place, scope in zip(range(9), itertools.cycle(plot_cost.SCOPES), strict=False)
    ]
    columns = "rule scope jobs core_seconds peak_memory_mb"
    assert illegible(plot_cost.draw(table(columns, rows))) == []


def test_cohort_flow() -> None:
    rows = [("registered", "", "", 2190, 438)]
    rows += [("excluded", "", f"{place} {LONG}"[: 12 * place], 6, 1) for place in range(1, 9)]
    rows += [("unlabelled", "", "no outcome", 12, 0), ("analysed", "", "", 2078, 436)]
    rows += [(cohort, cohort, "", 1024, 125) for cohort in COHORTS]
    assert illegible(plot_cohort_flow.draw(table("step cohort reason n events", rows))) == []


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 4), (2, 9)])
def test_examples(rows: int, columns: int) -> None:
    labels = [
        f"Patient-{row:03d} (positive) {name} sequence-{column}"
        for row in range(rows)
        for column, name in zip(range(columns), itertools.cycle(("CT", "MRI")), strict=False)
    ]
    images = [np.zeros((8, 8, 3), dtype=np.uint8)] * len(labels)
    assert illegible(plot_examples.draw(images, labels, columns)) == []


@pytest.mark.parametrize("sequences", [1, 4, 9])
def test_learning_curves(sequences: int) -> None:
    history = pd.DataFrame({"epoch": range(60), "train_loss": 0.7, "validation_loss": 0.75})
    history["chosen"] = np.where(history["epoch"] == 31, "yes", None)
    sizes = {"n": 1040, "events": 313, "validation_n": 210, "validation_events": 113}
    histories = [
        history.assign(modality="MRI", sequence=f"hepatobiliary {place}", **sizes)
        for place in range(sequences)
    ]
    assert illegible(plot_learning_curves.draw(histories)) == []
