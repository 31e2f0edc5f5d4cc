"""Variance inflation against statsmodels, closed forms, and what must not change it."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from radfuse.statistics.collinearity import variance_inflation


@pytest.fixture
def design() -> pd.DataFrame:
    random = np.random.default_rng(5)
    first = random.normal(size=80)
    level = random.integers(0, 3, 80)
    return pd.DataFrame(
        {
            "a": first,
            "b": 0.8 * first + 0.6 * random.normal(size=80),
            "c": random.integers(0, 2, 80).astype(float),
            "site=1": (level == 1).astype(float),
            "site=2": (level == 2).astype(float),
        }
    )


def test_terms_of_one_column_have_statsmodels_vif(design):
    names = ["a", "b", "c"]
    values = np.column_stack([np.ones(80), design[names]])
    expected = {name: variance_inflation_factor(values, i + 1) for i, name in enumerate(names)}
    found = variance_inflation(design, {name: [name] for name in names})
    assert found == pytest.approx(expected, rel=1e-10)


def test_two_terms_have_one_over_one_minus_r_squared(design):
    r = np.corrcoef(design["a"], design["b"])[0, 1]
    found = variance_inflation(design, {"a": ["a"], "b": ["b"]})
    assert found == pytest.approx(dict.fromkeys("ab", 1 / (1 - r**2)))


def test_a_nominal_term_s_does_not_depend_on_its_reference_level(design):
    terms = {"a": ["a"], "c": ["c"], "site": ["site=1", "site=2"]}
    other = design.assign(**{"site=2": 1 - design["site=1"] - design["site=2"]})
    found = variance_inflation(design, terms)
    assert found == pytest.approx(variance_inflation(other, terms))
    # with one other term, both have one canonical correlation, and so one GVIF
    pair = variance_inflation(design, {"a": ["a"], "site": ["site=1", "site=2"]})
    assert pair["site"] ** 2 == pytest.approx(pair["a"])


def test_units_and_order_do_not_matter(design):
    terms = {"a": ["a"], "b": ["b"], "c": ["c"]}
    scaled = design.assign(a=design["a"] * -1000 + 5).sample(frac=1, random_state=1)
    assert variance_inflation(scaled, terms) == pytest.approx(variance_inflation(design, terms))


def test_what_others_determine_is_infinite_and_the_rest_is_not(design):
    doubled = design.assign(twice=2 * design["a"])
    found = variance_inflation(doubled, {name: [name] for name in ("a", "twice", "c")})
    assert np.isinf([found["a"], found["twice"]]).all()
    assert found["c"] == pytest.approx(variance_inflation(design, {"a": ["a"], "c": ["c"]})["c"])


def test_a_constant_has_none(design):
    found = variance_inflation(design.assign(one=1.0), {"a": ["a"], "one": ["one"]})
    assert np.isnan(found["one"]) and found["a"] == pytest.approx(1)
    terms = {"a": ["a"], "site": ["site=1", "site=2"]}
    level = {**terms, "site": ["site=1", "one", "site=2"]}
    assert variance_inflation(design.assign(one=0.0), level) == variance_inflation(design, terms)
    assert variance_inflation(design, {}) == {}
