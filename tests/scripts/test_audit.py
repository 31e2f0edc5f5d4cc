"""The audit of the published study, of an honest simulated one, and of one with errors."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from audit import main

from radfuse.audit import two_by_two
from radfuse.audit.checks import check_publication
from radfuse.audit.facts import load_publication
from radfuse.audit.finding import COLUMNS
from radfuse.statistics.descriptive import categorical_test
from radfuse.statistics.performance import rates
from radfuse.tables import header_path, read_table

PAPER = Path(__file__).resolve().parents[2] / "resources" / "paper"


def audited(folder: Path, out: Path) -> tuple[pd.DataFrame, str]:
    main(folder=str(folder), table=str(out / "audit.tsv"), page=str(out / "audit.html"))
    return read_table(out / "audit.tsv").fillna(""), (out / "audit.html").read_text()


@pytest.fixture(scope="module")
def paper(tmp_path_factory) -> tuple[pd.DataFrame, str]:
    return audited(PAPER, tmp_path_factory.mktemp("audit"))


def test_tables_2_and_3_describe_all_178_patients(paper):
    findings = paper[0].query("check == 'patients'").set_index(["table", "cohort"])
    for table, events, rows in (("Table 2 (CT)", 36, 16), ("Table 3 (MRI)", 35, 17)):
        found = findings.loc[(table, "train")]
        assert (found["verdict"], found["n"], found["events"]) == ("disagrees", 178, events)
        assert f"of {rows} of " in found["explanation"]
        assert "the stated 124, with any number of positives, none" in found["explanation"]


def test_the_recovered_counts_are_those_found_by_hand(paper):
    findings = paper[0].query("table == 'Table 2 (CT)' and check == 'counts'").set_index("row")
    for row in pd.read_csv(PAPER / "recovered_counts_ct.tsv", sep="\t").itertuples():
        found = findings.loc[row.characteristic]
        assert found["verdict"] == "agrees"
        text = f"{row.icca_present}/{row.icca_total} against "
        text += f"{row.non_icca_present}/{row.non_icca_total}: "
        assert found["recomputed"].startswith(text)
        assert (
            found["published"].split(", P")[0].replace(" ", "")
            in found["recomputed"].replace(" ", "")
            or row.characteristic == "Intrahepatic duct stone"
        )  # R stops 1e-5 away


def test_what_has_more_levels_cannot_be_checked(paper):
    unknown = paper[0].query("check == 'counts' and verdict == 'cannot be checked'")
    assert set(unknown["row"]) == {
        "Location",
        "Largest cross-sectional tumor diameter",
        "Tumor morphology",
        "Appearance of the liver capsule",
        "T2 signal",
    }


def test_table_4_has_21_of_124_and_15_of_54_positives(paper):
    rows = paper[0].query("table == 'Table 4'")
    for cohort, n, events in (("train", 124, 21), ("test", 54, 15)):
        own = rows[rows["cohort"] == cohort]
        patients = own[own["check"] == "patients"].iloc[0]
        assert (patients["verdict"], patients["n"], patients["events"]) == ("disagrees", n, events)
        counts = own[own["check"] == "counts"]
        assert len(counts) == 7 and set(counts["verdict"]) == {"agrees"}
        assert set(counts["n"]) == {n} and set(counts["events"]) == {events}
    assert list(rows.query("check == 'threshold'")["row"]) == ["R_CT"]


def test_table_1_is_student_s_and_welch_s_reverses_it(paper):
    rows = paper[0].query("table == 'Table 1'")
    means = rows[(rows["check"] == "P value") & rows["recomputed"].str.contains("Student")]
    wrong = means[means["verdict"] == "disagrees"]
    assert list(zip(wrong["cohort"], wrong["row"], strict=True)) == [("test", "ca199_u_ml")]
    assert means[means["verdict"] == "agrees"]["explanation"].str.contains("Student").all()
    reversed_ = rows.query("check == 'choice of test' and verdict == 'disagrees'")
    assert set(reversed_.query("cohort == 'train'")["row"]) == {"afp_ng_ml", "ggt_u_l"}
    assert len(reversed_) == 9
    percentages = rows.query("check == 'percentage' and verdict == 'disagrees'")
    assert list(percentages["row"]) == ["hbv_history, non_icca"]
    assert percentages["recomputed"].item() == "22/41, 19/41"


def test_the_ledger_and_the_misprints(paper):
    across = paper[0].query("check == 'across tables'").set_index("cohort")
    assert set(across["verdict"]) == {"disagrees"}
    assert "35 of 178, 36 of 178, 39 of 178" in across.at["all", "explanation"]
    assert "21 of 124, 28 of 124" in across.at["train", "explanation"]
    assert "11 of 54, 15 of 54" in across.at["test", "explanation"]
    odds = paper[0][paper[0]["table"].str.contains("CT|MRI")].query("verdict == 'disagrees'")
    assert list(odds.query("check == 'P value'")["row"]) == [
        "Lymph node enlargement",
        "Stable enhancement",
        "Cirrhosis",
        "Pseudocapsule",
    ]
    assert list(odds.query("check == 'interval and P'")["row"]) == [
        "Lesion contour (multivariable)",
        "Progressive enhancement (multivariable)",
    ]


def test_the_table_explains_itself_and_the_page_stands_alone(paper, tmp_path):
    findings, page = paper
    assert list(findings.columns) == list(COLUMNS)
    audited(PAPER, tmp_path)
    assert (
        "verdict: agrees, disagrees or cannot be checked"
        in header_path(tmp_path / "audit.tsv").read_text()
    )
    assert "25 disagree, 182 agree" in page
    assert not re.search(r"<script|<link|src=|url\(", page)
    assert "its rows come from n = 178, 36 positive" in page
    assert all(target in page for target in re.findall(r'href="#([^"]+)"', page))


def odds_row(name: str, table: list[int], method: str) -> dict:
    counts = np.array(table)
    numbers = np.exp(two_by_two.log_odds_ratio(counts[None]))[0], *two_by_two.limits(counts, method)
    p = two_by_two.wald_p(counts[None])[0]
    texts = [f"{number:.2f}" for number in numbers] + [f"{p:.3f}" if p >= 0.001 else "<0.001"]
    columns = [f"univariate_{piece}" for piece in ("or", "low", "high", "p")]
    return {"characteristic": name, **dict(zip(columns, texts, strict=True)), "levels": "2"}


def honest_study(folder: Path, method: str) -> Path:
    """150 patients, 60 positive, in one cohort: every printed number follows from the counts."""
    folder.mkdir()
    tables = {"rim": [30, 60, 20, 90], "capsule": [10, 60, 45, 90], "stone": [5, 60, 2, 90]}
    tables |= {"target": [41, 60, 33, 90], "wash-out": [22, 60, 51, 90]}
    odds = pd.DataFrame([odds_row(name, counts, method) for name, counts in tables.items()])
    odds.to_csv(folder / "odds.tsv", sep="\t", index=False)
    rows = []
    for model, cells in {"A": (50, 20, 10, 70), "B": (41, 9, 19, 81), "C": (55, 31, 5, 59)}.items():
        found = rates(*cells, bootstrap=1)
        names = ("sensitivity", "specificity", "accuracy", "ppv")
        rows.append({"model": model, "auc": "0.860"} | {n: f"{100 * found[n]:.1f}%" for n in names})
    pd.DataFrame(rows).to_csv(folder / "rates.tsv", sep="\t", index=False)
    counts = np.array([[40, 18], [50, 42]])
    _, p = categorical_test(counts)
    shares = 100 * counts / counts.sum(axis=0)
    levels = [
        {"variable": "sex", "level": level, "all_no_percent": f"{a:.1f}"}
        | {"all_yes_percent": f"{b:.1f}", "all_p": f"{p:.3f}"}
        for level, (a, b) in zip(("female", "male"), shares, strict=True)
    ]
    pd.DataFrame(levels).to_csv(folder / "shares.tsv", sep="\t", index=False)
    index = ["table\tfile\tkind\tcohort\tn\tevents\tnegative\tpositive"]
    index += [
        f"{table}\t{file}\t{kind}\tall\t150\t60\tno\tyes"
        for table, file, kind in (
            ("Table 1", "shares.tsv", "percentages"),
            ("Table 2", "odds.tsv", "odds_ratios"),
            ("Table 3", "rates.tsv", "performance"),
        )
    ]
    (folder / "tables.tsv").write_text("\n".join(index) + "\n")
    return folder


@pytest.mark.parametrize("method", two_by_two.METHODS)
def test_an_honest_study_agrees_with_itself(tmp_path, method):
    folder = honest_study(tmp_path / "honest", method)
    findings, page = audited(folder, tmp_path)
    assert set(findings["verdict"]) == {"agrees"}
    assert set(findings.query("check == 'counts'")["n"]) == {150}
    assert f"{method} intervals of 5 of 5 rows" in " ".join(findings["explanation"])
    assert "30/60 against 20/90" in " ".join(findings["recomputed"])
    assert "Nothing: all that could be checked agrees." in page


def test_a_changed_digit_is_found(tmp_path):
    folder = honest_study(tmp_path / "honest", two_by_two.PROFILE)
    rows = pd.read_csv(folder / "odds.tsv", sep="\t", dtype=str)
    rows.loc[0, "univariate_high"] = "9.99"
    rows.loc[1, "univariate_p"] = "0.600"
    rows.to_csv(folder / "odds.tsv", sep="\t", index=False)
    shown = pd.read_csv(folder / "rates.tsv", sep="\t", dtype=str)
    shown.loc[2, "ppv"], shown.loc[1, "auc"] = "99.0%", "0.310"
    shown.to_csv(folder / "rates.tsv", sep="\t", index=False)
    findings, _ = audited(folder, tmp_path)
    wrong = findings.query("verdict == 'disagrees'")
    found = set(zip(wrong["row"], wrong["check"], strict=True))
    assert {("rim", "counts"), ("capsule", "P value"), ("B", "AUC"), ("C", "counts")} <= found
    assert ("", "patients") not in found


def test_a_youden_threshold_that_is_none_disagrees(tmp_path):
    folder = Path(shutil.copytree(PAPER, tmp_path / "paper"))
    index = folder / "tables.tsv"
    index.write_text(index.read_text().replace("\town", "\tyouden"))
    findings = check_publication(load_publication(folder))
    wrong = [f for f in findings if f.check == "threshold"]
    assert [(f.row, f.verdict) for f in wrong] == [("R_CT", "disagrees")]


def test_markup_in_a_table_stays_text(tmp_path):
    folder = Path(shutil.copytree(PAPER, tmp_path / "paper"))
    evil = "<script>alert('x')</script> & more"
    (folder / "citation.txt").write_text(evil)
    table = folder / "table2_ct.tsv"
    table.write_text(table.read_text().replace("Lymph node enlargement", evil))
    _, page = audited(folder, tmp_path)
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; more" in page
