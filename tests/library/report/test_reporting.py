"""Result tables made to read: nothing recomputed, nothing lost, nothing repeated."""

import numpy as np
import pandas as pd
import pytest

from radfuse.report.reporting import (
    at_thresholds,
    bounds_of,
    display,
    stability_summary,
    summaries_of,
)
from radfuse.tables import read_table, write_table


def performance() -> pd.DataFrame:
    rows = [
        ["published", "train", "R_CT", 124, 28, 0.875, 0.8, 0.95, 23],
        ["published", "train", "fused", 124, 28, 0.965, 0.93, 1.0, 26],
        ["published", "test", "R_CT", 54, 11, 0.851, 0.7, 0.99, 8],
    ]
    return pd.DataFrame(
        rows,
        columns=["protocol", "cohort", "model", "n", "events", "auc", "auc_low", "auc_high", "tp"],
    )


def test_bounds_join_their_estimate_and_counts_stand_in_the_headings() -> None:
    table = display(performance(), "Performance")
    assert table.columns == ["Model", "AUC (95% CI)", "TP"]
    assert table.blocks == [
        (
            "Training cohort (n = 124, 28 positive)",
            [["R CT", "0.875 (0.800–0.950)", "23"], ["Fused", "0.965 (0.930–1.000)", "26"]],
        ),
        ("Test cohort (n = 54, 11 positive)", [["R CT", "0.851 (0.700–0.990)", "8"]]),
    ]
    assert table.numeric == [False, True, True]
    assert table.size == 3


def test_counts_that_differ_stay_in_the_rows() -> None:
    frame = performance()
    frame.loc[1, "n"] = 120
    table = display(frame, "Performance")
    assert table.columns[:3] == ["Model", "n", "Events"]
    assert [row[1] for row in table.blocks[0][1]] == ["124", "120"]
    assert [heading for heading, _ in table.blocks] == ["Training cohort", "Test cohort"]


def test_without_cohorts_common_counts_join_the_title() -> None:
    frame = pd.DataFrame({"characteristic": ["A", "B"], "n": 60, "events": 20, "p": [0.0004, None]})
    table = display(frame, "Characteristics")
    assert table.title == "Characteristics (n = 60, 20 positive)"
    assert table.blocks == [("", [["A", "< 0.001"], ["B", ""]])]


def test_a_ledger_keeps_its_counts_though_they_are_all_the_same() -> None:
    frame = pd.DataFrame(
        {"step": ["registered", "analysed"], "n": 4, "events": 1, "derived_n": 4.0}
    )
    table = display(frame, "Ledger", ledger=True)
    assert table.title == "Ledger"
    assert table.blocks == [("", [["registered", "4", "1", "4"], ["analysed", "4", "1", "4"]])]


def test_missing_is_shown_where_something_is_missing() -> None:
    frame = pd.DataFrame({"variable": ["age", "afp"], "missing": [0, 0]})
    assert display(frame, "").columns == ["Variable"]
    frame["missing"] = [0, 3]
    assert display(frame, "").blocks[0][1] == [["age", "0"], ["afp", "3"]]


@pytest.mark.parametrize(
    ("column", "limits"),
    [
        ("or", ("low", "high")),
        ("multi_or", ("multi_low", "multi_high")),
        ("observed", ("observed_low", "observed_high")),
        ("p", None),
    ],
)
def test_which_columns_are_an_interval(column: str, limits: tuple | None) -> None:
    columns = ["or", "low", "high", "p", "multi_or", "multi_low", "multi_high", "observed"]
    assert bounds_of(column, [*columns, "observed_low", "observed_high"]) == limits


def test_curves_of_nobody_make_a_table_without_rows() -> None:
    frame = pd.DataFrame({"threshold": [0.1, 0.2], "model": "treat all", "cohort": "external"})
    frame = frame.assign(n=0, events=0, net_benefit=np.nan)
    found = at_thresholds(frame, "net_benefit", [0.1])
    assert found.empty and list(found.columns) == ["cohort", "model", "n", "events", "at 0.1"]


def test_level_rows_stand_below_their_variable() -> None:
    frame = pd.DataFrame(
        {
            "variable": ["sex", "sex", "stage"],
            "level": [np.nan, "male", np.nan],
            "positive": ["", "17 (60.7%)", "2.1 ± 0.3"],
            "positive_mean": [np.nan, np.nan, 2.1],
        }
    )
    printed = summaries_of(frame, "variable")
    assert list(printed.columns) == ["variable", "positive"]
    assert list(printed["variable"]) == ["sex", "\u2003male", "stage"]


def test_numeric_level_codes_keep_their_spelling(tmp_path) -> None:
    codes = ["0", "1", "007", "7", "1e5", "100000", "1.10"]
    frame = pd.DataFrame({"variable": "hbv", "level": [None, *codes]})
    described = {"variable": "its name", "level": "code"}
    write_table(frame, tmp_path / "t.tsv", title="t", columns=described, simulated=False)
    printed = summaries_of(read_table(tmp_path / "t.tsv"), "variable")["variable"]
    assert list(printed) == ["hbv", *(f"\u2003{code}" for code in codes)]


def stability() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "feature": ["AP_0000", "AP_0001", "AP_0002", "VP_0000"],
            "sequence": ["AP", "AP", "AP", "VP"],
            "intra": [0.9, 0.8, 0.7, 0.95],
            "inter": [0.85, 0.6, 0.7, 0.9],
            "stable": ["yes", "no", "no", "yes"],
            "reason": [np.nan, "inter-reader ICC below threshold", "constant", np.nan],
        }
    )
    return frame.assign(n=34, events=11, n_intra=14, n_inter=13)


def test_stability_per_sequence() -> None:
    summary = stability_summary(stability()).set_index("sequence")
    assert list(summary["features"]) == ["3", "1"]
    assert list(summary["stable"]) == ["1 (33.3%)", "1 (100.0%)"]
    assert summary.loc["AP", "intra-reader ICC, median (IQR)"] == "0.80 (0.75–0.85)"
    assert summary.loc["AP", "inter-reader pairs"] == "13"
    assert (
        summary.loc["AP", "dropped because"] == "constant: 1; inter-reader ICC below threshold: 1"
    )
    assert summary.loc["VP", "dropped because"] == ""


def test_stability_that_was_not_assessed_is_blank() -> None:
    frame = stability().assign(intra=np.nan, inter=np.nan, n_intra=0, n_inter=0, stable="yes")
    summary = stability_summary(frame.assign(reason="not assessed"))
    assert list(summary["intra-reader ICC, median (IQR)"]) == ["", ""]
    assert list(summary["dropped because"]) == ["", ""]


def test_a_table_may_have_fewer_decimals() -> None:
    frame = pd.DataFrame({"model": ["fused"], "at 0.1": [12.345], "at 0.2": [-0.004]})
    assert display(frame, "T", digits=1).blocks[0][1] == [["Fused", "12.3", "0.0"]]
    assert display(frame, "T").blocks[0][1][0][1:] == ["12.345", "−0.004"]


def test_net_benefit_is_read_off_at_the_nearest_thresholds() -> None:
    rows = [
        ["published", cohort, model, threshold, benefit + threshold, n, 5]
        for cohort, n in (("train", 20), ("test", 10))
        for model, benefit in (("fused", 1.0), ("R_CT", 2.0), ("treat all", 3.0))
        for threshold in (0.1, 0.2, 0.45)
    ]
    names = ["protocol", "cohort", "model", "threshold", "net_benefit", "n", "events"]
    wide = at_thresholds(pd.DataFrame(rows, columns=names), "net_benefit", [0.1, 0.5])
    assert list(wide.columns) == ["cohort", "model", "n", "events", "at 0.1", "at 0.45"]
    assert list(wide["model"]) == ["fused", "R_CT", "treat all"] * 2
    assert list(wide["cohort"]) == ["train"] * 3 + ["test"] * 3
    assert list(wide["at 0.45"]) == [1.45, 2.45, 3.45] * 2
