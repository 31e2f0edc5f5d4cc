"""Word documents: journal tables between three rules, headings, paragraphs, links."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from radfuse.manuscript.archive import plain, write_archive
from radfuse.manuscript.printed import Printed
from radfuse.marking import sentence, short

FONT, TABLE_TEXT, TABLE_NOTE = "Arial", "Table Text", "Table Note"
MARGIN = Mm(18)
LINK = "0563C1"
WARNING = RGBColor(0xB0, 0x20, 0x20)
NARROWEST, WIDEST, PADDING = 5, 34, 3  # characters of a column
PROSE = 40  # characters from which a cell is text to read
RULE = {"sz": "8", "val": "single", "color": "000000", "space": "0"}


def new_document(title: str, simulated: bool | str, landscape: bool = False) -> Document:
    """An empty A4 document; where data are simulated every page says so at its head."""
    document = Document()
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "List Bullet"):
        style = document.styles[name]
        style.font.name = FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{attribute}"), None)
        fonts.set(qn("w:hAnsi"), FONT)
        style.font.color.rgb = RGBColor(0, 0, 0)
    document.styles["Normal"].font.size = Pt(10)
    document.styles["Title"].font.size = Pt(18)
    for name, size, space in ((TABLE_TEXT, 8, 1), (TABLE_NOTE, 7.5, 0)):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.font.size = document.styles["Normal"], Pt(size)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(space)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", MARGIN)
    if simulated:
        mark = section.header.paragraphs[0].add_run(sentence(simulated))
        mark.bold, mark.font.size, mark.font.color.rgb = True, Pt(9), WARNING
    add_page_number(section.footer.paragraphs[0])
    core = document.core_properties
    core.title, core.author, core.comments, core.language = plain(title), "radfuse", "", "en-GB"
    return document


def add_page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    namespace = nsdecls("w")
    field = f'<w:fldSimple {namespace} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    paragraph._p.append(parse_xml(field))


def save_document(document: Document, path: str | Path) -> None:
    content = BytesIO()
    document.save(content)
    write_archive(content.getvalue(), path)


def add_link(paragraph: Paragraph, text: str, address: str) -> None:
    """A link; a relative address is seen from the document."""
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    run = paragraph.add_run(plain(text))
    run.font.color.rgb, run.font.underline = RGBColor.from_string(LINK), True
    link.append(run._r)
    paragraph._p.append(link)


def write_cell(cell: _Cell, text: str, centred: bool = False, bold: bool = False) -> Paragraph:
    paragraph = cell.paragraphs[0]
    # by its id: by its name python-docx would look it up in every cell, which takes seconds
    paragraph._p.style = TABLE_TEXT.replace(" ", "")
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if text:
        paragraph.add_run(plain(text)).bold = bold or None
    return paragraph


def underline(cell: _Cell) -> None:
    borders, line = OxmlElement("w:tcBorders"), OxmlElement("w:bottom")
    for name, value in {**RULE, "sz": "4"}.items():
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)


def new_grid(document: Document, rows: int, widths: Sequence[float]) -> list[list[_Cell]]:
    """A table with a rule above and below, as its rows of cells; `widths` are the columns' shares
    of the page."""
    table = document.add_table(rows, len(widths))
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "bottom"):
        line = OxmlElement(f"w:{edge}")
        for name, value in RULE.items():
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)
    table.autofit = False
    section = document.sections[0]
    room = section.page_width - section.left_margin - section.right_margin
    sizes = [int(room * width / sum(widths)) for width in widths]
    for column, size in zip(table._tbl.tblGrid.gridCol_lst, sizes, strict=True):
        column.w = size
    lines = [list(row.cells) for row in table.rows]
    for row, cells in zip(table.rows, lines, strict=True):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, size in zip(cells, sizes, strict=True):
            cell.width = size
    return lines


def repeat(cells: Sequence[_Cell]) -> None:
    """Show a header's row on every page that its table reaches."""
    cells[0]._tc.getparent().get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def shares(table: Printed) -> list[int]:
    """How much room each column needs: its longest text, within limits."""
    rows = [row for _, rows in table.blocks for row in rows]
    longest = [
        max(len(row[place]) for row in [table.columns, *rows])
        for place in range(len(table.columns))
    ]
    return [min(max(length, NARROWEST), WIDEST) + PADDING for length in longest]


def add_table(document: Document, table: Printed, simulated: bool | str) -> None:
    """Caption above, footnotes below, block headings across, numbers centred."""
    caption = document.add_paragraph()
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(14)
    caption.add_run(f"{table.number}. ").bold = True
    caption.add_run(plain(f"{table.title}."))
    if simulated:
        caption.add_run(f" {short(simulated)}.").italic = True
    body = [line for heading, rows in table.blocks for line in [heading, *rows] if line != ""]
    tops = int(bool(table.heads)) + 1
    lines = new_grid(document, tops + len(body), shares(table))
    if table.heads:
        write_heads(lines[0], table)
    for place, (cell, text) in enumerate(zip(lines[tops - 1], table.columns, strict=True)):
        write_cell(cell, text, centred=place > 0, bold=True)
        underline(cell)
    for cells in lines[:tops]:
        repeat(cells)
    for cells, texts in zip(lines[tops:], body, strict=True):
        if isinstance(texts, str):
            write_cell(cells[0].merge(cells[-1]), texts, bold=True)
        else:
            for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                write_cell(cell, text, centred=place > 0 and len(text) < PROSE)
    for note in table.notes:
        document.add_paragraph(plain(note), style=TABLE_NOTE)


def write_heads(cells: Sequence[_Cell], table: Printed) -> None:
    """The line over the header: a text across so many columns each."""
    start = 0
    for text, width in table.heads:
        merged = cells[start].merge(cells[start + width - 1])
        write_cell(merged, text, centred=True, bold=True)
        if text:
            underline(merged)
        start += width
