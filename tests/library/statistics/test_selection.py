"""Screening and AIC stepwise against R's step, and what it does where the outcome separates."""

import numpy as np
import pandas as pd
import pytest
from oracles import cohorts, numbers, oracle
from scipy.stats import chi2
from statsmodels.api import Logit, add_constant

from radfuse.errors import StudyError
from radfuse.statistics import selection
from radfuse.statistics.selection import likelihood_ratio_p, screen, select, stepwise, supremum

SCOPE = [
    "texture",
    "symmetry",
    "fractal",
    "texture_err",
    "symmetry_err",
    "fractal_err",
    "concavity_error",
    "compactness_error",
]
SETTINGS = {"p_enter": 0.05, "p_stay": 0.05, "direction": "both"}


def single(names: list[str]) -> dict[str, list[str]]:
    return {name: [name] for name in names}


@pytest.mark.parametrize("direction", ["backward", "both", "forward"])
def test_stepwise_equals_r(direction):
    train, _ = cohorts()
    kept, aic = stepwise(train[SCOPE], train["malignant"].to_numpy(), single(SCOPE), direction)
    assert kept == oracle(f"step.{direction}.kept")
    assert aic == pytest.approx(numbers(f"step.{direction}.aic")[0], abs=5e-8)


def test_stepwise_depends_on_neither_order_nor_units_nor_the_sign_of_the_outcome():
    train, _ = cohorts()
    kept, aic = stepwise(train[SCOPE], train["malignant"].to_numpy(), single(SCOPE))
    mixed = train.sample(frac=1, random_state=4)
    mixed[SCOPE] *= np.logspace(-5, 5, len(SCOPE))
    backwards = SCOPE[::-1]
    again, same = stepwise(mixed[backwards], 1 - mixed["malignant"], single(backwards))
    assert set(again) == set(kept)
    assert same == pytest.approx(aic, rel=1e-9)


def test_the_supremum_under_separation():
    """Without events under the sign, its patients are fitted perfectly: the others' entropy."""
    sign = pd.DataFrame({"sign": np.repeat([1, 0], [10, 30])})
    outcome = np.repeat([0, 1, 0], [10, 12, 18])
    log_likelihood, parameters = supremum(sign, outcome)
    assert parameters == 2
    assert log_likelihood == pytest.approx(12 * np.log(12 / 30) + 18 * np.log(18 / 30), rel=1e-9)
    assert supremum(pd.DataFrame({"sign": outcome}), outcome) == (0.0, 2)
    p = likelihood_ratio_p(sign, outcome, single(["sign"]), ["sign"], "sign")
    null = 12 * np.log(12 / 40) + 28 * np.log(28 / 40)
    assert p == pytest.approx(chi2.sf(2 * (log_likelihood - null), 1), rel=1e-8)


def test_a_supremum_that_is_not_proved_is_computed_without_the_separated_rows(monkeypatch):
    train, _ = cohorts()
    few = train.sample(12, random_state=1)  # separated by the larger models
    every = [SCOPE[:size] for size in range(1, len(SCOPE) + 1)]
    proved = [supremum(few[names], few["malignant"].to_numpy()) for names in every]
    monkeypatch.setattr(selection, "likelihood_supremum", lambda *_: None)
    for names, (height, parameters) in zip(every, proved, strict=True):
        computed = supremum(few[names], few["malignant"].to_numpy())
        assert computed == (pytest.approx(height, abs=1e-8), parameters)
    assert {height == 0 for height, _ in proved} == {True, False}


@pytest.mark.parametrize("direction", ["both", "backward", "forward"])
def test_one_of_two_signs_that_separate_perfectly_stays(direction):
    outcome = np.repeat([0, 1], 12)
    noise = np.random.default_rng(0).normal(size=24)
    signs = pd.DataFrame({"noise": noise, "first": outcome, "second": outcome + 2.0 * noise**0})
    kept, aic = stepwise(signs, outcome, single(list(signs)), direction)
    assert kept == ["first"]  # the second is its twin: the later one leaves, or never enters
    assert aic == pytest.approx(4.0)


def exchangeable() -> tuple[pd.DataFrame, np.ndarray]:
    """Two signs that are alike in every way and mostly go together: (a, b, outcome) cells."""
    cells = {(0, 0, 0): 10, (0, 0, 1): 2, (1, 1, 0): 2, (1, 1, 1): 10}
    cells |= {(a, 1 - a, outcome): 1 for a in (0, 1) for outcome in (0, 1)}
    rows = np.repeat(list(cells), list(cells.values()), axis=0)
    return pd.DataFrame(rows[:, :2], columns=["a", "b"]), rows[:, 2]


@pytest.mark.parametrize("order", [["a", "b"], ["b", "a"]])
def test_among_equal_moves_the_first_term_wins(order):
    signs, outcome = exchangeable()
    assert stepwise(signs, outcome, single(order), "forward")[0] == order[:1]
    # of two equal removals the first: the term that leaves is the first
    assert stepwise(signs, outcome, single(order), "backward")[0] == order[1:]


def test_an_uninformative_sign_and_a_copy_stay_out():
    cells = np.array([(a, b, y) for a in (0, 1) for b in (0, 1) for y in (0, 1)] * 4)
    signs = pd.DataFrame(cells[:, :2], columns=["a", "b"])
    assert stepwise(signs, cells[:, 2], single(["a", "b"]))[0] == []
    informative, outcome = exchangeable()
    twins = informative.assign(b=informative["a"])
    for direction in ("both", "backward", "forward"):
        assert stepwise(twins, outcome, single(["a", "b"]), direction)[0] == ["a"]


def nominal() -> tuple[pd.DataFrame, np.ndarray]:
    site = np.repeat([0, 1, 2, 3], 15)
    random = np.random.default_rng(5)
    outcome = (random.random(60) < np.array([0.2, 0.25, 0.8, 0.75])[site]).astype(int)
    design = pd.DataFrame({f"site={k}": (site == k) * 1.0 for k in (1, 2, 3)})
    return design.assign(noise=random.normal(size=60)), outcome


def penalised(cells: list[tuple[int, int]]) -> float:
    """P of Firth's likelihood ratio test of a factor, in closed form: with the penalty of the whole
    model every level's patients count as half an event and half a non-event more (Jeffreys)."""

    def height(negative: float, positive: float) -> float:
        share = positive / (positive + negative)
        return positive * np.log(share) + negative * np.log(1 - share)

    halves = np.array(cells) + 0.5
    rise = sum(height(*level) for level in halves) - height(*halves.sum(axis=0))
    return float(chi2.sf(2 * rise, len(cells) - 1))


@pytest.mark.parametrize(
    ("cells", "p"),
    [([(24, 16), (24, 18), (0, 4)], 0.0835), ([(9, 3), (0, 5), (8, 2), (7, 4)], None)],
)
def test_a_nominal_characteristic_that_separates_is_tested_by_firth_s_likelihood(cells, p):
    level = np.repeat(np.arange(2 * len(cells)) // 2, np.ravel(cells))
    outcome = np.repeat(np.tile([0, 1], len(cells)), np.ravel(cells))
    columns = [f"site={number}" for number in range(1, len(cells))]
    design = pd.DataFrame({name: (level == n) * 1.0 for n, name in enumerate(columns, start=1)})
    result = screen(design, pd.Series(outcome), columns)
    assert result.method == "penalised likelihood ratio" and result.fit.separated
    assert result.p == pytest.approx(penalised(cells), rel=1e-6)
    assert p is None or result.p == pytest.approx(p, abs=1e-4)
    found = select(design, pd.Series(outcome), {"site": columns}, **SETTINGS | {"p_enter": 0.2})
    assert found.p["site"] == pytest.approx(result.p, rel=1e-9)


@pytest.mark.parametrize("direction", ["both", "backward", "forward"])
def test_a_nominal_characteristic_stays_whole(direction):
    design, outcome = nominal()
    columns = ["site=1", "site=2", "site=3"]
    terms = {"site": columns, "noise": ["noise"]}
    kept, aic = stepwise(design, outcome, terms, direction)
    assert kept == ["site"]
    # saturated in the sites: the closed form
    rates = pd.Series(outcome).groupby(np.repeat(range(4), 15)).mean()
    entropy = 15 * (rates * np.log(rates) + (1 - rates) * np.log(1 - rates)).sum()
    assert aic == pytest.approx(8 - 2 * entropy, rel=1e-9)
    result = screen(design, pd.Series(outcome), columns)
    null = 60 * (outcome.mean() * np.log(outcome.mean()))
    null += 60 * (1 - outcome.mean()) * np.log(1 - outcome.mean())
    assert result.p == pytest.approx(chi2.sf(2 * (entropy - null), 3), rel=1e-7)
    assert result.method == "likelihood ratio"


def test_screening_names_what_cannot_be_estimated():
    outcome = pd.Series([0, 1, 0, 1, 1])
    design = pd.DataFrame(
        {"same": 2.0, "none": np.nan, "one": [1.0, np.nan, 2.0, np.nan, np.nan]}, index=range(5)
    )
    methods = {name: screen(design, outcome, [name]).method for name in design}
    assert methods == {
        "same": "not estimable: constant",
        "none": "not estimable: no data",
        "one": "not estimable: one outcome only",
    }
    selection = select(design, outcome, single(list(design)), **SETTINGS)
    assert selection.candidates == selection.selected == []
    assert selection.fit.coefficients == pytest.approx([np.log(3 / 2)])


def test_select_uses_complete_cases_and_says_so():
    train, _ = cohorts()
    design = train[SCOPE].copy()
    design.iloc[:10, 0] = np.nan  # texture
    selection = select(design, train["malignant"], single(SCOPE), **SETTINGS)
    assert selection.univariate["texture"].n == 114
    assert selection.univariate["symmetry"].n == 124
    assert "texture" in selection.candidates
    assert len(selection.patients) == selection.fit.n == 114
    assert all(selection.p[name] < 0.05 for name in selection.selected)
    loose = {**SETTINGS, "p_enter": 1.1, "p_stay": 1.1}
    everything = select(design, train["malignant"], single(SCOPE), **loose)
    assert everything.candidates == SCOPE
    assert sorted(everything.selected) == sorted(everything.retained)


def test_every_retained_term_has_its_own_p():
    train, _ = cohorts()
    found = select(train[SCOPE], train["malignant"], single(SCOPE), **{**SETTINGS, "p_enter": 1.1})
    assert len(found.retained) > 2
    alone = train[found.retained] / train[found.retained].std()
    wald = Logit(train["malignant"], add_constant(alone)).fit(disp=0).pvalues
    assert found.p == pytest.approx(wald[found.retained].to_dict(), rel=1e-4)


def test_select_refuses_candidates_that_nobody_has_together():
    outcome = pd.Series(np.tile([0, 1], 30))
    random = np.random.default_rng(1)
    design = pd.DataFrame({"a": 2 * outcome + random.normal(size=60)})
    design["b"] = 2 * outcome + random.normal(size=60)
    design.loc[:29, "a"] = np.nan
    design.loc[30:, "b"] = np.nan
    with pytest.raises(StudyError, match="E21 statistics: 0 of 60 training patients have all of a"):
        select(design, outcome, single(["a", "b"]), **SETTINGS)


def test_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="sideways"):
        stepwise(pd.DataFrame({"a": [1.0, 2.0]}), np.array([0, 1]), {"a": ["a"]}, "sideways")
