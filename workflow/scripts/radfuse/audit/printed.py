"""A number as a table prints it: the values that would have been printed so."""

import re
from dataclasses import dataclass

import numpy as np

from radfuse.errors import StudyError

SLACK = 1e-9  # floating point, at the edge of a rounding interval
NUMBER = re.compile(r"([<>≤≥]?)\s*([-−]?\d*)([.·]?)(\d*)\s*(%?)")


@dataclass(frozen=True)
class Printed:
    """A printed number: `0.445` is anything from 0.4445 to 0.4455, `<0.001` anything below.

    `text` is as printed, `value` the number itself, NaN where nothing is printed.
    """

    text: str
    value: float
    low: float
    high: float

    @property
    def missing(self) -> bool:
        return bool(np.isnan(self.value))

    @property
    def bounded(self) -> bool:
        """Whether it is printed as a number and not as `<` or `>`."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    @property
    def half(self) -> float:
        """Half a unit of the last printed digit."""
        return (self.high - self.low) / 2

    def fits(self, value: np.ndarray | float, relative: float = 0.0) -> np.ndarray:
        """Whether values would be printed so; `relative` widens by a share of the number."""
        slack = SLACK + relative * abs(self.value)
        value = np.asarray(value, dtype=float)
        return (value >= self.low - slack) & (value <= self.high + slack)

    def meets(self, low: float, high: float) -> bool:
        """Whether some value from `low` to `high` would be printed so."""
        return bool(low <= self.high + SLACK and high >= self.low - SLACK)


NOTHING = Printed("", np.nan, np.nan, np.nan)


def parse(text: str, place: str = "") -> Printed:
    """Read a printed number; percentages become proportions; nothing printed is NOTHING.

    Raises StudyError E05 with `place` (file, row, column) where it is no number.
    """
    found = NUMBER.fullmatch(text.strip())
    if not text.strip():
        return NOTHING
    if not found or not (found[2].strip("-−") or found[4]):
        raise StudyError(
            f"E05 value: {place}: '{text}' is no printed number; write it as 0.445, <0.001 or "
            "12.3%, or leave it blank."
        )
    sign, whole, _, decimals, percent = found.groups()
    scale = 0.01 if percent else 1.0
    value = float(f"{whole.replace('−', '-')}.{decimals or '0'}") * scale
    half = 0.5 * 10.0 ** -len(decimals) * scale
    if sign in ("<", "≤"):
        return Printed(text, value, -np.inf, value)
    if sign in (">", "≥"):
        return Printed(text, value, value, np.inf)
    return Printed(text, value, value - half, value + half)
