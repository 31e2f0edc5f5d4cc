"""Profile-likelihood intervals against R's confint, a published table and firthmodels."""

import numpy as np
import pandas as pd
import pytest
from firthmodels import FirthLogisticRegression
from oracles import cohorts, numbers
from scipy.stats import chi2

from radfuse.statistics.logistic import Standardised, fit_logistic
from radfuse.statistics.profile import Likelihood, profile_bound, profile_intervals

MODELS = {
    "A": ["smoothness"],
    "B": ["symmetry", "texture"],
    "C": ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"],
}

# Cheng et al., Sci Rep 2025, doi 10.1038/s41598-025-92263-7, Table 2 (CT), univariate: with the
# sign / all iCCA, with the sign / all others (counts recovered from the odds ratios), OR, low,
# high, P as printed. The table says 124 patients; only counts on all 178 give these numbers.
PUBLISHED = """
Satellite nodule|6|36|32|142|0.688|0.241|1.701|0.445
Cirrhosis|3|36|72|142|0.088|0.021|0.261|<0.001
Lesion contour|31|36|82|142|4.537|1.802|13.894|0.003
Intrahepatic cholangiectasis|20|36|11|142|14.886|6.196|37.923|<0.001
Intrahepatic duct stone|5|36|1|142|22.742|3.509|443.973|0.005
Macrovascular invasion|7|36|16|142|1.901|0.679|4.904|0.197
Intra-tumoral vessels|8|36|50|142|0.526|0.210|1.193|0.142
Pseudocapsule|1|36|46|142|0.060|0.003|0.290|0.006
Intra-tumoral necrosis|9|36|32|142|1.146|0.468|2.613|0.754
Rim-like arterial phase hyperenhancement|16|36|23|142|4.139|1.864|9.215|<0.001
Diffuse arterial phase hyperenhancement|4|36|94|142|0.064|0.018|0.172|<0.001
Diffuse arterial phase hypoenhancement|16|36|25|142|3.744|1.698|8.258|0.001
Wash-in and wash-out|2|36|95|142|0.029|0.005|0.101|<0.001
Progressive enhancement|24|36|16|142|15.750|6.791|38.768|<0.001
Stable enhancement|4|36|3|142|5.792|1.221|30.627|0.02
""".strip().splitlines()


def two_by_two(a: int, positives: int, c: int, negatives: int) -> tuple[pd.DataFrame, np.ndarray]:
    sign = np.repeat([1, 0, 1, 0], [a, positives - a, c, negatives - c])
    return pd.DataFrame({"sign": sign}), np.repeat([1, 0], [positives, negatives])


@pytest.mark.parametrize("model", MODELS)
def test_equals_r_confint(model):
    train, _ = cohorts()
    design = train[MODELS[model]]
    fit = fit_logistic(design, train["malignant"])
    intervals = profile_intervals(design, train["malignant"], fit)
    assert list(intervals.columns) == ["low", "high"]
    for name in MODELS[model]:
        expected = numbers(f"glm.{model}.{name}.or_profile95")[1:]
        assert np.exp(intervals.loc[name]).to_numpy() == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("line", PUBLISHED, ids=lambda line: line.split("|")[0])
def test_the_published_table_to_the_printed_digit(line):
    name, *rest = line.split("|")
    counts, (odds_ratio, low, high, p) = map(int, rest[:4]), rest[4:]
    design, outcome = two_by_two(*counts)
    fit = fit_logistic(design, outcome)
    bounds = np.exp(profile_intervals(design, outcome, fit).loc["sign"])
    # one half of the last digit; R's own interpolation leaves 1e-5 in a limit of 444
    for value, printed in ((np.exp(fit.coefficients[1]), odds_ratio), (bounds["low"], low)):
        assert value == pytest.approx(float(printed), abs=0.0005 + 1e-9)
    assert bounds["high"] == pytest.approx(float(high), abs=0.0005 + 1e-9, rel=1.5e-5)
    if p == "<0.001":
        assert fit.p_values[1] < 0.001
    elif name == "Stable enhancement":  # misprinted: the counts make it 0.026
        assert round(fit.p_values[1], 3) == 0.026
    else:
        assert fit.p_values[1] == pytest.approx(float(p), abs=0.0005)


def exact(design: pd.DataFrame, outcome: np.ndarray, penalised: bool) -> np.ndarray:
    standard = Standardised.of(design.to_numpy(float))
    likelihood = Likelihood(standard.matrix, np.asarray(outcome, float), penalised)
    size = standard.matrix.shape[1]
    best, _ = likelihood.maximum(np.zeros(size), np.arange(size))
    drop = chi2.ppf(0.95, 1) / 2
    ends = [profile_bound(likelihood, best, 1, side, drop) for side in (-1, 1)]
    return np.array(ends) * standard.to_original[1, 1]


def test_r_interpolates_within_a_thousandth_of_the_exact_limit():
    for counts in ((5, 36, 1, 142), (3, 36, 72, 142), (20, 36, 11, 142)):
        design, outcome = two_by_two(*counts)
        intervals = profile_intervals(design, outcome, fit_logistic(design, outcome))
        limits = np.exp(exact(design, outcome, penalised=False))
        assert np.exp(intervals.loc["sign"]).to_numpy() == pytest.approx(limits, rel=1e-3)


def test_the_exact_limit_is_where_the_likelihood_ratio_test_rejects():
    """At the limit the deviance of the model with that slope as offset is 3.84 higher."""
    design, outcome = two_by_two(8, 36, 50, 142)
    fit = fit_logistic(design, outcome)
    for limit in exact(design, outcome, penalised=False):
        # the profile over the intercept alone, on a fine grid: an independent maximisation
        intercepts = np.linspace(-6, 3, 90_001)
        with_sign, without = intercepts + limit, intercepts
        log_likelihood = (
            8 * with_sign - 58 * np.logaddexp(0, with_sign)
            + 28 * without - 120 * np.logaddexp(0, without)
        ).max()  # fmt: skip
        assert 2 * (fit.log_likelihood - log_likelihood) == pytest.approx(3.841459, abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_penalised_profile_equals_firthmodels(seed):
    random = np.random.default_rng(seed)
    design = pd.DataFrame({"a": random.normal(size=40), "b": random.integers(0, 2, 40) * 1.0})
    outcome = ((design["b"] == 1) & (random.random(40) < 0.6)).to_numpy().astype(int)
    fit = fit_logistic(design, outcome)
    assert fit.separated
    model = FirthLogisticRegression(backend="numpy", gtol=1e-8, xtol=1e-8, max_iter=500)
    model.fit(design, outcome)
    expected = model.conf_int(method="pl", tol=1e-8, max_iter=500)[:2]
    intervals = profile_intervals(design, outcome, fit).to_numpy()
    assert intervals == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("separated", [False, True])
def test_swapping_classes_and_rescaling(separated):
    design, outcome = two_by_two(0 if separated else 3, 12, 9, 30)
    design["dose"] = np.random.default_rng(2).normal(size=42)
    intervals = profile_intervals(design, outcome, fit_logistic(design, outcome))
    flipped = profile_intervals(design, 1 - outcome, fit_logistic(design, 1 - outcome))
    assert -flipped[["high", "low"]].to_numpy() == pytest.approx(intervals.to_numpy(), rel=1e-6)
    scaled = design * [1.0, 1e5]
    wide = profile_intervals(scaled, outcome, fit_logistic(scaled, outcome))
    assert wide.loc["dose"].to_numpy() * 1e5 == pytest.approx(intervals.loc["dose"], rel=1e-6)


def test_other_levels_and_aliased_columns():
    design, outcome = two_by_two(8, 36, 50, 142)
    design["twin"] = 1 - design["sign"]
    fit = fit_logistic(design, outcome)
    wide, narrow = (profile_intervals(design, outcome, fit, level) for level in (0.95, 0.5))
    assert wide.loc["twin"].isna().all()
    assert wide.at["sign", "low"] < narrow.at["sign", "low"] < fit.coefficients[1]
    assert fit.coefficients[1] < narrow.at["sign", "high"] < wide.at["sign", "high"]


def test_no_covariate_no_interval():
    design = pd.DataFrame(index=range(6))
    outcome = np.array([0, 1, 0, 1, 0, 0])
    assert profile_intervals(design, outcome, fit_logistic(design, outcome)).shape == (0, 2)
