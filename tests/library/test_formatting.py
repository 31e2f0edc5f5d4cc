"""Numbers in print."""

import math

import numpy as np
import pytest

from radfuse.formatting import (
    bounds,
    count,
    interval,
    is_missing,
    model_label,
    number,
    p_value,
    percent,
    positives,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0881, 3, "0.088"),
        (-1.25, 2, "−1.25"),
        (0, 3, "0.000"),
        (1756.66, 2, "1757"),
        (2.5e-5, 3, "2.5 × 10⁻⁵"),
        (-5.8e-12, 3, "0.000"),
        (-0.0004, 3, "−4.0 × 10⁻⁴"),
        (999.9996, 3, "1000.000"),
        (-3.21e7, 3, "−3.2 × 10⁷"),
        (math.inf, 3, "∞"),
        (-math.inf, 3, "−∞"),
        (None, 3, ""),
        (np.nan, 3, ""),
        ("", 3, ""),
    ],
)
def test_number(value: object, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0009999, "< 0.001"), (0.001, "0.001"), (0.0214, "0.021"), (1, "1.000"), (None, "")],
)
def test_p_value(p: float | None, text: str) -> None:
    assert p_value(p) == text


def test_an_interval_joins_its_bounds() -> None:
    # the paper's Table 2: cirrhosis on CT
    assert interval(0.088, 0.021, 0.261) == "0.088 (0.021–0.261)"
    # a small bound beside an estimate of ordinary size is no power of ten, a small estimate is
    assert interval(0.052, 0.00039, 0.486) == "0.052 (0.000–0.486)"
    assert interval(2.5e-5, 1.1e-5, 0.39) == "2.5 × 10⁻⁵ (1.1 × 10⁻⁵–0.390)"
    assert interval(12.3, 2.1, math.inf, 1) == "12.3 (2.1–∞)"
    assert interval(0.5, None, np.nan) == "0.500"
    assert interval(None, 0.1, 0.2) == ""


def test_a_dash_never_meets_a_minus_sign() -> None:
    assert bounds(-0.2, 0.4, 1) == "−0.2 to 0.4"
    assert bounds(0.2, 0.4, 1) == "0.2–0.4"


def test_counts_and_shares() -> None:
    assert count(124.0) == "124"
    assert count(np.nan) == ""
    assert percent(28 / 124) == "22.6%"
    assert positives(124, 28) == "n = 124, 28 positive"
    assert positives(124, None) == "n = 124"


def test_missing_is_none_blank_or_nan_but_not_zero() -> None:
    assert all(map(is_missing, (None, "", np.nan, float("nan"))))
    assert not any(map(is_missing, (0, 0.0, "0", False)))


def test_model_names_in_print() -> None:
    assert [model_label(name) for name in ("R_CT", "DLRR_PET-CT", "fused")] == [
        "R CT",
        "DLRR PET-CT",
        "Fused",
    ]
