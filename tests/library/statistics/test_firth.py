"""Firth's penalised likelihood against closed forms and another library."""

import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from firthmodels import FirthLogisticRegression

from radfuse.inputs.cohort import outcomes, split_cohorts, training
from radfuse.inputs.dictionary import load_dictionary
from radfuse.modelling.characteristics import terms_of
from radfuse.modelling.radiological import fit_radiological
from radfuse.statistics.firth import fit_firth, library_maximum
from radfuse.statistics.likelihood import Likelihood
from radfuse.statistics.logistic import Standardised
from radfuse.statistics.selection import columns_of

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "resources"))

import draw_sheets  # noqa: E402


def table(a: int, b: int, c: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """A 2 x 2 table: a, b positive with and without the sign; c, d negative."""
    sign = np.repeat([1.0, 0.0, 1.0, 0.0], [a, b, c, d])
    outcome = np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d])
    return np.column_stack([np.ones(len(sign)), sign]), outcome


@pytest.mark.parametrize("cells", [(7, 5, 0, 8), (1, 35, 46, 96), (0, 9, 14, 3), (6, 0, 0, 6)])
def test_the_closed_form_of_a_two_by_two_table(cells):
    """Firth's penalty adds 1/2 to each cell of a saturated model (Heinze and Schemper 2002)."""
    a, b, c, d = cells
    coefficients, covariance, _, p = fit_firth(*table(*cells))
    halves = np.log([(a + 0.5) / (c + 0.5), (b + 0.5) / (d + 0.5)])
    assert coefficients == pytest.approx([halves[1], halves[0] - halves[1]], rel=1e-8)
    with_sign = (a + c) * (a + 0.5) * (c + 0.5) / (a + c + 1) ** 2
    without = (b + d) * (b + 0.5) * (d + 0.5) / (b + d + 1) ** 2
    assert covariance[1, 1] == pytest.approx(1 / with_sign + 1 / without, rel=1e-7)
    assert 0 < p[1] < 1


def test_the_penalised_log_likelihood_is_the_likelihood_times_jeffreys_prior():
    design, outcome = table(7, 5, 0, 8)
    coefficients, covariance, log_likelihood, _ = fit_firth(design, outcome)
    log_odds = design @ coefficients
    plain = -np.logaddexp(0, np.where(outcome == 1, -log_odds, log_odds)).sum()
    jeffreys = -np.log(np.linalg.det(covariance)) / 2
    assert log_likelihood == pytest.approx(plain + jeffreys, rel=1e-10)


def test_likelihood_ratio_tests_equal_the_library_s():
    random = np.random.default_rng(3)
    compared = 0
    for _ in range(10):
        signs = np.column_stack([random.normal(size=(60, 2)), random.random(60) < 0.3])
        design = np.column_stack([np.ones(60), signs])
        outcome = (random.random(60) < 1 / (1 + np.exp(1 - design[:, 1]))).astype(float)
        model = FirthLogisticRegression(backend="numpy", fit_intercept=False, gtol=1e-7, xtol=1e-7)
        expected = model.fit(design, outcome).lrt().lrt_pvalues_[1:]
        *_, p = fit_firth(design, outcome)
        known = np.isfinite(expected)  # where its search ended
        assert p[1:][known] == pytest.approx(expected[known], rel=1e-6)
        compared += known.sum()
    assert compared > 20


def test_a_constrained_search_that_leaves_the_library_s_reach_ends_here():
    """Twenty characteristics of 250 simulated patients, of which the stepwise search keeps ten."""
    published = yaml.safe_load((ROOT / "resources" / "published.yaml").read_text())
    dictionary = yaml.safe_load((ROOT / "config" / "characteristics.yaml").read_text())
    pathology = {"iCCA": 50, "HCC": 175, "cHCC-CCA": 25}
    study = {**published["studies"]["paper_scale"], "pathology": pathology, "reread": 40}
    sheets = draw_sheets.draw(published, study, dictionary)
    patients, radiology = (
        pd.read_csv(StringIO(sheets[name]), sep="\t", dtype=str, keep_default_na=False)
        for name in ("patients", "radiology")
    )
    assigned = pd.Series("", index=patients["patient"])
    outcome = outcomes(patients, {"column": "pathology", "positive": ["iCCA"]})
    train = training(split_cohorts(outcome, assigned, test_fraction=0.3, seed=1))
    entries = load_dictionary(ROOT / "config" / "characteristics.yaml")
    lost = 0
    for modality in ("CT", "MRI"):
        own = [e for e in entries if modality in e["modalities"] and e["name"] in radiology]
        settings = {"reader": "1", "p_enter": 0.05, "p_stay": 0.05, "direction": "both"}
        found = fit_radiological(
            radiology, train, modality, own, {**settings, "missing": "complete_case"}, {}
        ).choice
        kept = columns_of(terms_of(own), found.selection.retained)
        rows = found.selection.patients
        design = Standardised.of(found.design.loc[rows, kept].to_numpy()).matrix
        classes = train[rows].to_numpy(dtype=float)
        if found.selection.fit.separated:
            *_, p = fit_firth(design, classes)
            assert np.isfinite(p[1:]).all()
            library = FirthLogisticRegression(
                backend="numpy", fit_intercept=False, max_iter=500, gtol=1e-9, xtol=1e-9
            )
            try:  # how it fails depends on the processor
                lost += not np.isfinite(library.fit(design, classes).lrt().lrt_pvalues_[1:]).all()
            except np.linalg.LinAlgError:
                lost += 1
    assert lost, "the example no longer shows what it is for"


@pytest.mark.parametrize("seed", [125, 144, 236, 467])
def test_of_several_maxima_the_highest_that_is_found_is_the_fit(seed):
    """Few patients and extreme values: no P is 1 because a test's search came higher than the fit,
    and no start nearby comes higher either."""
    random = np.random.default_rng([9, seed])
    n, p = int(random.integers(20, 90)), int(random.integers(1, 6))
    columns = []
    for _ in range(p):
        rate, kind = random.uniform(0.05, 0.5), random.integers(3)
        spread = [None, 0.5, 2.2][kind]
        values = random.random(n) < rate if kind == 0 else random.lognormal(3, spread, n).round(1)
        columns.append(values.astype(float))
    logs = np.log1p(np.column_stack(columns))
    scores = (logs - logs.mean(axis=0)) / (logs.std(axis=0) + 1e-9)
    log_odds = scores @ (random.normal(size=p) * random.uniform(0, 3))
    outcome = (random.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
    design = Standardised.of(np.column_stack(columns)).matrix
    likelihood = Likelihood(design, outcome, penalised=True)
    coefficients, _, height, tests = fit_firth(design, outcome)
    score, _ = likelihood.score_and_information(coefficients)
    assert np.abs(score).max() < 1e-8
    for place in range(1, design.shape[1]):
        free = np.delete(np.arange(design.shape[1]), place)
        assert likelihood.maximum(free=free)[1] <= height + 1e-8
    assert (tests[1:] < 1).all()
    first = likelihood.settled(library_maximum(likelihood))
    assert height > likelihood.value(first) + 0.3, "the example no longer shows what it is for"
