"""Tables as a journal prints them: text, marks, footnotes."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radfuse.manuscript.characteristics import characteristics
from radfuse.manuscript.definitions import definitions
from radfuse.manuscript.printed import abbreviations, header_notes
from radfuse.manuscript.results import Results
from radfuse.manuscript.tables import all_tables, comparisons
from radfuse.tables import write_table

SIZES = {"n": 60, "events": 20}


def results(folder: Path, **frames: pd.DataFrame) -> Results:
    paths = {}
    for name, frame in frames.items():
        paths[name] = folder / f"{name}.tsv"
        columns = dict.fromkeys(frame.columns, "as named")
        write_table(
            frame, paths[name], title=name, columns=columns, simulated=True, notes=["A note."]
        )
    outcome = {"column": "pathology", "positive": ["iCCA"]}
    return Results(paths, frames, {}, {}, ["CT", "MRI"], outcome, True)


def odds(**values: object) -> dict:
    blank = dict.fromkeys(("or", "low", "high", "p", "multi_or", "multi_low", "multi_high"))
    blank |= {"multi_p": None}
    row = {"characteristic": "Cirrhosis", **SIZES, **blank}
    return {**row, "method": "maximum likelihood", "separated": "no", "selected": "no", **values}


def printed(folder: Path, *rows: dict, jointly: str | None = "no"):
    """`jointly`: whether the stepwise model separates, None where nothing was retained."""
    selection = pd.DataFrame({"characteristic": ["Cirrhosis"], "separated": [jointly]})
    frames = {"characteristics_CT": pd.DataFrame(rows), "selection_CT": selection}
    return characteristics(results(folder, **frames), "CT")[0]


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        # the paper's Table 2, cirrhosis on CT
        (
            {"or": 0.088, "low": 0.021, "high": 0.261, "p": 0.00004, "multi_or": 0.262}
            | {"multi_low": 0.035, "multi_high": 1.543, "multi_p": 0.154},
            ["0.088 (0.021–0.261)", "< 0.001", "0.262 (0.035–1.543)", "0.154"],
        ),
        (
            {"or": 9343.2, "low": 0.0004, "high": math.inf, "p": 0.001},
            ["9343 (0.000–∞)", "0.001", "–", "–"],
        ),
        ({"or": 0.00002, "low": 0.00001, "high": 0.3, "p": 0.0009999}, None),
        ({"or": 1, "low": np.nan, "high": np.nan, "p": 1}, ["1.000", "1.000", "–", "–"]),
        ({}, ["–", "–", "–", "–"]),
    ],
)
def test_odds_ratios_and_p(tmp_path, values, cells):
    table = printed(tmp_path, odds(**values))
    expected = cells or ["2.0 × 10⁻⁵ (1.0 × 10⁻⁵–0.300)", "< 0.001", "–", "–"]
    assert table.blocks == [("", [["Cirrhosis", *expected]])]
    assert table.columns == ["Characteristic", "OR (95% CI)", "P", "OR (95% CI)", "P"]
    assert table.heads == [("", 1), ("Univariate", 2), ("Multivariable (stepwise)", 2)]


def test_every_mark_is_explained_and_no_other(tmp_path):
    table = printed(
        tmp_path,
        odds(separated="yes", selected="yes"),
        odds(characteristic="Duct stone", method="not estimable: constant"),
    )
    assert [row[0] for row in table.blocks[0][1]] == ["Cirrhosis†*", "Duct stone‡"]
    marks = [note[0] for note in table.notes if note[0] in "*†‡"]
    assert marks == ["*", "†", "‡"]
    assert "‡ not estimable (constant)." in table.notes
    assert "A note." in table.notes
    plain = printed(tmp_path, odds())
    assert not [note for note in plain.notes if note[0] in "*†‡"]


def test_estimates_of_a_model_that_separates_are_marked_though_alone_they_do_not(tmp_path):
    found = {"or": 2, "low": 1, "high": 4, "p": 0.04}
    found |= {"multi_or": 698, "multi_low": 43, "multi_high": 9000, "multi_p": 0.0004}
    table = printed(tmp_path, odds(**found), odds(), jointly="yes")
    assert table.blocks[0][1][1][3:] == ["–", "–"]
    assert table.blocks[0][1][0] == [
        *("Cirrhosis", "2.000 (1.000–4.000)", "0.040"),
        *("698.000 (43.000–9000)†", "< 0.001†"),
    ]
    assert "† separated by the outcome: Firth’s penalised likelihood." in table.notes
    for jointly in ("no", None):
        table = printed(tmp_path, odds(**found), odds(), jointly=jointly)
        assert not [note for note in table.notes if note.startswith("†")]


def test_sizes_stand_in_the_title_or_where_they_differ_in_the_rows(tmp_path):
    assert "(n = 60, 20 positive)" in printed(tmp_path, odds(), odds()).title
    table = printed(tmp_path, odds(), odds(n=50, events=18))
    assert "n =" not in table.title
    assert [row[1] for row in table.blocks[0][1]] == ["60 (20)", "50 (18)"]
    assert sum(width for _, width in table.heads) == len(table.columns) == 6


def baseline() -> pd.DataFrame:
    rows = []
    for cohort, missing in (("train", 2), ("test", 0)):
        base = {"cohort": cohort, **SIZES, "missing": missing, "smd": 0.5}
        summaries = {"negative": "57.10 ± 9.90", "positive": "60.20 ± 8.10"}
        age = {"variable": "age", "level": None, "method": "Welch's t", "p": 0.0004, **summaries}
        sex = {"variable": "sex", "level": None, "method": "Fisher's exact", "p": 0.0214}
        rows += [{**base, **age}, {**base, "missing": 0, **sex}]
        level = {"variable": "sex", "level": "1", "negative": "31 (77.5%)", "positive": ""}
        rows.append({"cohort": cohort, **SIZES, "missing": 0, **level})
    return pd.DataFrame(rows)


def ledger() -> pd.DataFrame:
    rows = [("registered", None, 70, 25), ("train", "train", 60, 20), ("test", "test", 10, 4)]
    return pd.DataFrame(rows, columns=["step", "cohort", "n", "events"]).assign(reason=None)


def test_the_baseline_has_its_cohorts_side_by_side_and_its_tests_as_letters(tmp_path):
    frames = {"baseline": baseline(), "counts": ledger(), "performance": performance()}
    table = next(t for t in all_tables(results(tmp_path, **frames)) if t.key == "baseline")
    assert table.number == "Table 1"
    assert table.heads == [
        ("", 1),
        ("Training cohort (n = 60)", 4),
        ("Test cohort (n = 10)", 4),
    ]
    assert table.columns[1:5] == ["Negative (n = 40)", "Positive (n = 20)", "P", "SMD"]
    rows = table.blocks[0][1]
    assert rows[0] == ["age", *["57.10 ± 9.90", "60.20 ± 8.10", "< 0.001ᵃ", "0.500"] * 2]
    assert rows[1] == ["sex", *["", "", "0.021ᵇ", "0.500"] * 2]
    assert rows[2] == ["\u20031", *["31 (77.5%)", "", "", ""] * 2]
    assert "Tests: ᵃ Welch's t; ᵇ Fisher's exact." in table.notes
    assert "Missing values: age 2 (training cohort)." in table.notes
    assert "Positive, pathology iCCA." in table.notes


def test_an_external_cohort_stands_beside_the_training_cohort(tmp_path):
    base = {**SIZES, "level": None, "missing": 0, "p": 0.3, "smd": 0.1, "method": "Welch's t"}
    rows = [
        {"kind": "outcome", "modality": None, "variable": "Outcome", "train": "", "external": ""},
        {"kind": "clinical", "modality": None, "variable": "Age", "train": "60", "external": "62"},
        *(
            {"kind": "characteristic", "modality": m, "variable": "Size", "train": "9"}
            | {"external": "8", "missing": missing}
            for m, missing in (("CT", 0), ("MRI", 4))
        ),
    ]
    frame = pd.DataFrame([{**base, **row} for row in rows])
    cohorts = ledger().replace("test", "external")
    found = results(tmp_path, external_balance=frame, counts=cohorts, performance=performance())
    table = next(t for t in all_tables(found) if t.key == "external_balance")
    assert table.supplement
    assert table.columns[1:3] == ["Training cohort (n = 60)", "External cohort (n = 10)"]
    assert [head for head, _ in table.blocks] == [
        "",
        *(f"{m} characteristics" for m in ("CT", "MRI")),
    ]
    assert table.blocks[0][1][1] == ["Age", "60", "62", "0.300ᵃ", "0.100"]
    assert "Missing values: Size 4 (MRI characteristics)." in table.notes


def performance() -> pd.DataFrame:
    rates = ["auc", "accuracy", "sensitivity", "specificity", "ppv", "npv", "f1"]
    row = {"protocol": "published", "model": "R_CT", **SIZES, "threshold": 0.3}
    for rate in rates:
        row |= {rate: 0.75, f"{rate}_low": 0.6, f"{rate}_high": 0.9}
    row |= dict.fromkeys(["intercept", "slope", "citl", "brier", "scaled_brier", "ece", "ici"], 0.1)
    row |= {"slope_low": -0.1, "slope_high": 0.3, "citl_low": -0.2, "citl_high": 0.4}
    row |= {"auc_newcombe_low": 0.7, "auc_newcombe_high": 0.99}
    return pd.DataFrame([{**row, "cohort": "train"}, {**row, "cohort": "test", "auc": 1.0}])


def test_tables_are_numbered_main_ones_first_and_explain_what_they_abbreviate(tmp_path):
    frames = {"performance": performance(), "counts": ledger(), "baseline": baseline()}
    tables = all_tables(results(tmp_path, **frames))
    assert [table.number for table in tables] == [
        *["Table 1", "Table 2", "Table 3"],
        "Table S1",
    ]
    table = next(table for table in tables if table.key == "performance_published")
    assert table.blocks[0][1] == [
        ["R CT", "0.750 (0.600–0.900)", "0.300", *["0.750 (0.600–0.900)"] * 6]
    ]
    calibration = next(table for table in tables if table.key == "calibration")
    assert calibration.blocks[0][1][0][:4] == [
        *["R CT", "0.100", "0.100 (−0.100 to 0.300)", "0.100 (−0.200 to 0.400)"]
    ]
    assert table.notes[-1].startswith(
        "AUC, area under the receiver operating characteristic curve;"
    )
    for short in ("CI,", "CT,", "F1,", "NPV,", "PPV,", "R, radiological model"):
        assert short in table.notes[-1]
    # an AUC of exactly 1 has no interval by DeLong
    (note,) = (note for note in table.notes if "Newcombe" in note)
    assert note.endswith("its interval is Newcombe’s: R CT (test cohort, published protocol).")
    assert all(table.sources for table in tables)


def test_an_abbreviation_is_a_whole_word():
    assert abbreviations(["R² of the model", "CORRECT", "AUCs"]) == ""
    assert abbreviations(["PR-AUC"]) == "PR-AUC, area under the precision-recall curve."
    # what explains one may need another
    assert "PPV, positive predictive value" in abbreviations(["F1"])


def test_notes_of_a_header_are_those_of_the_whole_table(tmp_path):
    path = results(tmp_path, counts=ledger()).paths["counts"]
    assert header_notes(path) == ["A note."]
    assert header_notes(tmp_path / "fused.json") == []


def test_the_characteristics_are_defined_where_a_model_may_use_them(tmp_path):
    dictionary = [
        {"name": "rim", "label": "Rim", "type": "binary", "modalities": ["CT", "MRI"]}
        | {"levels": {"0": "absent", "1": "present"}, "definition": "A bright border."},
        {"name": "size", "label": "Size", "type": "continuous", "modalities": ["CT"]},
        {"name": "t2", "label": "T2", "type": "continuous", "modalities": ["MRI"]},
    ]
    found = replace(results(tmp_path), dictionary=dictionary, models={"R_CT": {}, "DLRS_MRI": {}})
    (table,) = definitions(found)
    assert table.blocks[0][1] == [
        ["Rim", "CT", "binary", "0 absent; 1 present", "A bright border."],
        ["Size", "CT", "measured", "–", "–"],
    ]
    assert definitions(replace(found, models={"DLRS_CT": {}})) == []


def test_what_is_said_of_cross_fitted_rows_stands_under_their_table_alone(tmp_path):
    row = {"cohort": "test", "model_a": "R_CT", "model_b": "DLRS_CT", "auc_a": 0.8, "auc_b": 0.9}
    row |= {"difference": -0.1, "z": -1.0, "p": 0.3, "p_adjusted": 0.3, **SIZES, "family": "f"}
    frame = pd.DataFrame([{"protocol": name, **row} for name in ("published", "crossfit")])
    path = tmp_path / "delong.tsv"
    notes = ["Cross-fitted rows: other patients.", "R_CT and DLRR_MRI are models."]
    meanings = dict.fromkeys(frame.columns, "as named")
    found = results(tmp_path, delong=frame)
    write_table(frame, path, title="AUCs", columns=meanings, simulated=False, notes=notes)
    (published,), (crossfit,) = (comparisons(found, name) for name in ("published", "crossfit"))
    assert not any("Cross-fitted rows" in note for note in published.notes)
    assert "Cross-fitted rows: other patients." in crossfit.notes
    assert "R CT and DLRR MRI are models." in published.notes  # as models are called in print
