"""Performance at a threshold: rates from the four cells. Intervals are at 95%."""

import numpy as np

from radfuse.statistics.proportion import wilson

RATES = ("accuracy", "sensitivity", "specificity", "ppv", "npv", "f1")


def f1_interval(
    tp: int, fp: int, fn: int, tn: int, *, bootstrap: int, seed: int
) -> tuple[float, float]:
    """Percentile bootstrap interval of F1 over `bootstrap` resamples of the patients.

    F1 depends on the four cells alone, so resampling patients is one multinomial draw of the
    cells. Resamples in which F1 is undefined are left out; NaN where F1 itself is undefined.
    """
    if tp + fp + fn == 0:
        return float("nan"), float("nan")
    cells = np.array([tp, fp, fn, tn])
    drawn = np.random.default_rng(seed).multinomial(cells.sum(), cells / cells.sum(), bootstrap)
    denominators = 2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2]
    defined = denominators > 0
    low, high = np.quantile(2 * drawn[defined, 0] / denominators[defined], [0.025, 0.975])
    return float(low), float(high)


def rates(
    tp: int, fp: int, fn: int, tn: int, *, bootstrap: int = 1000, seed: int = 1
) -> dict[str, float]:
    """Each of RATES with `<name>_low` and `<name>_high`: Wilson's interval, F1's by bootstrap.

    A rate without a denominator (PPV where nobody is called positive) is NaN.
    """
    fractions = {
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
    }
    found: dict[str, float] = {}
    for name, (successes, total) in fractions.items():
        found[name] = successes / total if total else float("nan")
        found[f"{name}_low"], found[f"{name}_high"] = wilson(successes, total)
    denominator = 2 * tp + fp + fn
    found["f1"] = 2 * tp / denominator if denominator else float("nan")
    found["f1_low"], found["f1_high"] = f1_interval(tp, fp, fn, tn, bootstrap=bootstrap, seed=seed)
    return found
