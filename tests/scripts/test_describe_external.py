"""The external cohort against the training cohort."""

import numpy as np
import pandas as pd
import pytest
from describe_external import COLUMNS, external_table, main
from scipy.stats import chi2_contingency, ttest_ind

from radfuse.inputs.radiology import reader_values
from radfuse.tables import read_table
from radfuse.validation.known import Known
from radfuse.validation.reconciling import lines

CLINICAL = {"numeric": ["age"], "categorical": ["sex"], "labels": {"age": "Age, years"}}
DICTIONARY = [
    {"name": "rim", "label": "Rim", "type": "binary", "levels": {"0": "absent", "1": "present"}},
    {"name": "size", "label": "Size", "type": "continuous"},
]


@pytest.fixture
def patients() -> pd.DataFrame:
    random = np.random.default_rng(5)
    frame = pd.DataFrame({"patient": [f"P{number:02d}" for number in range(90)]})
    frame["age"] = random.normal(60, 8, 90).round(1).astype(str)
    frame["sex"] = random.choice(["male", "female"], 90)
    frame.loc[[3, 4, 61], "age"] = ""
    return frame


@pytest.fixture
def sheet(patients) -> pd.DataFrame:
    random = np.random.default_rng(6)
    frame = patients[["patient"]].assign(modality="CT", reader="1")
    frame["rim"] = random.integers(0, 2, 90).astype(str)
    frame["size"] = random.normal(40, 5, 90).round(1).astype(str)
    frame.loc[[7, 80], "rim"] = ""
    return frame


@pytest.fixture
def split(patients) -> pd.DataFrame:
    """40 training patients, 15 test patients, 30 external ones, 5 without an outcome."""
    frame = patients[["patient"]].assign(outcome=np.tile([1.0, 0.0, 0.0], 30))
    frame["cohort"] = np.repeat(["train", "test", "external", "unlabelled"], [40, 15, 30, 5])
    frame.loc[85:, "outcome"] = np.nan
    return frame


def made(patients, sheet, split) -> pd.DataFrame:
    readings = {"CT": reader_values(sheet, "CT", "1", DICTIONARY)}
    return external_table(patients, readings, split, CLINICAL, {"CT": DICTIONARY})


def test_outcome_clinical_data_and_readings_side_by_side(patients, sheet, split):
    table = made(patients, sheet, split)
    assert list(table.columns) == list(COLUMNS)
    assert list(dict.fromkeys(table["kind"])) == ["outcome", "clinical", "characteristic"]
    rows = table.set_index(["kind", "variable", "level"])
    train, external = slice(0, 40), slice(55, 85)
    outcome = split["outcome"]
    events = [int(outcome[part].sum()) for part in (train, external)]
    head = rows.loc[("outcome", "outcome", "")]
    assert (head["n"], head["events"]) == (70, sum(events))
    counts = [[events[0], 40 - events[0]], [events[1], 30 - events[1]]]
    assert head["p"] == pytest.approx(chi2_contingency(counts).pvalue)
    positive = rows.loc[("outcome", "outcome", "positive")]
    assert [positive["train_count"], positive["external_count"]] == events
    age = pd.to_numeric(patients["age"].replace("", None))
    found = rows.loc[("clinical", "age", "")]
    assert (found["n"], found["missing"], found["train_n"]) == (67, 3, 38)
    assert found["label"] == "Age, years"
    two = ttest_ind(age[train].dropna(), age[external].dropna(), equal_var=False)
    assert found["method"] == "Welch's t" and found["p"] == pytest.approx(two.pvalue)
    rim = rows.loc[("characteristic", "rim", "present")]
    assert (rim["modality"], rim["label"]) == ("CT", "Rim")
    assert rim["external_count"] == (sheet["rim"][external] == "1").sum()
    assert rim["n"] == 68 and rim["missing"] == 2


def test_its_counts_can_be_made_anew(patients, sheet, split):
    """What `reconcile_counts` derives by another way, and that it sees a row that is wrong."""
    indexed, readings = split.set_index("patient"), sheet.set_index("patient")
    known = Known(
        outcome=indexed["outcome"],
        cohort=indexed["cohort"],
        clinical={name: having(patients.set_index("patient")[name]) for name in ("age", "sex")},
        read={"CT": {"1": {"Rim": having(readings["rim"]), "Size": having(readings["size"])}}},
    )
    table = made(patients, sheet, split)
    assert all(line.agrees for line in lines("external_balance", table, known))
    wrong = table.assign(n=table["n"] + (table["variable"] == "rim"))
    places = {line.place for line in lines("external_balance", wrong, known) if not line.agrees}
    assert places == {"characteristic, rim"}


def having(values: pd.Series) -> frozenset:
    return frozenset(values.index[values != ""])


def test_no_other_patient_and_no_order_matters(patients, sheet, split, tmp_path):
    def run(patients: pd.DataFrame, sheet: pd.DataFrame, split: pd.DataFrame) -> bytes:
        for name, frame in (("patients", patients), ("sheet", sheet), ("split", split)):
            frame.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
        main(
            patients=tmp_path / "patients.tsv",
            radiology=tmp_path / "sheet.tsv",
            split=tmp_path / "split.tsv",
            clinical=CLINICAL,
            dictionaries={"CT": DICTIONARY},
            reader="1",
            simulated=False,
            table=tmp_path / "external_balance.tsv",
        )
        return (tmp_path / "external_balance.tsv").read_bytes()

    expected = run(patients, sheet, split)
    assert run(patients[::-1], sheet.sample(frac=1, random_state=2), split[::-1]) == expected
    others = [*range(40, 55), *range(85, 90)]
    patients.loc[others, "age"] = "1"
    sheet.loc[others, "size"] = "999"
    assert run(patients, sheet, split) == expected
    assert len(read_table(tmp_path / "external_balance.tsv")) == 3 + 1 + 3 + 3 + 1


def test_without_clinical_data_and_readings_the_outcome_is_left(patients, split):
    nothing = {"numeric": [], "categorical": [], "labels": {}}
    table = external_table(patients, {}, split, nothing, {})
    assert table["kind"].unique().tolist() == ["outcome"]
