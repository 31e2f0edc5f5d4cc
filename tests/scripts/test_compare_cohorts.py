"""The comparisons between cohorts, against R's pROC."""

import compare_cohorts
import numpy as np
import oracles
import pandas as pd
import pytest
from scipy.special import expit

from radfuse.statistics.logistic import fit_logistic
from radfuse.tables import header_path, read_table

NAMES = ["smoothness", "symmetry", "texture", "fractal", "smoothness_err"]


@pytest.fixture
def predictions() -> pd.DataFrame:
    """Model C of the R reference in its training and test cohort."""
    train, test = oracles.cohorts()
    fit = fit_logistic(train[NAMES], train["malignant"].to_numpy())
    both = pd.concat([train, test])
    frame = pd.DataFrame({"patient": [f"P{place:03d}" for place in range(len(both))]})
    frame["cohort"] = ["train"] * len(train) + ["test"] * len(test)
    frame["outcome"], frame["model"] = both["malignant"].to_numpy(dtype=float), "C"
    linear = fit.coefficients[0] + both[NAMES].to_numpy() @ fit.coefficients[1:]
    return frame.assign(protocol="published", probability=expit(linear))


def test_equal_to_proc(predictions: pd.DataFrame) -> None:
    row = compare_cohorts.cohort_table(predictions).iloc[0]
    expected = oracles.numbers("delong.unpaired.C_train_vs_C_test.D_df_p")
    # the reference has ten digits, and so have its inputs
    assert row[["t", "df", "p"]].to_numpy(dtype=float) == pytest.approx(expected, rel=1e-8)
    assert row["auc_b"] == pytest.approx(oracles.numbers("auc.test.C.low_auc_high_delong")[1])
    assert row["difference"] == row["auc_a"] - row["auc_b"]
    assert row[["n_a", "events_a", "n_b", "events_b"]].tolist() == [124, 73, 54, 19]
    assert row[["n", "events"]].tolist() == [178, 92]


def test_every_pair_of_cohorts(predictions: pd.DataFrame) -> None:
    other = predictions.copy()
    other.loc[other.index[150:], "cohort"] = "external"
    both = pd.concat([predictions, other.assign(model="D")])
    found = compare_cohorts.cohort_table(both)
    assert found[["model", "cohort_a", "cohort_b"]].to_numpy().tolist() == [
        ["C", "train", "test"],
        ["D", "train", "test"],
        ["D", "train", "external"],
        ["D", "test", "external"],
    ]


def test_one_cohort_or_one_class(predictions: pd.DataFrame) -> None:
    alone = compare_cohorts.cohort_table(predictions.query("cohort == 'train'"))
    assert alone.empty and list(alone.columns) == list(compare_cohorts.COLUMNS)
    predictions.loc[predictions["cohort"] == "test", "outcome"] = 0.0
    row = compare_cohorts.cohort_table(predictions).iloc[0]
    assert np.isnan([row["auc_b"], row["t"], row["p"]]).all()


def test_files(tmp_path, predictions: pd.DataFrame) -> None:
    source, target = tmp_path / "predictions.tsv", tmp_path / "delong_cohorts.tsv"
    predictions.to_csv(source, sep="\t", index=False)
    compare_cohorts.main(predictions=str(source), table=str(target), simulated=True)
    expected = compare_cohorts.cohort_table(predictions)
    pd.testing.assert_frame_equal(read_table(target), expected, rtol=1e-9)
    assert "Not for: " in header_path(target).read_text()
