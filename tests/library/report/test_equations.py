"""Models in print."""

import math

from radfuse.report.equations import covariate_table, equation


def covariate(label: str, beta: float, low: float | None, high: float | None, **more) -> dict:
    numbers = {"coefficient": beta, "standard_error": 0.5, "low": low, "high": high, "p": 0.0004}
    return {"name": label.lower(), "label": label, "source": "radiology", **numbers, **more}


def test_signs_of_an_equation() -> None:
    terms = [covariate("Cirrhosis", -2.1, -3, -1), covariate("Contour", 0.43, 0, 1)]
    model = {"intercept": -1.25, "covariates": terms}
    assert equation(model) == "logit(p) = −1.250 − 2.100 × Cirrhosis + 0.430 × Contour"
    assert equation({"intercept": 0.5, "covariates": []}) == "logit(p) = 0.500"


def test_coefficients_as_odds_ratios() -> None:
    # the paper's Table 2: cirrhosis, OR 0.088 (0.021-0.261)
    term = covariate("Cirrhosis", math.log(0.088), math.log(0.021), math.log(0.261))
    rows = covariate_table({"covariates": [term]}).blocks[0][1]
    assert rows == [["Cirrhosis", "−2.430 (0.500)", "0.088 (0.021–0.261)", "< 0.001"]]


def test_missing_bounds_are_infinite_and_missing_errors_no_estimate() -> None:
    open_ended = covariate("A", 0.0, None, None)
    aliased = covariate("B", 0.0, None, None, standard_error=None, p=None)
    rows = covariate_table({"covariates": [open_ended, aliased]}).blocks[0][1]
    assert rows[0][2] == "1.000 (0.000–∞)"
    assert rows[1] == ["B", "0.000", "not estimable", ""]


def test_a_huge_coefficient_is_no_overflow() -> None:
    rows = covariate_table({"covariates": [covariate("A", 5.0, 1.0, 900.0)]}).blocks[0][1]
    assert rows[0][2].endswith("–∞)")


def test_a_model_without_covariates_has_no_table() -> None:
    assert covariate_table({"covariates": []}) is None
