"""The study's sheets, read as text."""

import time
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path

import pandas as pd

from radfuse.errors import StudyError

AHEAD_S = 600.0  # by which a file server's clock may be ahead


def read_sheet(path: str | Path) -> pd.DataFrame:
    """Read a sheet as text without surrounding blanks; `NA` and an empty field are both "".

    Lines without any value are left out; a line that is too short has blanks at its end. A row's
    index is its line in the file (the header's is 1) less two. Raises
    StudyError E02 where the file cannot be read, is no tab-separated table, names a column twice,
    or where a quotation mark that is not closed swallows lines.
    """
    try:
        encoding = encoding_of(path)
        above = lines_above(path, encoding)
        sheet = pd.read_csv(
            path,
            skiprows=above,
            sep="\t",
            dtype=str,
            header=None,
            keep_default_na=False,
            encoding=encoding,
            skip_blank_lines=False,  # so that a row's place in the file is known
        )
    except FileNotFoundError:
        raise StudyError(f"E02 sheet: {path} does not exist; correct `sheets:`.") from None
    except OSError as error:
        raise StudyError(
            f"E02 sheet: {path} cannot be read ({error.strerror}); is it yours to read, and a file?"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError) as error:
        raise StudyError(
            f"E02 sheet: {path} cannot be read as tab-separated text in UTF-8 ({error}); a line "
            "with more fields than the header, or another encoding?"
        ) from None
    if sheet.shape[1] == 1 and any(mark in str(sheet.iloc[0, 0]) for mark in ",;"):
        raise StudyError(
            f"E02 sheet: {path} is separated by commas or semicolons, not by tabs; save it as "
            "tab-separated text (.tsv)."
        )
    sheet = sheet.fillna("").apply(lambda column: column.str.strip().replace("NA", ""))
    sheet = sheet.set_axis(sheet.index + above)[(sheet != "").any(axis=1).to_numpy()]
    if sheet.empty:
        raise StudyError(f"E02 sheet: {path} is empty; its first line names the columns.")
    header, body = sheet.iloc[0], sheet.iloc[1:]
    problems = [
        f"E02 sheet: {path} names the column '{name}' {count} times; keep one."
        for name, count in header[header != ""].value_counts().items()
        if count > 1
    ]
    problems += [
        f"E02 sheet: {path}: column {place + 1} has values but no name."
        for place in range(sheet.shape[1])
        if not header[place] and (body[place] != "").any()
    ]
    broken = body.apply(lambda column: column.str.contains("\n", regex=False)).any(axis=1)
    problems += [
        f"E02 sheet: {path} row {row + 1}: a quotation mark is not closed, so that the lines after "
        "it are read as one field; remove it."
        for row in body.index[broken]
    ]
    if problems:
        raise StudyError(*problems)
    named = [place for place in range(sheet.shape[1]) if header[place]]
    body = body[named].set_axis(list(header[named]), axis=1).rename_axis(columns=None)
    return body.set_axis(body.index - 1)


def encoding_of(path: str | Path) -> str:
    """UTF-8 unless the file itself says UTF-16, as Excel's "Unicode text" does.

    Raises StudyError E02 where it is a workbook.
    """
    with Path(path).open("rb") as file:
        start = file.read(8)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise StudyError(
            f"E02 sheet: {path} is a workbook of Excel or LibreOffice, whatever its name; save it "
            "as tab-separated text (Excel: 'Unicode text')."
        )
    return "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"


def lines_above(path: str | Path, encoding: str) -> int:
    """The lines without a value above the first that has one."""
    with Path(path).open(encoding=encoding, errors="replace") as file:
        return sum(1 for _ in takewhile(lambda line: not line.strip(), file))


def read_sheets(paths: Mapping[str, str | None]) -> dict[str, pd.DataFrame]:
    """The sheets that a study names. Raises StudyError with those that cannot be read, have no row
    yet or are of the future, all of them."""
    sheets, problems = {}, []
    for name, path in paths.items():
        if not path:
            continue
        try:
            sheets[name] = read_sheet(path)
        except StudyError as error:
            problems += error.problems
            continue
        ahead = Path(path).stat().st_mtime - time.time()
        if ahead > AHEAD_S:
            problems.append(
                f"E02 sheet: {path} is dated {ahead / 3600:.1f} hours in the future, so that "
                "whatever is made from it would look older than it; check this computer's clock, "
                f"then: touch {path}"
            )
        if sheets[name].empty:
            instead = "" if name == "patients" else f", or say `{name}: null` under `sheets:`"
            problems.append(
                f"E02 sheet: {path} has a header and no row yet; fill in the study's {name} "
                f"(docs/sheets.md){instead}."
            )
    if problems:
        raise StudyError(*problems)
    return sheets


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'known'?` for the closest known name, or nothing."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean '{by_lower[matches[0]]}'?" if matches else ""
