"""Documents of Word and Excel: what was put in comes back, and the same bytes again."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from openpyxl import load_workbook

from radfuse.manuscript.draft import Draft, escaped, write_document, write_markdown
from radfuse.manuscript.printed import Printed
from radfuse.manuscript.references import cite, read_entries, reference
from radfuse.manuscript.text import Section
from radfuse.manuscript.word import add_table, new_document, save_document
from radfuse.manuscript.workbook import write_workbook

ODD = ["=1+1", "@SUM(A1)", "<script>alert('x')</script> & more", "a\x07b\x0bc", "−0.5", "'quoted"]
SHOWN = [*ODD[:3], "a b c", *ODD[4:]]
ROWS = [[f"row {place}", text, "0.910 (0.840–0.980)"] for place, text in enumerate(ODD)]
TABLE = Printed(
    "odd",
    "Odd <b>texts</b>",
    ["Name", "Text", "AUC (95% CI)"],
    [("Training cohort", ROWS[:3]), ("Test cohort", ROWS[3:])],
    ["A note & another."],
    ["results/tables/odd.tsv"],
    [("", 1), ("Both", 2)],
    number="Table 1",
)


def word(path, simulated: bool = True) -> Document:
    document = new_document("Odd <texts>\x02", simulated, landscape=True)
    add_table(document, TABLE, simulated)
    save_document(document, path)
    return Document(path)


def test_word_has_every_text_as_it_was(tmp_path):
    document = word(tmp_path / "tables.docx")
    (table,) = document.tables
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    assert texts[0] == ["", "Both", "Both"]
    assert texts[1] == TABLE.columns
    assert texts[2] == ["Training cohort"] * 3 and texts[6] == ["Test cohort"] * 3
    assert [row[1] for row in [*texts[3:6], *texts[7:]]] == SHOWN
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    assert paragraphs == ["Table 1. Odd <b>texts</b>. Simulated data.", "A note & another."]
    assert document.sections[0].header.paragraphs[0].text.startswith("SIMULATED DATA")
    header = [row._tr.trPr.xpath("w:tblHeader") != [] for row in table.rows]
    assert header == [True, True, *[False] * 8]


def test_a_workbook_has_every_text_and_no_formula(tmp_path):
    write_workbook([TABLE], tmp_path / "tables.xlsx", "Odd <texts>\x02", simulated=True)
    book = load_workbook(tmp_path / "tables.xlsx")
    assert book.sheetnames == ["Contents", "Table 1"]
    sheet = book["Table 1"]
    assert sheet["A1"].value.startswith("SIMULATED DATA")
    assert sheet["A2"].value == "Table 1. Odd <b>texts</b>."
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells if cell.column == 2 and cell.row > 4] == SHOWN
    assert [sheet.cell(row, 2).quotePrefix for row in (6, 7, 8)] == [True, True, False]
    assert book["Contents"]["C4"].value == "results/tables/odd.tsv"


def test_real_data_are_not_called_simulated(tmp_path):
    document = word(tmp_path / "tables.docx", simulated=False)
    write_workbook([TABLE], tmp_path / "tables.xlsx", "Real", simulated=False)
    assert "imulated" not in "".join(p.text for p in document.paragraphs)
    assert document.sections[0].header.paragraphs[0].text == ""
    for sheet in load_workbook(tmp_path / "tables.xlsx"):
        assert "SIMULATED" not in str(sheet["A1"].value)


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_no_document_knows_when_it_was_made(tmp_path, kind):
    paths = [tmp_path / f"{name}.{kind}" for name in "ab"]
    for path in paths:
        if kind == "docx":
            word(path)
        else:
            write_workbook([TABLE], path, "Odd", simulated=True)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    with ZipFile(BytesIO(first)) as parts:
        assert {entry.date_time[:3] for entry in parts.infolist()} == {(1980, 1, 1)}
        core = parts.read("docProps/core.xml").decode()
    dates = re.findall(r"<dcterms:(?:created|modified)[^>]*>([^<]*)<", core)
    assert dates == ["1980-01-01T00:00:00Z"] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P < 0.05 for DLRS_CT", "P < 0.05 for DLRS_CT"),
        ("<script>", "\\<script>"),
        ("a *b* _c_ `d` [e](f) $g$", "a \\*b\\* \\_c\\_ \\`d\\` \\[e\\](f) \\$g\\$"),
        ("&amp; but R & D", "\\&amp; but R & D"),
        (f"Holm{cite('holm1979', 'delong1988')}.", "Holm [@holm1979; @delong1988]."),
        ("write to @me, or a@b.org", "write to \\@me, or a@b.org"),
    ],
)
def test_markdown_takes_no_text_for_markup(text, expected):
    assert escaped(text) == expected


def test_a_draft_numbers_its_references_in_the_order_of_their_mention(tmp_path):
    entries = {key: f"@misc{{{key},\n  author = {{{key.title()}, A.}}\n}}" for key in "abc"}
    section = Section("First", [f"One{cite('b')}, two{cite('a', 'b')}."], [f"Three{cite('c')}."])
    draft = Draft("A <draft>", [("Methods", [section])], entries, simulated=True)
    write_document(draft, tmp_path / "draft.docx")
    write_markdown(draft, tmp_path / "draft.md")
    texts = [paragraph.text for paragraph in Document(tmp_path / "draft.docx").paragraphs]
    assert texts == [
        *["A <draft>", "Methods", "First", "One [1], two [2, 1].", "Three [3]."],
        *["References", "1. B A.", "2. A A.", "3. C A."],
    ]
    lines = (tmp_path / "draft.md").read_text().splitlines()
    assert lines[0] == "# A \\<draft>" and "SIMULATED" in lines[2]
    assert "One [@b], two [@a; @b]." in lines and "- Three [@c]." in lines


def test_every_entry_of_the_bibliography_makes_a_reference():
    from write_draft import BIBLIOGRAPHY

    entries = read_entries(BIBLIOGRAPHY)
    assert len(entries) > 40
    for key, entry in entries.items():
        text = reference(entry)
        assert text.count(". ") and not set("{}\\") & set(text), key
        assert entry.count("{") == entry.count("}"), key
    assert reference(entries["delong1988"]) == (
        "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated "
        "receiver operating characteristic curves: a nonparametric approach. Biometrics. 1988; 44: "
        "837–845. doi: 10.2307/2531595."
    )
    assert reference(entries["snakemake"]).startswith("Mölder F, Jablonski KP, Letcher B, et al.")
