"""Fitted models in print: the equation, and the coefficients as odds ratios."""

import math
from collections.abc import Mapping

from radfuse.formatting import interval, number, p_value
from radfuse.report.reporting import Table


def equation(model: Mapping) -> str:
    """`logit(p) = −1.250 + 0.431 × DLRS_CT − 2.100 × Cirrhosis`."""
    text = f"logit(p) = {number(model['intercept'])}"
    for covariate in model["covariates"]:
        sign = "−" if covariate["coefficient"] < 0 else "+"
        size = number(abs(covariate["coefficient"]))
        text += f" {sign} {size} × {covariate['label']}"
    return text


def covariate_table(model: Mapping) -> Table | None:
    """Coefficients and odds ratios; None for a model that has only an intercept.

    A missing bound of an estimated coefficient is infinite (JSON holds no infinity).
    """
    rows = []
    for covariate in model["covariates"]:
        beta, error = covariate["coefficient"], covariate["standard_error"]
        ratio = "not estimable" if error is None else interval(*odds(covariate))
        coefficient = number(beta) + (f" ({number(error)})" if error is not None else "")
        rows.append([covariate["label"], coefficient, ratio, p_value(covariate["p"])])
    if not rows:
        return None
    columns = ["Covariate", "Coefficient (SE)", "OR (95% CI)", "P"]
    return Table("", columns, [False, True, True, True], [("", rows)])


def odds(covariate: Mapping) -> tuple[float, float, float]:
    """The odds ratio of a model's estimated covariate, and its 95% CI."""
    low, high = covariate["low"], covariate["high"]
    return (
        odds_ratio(covariate["coefficient"]),
        0.0 if low is None else odds_ratio(low),
        math.inf if high is None else odds_ratio(high),
    )


def odds_ratio(coefficient: float) -> float:
    return math.exp(coefficient) if coefficient < 700 else math.inf
