"""The balance of the split."""

import numpy as np
import pandas as pd
import pytest
from describe_split import COLUMNS, balance_table, main
from scipy.stats import chi2_contingency

from radfuse.inputs.radiology import reader_values
from radfuse.tables import read_table

DICTIONARY = [
    {"name": "rim", "label": "Rim", "type": "binary", "levels": {"0": "absent", "1": "present"}},
    {"name": "site", "label": "Site", "type": "nominal", "levels": {"l": "left", "r": "right"}},
    {"name": "size", "label": "Size", "type": "continuous"},
]


@pytest.fixture
def sheet() -> pd.DataFrame:
    random = np.random.default_rng(3)
    frame = pd.DataFrame({"patient": [f"P{number:02d}" for number in range(70)]})
    frame = frame.assign(modality="CT", reader="1")
    frame["rim"] = random.integers(0, 2, 70).astype(str)
    frame["site"] = random.choice(["l", "r", ""], 70, p=[0.5, 0.4, 0.1])
    frame["size"] = random.normal(40, 5, 70).round(1).astype(str)
    return frame


@pytest.fixture
def split(sheet) -> pd.DataFrame:
    frame = pd.DataFrame({"patient": sheet["patient"], "outcome": np.tile([1.0, 0], 35)})
    frame["cohort"] = np.repeat(["train", "test", "external"], [40, 20, 10])
    return frame


def test_train_against_test(sheet, split):
    table = balance_table(reader_values(sheet, "CT", "1", DICTIONARY), split, DICTIONARY)
    assert list(table.columns) == list(COLUMNS)
    rows = table.set_index(["characteristic", "level"])
    rim = rows.loc[("Rim", "")]
    assert (rim["n"], rim["events"], rim["missing"]) == (60, 30, 0)
    counts = pd.crosstab(sheet["rim"][:60], split["cohort"][:60])
    assert rim["p"] == pytest.approx(chi2_contingency(counts).pvalue)
    assert rows.loc[("Rim", "present"), "train_count"] == counts.at["1", "train"]
    site = rows.loc[("Site", "")]
    blank = (sheet["site"][:60] == "").sum()
    assert (site["n"], site["missing"]) == (60 - blank, blank)
    assert rows.loc[("Size", ""), "method"] == "Welch's t"
    assert rows.loc[("Size", ""), "test_n"] == 20


def test_training_patients_only(sheet, split):
    values = reader_values(sheet, "CT", "1", DICTIONARY)
    table = balance_table(values, split[split["cohort"] == "train"], DICTIONARY)
    assert table["p"].isna().all() and (table["n"] <= 40).all()
    assert table.set_index(["characteristic", "level"]).loc[("Size", ""), "train"].count("±") == 1
    assert set(table["test"].dropna()) <= {""}


def test_the_order_of_rows_and_other_cohorts_do_not_matter(sheet, split, tmp_path):
    def run(sheet: pd.DataFrame, split: pd.DataFrame) -> bytes:
        sheet.to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
        split.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
        main(
            radiology=tmp_path / "sheet.tsv",
            split=tmp_path / "split.tsv",
            modality="CT",
            dictionary=DICTIONARY,
            reader="1",
            simulated=False,
            table=tmp_path / "balance.tsv",
        )
        return (tmp_path / "balance.tsv").read_bytes()

    expected = run(sheet, split)
    assert run(sheet.sample(frac=1, random_state=1), split[::-1]) == expected
    sheet.loc[60:, "size"] = "1"  # external
    assert run(sheet, split) == expected
    assert len(read_table(tmp_path / "balance.tsv")) == 7
