"""How a table is shown: one form by its name, whoever prints it."""

import pandas as pd

from radfuse.report.forms import FORMS, KINDS, LONG, Form, form_of, in_form
from radfuse.report.measures import read_tables
from radfuse.validation.reconciling import KINDS as COUNTED

# shown in parts that their sections choose, or as figures and links alone
IN_PARTS = {"performance", "decision_curve", "calibration_curve", "shap"}


def rows(protocols: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"protocol": protocols, "model": "DLRS_CT", "n": 9, "events": 4, "auc": 0.5}
    )


def test_every_table_of_patients_has_a_form() -> None:
    """One without would be called by its file's name; one that is no table, described in vain."""
    described = {*FORMS, *KINDS} - {"reconciliation", "stability"}  # not among those counted
    assert described == set(COUNTED) - IN_PARTS


def test_the_form_of_a_table_names_its_modality_or_model() -> None:
    assert form_of("reader_agreement_MRI").title == "MRI: agreement of the two readers"
    assert form_of("nomogram_DLRR_CT").title == "Nomogram of DLRR CT: points and probabilities"
    assert form_of("something_new").title == "Something new"


def test_a_title_names_the_protocol_where_its_rows_are_a_choice() -> None:
    form = Form("AUCs", protocol="published")
    (of_both,) = in_form(rows(["published", "crossfit"]), form)
    assert of_both.title == "AUCs, published protocol (n = 9, 4 positive)"
    assert [len(block) for _, block in of_both.blocks] == [1]
    (of_one,) = in_form(rows(["published"]), form)
    assert of_one.title == "AUCs (n = 9, 4 positive)"
    assert in_form(rows(["crossfit"]), form) == in_form(pd.DataFrame(), form) == []


def test_one_reader_agrees_with_nobody(tmp_path) -> None:
    """Models that could predict nobody, on the other hand, are told to have done so."""
    counts = {"reader_agreement_CT": [0, 0], "reader_agreement_MRI": [0, 4], "performance": [0, 0]}
    paths = {name: tmp_path / f"{name}.tsv" for name in counts}
    for name, path in paths.items():
        pd.DataFrame({"n": counts[name]}).to_csv(path, sep="\t", index=False)
    assert read_tables(paths).keys() == {"reader_agreement_MRI", "performance"}


def test_a_long_table_is_folded() -> None:
    assert not in_form(rows(["published"] * LONG), Form("AUCs"))[0].folded
    assert in_form(rows(["published"] * (LONG + 1)), Form("AUCs"))[0].folded


def test_tables_of_two_protocols_show_the_published_one() -> None:
    for name in ("delong_cohorts", "centers", "subgroups", "calibration"):
        assert form_of(name).protocol == "published", name
