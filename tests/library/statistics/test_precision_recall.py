"""The area under the precision-recall curve, by hand."""

import numpy as np
import pytest

from radfuse.statistics.precision_recall import average_precision


def test_by_hand() -> None:
    """Ranked: positive, negative, positive, negative: 1/2 x 1/1 + 1/2 x 2/3."""
    assert average_precision([1, 0, 1, 0], [0.9, 0.8, 0.6, 0.1]) == pytest.approx(5 / 6)


def test_ties_are_one_step() -> None:
    """Both positives and one negative share the highest risk: recall 1 at precision 2/3."""
    assert average_precision([1, 1, 0, 0], [0.7, 0.7, 0.7, 0.1]) == pytest.approx(2 / 3)


def test_perfect_and_useless() -> None:
    outcome = np.arange(20_000) % 5 == 0
    assert average_precision(outcome, outcome * 0.5) == 1
    assert average_precision(outcome, np.full(20_000, 0.3)) == pytest.approx(0.2)
    random = np.random.default_rng(1).random(20_000)
    assert average_precision(outcome, random) == pytest.approx(0.2, abs=0.02)


def test_one_class() -> None:
    assert np.isnan(average_precision([1, 1], [0.2, 0.3]))
    assert np.isnan(average_precision([], []))
