"""What an image is made of on disk, and what else it is read from."""

import os
from pathlib import Path

import pytest

from radfuse.imaging.files import beside, lack, memory_mb, parts, there


def test_a_header_alone_belongs_to_its_data(tmp_path):
    (tmp_path / "i.mhd").write_text("NDims = 3\nElementDataFile = i.raw\n")
    assert parts(tmp_path / "i.mhd") == [tmp_path / "i.mhd"]
    (tmp_path / "i.raw").write_bytes(b"1")
    assert parts(tmp_path / "i.mhd") == [tmp_path / "i.mhd", tmp_path / "i.raw"]
    assert beside(tmp_path / "i.mhd") == [tmp_path / "i.raw"]
    (tmp_path / "n.nhdr").write_text("NRRD0004\ndata file: i.raw\n")
    assert beside(tmp_path / "n.nhdr") == [tmp_path / "i.raw"]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("I.MHD", "NDims = 3\nElementDataFile = LIST\ns1.raw\ns2.raw\n"),
        ("i.mhd", "NDims = 3\nElementDataFile = s%d.raw 1 2 1\n"),
        ("I.NHDR", "NRRD0004\ndata file: LIST 2\ns1.raw\ns2.raw\n"),
        ("i.nhdr", "NRRD0004\ndata file: s%01d.raw 1 2 1 2\n"),
    ],
)
def test_detached_data_in_several_files_and_names_in_capitals(tmp_path, name, header):
    (tmp_path / name).write_text(header)
    data = [tmp_path / "s1.raw", tmp_path / "s2.raw"]
    for each in data:
        each.write_bytes(b"1")
    assert parts(tmp_path / name) == [tmp_path / name, *data]
    assert beside(tmp_path / name) == data


@pytest.mark.parametrize("name", ["liste.raw", "LIST01.raw", "ct 50% dose.raw", "50%d.raw", "a b"])
def test_detached_data_that_is_called_like_a_list_or_a_pattern(tmp_path, name):
    (tmp_path / "i.mhd").write_text(f"NDims = 3\nElementDataFile = {name}\n")
    assert parts(tmp_path / "i.mhd") == [tmp_path / "i.mhd"]
    (tmp_path / name).write_bytes(b"1")
    assert parts(tmp_path / "i.mhd") == [tmp_path / "i.mhd", tmp_path / name]


def test_detached_data_may_lie_in_another_folder(tmp_path):
    data = tmp_path / "raw" / "i.raw"
    data.parent.mkdir()
    data.write_bytes(b"1")
    for name in ("raw/i.raw", str(data)):
        (tmp_path / "i.mhd").write_text(f"NDims = 3\nElementDataFile = {name}\n")
        assert parts(tmp_path / "i.mhd") == [tmp_path / "i.mhd", data]


@pytest.mark.parametrize("folder", [False, True])
def test_what_may_not_be_read_is_not_there(tmp_path, monkeypatch, folder):
    path = tmp_path / "x"
    path.mkdir() if folder else path.write_bytes(b"1")
    assert there(path)
    monkeypatch.setattr(os, "access", lambda *asked: False)  # tests may run as root
    assert not there(path) and beside(path) == []
    assert lack(path) == "may not be read by you (look at its permissions)"
    assert lack(tmp_path / "y") == "does not exist"
    assert lack(Path("~/y")) == "does not exist (~ is no home folder here: write the whole path)"


def test_b_values_lie_beside_their_image(tmp_path):
    (tmp_path / "d.nii.gz").write_bytes(b"")
    assert beside(tmp_path / "d.nii.gz") == []
    (tmp_path / "d.bval").write_text("0 800")
    assert beside(tmp_path / "d.nii.gz") == [tmp_path / "d.bval"]


def test_of_a_folder_the_newest_file_stands_for_all(tmp_path):
    for place, name in enumerate(("b", "a", "c", ".DS_Store")):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (place, place))
    (tmp_path / "sub").mkdir()
    assert beside(tmp_path) == [tmp_path / "c"]
    os.utime(tmp_path / "a", (9, 9))
    assert beside(tmp_path) == [tmp_path / "a"]
    assert [each.name for each in parts(tmp_path)] == ["a", "b", "c"]


def test_memory_follows_from_the_sizes_on_disk(tmp_path):
    series = tmp_path / "series"
    series.mkdir()
    for name in ("1.dcm", "2.dcm"):
        (series / name).write_bytes(bytes(500_000))
    for name in ("i.nii", "i.nii.gz", "i.NII"):
        (tmp_path / name).write_bytes(bytes(1_000_000))
    assert memory_mb({series, series / "2.dcm"}) == 6  # its newest file is an input too
    assert memory_mb({tmp_path / "i.nii", tmp_path / "i.NII"}) == 6
    assert memory_mb({tmp_path / "i.nii.gz", tmp_path / "away.nii.gz"}) == 15


def test_what_cannot_be_a_file_is_not_there(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("loop", "pipe", "x" * 300, "none"):
        assert not there(tmp_path / name)
    assert there(tmp_path)
