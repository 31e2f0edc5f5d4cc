"""Points by hand and by rms's definition; the nomogram gives the model's own probabilities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from radfuse.statistics.nomogram import Nomogram, axis_values, nomogram_table, pretty


def patients() -> pd.DataFrame:
    """Age 20 to 70, a finding, and a protective one."""
    return pd.DataFrame(
        {
            "age": [20.0, 45.0, 70.0, 33.3, 51.0, 60.0, 28.0],
            "finding": [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0],
            "cirrhosis": [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0],
        }
    )


COEFFICIENTS = {"age": 0.1, "finding": 2.0, "cirrhosis": -1.5}


def test_points_by_hand() -> None:
    """Age moves the log odds by 5, so 20 points per unit of log odds (rms: points per unit of
    linear predictor); the finding has 40, the lack of cirrhosis 30."""
    nomogram = Nomogram.of(-4.0, COEFFICIENTS, patients())
    assert nomogram.per_log_odds == pytest.approx(20)
    assert [nomogram.points("age", age) for age in (20, 45, 70)] == pytest.approx([0, 50, 100])
    assert [nomogram.points("finding", code) for code in (0, 1)] == pytest.approx([0, 40])
    assert [nomogram.points("cirrhosis", code) for code in (0, 1)] == pytest.approx([30, 0])
    assert nomogram.most == pytest.approx(170)
    # 0 points: 20 years, no finding, cirrhosis: -4 + 2 - 1.5
    assert nomogram.probability(0) == pytest.approx(expit(-3.5))
    # 45 years with the finding, no cirrhosis: 120 points, -4 + 4.5 + 2
    assert nomogram.probability(120) == pytest.approx(expit(2.5))
    assert nomogram.total(0.5) == pytest.approx(70)


@given(
    betas=st.lists(st.floats(-5, 5), min_size=1, max_size=5),
    intercept=st.floats(-3, 3),
    seed=st.integers(0, 99),
)
def test_the_total_gives_the_model_s_probability(betas, intercept, seed) -> None:
    rng = np.random.default_rng(seed)
    names = [f"x{place}" for place in range(len(betas))]
    values = pd.DataFrame(rng.normal(size=(12, len(betas))) * 3, columns=names)
    nomogram = Nomogram.of(intercept, dict(zip(names, betas, strict=True)), values)
    if nomogram.per_log_odds == 0 or max(map(abs, betas)) < 1e-6:
        return
    for _, row in values.iterrows():
        points = [nomogram.points(name, row[name]) for name in names]
        assert min(points) >= -1e-9 and max(points) <= 100 + 1e-9
        expected = expit(intercept + row.to_numpy() @ np.array(betas))
        assert nomogram.probability(sum(points)) == pytest.approx(expected, abs=1e-9)


def test_the_table_says_the_same() -> None:
    nomogram = Nomogram.of(-4.0, COEFFICIENTS, patients())
    table = nomogram_table(nomogram, patients())
    by_kind = dict(list(table.groupby("kind")))
    assert set(by_kind) == {"covariate", "total", "risk"}
    finding = by_kind["covariate"].query("covariate == 'finding'")
    assert finding[["value", "points"]].to_numpy().tolist() == [[0, 0], [1, 40]]
    age = by_kind["covariate"].query("covariate == 'age'")
    assert age["value"].tolist() == [20, 30, 40, 50, 60, 70]
    np.testing.assert_allclose(age["points"], [0, 20, 40, 60, 80, 100])
    total = by_kind["total"]
    np.testing.assert_allclose(total["probability"], expit(-3.5 + total["points"] / 20))
    risk = by_kind["risk"].set_index("probability")["points"]
    assert risk[0.5] == pytest.approx(70)
    assert (risk.diff().dropna() > 0).all() and risk.max() <= 170


def test_no_covariates_and_one_that_never_changes() -> None:
    empty = Nomogram.of(-1.0, {}, patients())
    assert nomogram_table(empty, patients()).empty
    constant = pd.DataFrame({"x": [2.0, 2.0]})
    table = nomogram_table(Nomogram.of(-1.0, {"x": 0.7}, constant), constant)
    assert table[["kind", "value", "points"]].to_numpy().tolist() == [["covariate", 2.0, 0.0]]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 170, [0, 20, 40, 60, 80, 100, 120, 140, 160]),
        (-0.013, 0.061, [-0.01, 0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06]),
        (3, 3, [3]),
    ],
)
def test_pretty_values(low: float, high: float, expected: list) -> None:
    assert pretty(low, high, 10).tolist() == pytest.approx(expected)


def test_many_values_have_round_ticks_and_both_ends() -> None:
    values = pd.Series(np.linspace(-1.37, 2.41, 40))
    assert axis_values(values).tolist() == pytest.approx([-1.37, -1, 0, 1, 2, 2.41])
