"""The study's sheets, read as text."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path

import pandas as pd

from radfuse.errors import StudyError


def read_sheet(path: str | Path) -> pd.DataFrame:
    """Read a sheet as text without surrounding blanks; `NA` and an empty field are both "".

    Lines without any value are left out; a line that is too short has blanks at its end. A row's
    index is its line in the file (the header's is 1) less two. Raises
    StudyError E02 where the file cannot be read, is no tab-separated table, names a column twice,
    or where a quotation mark that is not closed swallows lines.
    """
    try:
        above = lines_above(path)
        sheet = pd.read_csv(
            path,
            skiprows=above,
            sep="\t",
            dtype=str,
            header=None,
            keep_default_na=False,
            encoding="utf-8-sig",
            skip_blank_lines=False,  # so that a row's place in the file is known
        )
    except FileNotFoundError:
        raise StudyError(f"E02 sheet: {path} does not exist; correct `sheets:`.") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
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


def lines_above(path: str | Path) -> int:
    """The lines without a value above the first that has one."""
    with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
        return sum(1 for _ in takewhile(lambda line: not line.strip(), file))


def read_sheets(paths: Mapping[str, str | None]) -> dict[str, pd.DataFrame]:
    """The sheets that a study names. Raises StudyError with those that cannot be read or have no
    row yet, all of them."""
    sheets, problems = {}, []
    for name, path in paths.items():
        if not path:
            continue
        try:
            sheets[name] = read_sheet(path)
        except StudyError as error:
            problems += error.problems
            continue
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
