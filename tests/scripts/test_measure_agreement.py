"""Agreement of the two radiologists, from the sheet to the table."""

import numpy as np
import pandas as pd
import pytest
from measure_agreement import COLUMNS, main

from radfuse.statistics.reliability import cohen_kappa, intraclass
from radfuse.tables import read_table

DICTIONARY = [
    {"name": "rim", "label": "Rim", "type": "binary", "levels": {"0": "absent", "1": "present"}},
    {
        "name": "shape",
        "label": "Shape",
        "type": "ordinal",
        "levels": {"1": "round", "2": "lobulated", "3": "irregular"},
    },
    {"name": "site", "label": "Site", "type": "nominal", "levels": {"l": "left", "r": "right"}},
    {"name": "size", "label": "Size", "type": "continuous"},
]


@pytest.fixture
def sheet() -> pd.DataFrame:
    random = np.random.default_rng(6)
    first = pd.DataFrame({"patient": [f"P{n:02d}" for n in range(50)], "reader": "1"})
    first["rim"] = random.integers(0, 2, 50).astype(str)
    first["shape"] = random.integers(1, 4, 50).astype(str)
    first["site"] = random.choice(["l", "r"], 50)
    first["size"] = random.normal(50, 9, 50).round(1).astype(str)
    second = first.assign(reader="2")
    again = random.random((50, 3)) < 0.2
    second["rim"] = np.where(again[:, 0], "1", first["rim"])
    second["shape"] = np.where(again[:, 1], "2", first["shape"])
    second["site"] = np.where(again[:, 2], "l", first["site"])
    second["size"] = (first["size"].astype(float) + random.normal(1, 2, 50)).round(1).astype(str)
    return pd.concat([first, second.iloc[:40]]).assign(modality="CT")


def run(folder, sheet: pd.DataFrame) -> pd.DataFrame:
    split = pd.DataFrame({"patient": [f"P{n:02d}" for n in range(49)], "cohort": "train"})
    split["outcome"] = [1.0, 0.0, np.nan, 0.0, 0.0, 0.0, 0.0] * 7
    split.to_csv(folder / "split.tsv", sep="\t", index=False)
    sheet.to_csv(folder / "sheet.tsv", sep="\t", index=False)
    main(
        radiology=folder / "sheet.tsv",
        split=folder / "split.tsv",
        modality="CT",
        dictionary=DICTIONARY,
        simulated=False,
        table=folder / "agreement.tsv",
    )
    return read_table(folder / "agreement.tsv")


def test_each_type_has_its_statistic(sheet, tmp_path):
    table = run(tmp_path, sheet)
    assert list(table.columns) == list(COLUMNS)
    assert table["statistic"].tolist() == [
        "kappa",
        "quadratic weighted kappa",
        "kappa",
        "ICC(2,1)",
    ]
    assert (table["n"] == 40).all() and (table["events"] == 6).all()
    wide = sheet.pivot_table(index="patient", columns="reader", aggfunc="first").iloc[:40]
    expected = [
        cohen_kappa(*wide["rim"].to_numpy().T, ["0", "1"]),
        cohen_kappa(*wide["shape"].to_numpy().T, ["1", "2", "3"], "quadratic"),
        cohen_kappa(*wide["site"].to_numpy().T, ["l", "r"]),
        intraclass(wide["size"].to_numpy(float)[:, :, None]),
    ]
    for row, agreement in zip(table.itertuples(), expected, strict=True):
        assert row.estimate == pytest.approx(np.squeeze(agreement.estimate))
        assert row.low == pytest.approx(np.squeeze(agreement.low))
        assert row.high == pytest.approx(min(float(np.squeeze(agreement.high)), 1.0))
    same = wide["rim"]["1"] == wide["rim"]["2"]
    assert table.loc[0, "agreement"] == pytest.approx(same.mean())
    assert table.loc[0, "prevalence_reader2"] == pytest.approx((wide["rim"]["2"] == "1").mean())
    assert table.loc[3, "mean_difference"] == pytest.approx(
        (wide["size"]["2"].astype(float) - wide["size"]["1"].astype(float)).mean()
    )


def test_the_dictionary_s_order_of_ordered_codes_does_not_matter(sheet, tmp_path, monkeypatch):
    expected = run(tmp_path, sheet)
    turned = [dict(entry) for entry in DICTIONARY]
    for entry in turned:
        if entry["type"] in ("binary", "ordinal"):
            entry["levels"] = dict(reversed(entry["levels"].items()))
    monkeypatch.setitem(globals(), "DICTIONARY", turned)
    pd.testing.assert_frame_equal(run(tmp_path, sheet), expected)


def test_patients_count_for_what_both_filled_in(sheet, tmp_path):
    sheet.iloc[0, sheet.columns.get_loc("rim")] = ""  # P00 by reader 1, positive
    table = run(tmp_path, sheet.sample(frac=1, random_state=2))
    assert table["n"].tolist() == [39, 40, 40, 40]
    assert table["events"].tolist() == [5, 6, 6, 6]


def test_without_a_second_reader_the_rows_are_blank(sheet, tmp_path):
    table = run(tmp_path, sheet[sheet["reader"] == "1"])
    assert (table["n"] == 0).all() and (table["events"] == 0).all()
    assert table[["estimate", "low", "high", "agreement", "mean_difference"]].isna().all(axis=None)


def test_a_level_that_nobody_saw_has_no_kappa(sheet, tmp_path):
    table = run(tmp_path, sheet.assign(rim="0"))
    assert np.isnan(table.loc[0, "estimate"])
    assert (table.loc[0, "agreement"], table.loc[0, "prevalence_reader1"]) == (1.0, 0.0)
