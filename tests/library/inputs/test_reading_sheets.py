"""Sheets as people's programs save them."""

import os
import time
from pathlib import Path

import pytest

from radfuse.errors import StudyError
from radfuse.inputs.sheets import read_sheet, read_sheets

TEXT = "patient\tsite\nP1\tKöln\nP2\tÅrhus\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_sheet_is_read_in_utf_8_and_as_excel_s_unicode_text(tmp_path, encoding):
    path = tmp_path / "patients.tsv"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode(encoding))
    sheet = read_sheet(path)
    assert sheet.to_dict("list") == {"patient": ["P1", "P2"], "site": ["Köln", "Århus"]}


@pytest.mark.parametrize("start", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_a_workbook_under_another_name_is_called_one(tmp_path, start):
    path = tmp_path / "patients.tsv"
    path.write_bytes(start + bytes(range(256)))
    with pytest.raises(StudyError, match=r"E02 sheet: .* is a workbook .*Unicode text"):
        read_sheet(path)


def test_other_bytes_are_refused_with_the_encoding(tmp_path):
    path = tmp_path / "patients.tsv"
    path.write_bytes(TEXT.encode("latin-1"))
    with pytest.raises(StudyError, match=r"E02 sheet: .* cannot be read as tab-separated text"):
        read_sheet(path)


def test_a_sheet_that_may_not_be_read_is_not_called_another_encoding(tmp_path, monkeypatch):
    path = tmp_path / "patients.tsv"
    path.write_text(TEXT)

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)  # root may read anything
    with pytest.raises(StudyError, match=r"E02 sheet: .* cannot be read \(Permission denied\)"):
        read_sheet(path)


def test_a_sheet_of_the_future_is_refused(tmp_path):
    """Snakemake would find whatever is made from it too old, and fail run after run."""
    path = tmp_path / "patients.tsv"
    path.write_text(TEXT)
    soon = time.time() + 60  # a file server's clock
    os.utime(path, (soon, soon))
    assert len(read_sheets({"patients": str(path)})["patients"]) == 2
    later = time.time() + 7200
    os.utime(path, (later, later))
    with pytest.raises(StudyError, match=r"E02 sheet: .* dated 2\.0 hours in the future.*touch"):
        read_sheets({"patients": str(path)})
