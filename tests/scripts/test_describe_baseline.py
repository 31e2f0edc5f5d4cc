"""The baseline table of a small study."""

import numpy as np
import pandas as pd
import pytest
from describe_baseline import COLUMNS, baseline_table, main
from scipy.stats import ttest_ind

from radfuse.report.measures import read_printed
from radfuse.tables import read_table, write_table

CLINICAL = {
    "numeric": ["age", "afp"],
    "categorical": ["sex"],
    "labels": {"age": "Age, years", "sex": "Sex"},
}


@pytest.fixture
def sheet() -> pd.DataFrame:
    random = np.random.default_rng(2)
    frame = pd.DataFrame({"patient": [f"P{number:02d}" for number in range(60)]})
    frame["age"] = random.normal(60, 10, 60).round(1).astype(str)
    frame["afp"] = np.exp(random.normal(3, 3, 60)).round(2).astype(str)
    frame["sex"] = np.where(random.random(60) < 0.7, "male", "female")
    frame.loc[[0, 1, 50], ["age", "sex"]] = ""
    return frame


@pytest.fixture
def split(sheet) -> pd.DataFrame:
    frame = pd.DataFrame({"patient": sheet["patient"], "outcome": np.tile([1.0, 0, 0], 20)})
    frame["cohort"] = np.repeat(["train", "test", "unlabelled"], [40, 18, 2])
    frame.loc[58:, "outcome"] = np.nan
    return frame


def test_rows_counts_and_tests(sheet, split):
    table = baseline_table(sheet, split, **CLINICAL)
    assert list(table.columns) == list(COLUMNS)
    assert table["cohort"].unique().tolist() == ["train", "test"]
    train = table[table["cohort"] == "train"].set_index(["variable", "level"])
    assert train.index.tolist() == [
        ("age", ""),
        ("afp", ""),
        ("sex", ""),
        ("sex", "female"),
        ("sex", "male"),
    ]
    age = train.loc[("age", "")]
    assert (age["n"], age["events"], age["missing"]) == (38, 13, 2)
    ages = pd.to_numeric(sheet["age"][:40].replace("", None))
    groups = [ages[split["outcome"][:40] == outcome].dropna() for outcome in (0, 1)]
    assert age["method"] == "Welch's t"
    assert age["p"] == pytest.approx(ttest_ind(*groups, equal_var=False).pvalue)
    assert age["positive_mean"] == pytest.approx(groups[1].mean())
    assert train.loc[("afp", ""), "method"].startswith("Mann-Whitney")
    assert "(" in train.loc[("afp", ""), "positive"]
    levels = train.loc["sex"].iloc[1:]
    assert levels["negative_count"].sum() + levels["positive_count"].sum() == 38
    assert levels["positive_percent"].sum() == pytest.approx(100)


def test_a_variable_is_printed_by_its_label_or_else_its_name(sheet, split, tmp_path):
    table = baseline_table(sheet, split, **CLINICAL)
    assert dict(zip(table["variable"], table["label"], strict=True)) == {
        "age": "Age, years",
        "afp": "afp",
        "sex": "Sex",
    }
    unlabelled = baseline_table(sheet, split, **CLINICAL | {"labels": {}})
    assert unlabelled["label"].equals(unlabelled["variable"])
    pd.testing.assert_frame_equal(unlabelled.drop(columns="label"), table.drop(columns="label"))
    write_table(table, tmp_path / "baseline.tsv", title="-", columns=COLUMNS, simulated=False)
    printed = read_printed(tmp_path / "baseline.tsv")
    assert list(printed["variable"]) == list(table["label"]) and "label" not in printed


def test_another_cohort_and_the_order_of_rows_do_not_matter(sheet, split):
    expected = baseline_table(sheet, split, **CLINICAL)
    mixed = baseline_table(sheet.sample(frac=1, random_state=1), split[::-1], **CLINICAL)
    pd.testing.assert_frame_equal(mixed, expected)
    other = sheet.copy()
    other.loc[40:57, "age"] = "1"
    changed = baseline_table(other, split, **CLINICAL)
    train = expected["cohort"] == "train"
    pd.testing.assert_frame_equal(changed[train], expected[train])


def test_swapping_the_classes_swaps_the_columns(sheet, split):
    table = baseline_table(sheet, split, **CLINICAL)
    swapped = baseline_table(sheet, split.assign(outcome=1 - split["outcome"]), **CLINICAL)
    assert swapped["negative"].equals(table["positive"])
    assert swapped["p"].to_numpy() == pytest.approx(table["p"], nan_ok=True)
    assert swapped["smd"].to_numpy() == pytest.approx(table["smd"], nan_ok=True)


def test_one_class_and_no_variables(sheet, split):
    table = baseline_table(sheet, split[split["outcome"] == 0], **CLINICAL)
    assert table["p"].isna().all() and (table["events"] == 0).all()
    assert (table.loc[table["level"] != "", "positive"] == "").all()
    assert baseline_table(sheet, split, [], [], {}).empty


def test_the_files(sheet, split, tmp_path):
    sheet.to_csv(tmp_path / "patients.tsv", sep="\t", index=False)
    split.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    main(
        patients=tmp_path / "patients.tsv",
        split=tmp_path / "split.tsv",
        clinical=CLINICAL,
        simulated=True,
        table=tmp_path / "baseline.tsv",
    )
    table = read_table(tmp_path / "baseline.tsv")
    assert list(table.columns[:5]) == ["cohort", "variable", "level", "n", "events"]
    assert len(table) == 10
    assert "SIMULATED" in (tmp_path / "baseline.header.txt").read_text(encoding="utf-8")
