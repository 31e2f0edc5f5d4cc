"""Sheets as people's programs save them."""

import os
import time
from pathlib import Path

import pytest

from radfuse.errors import StudyError
from radfuse.inputs.sheets import read_sheet, read_sheets

TEXT = "patient\tsite\nP1\tKöln\nP2\tÅrhus\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_sheet_is_read_in_utf_8_and_as_excel_s_unicode_text(tmp_path, encoding):
    path = tmp_path / "patients.tsv"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""  # the others write their own
    path.write_bytes(mark + TEXT.replace("\n", "\r\n").encode(encoding))
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


@pytest.mark.parametrize("mark", [",", ";"])
def test_another_separator_is_named(tmp_path, mark):
    path = tmp_path / "patients.tsv"
    path.write_text(f"patient{mark}age\nP1{mark}61\n")
    with pytest.raises(StudyError, match="is separated by commas or semicolons, not by tabs"):
        read_sheet(path)


def test_values_without_a_column_s_name_are_not_dropped(tmp_path):
    path = tmp_path / "patients.tsv"
    path.write_text("patient\tage\t\nP1\t61\t\nP2\t62\tmotion\n")
    with pytest.raises(StudyError, match="column 3 has values but no name"):
        read_sheet(path)
    path.write_text("patient\tage\t\nP1\t61\t\n")
    assert list(read_sheet(path)) == ["patient", "age"]
