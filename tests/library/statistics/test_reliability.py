"""ICC and kappa against psych, pingouin, statsmodels and closed forms."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from oracles import numbers, raw
from statsmodels.stats.inter_rater import cohens_kappa

from radfuse.statistics.reliability import (
    FORMS,
    Agreement,
    agreement_weights,
    cohen_kappa,
    intraclass,
)

ROWS = np.arange(1, 179)


def cut(values: np.ndarray) -> list[int]:
    return list(np.digitize(values, [17, 20], right=True))


@pytest.fixture
def textures() -> tuple[list[int], list[int]]:
    texture = raw()["mean texture"].to_numpy()
    return cut(texture), cut(texture + np.sin(ROWS))


@pytest.mark.parametrize("form", FORMS)
def test_icc_and_its_limits_equal_psych_in_every_form(form):
    radius = raw()["mean radius"].to_numpy()
    ratings = np.column_stack([radius, radius + 0.5 * np.sin(ROWS), 1.05 * radius])
    icc = intraclass(ratings[:, :, None], form)
    found = [icc.estimate[0], icc.low[0], icc.high[0]]
    name = f"ICC{form[4]}{'k' if form.endswith('k)') else ''}"
    assert found == pytest.approx(list(numbers(f"icc.{name}.value_low_high")), abs=1e-8)


NAMES = dict(zip(FORMS, ("(1,1)", "(A,1)", "(C,1)", "(1,k)", "(A,k)", "(C,k)"), strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_icc_equals_pingouin_per_feature_in_every_form(form):
    random = np.random.default_rng(0)
    noise = np.array([0.1, 0.5, 2.0, 10.0])
    ratings = random.normal(size=(20, 1, 4)) + random.normal(size=(20, 3, 4)) * noise
    ratings[:, 1, 1] += 0.7
    found = intraclass(ratings, form)
    for feature in range(4):
        wide = pd.DataFrame(ratings[:, :, feature]).rename_axis("patient").reset_index()
        long = wide.melt("patient", var_name="reader")
        table = pingouin.intraclass_corr(long, "patient", "reader", "value").set_index("Type")
        expected = table.loc[f"ICC{NAMES[form]}"]
        assert found.estimate[feature] == pytest.approx(expected["ICC"], abs=1e-8)
        assert found.low[feature] == pytest.approx(expected["CI95"][0], abs=0.00501)
        assert found.high[feature] == pytest.approx(expected["CI95"][1], abs=0.00501)


def test_icc_ignores_order_scale_and_offset():
    random = np.random.default_rng(1)
    ratings = random.normal(size=(15, 1, 3)) + random.normal(size=(15, 2, 3))
    icc = intraclass(ratings)
    for other in (ratings[::-1, ::-1], ratings * 1e-6, ratings * -1e3, ratings + 100):
        again = intraclass(other)
        assert again.estimate == pytest.approx(icc.estimate, rel=1e-7)
        assert again.low == pytest.approx(icc.low, rel=1e-6, abs=1e-9)


def test_icc_of_identical_constant_and_biased_readings():
    values = np.array([1.0, 2.0, 3.0, 5.0])
    same = np.column_stack([values, values])
    ratings = np.stack([same, np.full((4, 2), 0.1), same + np.array([0.0, 1.0])], axis=2)
    icc = intraclass(ratings)
    assert [icc.estimate[0], icc.low[0], icc.high[0]] == [1.0, 1.0, 1.0]
    assert np.isnan([icc.estimate[1], icc.low[1], icc.high[1]]).all()
    # mean squares by hand: patients 35 / 6, readers 2, error 0
    assert icc.estimate[2] == pytest.approx((35 / 6) / (35 / 6 + 2 * 2 / 4))
    assert icc.low[2] < icc.estimate[2] < icc.high[2]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("patients", [2, 8, 40])
def test_icc_of_identical_readings_is_one_in_every_form(form, patients):
    values = np.random.default_rng(patients).normal(size=(patients, 1, 500)).astype(np.float32)
    icc = intraclass(np.repeat(values, 2, axis=1), form)
    assert (np.array([icc.estimate, icc.low, icc.high]) == 1.0).all()


@pytest.mark.parametrize("form", ["ICC(3,1)", "ICC(3,k)"])
def test_a_constant_offset_is_no_matter_of_consistency(form):
    ratings = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 4.0], [5.0, 6.0]])  # exact in binary
    icc = intraclass(ratings[:, :, None], form)
    assert [icc.estimate[0], icc.low[0], icc.high[0]] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("patients", [2, 3, 5, 10])
def test_limits_of_few_patients_lie_about_the_estimate_or_nowhere(form, patients):
    ratings = np.random.default_rng(3).normal(size=(patients, 2, 3000))
    icc = intraclass(ratings, form)
    assert not (icc.low > icc.estimate + 1e-12).any()
    assert not (icc.estimate > 1).any()


def test_the_mean_of_three_raters_has_no_icc_where_one_has_the_lowest_there_is():
    """Patients who all have the same mean: the single measure is -1 / (k - 1)."""
    ratings = np.array([[1.0, 2, 3], [2, 3, 1], [3, 1, 2]])[:, :, None]
    assert intraclass(ratings, "ICC(1,1)").estimate == pytest.approx([-1 / 2])
    assert np.isnan(intraclass(ratings, "ICC(1,k)").estimate).all()


def test_icc_needs_two_patients_and_whole_ratings():
    assert np.isnan(intraclass(np.ones((1, 2, 3))).estimate).all()
    assert intraclass(np.empty((0, 2, 3))).low.shape == (3,)
    with pytest.raises(ValueError, match="missing"):
        intraclass(np.array([[[1.0], [np.nan]], [[1.0], [2.0]]]))


def test_kappa_equals_psych(textures):
    kappa = cohen_kappa(*textures)
    expected = list(numbers("kappa.unweighted.low_est_high"))
    assert [kappa.low, kappa.estimate, kappa.high] == pytest.approx(expected, abs=1e-9)
    weighted = cohen_kappa(*textures, weights="quadratic")
    assert weighted.estimate == pytest.approx(
        numbers("kappa.weighted_quadratic.low_est_high")[1], abs=1e-9
    )


def counts(first: list[int], second: list[int]) -> np.ndarray:
    table = np.zeros((3, 3))
    np.add.at(table, (np.array(first), np.array(second)), 1)
    return table


@pytest.mark.parametrize(("weights", "power"), [("linear", 1), ("quadratic", 2)])
def test_weighted_kappa_equals_statsmodels(textures, weights, power):
    distance = np.abs(np.subtract.outer(range(3), range(3))) ** power
    expected = cohens_kappa(counts(*textures), weights=distance)
    kappa = cohen_kappa(*textures, weights=weights)
    assert kappa.estimate == pytest.approx(expected.kappa, rel=1e-10)
    assert (kappa.low, kappa.high) == pytest.approx((expected.kappa_low, expected.kappa_upp))


def test_psych_s_narrower_weighted_limits_come_from_one_margin(textures):
    """psych's limits appear once a row's share multiplies the sum of its weights.

    Fleiss, Cohen and Everitt average the weights over the shares; resampling sides with them.
    """
    share = counts(*textures) / 178
    rows, columns, weights = share.sum(axis=1), share.sum(axis=0), agreement_weights(3, "quadratic")
    observed, expected = (weights * share).sum(), rows @ weights @ columns
    mixed = np.add.outer(weights @ columns, rows * weights.sum(axis=1))
    variance = (share * (weights * (1 - expected) - mixed * (1 - observed)) ** 2).sum()
    variance -= (observed * expected - 2 * expected + observed) ** 2
    psych = 1.959963985 * np.sqrt(variance / 178) / (1 - expected) ** 2
    low, estimate, high = numbers("kappa.weighted_quadratic.low_est_high")
    assert (estimate - psych, estimate + psych) == pytest.approx((low, high), abs=1e-8)

    kappa = cohen_kappa(*textures, weights="quadratic")
    random = np.random.default_rng(0)
    first, second = (np.array(reader) for reader in textures)
    samples = [random.integers(0, 178, 178) for _ in range(1000)]
    spread = np.std(
        [cohen_kappa(first[s], second[s], weights="quadratic").estimate for s in samples]
    )
    margin = (kappa.high - kappa.low) / 2 / 1.959963985
    assert margin == pytest.approx(spread, rel=0.1)
    assert psych / 1.959963985 < 0.8 * spread


def test_kappa_by_hand():
    """Cohen 1960: observed 0.7, expected 0.5."""
    first = [1] * 5 + [0] * 5
    second = [1] * 4 + [0] + [1] * 2 + [0] * 3
    assert cohen_kappa(first, second).estimate == pytest.approx((0.7 - 0.5) / (1 - 0.5))


def test_kappa_ignores_the_order_of_patients_the_names_of_levels_and_who_is_first(textures):
    first, second = textures
    kappa = cohen_kappa(first, second, weights="quadratic")
    named = [["a", "b", "c"][code] for code in first], [["a", "b", "c"][code] for code in second]
    swapped = cohen_kappa(second[::-1], first[::-1], weights="quadratic")
    for other in (cohen_kappa(*named, weights="quadratic"), swapped):
        assert (other.estimate, other.low) == pytest.approx((kappa.estimate, kappa.low))
    # one more level in the dictionary stretches the weights' scale and leaves plain kappa alone
    assert cohen_kappa(first, second, [0, 1, 2, 3]).estimate == pytest.approx(
        cohen_kappa(first, second).estimate
    )


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_readers_who_agree_on_all_have_a_kappa_without_variance(weights):
    codes = [1, 1, *[0] * 46]  # of which rounding would leave a limit of 0.99999996
    assert cohen_kappa(codes, codes, weights=weights) == Agreement(1, 1, 1)


def test_kappa_where_it_is_undefined_or_misused():
    assert np.isnan(cohen_kappa([], []).estimate)
    assert np.isnan(cohen_kappa(["0"] * 4, ["0"] * 4, ["0", "1"]).low)
    assert cohen_kappa([0, 1], [1, 0]).estimate == -1.0
    with pytest.raises(ValueError, match="no category"):
        cohen_kappa(["0"], ["9"], ["0", "1"])
    with pytest.raises(ValueError, match="cubic"):
        cohen_kappa([0, 1], [0, 1], weights="cubic")
