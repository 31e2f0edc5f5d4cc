"""Separation against exhaustive tables and an independent detector; the likelihood's supremum."""

from itertools import product

import numpy as np
import pytest
from firthmodels import detect_separation
from scipy.special import expit

from radfuse.statistics import separation
from radfuse.statistics.logistic import Standardised, fit_maximum_likelihood
from radfuse.statistics.separation import balanced, likelihood_supremum, separated_rows, towards


def table(a: int, b: int, c: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """A 2 x 2 table: a, b positive with and without the sign; c, d negative."""
    sign = np.repeat([1.0, 0.0, 1.0, 0.0], [a, b, c, d])
    outcome = np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d])
    return np.column_stack([np.ones(len(sign)), sign]), outcome


def test_one_sign_separates_exactly_where_a_cell_is_empty():
    for a, b, c, d in product((0, 1, 3), repeat=4):
        if not (a + c and b + d and a + b and c + d):
            continue
        rows = separated_rows(*table(a, b, c, d))
        # a column of the table without both outcomes is fitted perfectly in the limit
        expected = [a * c == 0, b * d == 0, a * c == 0, b * d == 0]
        assert (rows == np.repeat(expected, [a, b, c, d])).all(), (a, b, c, d)


@pytest.mark.parametrize("patients", [8, 14, 30])
def test_separation_agrees_with_an_independent_detector(patients):
    random = np.random.default_rng(patients)
    found = set()
    for _ in range(25):
        signs = np.column_stack(
            [random.integers(0, 2, (patients, 2)), random.normal(size=patients)]
        )
        outcome = (random.random(patients) < 0.3 + 0.4 * signs[:, 0]).astype(float)
        design = np.column_stack([np.ones(patients), signs])
        if outcome.min() == outcome.max() or np.linalg.matrix_rank(design) < 4:
            continue
        expected = detect_separation(signs, outcome).separation
        found.add(expected)
        assert separated_rows(design, outcome).any() == expected
    assert found >= {True} if patients == 8 else found >= {False}


def test_one_patient_can_overlap_or_not():
    values = np.arange(10.0)
    outcome = (values > 4).astype(float)
    design = np.column_stack([np.ones(10), values])
    assert separated_rows(design, outcome).all()
    values[5] = 3.5
    assert not separated_rows(np.column_stack([np.ones(10), values]), outcome).any()
    values[5] = 4.0  # touching: quasi-complete, only the two patients at 4 are not separated
    rows = separated_rows(np.column_stack([np.ones(10), values]), outcome)
    assert np.flatnonzero(~rows).tolist() == [4, 5]


def designs(seed: int, most: int = 6) -> list[tuple[np.ndarray, np.ndarray]]:
    """Characteristics as readers give them, and a measurement: many separated, some not."""
    random, found = np.random.default_rng(seed), []
    while len(found) < 60:
        n, p = random.integers(12, 50), random.integers(1, most)
        values = random.integers(0, random.integers(2, 5), (n, p)).astype(float)
        values[:, 0] = random.lognormal(size=n) if random.random() < 0.5 else values[:, 0]
        outcome = (random.random(n) < 0.15 + 0.2 * values[:, -1]).astype(float)
        if outcome.min() < outcome.max():
            found.append((Standardised.of(values).matrix, outcome))
    return found


def without_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separation, "balanced", lambda *_: None)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_proved_is_what_linear_programming_finds(seed, monkeypatch):
    cases = designs(seed)
    proved = [separated_rows(*case) for case in cases]
    without_proofs(monkeypatch)
    decided = [separated_rows(*case) for case in cases]
    assert [rows.tolist() for rows in proved] == [rows.tolist() for rows in decided]
    kinds = {(rows.any(), rows.all()) for rows in decided}
    assert kinds == {(False, False), (True, False), (True, True)}


@pytest.mark.parametrize("seed", range(4))
def test_the_supremum_is_the_maximum_over_the_rows_that_are_not_separated(seed):
    proved = 0
    for design, outcome in designs(seed):
        inside = ~separated_rows(design, outcome)
        expected = 0.0
        if inside.any():
            rest = Standardised.of(design[inside, 1:]).matrix
            *_, expected = fit_maximum_likelihood(rest, outcome[inside])
        found = likelihood_supremum(design, outcome)
        if found is not None:
            assert found == pytest.approx(expected, abs=1e-8)
            proved += 1
    assert proved == 60


@pytest.mark.parametrize("seed", [33836, 40020, 56457])
def test_an_ascent_that_rounding_drives_on_is_none(seed):
    """Rare resamples (a handful in 100,000) where an ascent once left for log odds of 10^15, and
    came to a value above the supremum."""
    random = np.random.default_rng([77, seed])
    n, p = int(random.integers(14, 80)), int(random.integers(3, 11))
    levels = random.integers(2, 5, p)
    counts = [random.poisson(random.uniform(0.05, 0.8), n) for _ in levels]
    values = np.minimum(np.column_stack(counts), levels - 1).astype(float)
    scale = random.uniform(0.3, 5)
    log_odds = values @ (random.normal(size=p) * scale) + random.normal() * 0.5
    outcome = (random.random(n) < expit(log_odds)).astype(float)
    rows = random.integers(n, size=n)
    design, outcome = Standardised.of(values[rows]).matrix, outcome[rows]
    inside = ~separated_rows(design, outcome)
    rest = Standardised.of(design[inside, 1:]).matrix
    *_, expected = fit_maximum_likelihood(rest, outcome[inside])
    for order in (np.arange(n), *(random.permutation(n) for _ in range(5))):
        found = likelihood_supremum(design[order], outcome[order])
        assert found == pytest.approx(expected, abs=1e-9)
    assert not inside.all()


def test_complete_separation_has_the_supremum_zero():
    design, outcome = table(5, 0, 0, 7)
    assert likelihood_supremum(design, outcome) == 0.0


def test_weights_that_balance_are_a_proof():
    """Of the whole table they are the residuals; of one with an empty cell, of the other column."""
    design, outcome = table(6, 3, 2, 9)
    signed = towards(design, outcome)
    rates = np.log([6 / 2, 3 / 9])
    weights = balanced(signed, np.array([rates[1], rates[0] - rates[1]]))
    assert weights == pytest.approx(np.repeat([2 / 8, 9 / 12, 6 / 8, 3 / 12], [6, 3, 2, 9]))
    assert signed.T @ weights == pytest.approx([0, 0], abs=1e-14)
    design, outcome = table(6, 3, 0, 9)
    weights = balanced(towards(design, outcome), np.array([rates[1], 40.0]))
    assert weights == pytest.approx(np.repeat([0, 9 / 12, 3 / 12], [6, 3, 9]))


def test_coefficients_that_are_no_maximum_prove_nothing(monkeypatch):
    """An ascent that ended early, far from the supremum, must not pass for one that arrived."""
    design, outcome = table(6, 3, 0, 9)
    for start in ([0.0, 0.0], [3.0, -4.0], [-1.1, 3.0]):
        ended = lambda self, at=start: (np.array(at), self.value(np.array(at)))  # noqa: E731
        monkeypatch.setattr(separation.Likelihood, "maximum", ended)
        assert likelihood_supremum(design, outcome) is None


def test_where_an_estimate_exists_no_programme_is_solved(monkeypatch):
    def solve(*_, **__):
        raise AssertionError("a linear programme was solved")

    monkeypatch.setattr(separation, "linprog", solve)
    assert not separated_rows(*table(6, 3, 2, 9)).any()
    with pytest.raises(AssertionError, match="was solved"):
        separated_rows(*table(6, 3, 0, 9))
