"""Numbers as a reader wants them: rounded, with intervals. The tables keep the precision."""

import math
from collections.abc import Sequence

import pandas as pd

DASH = "–"
COHORT_NAMES = {"train": "Training cohort", "test": "Test cohort", "external": "External cohort"}
PROTOCOLS = {"published": "published protocol", "crossfit": "cross-fitted scores"}
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def is_missing(value: object) -> bool:
    return value is None or value == "" or bool(pd.isna(value))


def is_tiny(value: object, digits: int) -> bool:
    """Whether a number that is more than rounding error would print as zero."""
    return not is_missing(value) and 1e-9 < abs(float(value)) < 0.5 * 10**-digits


def number(value: object, digits: int = 3, powers: bool = True) -> str:
    """Fixed decimals with a true minus sign; "" where missing.

    A million and more, and with `powers` what would print as zero, are powers of ten. Numbers of a
    thousand and more drop the decimals.
    """
    if is_missing(value):
        return ""
    real = float(value)
    if math.isinf(real):
        return "∞" if real > 0 else "−∞"
    if abs(real) >= 1e6 or (powers and is_tiny(real, digits)):
        mantissa, exponent = f"{real:.1e}".split("e")
        text = f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPT)}"
    else:
        decimals = digits if abs(real) < 1000 else 0
        # adding 0.0 turns a negative zero into zero
        text = f"{round(real, decimals) + 0.0:.{decimals}f}"
    return text.replace("-", "−")


def covariate_value(value: float) -> str:
    """A covariate's value beside its name: a code or count without decimals, else two."""
    whole = float(value).is_integer()
    return f"{value:.0f}".replace("-", "−") if whole else number(value, 2)


def count(value: object) -> str:
    return "" if is_missing(value) else f"{round(float(value))}"


def percent(value: object, digits: int = 1) -> str:
    """A proportion (0 to 1) as per cent."""
    return "" if is_missing(value) else f"{100 * float(value):.{digits}f}%"


def p_value(value: object) -> str:
    """P to three decimals, or < 0.001."""
    if is_missing(value):
        return ""
    return "< 0.001" if float(value) < 0.001 else f"{float(value):.3f}"


def p_text(value: object) -> str:
    """`P = 0.012`, `P < 0.001`."""
    text = p_value(value)
    return f"P {text}" if text.startswith("<") else f"P = {text}"


def bounds(low: object, high: object, digits: int = 3, powers: bool = False) -> str:
    """`0.84–0.98`, or `−0.2 to 0.4` where a minus sign would meet the dash; "" where both miss."""
    if is_missing(low) and is_missing(high):
        return ""
    texts = [number(value, digits, powers) or "?" for value in (low, high)]
    return (" to " if any("−" in text for text in texts) else DASH).join(texts)


def interval(estimate: object, low: object, high: object, digits: int = 3) -> str:
    """`0.910 (0.840–0.980)`; the estimate alone where it has no interval."""
    if is_missing(estimate):
        return ""
    # 0.052 (0.000–0.486), but 2.5 × 10⁻⁵ (1.1 × 10⁻⁵–3.9 × 10⁻⁵)
    inside = bounds(low, high, digits, powers=is_tiny(estimate, digits))
    return f"{number(estimate, digits)} ({inside})" if inside else number(estimate, digits)


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def counted(number: object, noun: str) -> str:
    """`3 images`, `1 image`."""
    return f"{count(number)} {noun}" + "s" * (count(number) != "1")


def positives(n: object, events: object) -> str:
    """`n = 124, 28 positive`; without the positives where nobody counted them."""
    return f"n = {count(n)}" + ("" if is_missing(events) else f", {count(events)} positive")


def model_label(model: str) -> str:
    """A model's name in print: `DLRR_CT` is DLRR CT, `fused` is Fused."""
    return "Fused" if model == "fused" else model.replace("_", " ", 1)
