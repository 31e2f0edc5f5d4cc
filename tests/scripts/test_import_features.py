"""Features of a study's own: what is taken from its tables, and what is refused."""

from pathlib import Path

import pandas as pd
import pytest
from import_features import main

from radfuse.errors import StudyError

ROWS = {"patient": ["P2", "P1", "P9"], "shape_Volume": [2.0, 1.0, 9.0], "glcm_Idn": [0.2, 0.1, 0.9]}


@pytest.fixture
def folder(tmp_path) -> Path:
    split = {"patient": ["P1", "P2"], "outcome": [1, 0], "cohort": "train"}
    pd.DataFrame(split).to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    pd.DataFrame(ROWS).to_csv(tmp_path / "ct.csv", index=False)
    return tmp_path


def make(folder: Path, **tables: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    outputs = [folder / "features.parquet", folder / "repeats.parquet"]
    paths = {role: str(folder / name) for role, name in {"table": "ct.csv", **tables}.items()}
    main(paths, str(folder / "split.tsv"), "iCCA", *map(str, outputs))
    return tuple(pd.read_parquet(path) for path in outputs)


def refused(folder: Path, **tables: str) -> str:
    with pytest.raises(StudyError) as caught:
        make(folder, **tables)
    return "\n".join(caught.value.problems)


def test_analysed_patients_by_id_in_the_table_s_columns(folder):
    features, repeats = make(folder)
    assert features.index.tolist() == ["P1", "P2"]
    assert features.columns.tolist() == ["shape_Volume", "glcm_Idn"]
    assert features["glcm_Idn"].tolist() == [0.1, 0.2]
    assert repeats.empty
    assert list(repeats.columns) == ["patient", "reader", "shape_Volume", "glcm_Idn"]


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet"])
def test_second_outlines_in_any_format(folder, kind):
    again = pd.DataFrame(ROWS).iloc[[1]] * [1, 3, 3]
    path = folder / f"again.{kind}"
    if kind == "parquet":
        again.to_parquet(path)
    else:
        again.to_csv(path, sep="," if kind == "csv" else "\t", index=False)
    _, repeats = make(folder, repeat=path.name)
    assert repeats.to_numpy().tolist() == [["P1", "repeat", 3.0, pytest.approx(0.3)]]


def test_the_order_of_the_roles_in_the_config_changes_no_byte(folder):
    for name in ("again", "other"):
        pd.DataFrame(ROWS).to_csv(folder / f"{name}.csv", index=False)
    roles = {"repeat": "again.csv", "reader2": "other.csv"}
    make(folder, **roles)
    first = (folder / "repeats.parquet").read_bytes()
    make(folder, **dict(reversed(roles.items())))
    assert (folder / "repeats.parquet").read_bytes() == first


def test_columns_that_describe_the_image_are_no_features(folder):
    table = pd.DataFrame(ROWS).assign(diagnostics_Versions="3.0.1")
    table.to_csv(folder / "ct.csv", index=False)
    assert make(folder)[0].shape == (2, 2)


def test_what_cannot_be_used_is_refused_with_its_code(folder):
    assert "E02 sheet" in refused(folder, table="none.csv")
    table = pd.DataFrame(ROWS)
    table.iloc[:1].to_csv(folder / "ct.csv", index=False)
    assert "E03 sheet" in refused(folder)
    assert "patient P1 has no row" in refused(folder)
    pd.concat([table, table]).to_csv(folder / "ct.csv", index=False)
    assert "patient P1 has several rows" in refused(folder)
    table.assign(glcm_Idn=["a", "b", "c"]).to_csv(folder / "ct.csv", index=False)
    assert "E05 value" in refused(folder)
    assert "column 'glcm_Idn' holds text" in refused(folder)
    table.rename(columns={"patient": "Patient"}).to_csv(folder / "ct.csv", index=False)
    assert "no column 'patient'; did you mean 'Patient'?" in refused(folder)


def test_ids_are_text_as_in_the_sheets(folder):
    split = {"patient": ["007", "NA"], "outcome": [1, 0], "cohort": "train"}
    pd.DataFrame(split).to_csv(folder / "split.tsv", sep="\t", index=False)
    (folder / "ct.csv").write_text("patient,volume,energy\n 007 ,1.5,NA\nNA,2.5,3\n")
    features, _ = make(folder)
    assert features.index.tolist() == ["007", "NA"]
    assert features["energy"].isna().tolist() == [True, False]


@pytest.mark.parametrize("header", [",patient,volume", "patient,volume"])
def test_row_names_are_no_feature(folder, header):
    """As pandas and R write them: beneath a name that is blank, or beneath none."""
    (folder / "ct.csv").write_text(f"{header}\n0,P1,1.5\n1,P2,2.5\n")
    features, _ = make(folder)
    assert features.columns.tolist() == ["volume"]
    assert features["volume"].tolist() == [1.5, 2.5]


def test_columns_that_tell_the_outcome_or_whose_they_are_are_refused(folder):
    pd.DataFrame(ROWS).assign(iCCA=[1, 0, 1], reader=1).to_csv(folder / "ct.csv", index=False)
    found = refused(folder)
    assert "column 'iCCA' is the outcome and is no feature" in found
    assert "column 'reader' says whose outline it was and is no feature" in found


def test_infinite_values_are_named_with_their_patients(folder):
    pd.DataFrame(ROWS).assign(glcm_Idn=[0.2, float("inf"), 0.9]).to_csv(
        folder / "ct.csv", index=False
    )
    assert "column 'glcm_Idn' is infinite for 1 of 3 patients (P1)" in refused(folder)


def test_a_table_without_features_and_names_that_repeat(folder):
    pd.DataFrame({"patient": ["P1", "P2"]}).to_csv(folder / "ct.csv", index=False)
    assert "has no column of a feature" in refused(folder)
    (folder / "ct.csv").write_text("patient,volume,volume\nP1,1,2\nP2,2,3\n")
    assert "names the column 'volume' twice" in refused(folder)
    (folder / "ct.csv").write_text("patient;volume\nP1;1,5\nP2;2,5\n")
    assert "is separated by semicolons" in refused(folder)


def test_problems_of_all_tables_are_told_at_once(folder):
    pd.DataFrame(ROWS).assign(reader=1).to_csv(folder / "ct.csv", index=False)
    pd.DataFrame(ROWS).assign(glcm_Idn="a").to_csv(folder / "again.csv", index=False)
    found = refused(folder, repeat="again.csv")
    assert "ct.csv: column 'reader'" in found and "again.csv: column 'glcm_Idn'" in found


def test_second_outlines_need_the_same_features(folder):
    pd.DataFrame(ROWS).drop(columns="glcm_Idn").to_csv(folder / "again.csv", index=False)
    assert "differ in 1 columns (glcm_Idn)" in refused(folder, repeat="again.csv")
