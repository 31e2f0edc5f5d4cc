"""L1-penalised logistic regression against glmnet and its optimality conditions."""

import numpy as np
import oracles
import pytest
from scipy.special import expit

from radfuse.errors import StudyError
from radfuse.statistics import lasso


def standardised() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The oracles' 30 columns on the training cohort (population SD), outcome, names as in R."""
    frame = oracles.raw().iloc[: oracles.TRAIN]
    columns = frame.drop(columns="malignant")
    names = [name.replace(" ", "_") for name in columns.columns]
    values = columns.to_numpy()
    return (values - values.mean(0)) / values.std(0), frame["malignant"].to_numpy(float), names


@pytest.mark.parametrize("penalty", ["0.2", "0.1", "0.05", "0.02"])
def test_equal_to_glmnet(penalty: str) -> None:
    columns, outcome, names = standardised()
    expected = dict.fromkeys(names, 0.0)
    for entry in oracles.oracle(f"lasso.lambda={penalty}.nonzero"):
        name, value = entry.split("=")
        assert name in expected
        expected[name] = float(value)
    intercept, slopes = lasso.fit_lasso(columns, outcome, float(penalty))
    (expected_intercept,) = oracles.numbers(f"lasso.lambda={penalty}.intercept")
    assert intercept == pytest.approx(expected_intercept, abs=1e-4)
    assert slopes == pytest.approx(np.array(list(expected.values())), abs=1e-4)
    assert set(np.flatnonzero(slopes)) == set(np.flatnonzero(list(expected.values())))


def test_largest_lambda_equals_glmnet_and_selects_nothing() -> None:
    columns, outcome, _ = standardised()
    largest = lasso.largest_lambda(columns, outcome)
    assert largest == pytest.approx(oracles.numbers("lasso.lambda_max")[0], abs=1e-8)
    for penalty, selected in ((largest, 0), (largest * 0.999, 1)):
        _, slopes = lasso.fit_lasso(columns, outcome, penalty)
        assert np.count_nonzero(slopes) == selected


def test_optimality_conditions_along_a_path() -> None:
    # Friedman et al. 2010: the gradient is -lambda sign(slope), or within +-lambda where slope = 0
    columns, outcome, _ = standardised()
    lambdas = lasso.lambda_path(lasso.largest_lambda(columns, outcome), 30, 0.01)
    intercepts, slopes = lasso.fit_path(columns, outcome, lambdas)
    for penalty, intercept, slope in zip(lambdas, intercepts, slopes, strict=True):
        residual = expit(intercept + columns @ slope) - outcome
        gradient = columns.T @ residual / len(outcome)
        used = slope != 0
        assert residual.mean() == pytest.approx(0, abs=1e-6)
        assert gradient[used] == pytest.approx(-penalty * np.sign(slope[used]), abs=1e-5)
        assert (np.abs(gradient[~used]) <= penalty + 1e-5).all()


def test_optimality_conditions_where_columns_enter_later() -> None:
    """Whitened components of unequal use: those that enter only beside others must be found too."""
    rng = np.random.default_rng(8)
    columns = np.linalg.svd(rng.normal(size=(150, 110)), full_matrices=False)[0] * np.sqrt(149)
    outcome = (columns[:, :6] @ rng.normal(size=6) + rng.normal(size=150) > 0.4).astype(float)
    lambdas = lasso.lambda_path(lasso.largest_lambda(columns, outcome), 50, 0.01)
    intercepts, slopes = lasso.fit_path(columns, outcome, lambdas)
    residual = outcome[:, None] - expit(intercepts + columns @ slopes.T)
    gradient = columns.T @ residual / len(outcome)
    zero = slopes.T == 0
    assert (np.abs(gradient) <= lambdas * (1 + 1e-4))[zero].all()
    signed = (gradient - np.sign(slopes.T) * lambdas) / lambdas
    assert np.abs(signed[~zero]).max() < 1e-4
    assert np.abs(residual.mean(axis=0)).max() < 1e-8
    assert (~zero).sum(axis=0).max() > 60


def test_a_path_equals_single_fits() -> None:
    columns, outcome, _ = standardised()
    lambdas = np.array([0.2, 0.05, 0.01])
    intercepts, slopes = lasso.fit_path(columns, outcome, lambdas)
    for place, penalty in enumerate(lambdas):
        intercept, slope = lasso.fit_lasso(columns, outcome, penalty)
        assert intercept == pytest.approx(intercepts[place], abs=1e-4)
        assert slope == pytest.approx(slopes[place], abs=1e-4)


def test_units_scale_the_penalty() -> None:
    columns, outcome, _ = standardised()
    _, slopes = lasso.fit_lasso(columns, outcome, 0.05)
    _, scaled = lasso.fit_lasso(columns * 50, outcome, 0.05 * 50)
    assert scaled * 50 == pytest.approx(slopes, abs=1e-4)


def test_separated_classes_converge() -> None:
    values = np.array([-3.0, -2, -1, 1, 2, 3])[:, None]
    outcome = (values[:, 0] > 0).astype(float)
    lambdas = lasso.lambda_path(lasso.largest_lambda(values, outcome), 20, 1e-3)
    _, slopes = lasso.fit_path(values, outcome, lambdas)
    assert np.isfinite(slopes).all()
    assert (np.diff(slopes[:, 0]) > 0).all()


def test_without_columns_only_the_rate_is_fitted() -> None:
    intercepts, slopes = lasso.fit_path(np.zeros((4, 0)), np.array([1.0, 0, 0, 0]), np.ones(2))
    assert intercepts == pytest.approx([np.log(1 / 3)] * 2)
    assert slopes.shape == (2, 0)


def test_path_is_even_on_the_log_scale() -> None:
    found = lasso.lambda_path(0.5, 5, 0.01)
    assert found[0] == pytest.approx(0.5) and found[-1] == pytest.approx(0.005)
    assert np.diff(np.log(found)) == pytest.approx(np.log(0.01) / 4)


def test_mean_deviance_by_hand_and_clipped() -> None:
    outcome = np.array([1.0, 0.0])
    by_penalty = lasso.mean_deviance(outcome, np.array([[0.0, 50.0], [0.0, 50.0]]))
    confident_error = (-2 * np.log(1e-5) - 2 * np.log(1 - 1e-5)) / 2
    assert by_penalty == pytest.approx([2 * np.log(2), confident_error])


def test_a_fit_that_does_not_converge_is_refused(monkeypatch) -> None:
    random = np.random.default_rng(0)
    columns, outcome = random.normal(size=(40, 5)), np.tile([0.0, 1.0], 20)
    monkeypatch.setattr("radfuse.statistics.lasso.STEPS", 1)
    with pytest.raises(StudyError, match=r"E24 statistics: .* 1 steps at lambda 0\.001"):
        lasso.fit_lasso(columns, outcome, 0.001)
