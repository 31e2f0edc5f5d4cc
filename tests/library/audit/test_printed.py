"""Printed numbers: what would have been printed so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radfuse.audit.printed import NOTHING, parse
from radfuse.errors import StudyError


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0.445", 0.4445, 0.4455),
        ("15.750", 15.7495, 15.7505),
        ("0.02", 0.015, 0.025),
        ("12", 11.5, 12.5),
        (".050", 0.0495, 0.0505),
        ("0·05", 0.045, 0.055),
        ("−1.5", -1.55, -1.45),
        ("47.6%", 0.4755, 0.4765),
        ("<0.001", -np.inf, 0.001),
        ("> 0.9", 0.9, np.inf),
    ],
)
def test_a_printed_number_is_an_interval(text, low, high):
    printed = parse(text)
    assert (printed.low, printed.high) == (pytest.approx(low), pytest.approx(high))
    assert printed.bounded == np.isfinite(low + high)


@given(st.floats(-1e4, 1e4), st.integers(0, 4))
def test_every_value_fits_its_own_rounding(value, digits):
    assert parse(f"{value:.{digits}f}").fits(value)


def test_nothing_printed_is_missing():
    assert parse(" ") is NOTHING
    assert NOTHING.missing and not NOTHING.fits(0.0)


@pytest.mark.parametrize("text", ["NS", "0.05*", "1e-4", "-", ".", "0.1-0.2", "<"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(StudyError, match=r"^E05 value: table\.tsv row 3, p: ") as caught:
        parse(text, "table.tsv row 3, p")
    assert text in str(caught.value)
