"""Wilson's interval against published ones."""

import numpy as np
import pytest

from radfuse.statistics.proportion import wilson


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        # Newcombe, Stat Med 1998; 17: 857-872, Table I, method 3 (Wilson score)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_equals_newcombe(successes: int, total: int, low: float, high: float) -> None:
    assert wilson(successes, total) == pytest.approx((low, high), abs=5e-5)


def test_wilson_at_the_ends_and_without_patients() -> None:
    assert wilson(0, 9)[0] == 0
    assert wilson(9, 9)[1] == 1
    assert np.isnan(wilson(0, 0)).all()
