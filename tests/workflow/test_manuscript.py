"""The manuscript of a finished study: the tables' numbers, links that exist, no blank left."""

import json
import re
import shutil
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from fill_checklists import main as fill_checklists
from format_tables import main as format_tables
from openpyxl import load_workbook
from studies import ROOT, change_config, planned, table
from test_whole_study import MODELS
from write_draft import main as write_draft

from radfuse.inputs.dictionary import load_dictionary
from radfuse.planning import targets
from radfuse.planning.loading import load_study

pytestmark = pytest.mark.workflow

BLANKS = r"\bnan\b|\bNone\b|[{}\ue000\ue001]|TODO|XX|  |\.\.|\( |, ,|P = [^\d]"
DICTIONARY = load_dictionary(ROOT / "config" / "characteristics.yaml")
CHECKLISTS = {"clear": 58, "metrics": 30, "tripod_ai": 52}
MODELS_BY_LABEL = {name.replace("_", " "): name for name in MODELS} | {"Fused": "fused"}


@pytest.fixture(scope="module")
def folder(finished) -> Path:
    return finished / "results" / "manuscript"


@pytest.fixture(scope="module")
def printed(folder) -> dict[str, list[list[str]]]:
    """The rows of every table of the Word document, by its caption; a merged cell counts once."""
    document = Document(folder / "tables.docx")
    captions = [p.text for p in document.paragraphs if re.match(r"Table S?\d+\. ", p.text)]
    rows = [
        [
            [cell.text for place, cell in enumerate(cells) if cell._tc not in seen(cells, place)]
            for cells in (row.cells for row in word.rows)
        ]
        for word in document.tables
    ]
    return dict(zip(captions, rows, strict=True))


def seen(cells, place: int) -> list:
    return [cell._tc for cell in cells[:place]]


def found(printed: dict, words: str) -> list[list[str]]:
    (rows,) = (rows for caption, rows in printed.items() if words in caption)
    return rows


def test_word_and_excel_hold_the_same_tables(folder, printed):
    book = load_workbook(folder / "tables.xlsx")
    assert len(book.sheetnames) == len(printed) + 1
    for (caption, rows), sheet in zip(printed.items(), book.worksheets[1:], strict=True):
        assert caption.removesuffix(" Simulated data.") == sheet["A2"].value
        assert sheet["A1"].value.startswith("SIMULATED DATA")
        lines = [[str(v) for v in row if v] for row in sheet.iter_rows(values_only=True)]
        assert [[text for text in row if text] for row in rows] == lines[2 : 2 + len(rows)]
        assert lines[2 + len(rows) :], "no footnotes"


def test_every_table_of_results_is_printed_but_curves_values_of_patients_and_the_check(
    finished, folder
):
    sheets = load_workbook(folder / "tables.xlsx").worksheets
    cells = (str(cell.value) for sheet in sheets for row in sheet.rows for cell in row)
    sources = set(re.findall(r"(\w+)\.tsv", " ".join(cells)))
    tables = {path.stem for path in (finished / "results" / "tables").glob("*.tsv")}
    assert tables - sources == {"calibration_curve", "shap", "reconciliation"}


def test_the_performance_is_that_of_the_table(finished, printed):
    rows = found(printed, "Performance of the models, published")
    performance = table(finished, "tables/performance.tsv").query("protocol == 'published'")
    perfect = performance["auc"] == 1  # whose interval by DeLong is a point
    for end in ("low", "high"):
        newcombe = performance[f"auc_newcombe_{end}"]
        performance[f"auc_{end}"] = performance[f"auc_{end}"].mask(perfect, newcombe)
    performance, cohort, checked = performance.set_index(["cohort", "model"]), "", 0
    for row in rows[1:]:
        if len(row) == 1:
            cohort = {"Train": "train", "Test ": "test"}[row[0][:5]]
            continue
        values = performance.loc[cohort, MODELS_BY_LABEL[row[0]]]
        for place, name in enumerate(["auc", None, "accuracy", "sensitivity", "specificity"]):
            if name and not pd.isna(values[name]):
                low, high = values[f"{name}_low"], values[f"{name}_high"]
                ends = f" ({low:.3f}–{high:.3f})" * bool(low < high)  # a point is no interval
                assert row[1 + place] == f"{values[name]:.3f}{ends}"
                checked += 1
    assert checked >= 7 * 2 * 4


def test_the_odds_ratios_are_those_of_the_table(finished, printed):
    rows = found(printed, "MRI characteristics and the outcome")[2:]
    values = table(finished, "tables/characteristics_MRI.tsv")
    jointly = "yes" in set(table(finished, "tables/selection_MRI.tsv")["separated"])
    assert len(rows) == len(values)
    for row, value in zip(rows, values.to_dict("records"), strict=True):
        assert row[0].rstrip("*†‡") == value["characteristic"]
        assert ("†" in row[0]) == (value["separated"] == "yes")
        assert ("*" in row[0]) == (value["selected"] == "yes")
        for place, prefix, mark in ((1, "", ""), (3, "multi_", "†" * jointly)):
            odds, p = value[f"{prefix}or"], value[f"{prefix}p"]
            assert row[place] == "–" if pd.isna(odds) else row[place].startswith(f"{odds:.3f} (")
            shown = f"< 0.001{mark}" if p < 0.001 else f"{p:.3f}{mark}"
            shown = "–" if pd.isna(p) else shown
            assert row[place + 1] == shown


def test_every_number_of_the_results_stands_in_a_table(folder, printed):
    text = (folder / "methods_and_results.md").read_text()
    results = text.partition("\n## Results\n")[2].partition("\n## Limitations\n")[0]
    told = set(re.findall(r"−?\d+\.\d{3}", results.replace("95% CI", "")))
    known = " ".join(cell for rows in printed.values() for row in rows for cell in row)
    # a difference is told from the final model's side
    numbers = {n.lstrip("−") for n in re.findall(r"−?\d+\.\d{3}", known)}
    assert len(told) > 30
    assert {number.lstrip("−") for number in told} - numbers == set()


def test_every_figure_has_a_legend_and_the_text_names_what_is_there(folder, finished):
    word = [each.text for each in Document(folder / "methods_and_results.docx").paragraphs]
    legends = [text for text in word if re.match(r"Figure S?\d+\. ", text)]
    files = {text.rpartition(" File: ")[2].partition(".png")[0] for text in legends}
    drawn = {path.stem for path in (finished / "results" / "figures").glob("*.png")}
    assert files == {f"figures/{name}" for name in drawn - {"cost"}}
    numbers = [text.partition(".")[0] for text in legends]
    assert numbers == sorted(numbers, key=lambda n: ("S" in n, int(re.sub(r"\D", "", n))))
    told = "\n".join(text for text in word if text not in legends)
    assert {"Figure 1", "Figure 4", "Figure 5"} <= set(re.findall(r"Figure S?\d+", told))
    assert set(re.findall(r"Figure S?\d+", told)) <= set(numbers)
    forest = next(text.partition(".")[0] for text in legends if "figures/forest" in text)
    assert f"Forest plots show these groups beside each other ({forest})." in told


def test_no_text_has_a_blank_left_in_it(folder):
    markdown = (folder / "methods_and_results.md").read_text()
    word = "\n".join(p.text for p in Document(folder / "methods_and_results.docx").paragraphs)
    for text in (markdown, word):
        assert not re.search(BLANKS, text)
    assert "SIMULATED DATA" in markdown
    # nothing is stated in this study's config: the keys are asked for
    assert "study" in word and all(f"{key}: " in word for key in ("ethics", "scanners", "funding"))


def test_the_draft_tells_what_is_against_it(folder, finished):
    text = (folder / "methods_and_results.md").read_text()
    assert "Performance in the training cohort is apparent" in text
    sizes = table(finished, "tables/sample_size.tsv").query("protocol == 'published'")
    needed = sizes.set_index("model").loc["fused", "n_required"]
    assert f"for which {needed:.0f} training patients would be needed" in text


def test_the_report_has_the_same_methods(folder, finished):
    page = (finished / "results" / "report.html").read_text()
    section = re.search(r'<section id="methods".*?</section>', page, re.DOTALL)[0]
    shown = [unescape(text) for text in re.findall(r"<(?:h3|p)>(.*?)</(?:h3|p)>", section)]
    document = Document(folder / "methods_and_results.docx").paragraphs
    texts = [re.sub(r" \[[\d, ]+\]", "", each.text) for each in document]
    methods = texts[texts.index("Methods") + 1 : texts.index("Results")]
    assert len(methods) > 10
    assert shown == methods


def test_what_is_cited_is_in_the_bibliography_with_the_versions_of_this_run(folder, finished):
    text = (folder / "methods_and_results.md").read_text()
    cited = set(re.findall(r"@([\w-]+)", text))
    entries = (folder / "references.bib").read_text()
    assert set(re.findall(r"^@\w+\{([\w-]+),", entries, re.MULTILINE)) == cited
    packages = json.loads((finished / "results" / "provenance.json").read_text())["packages"]
    for name in ("snakemake", "numpy", "torch", "statsmodels"):
        assert f"note = {{Version {packages[name]}}}" in entries
    assert "delong1988" in cited and "loshchilov2019" not in cited


@pytest.mark.parametrize(("name", "count"), CHECKLISTS.items())
def test_checklists_are_whole_and_their_links_exist(folder, name, count):
    rows = pd.read_csv(folder / f"checklist_{name}.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert len(rows) == count
    assert {"filled", "needs the author", "not applicable"} == set(rows["status"])
    links = [link for cell in rows["where"] for link in cell.split("; ") if link]
    assert len(links) > 30
    assert [link for link in links if not (folder / link.partition("#")[0]).is_file()] == []
    markdown = (folder / "methods_and_results.md").read_text()
    for link in links:
        heading = link.partition("#")[2]
        assert not heading or f"### {heading}\n" in markdown
    assert "SIMULATED DATA" in (folder / f"checklist_{name}.header.txt").read_text()


def test_the_readable_checklists_have_all_items_and_their_links(folder):
    document = Document(folder / "checklists.docx")
    assert [len(each.rows) - 1 for each in document.tables] == list(CHECKLISTS.values())
    relations = document.part.rels.values()
    addresses = {each.target_ref for each in relations if each.is_external}
    local = {unquote(address) for address in addresses if "://" not in address}
    assert len(local) > 30
    assert [address for address in local if not (folder / address).is_file()] == []
    for link in document.element.body.iter(qn("w:hyperlink")):
        assert link.get(qn("r:id")) in document.part.rels


def test_the_same_results_give_the_same_bytes(finished, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(finished)
    config = json.loads(Path("results/provenance.json").read_text())["config"]
    files = {
        "tables": sorted(map(str, Path("results/tables").glob("*.tsv"))),
        "models": [f"results/models/{name}.json" for name in MODELS],
        "stability": [f"results/features/stability_{name}.tsv" for name in ("CT", "MRI")],
    }
    format_tables(
        **files,
        modalities=["CT", "MRI"],
        outcome=config["outcome"],
        title="A test study",
        dictionary=DICTIONARY,
        simulated=True,
        document=str(tmp_path / "tables.docx"),
        workbook=str(tmp_path / "tables.xlsx"),
    )
    write_draft(
        **files,
        images="results/roi/images.tsv",
        covariates="results/covariates.tsv",
        provenance="results/provenance.json",
        config=config,
        dictionary=DICTIONARY,
        figures=[Path(path).stem for path in targets.figures(load_study(config))],
        simulated=True,
        markdown=str(tmp_path / "methods_and_results.md"),
        document=str(tmp_path / "methods_and_results.docx"),
        references=str(tmp_path / "references.bib"),
    )
    for made in tmp_path.iterdir():
        assert made.read_bytes() == (folder / made.name).read_bytes(), made.name


KINDS = {
    "no readings": ("characteristics_|selection_|reader_|split_", "^DLRS_CT$", ["train", "test"]),
    "no images": ("none", "^R_", ["train", "test"]),
    "training patients only": ("split_|delong_cohorts", "", ["train"]),
    "nothing but a ledger and the evaluation": (
        "^(?!counts|performance|delong|calibration|decision)",
        "^R_CT",
        ["train", "test"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_studies_of_every_kind_have_a_manuscript(finished, tmp_path, monkeypatch, kind):
    gone, names, cohorts = KINDS[kind]
    scored = not names.startswith("^R_")
    monkeypatch.chdir(finished)
    shutil.copytree("results/tables", tmp_path / "tables")
    for path in (tmp_path / "tables").glob("*.tsv"):
        rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        if "cohort" in rows and path.stem != "counts":
            rows = rows[rows["cohort"].isin(cohorts)]
        if "protocol" in rows and not scored:
            rows = rows[rows["protocol"] == "published"]
        rows.to_csv(path, sep="\t", index=False)
    provenance = json.loads(Path("results/provenance.json").read_text())
    (tmp_path / "provenance.json").write_text(
        json.dumps(provenance | ({} if scored else {"backbone": None}))
    )
    tables = sorted(map(str, (tmp_path / "tables").glob("*.tsv")))
    files = {
        "tables": [path for path in tables if not re.search(gone, Path(path).stem)],
        "models": [f"results/models/{name}.json" for name in MODELS if re.search(names, name)],
        "stability": ["results/features/stability_CT.tsv"] * scored,
    }
    made = {name: str(tmp_path / f"draft.{name}") for name in ("markdown", "document")}
    write_draft(
        **files,
        images="results/roi/images.tsv" if scored else None,
        covariates="results/covariates.tsv",
        provenance=str(tmp_path / "provenance.json"),
        config=provenance["config"],
        dictionary=DICTIONARY,
        figures=["cohort_flow"],
        simulated=True,
        references=str(tmp_path / "references.bib"),
        **made,
    )
    format_tables(
        **files,
        modalities=["CT", "MRI"],
        outcome=provenance["config"]["outcome"],
        title="Part of a study",
        dictionary=DICTIONARY,
        simulated=True,
        document=str(tmp_path / "tables.docx"),
        workbook=str(tmp_path / "tables.xlsx"),
    )
    text = Path(made["markdown"]).read_text()
    assert ("LASSO" in text) == scored
    assert ("univariate logistic" in text) == (kind != "no readings")
    assert ("In the test cohort" in text) == ("test" in cohorts)
    assert not re.search(BLANKS, text)


def test_a_statement_of_the_authors_reaches_draft_and_checklists_and_runs_no_more(
    finished, folder, tmp_path
):
    study = tmp_path / "study"
    shutil.copytree(finished, study, copy_function=shutil.copy2)
    change_config(study, study={"ethics": "Approved by <b>the board</b>, no. 1"})
    assert set(planned(study)) == {
        *("record_provenance", "write_report", "write_draft", "fill_checklists"),
        *("measure_cost", "plot_cost"),  # what the run before cost
    }
    made = tmp_path / "made" / "manuscript"
    made.mkdir(parents=True)
    fill_checklists(
        files=[],
        models=[],
        draft=str(folder / "methods_and_results.md"),
        study={"title": "A", "ethics": "Approved by <b>the board</b>, no. 1"},
        has=["images"],
        simulated=False,
        tables=[str(made / Path(path).name) for path in targets.CHECKLISTS],
        document=str(made / "checklists.docx"),
    )
    before = table(finished, "manuscript/checklist_clear.tsv").set_index("item")
    after = pd.read_csv(made / "checklist_clear.tsv", sep="\t").set_index("item")
    assert before.loc[8, ["status", "author"]].tolist() == ["needs the author", "study.ethics"]
    assert after.loc[8, ["status", "where"]].tolist() == ["filled", "methods_and_results.docx"]
