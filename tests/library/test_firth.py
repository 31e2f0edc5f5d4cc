"""Separation against exhaustive tables and an independent detector; Firth against closed forms."""

from itertools import product

import numpy as np
import pytest
from firthmodels import detect_separation

from radfuse.firth import fit_firth, separated_rows


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
