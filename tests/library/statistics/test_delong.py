"""AUCs and their tests against pROC, closed forms and symmetry."""

import numpy as np
import oracles
import pytest
from sklearn.metrics import roc_auc_score

from radfuse.statistics import delong
from radfuse.statistics.logistic import fit_logistic

MODELS = {
    "A": ["smoothness"],
    "B": ["symmetry", "texture"],
    "C": ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"],
}


@pytest.fixture(scope="module")
def cohorts() -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Outcome and log odds of A, B and C, by cohort."""
    train, test = oracles.cohorts()
    found = {}
    for name, frame in (("train", train), ("test", test)):
        log_odds = {}
        for model, names in MODELS.items():
            fit = fit_logistic(train[names], train["malignant"].to_numpy())
            log_odds[model] = fit.coefficients[0] + frame[names].to_numpy() @ fit.coefficients[1:]
        found[name] = frame["malignant"].to_numpy(), log_odds
    return found


@pytest.fixture
def simulated() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    outcome = (rng.random(80) < 0.3).astype(int)
    first = np.round(rng.normal(size=80) + outcome, 1)
    return outcome, first, np.round(first + rng.normal(size=80), 1)


@pytest.mark.parametrize("model", MODELS)
def test_interval_equals_proc(cohorts, model: str) -> None:
    outcome, log_odds = cohorts["test"]
    low, auc, high = oracles.numbers(f"auc.test.{model}.low_auc_high_delong")
    assert delong.auc_interval(outcome, log_odds[model]) == pytest.approx(
        (auc, low, high), abs=1e-8
    )


@pytest.mark.parametrize(("a", "b"), [("A", "B"), ("A", "C"), ("B", "C")])
def test_paired_test_equals_proc(cohorts, a: str, b: str) -> None:
    outcome, log_odds = cohorts["test"]
    z, p = oracles.numbers(f"delong.paired.test.{a}_vs_{b}.z_p")
    found = delong.paired_test(outcome, log_odds[a], log_odds[b])
    assert (found.statistic, found.p) == (pytest.approx(z, abs=1e-8), pytest.approx(p, rel=1e-8))
    assert found.difference == pytest.approx(found.auc_a - found.auc_b)
    assert found.auc_a == pytest.approx(roc_auc_score(outcome, log_odds[a]), abs=1e-12)


@pytest.mark.parametrize(("a", "b"), [("A", "B"), ("A", "C"), ("B", "C")])
def test_interval_of_a_difference_is_that_of_proc_s_z(cohorts, a: str, b: str) -> None:
    outcome, log_odds = cohorts["test"]
    z, _ = oracles.numbers(f"delong.paired.test.{a}_vs_{b}.z_p")
    aucs = [oracles.numbers(f"auc.test.{model}.low_auc_high_delong")[1] for model in (a, b)]
    difference = aucs[0] - aucs[1]
    half = 1.959963984540054 * difference / z
    found = delong.difference_interval(outcome, log_odds[a], log_odds[b])
    assert found == pytest.approx((difference - half, difference + half), abs=1e-8)
    swapped = delong.difference_interval(outcome, log_odds[b], log_odds[a])
    assert swapped == pytest.approx((-found[1], -found[0]), abs=1e-12)


def test_unpaired_test_equals_proc(cohorts) -> None:
    statistic, freedom, p = oracles.numbers("delong.unpaired.C_train_vs_C_test.D_df_p")
    train, test = cohorts["train"], cohorts["test"]
    found, found_freedom = delong.unpaired_test(train[0], train[1]["C"], test[0], test[1]["C"])
    assert found.statistic == pytest.approx(statistic, abs=1e-8)
    assert found_freedom == pytest.approx(freedom, abs=1e-6)
    assert found.p == pytest.approx(p, abs=1e-8)


def test_variance_equals_all_pairs(simulated) -> None:
    # DeLong et al. 1988, equations 2 to 6, pair by pair
    outcome, values, _ = simulated
    positive, negative = values[outcome == 1], values[outcome == 0]
    pairs = np.sign(positive[:, None] - negative[None, :]) / 2 + 0.5
    expected = pairs.mean(axis=1).var(ddof=1) / len(positive)
    expected += pairs.mean(axis=0).var(ddof=1) / len(negative)
    assert delong.auc(outcome, values) == pytest.approx(pairs.mean(), abs=1e-14)
    assert delong.variance(*delong.placements(outcome, values)) == pytest.approx(expected)


def test_swapping_the_classes_mirrors_the_auc(simulated) -> None:
    outcome, values, _ = simulated
    auc, low, high = delong.auc_interval(outcome, values)
    swapped = delong.auc_interval(1 - outcome, values)
    assert swapped == pytest.approx((1 - auc, 1 - high, 1 - low), abs=1e-12)


def test_order_and_monotone_transforms_change_nothing(simulated) -> None:
    outcome, a, b = simulated
    order = np.random.default_rng(0).permutation(len(outcome))
    plain = delong.paired_test(outcome, a, b)
    assert delong.paired_test(outcome[order], a[order], b[order]) == pytest.approx(plain)
    assert delong.paired_test(outcome, np.exp(a), b**3) == pytest.approx(plain)


def test_exchanging_the_models_flips_the_sign(simulated) -> None:
    outcome, a, b = simulated
    ahead, back = delong.paired_test(outcome, a, b), delong.paired_test(outcome, b, a)
    assert back.statistic == pytest.approx(-ahead.statistic)
    assert back.p == pytest.approx(ahead.p)


def test_predictions_that_rank_alike_do_not_differ(simulated) -> None:
    outcome, values, _ = simulated
    found = delong.paired_test(outcome, values, 3 * values + 1)
    assert (found.difference, found.statistic, found.p) == (0, 0, 1)


def test_difference_without_variance_has_no_p() -> None:
    found = delong.paired_test([0, 0, 1, 1], [1, 2, 3, 4], [5, 5, 5, 5])
    assert (found.auc_a, found.auc_b, found.difference) == (1, 0.5, 0.5)
    assert np.isnan([found.statistic, found.p]).all()


def test_perfect_separation_has_a_point_interval() -> None:
    assert delong.auc_interval([0, 0, 1, 1], [1, 2, 3, 4]) == (1, 1, 1)


def test_one_class_has_no_auc() -> None:
    assert np.isnan(delong.auc_interval([1, 1, 1], [0.1, 0.2, 0.3])).all()
    assert np.isnan(delong.auc([], []))
    found = delong.paired_test([0, 0], [0.1, 0.2], [0.3, 0.1])
    assert np.isnan([found.auc_a, found.statistic, found.p]).all()


def test_one_positive_has_an_auc_without_interval() -> None:
    auc, low, high = delong.auc_interval([0, 0, 1], [0.1, 0.3, 0.2])
    assert auc == 0.5
    assert np.isnan([low, high]).all()


def test_interval_stays_between_0_and_1() -> None:
    auc, _, high = delong.auc_interval([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6])
    assert auc < 1
    assert high == 1


def test_holm_by_hand() -> None:
    # 4 x 0.005; 3 x 0.01; 2 x 0.03; 1 x 0.04, which may not fall below the one before
    assert delong.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert delong.holm([0.6, 0.7]) == pytest.approx([1, 1])


def test_holm_leaves_out_what_has_no_p() -> None:
    adjusted = delong.holm([0.01, np.nan, 0.04])
    assert np.isnan(adjusted[1])
    assert adjusted[[0, 2]] == pytest.approx([0.02, 0.04])
    assert delong.holm([]).shape == (0,)
