"""A workbook of printed tables: a sheet each, and one that lists them."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from radfuse.manuscript.archive import plain, write_archive
from radfuse.manuscript.printed import Printed
from radfuse.marking import sentence

FONT, BOLD = Font(name="Arial", size=9), Font(name="Arial", size=9, bold=True)
NOTE = Font(name="Arial", size=8, italic=True)
WARNING = Font(name="Arial", size=9, bold=True, color="B02020")
LINE = Side(style="thin")
LEFT = Alignment(vertical="top", wrap_text=True, horizontal="left")
WIDEST, NARROWEST = 44, 9


def write(sheet: Worksheet, row: int, column: int, text: str, font: Font = FONT) -> Cell:
    """A text as text: what begins like a formula is none."""
    cell = sheet.cell(row, column)
    cell.value = plain(text)
    cell.data_type = "s"
    cell.font = font
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="center")
    return cell


def across(sheet: Worksheet, row: int, width: int, text: str, font: Font = FONT) -> None:
    """A text over the whole width, high enough for its lines."""
    cell = write(sheet, row, 1, text, font)
    cell.alignment = LEFT
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
    room = sum(sheet.column_dimensions[get_column_letter(c)].width for c in range(1, width + 1))
    sheet.row_dimensions[row].height = 12.5 * (1 + int(len(text) / max(room, 1)))


def rule(sheet: Worksheet, row: int, width: int, **edges: Side) -> None:
    for column in range(1, width + 1):
        sheet.cell(row, column).border = Border(**edges)


def column_widths(table: Printed) -> list[int]:
    rows = [table.columns, *(row for _, rows in table.blocks for row in rows)]
    longest = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    return [min(max(width, NARROWEST), WIDEST) for width in longest]


def add_sheet(book: Workbook, table: Printed, simulated: bool | str) -> None:
    sheet = book.create_sheet(table.number)
    width = len(table.columns)
    for place, size in enumerate(column_widths(table), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = size
    row = 1
    if simulated:
        across(sheet, row, width, sentence(simulated), WARNING)
        row += 1
    across(sheet, row, width, f"{table.number}. {table.title}.", BOLD)
    row += 1
    rule(sheet, row, width, top=LINE)
    if table.heads:
        start = 1
        for text, span in table.heads:
            write(sheet, row, start, text, BOLD)
            sheet.merge_cells(
                start_row=row, start_column=start, end_row=row, end_column=start + span - 1
            )
            start += span
        row += 1
    for place, text in enumerate(table.columns, start=1):
        write(sheet, row, place, text, BOLD)
    rule(sheet, row, width, bottom=LINE, **({} if table.heads else {"top": LINE}))
    sheet.freeze_panes = sheet.cell(row + 1, 2)
    for heading, rows in table.blocks:
        if heading:
            row += 1
            across(sheet, row, width, heading, BOLD)
        for texts in rows:
            row += 1
            for place, text in enumerate(texts, start=1):
                cell = write(sheet, row, place, text)
                if place == 1:
                    cell.alignment = LEFT
    rule(sheet, row, width, bottom=LINE)
    for note in table.notes:
        row += 1
        across(sheet, row, width, note, NOTE)
    print_wide(sheet)


def print_wide(sheet: Worksheet) -> None:
    """Landscape, as wide as the page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def write_workbook(
    tables: Sequence[Printed], path: str | Path, title: str, simulated: bool | str
) -> None:
    book = Workbook()
    contents = book.active
    contents.title = "Contents"
    for place, size in enumerate((14, 80, 60), start=1):
        contents.column_dimensions[get_column_letter(place)].width = size
    row = 1
    for text, font in ((sentence(simulated), WARNING), (title, BOLD)):
        if text:
            across(contents, row, 3, text, font)
            row += 1
    for place, text in enumerate(("Table", "Title", "Made from"), start=1):
        write(contents, row, place, text, BOLD)
    rule(contents, row, 3, top=LINE, bottom=LINE)
    for table in tables:
        row += 1
        write(contents, row, 1, table.number).hyperlink = f"#'{table.number}'!A1"
        for place, text in ((2, table.title), (3, ", ".join(table.sources))):
            write(contents, row, place, text).alignment = LEFT
        add_sheet(book, table, simulated)
    print_wide(contents)
    book.properties.creator, book.properties.title = "radfuse", plain(title)
    content = BytesIO()
    book.save(content)
    write_archive(content.getvalue(), path)
