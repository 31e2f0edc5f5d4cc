"""Office files that are the same bytes from the same contents."""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can hold
CORE = "docProps/core.xml"
DATES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def write_archive(content: bytes, path: str | Path) -> None:
    """Write a DOCX or XLSX without the hour it was made, in the ZIP and in its properties."""
    with ZipFile(BytesIO(content)) as made, ZipFile(path, "w", ZIP_DEFLATED) as fixed:
        for name in made.namelist():
            part = made.read(name)
            if name == CORE:
                part = DATES.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", part)
            entry = ZipInfo(name, FIRST_DAY)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            fixed.writestr(entry, part)


def plain(text: str) -> str:
    """Text that XML can hold: control characters, which a sheet may contain, become spaces."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", " ", text)
