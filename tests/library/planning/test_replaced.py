"""Which images are others than those that were read, whatever the times of their files."""

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from radfuse.imaging.digests import content_digest
from radfuse.imaging.inspection import record_path
from radfuse.planning import replaced

KEYS = [(patient, "CT", "AP") for patient in ("a", "b", "c")]


@pytest.fixture
def study(tmp_path, monkeypatch) -> SimpleNamespace:
    """Three images that were read an hour after they were put there."""
    monkeypatch.chdir(tmp_path)
    Path("images").mkdir()
    for patient, *_ in KEYS:
        Path("images", f"{patient}.nii").write_text(f"voxels of {patient}")
    found = SimpleNamespace(
        simulated=False,
        image_keys=lambda: KEYS,
        files=lambda patient, *_: {"image": f"images/{patient}.nii"},
    )
    for key in KEYS:
        path, record = found.files(*key)["image"], record_path(key)
        record.parent.mkdir(parents=True)
        files = {"image": {"path": path, "sha256": content_digest(path)}}
        record.write_text(json.dumps({"files": files}))
        later = Path(path).stat().st_ctime + 3600
        os.utime(record, (later, later))
    return found


def happened(*keys) -> None:
    """As if the records were older than the last change of these images' files."""
    for key in keys:
        os.utime(record_path(key), (1e9, 1e9))


def test_only_another_content_counts(study):
    told: list[str] = []
    assert replaced.replaced(study, told.append) == []
    assert not replaced.KNOWN.exists()  # nothing had to be read
    happened(*KEYS)
    assert replaced.replaced(study, told.append) == []
    Path("images/b.nii").write_text("voxels of another")
    assert replaced.replaced(study, told.append) == [KEYS[1]]
    assert told == []


def test_a_file_is_read_once(study, monkeypatch):
    happened(*KEYS)
    read: list[str] = []

    def digest(path: str) -> str:
        read.append(path)
        return content_digest(path)

    monkeypatch.setattr(replaced, "content_digest", digest)
    monkeypatch.setattr(replaced, "MANY", 2)
    told: list[str] = []
    for _ in range(2):
        assert replaced.replaced(study, told.append) == []
    assert sorted(read) == [f"images/{patient}.nii" for patient, *_ in KEYS]
    assert len(told) == 1 and told[0].startswith("3 files were moved or written")


def test_what_is_away_or_was_never_accepted_is_no_other(study):
    happened(*KEYS)
    Path("images/a.nii").unlink()
    record_path(KEYS[1]).unlink()
    Path("images/b.nii").write_text("voxels of another")
    assert replaced.replaced(study, print) == []
    study.simulated = True
    assert replaced.replaced(study, print) == []


def test_what_changed_just_before_the_record_may_have_changed_while_it_was_read(study):
    Path("images/b.nii").write_text("voxels of another")
    changed = Path("images/b.nii").stat().st_ctime
    for seconds, found in ((replaced.READING + 5, []), (replaced.READING - 5, [KEYS[1]])):
        os.utime(record_path(KEYS[1]), (changed + seconds, changed + seconds))
        assert replaced.replaced(study, print) == found


def test_a_link_that_points_elsewhere_is_another_file(study):
    """To a file that is older than the record: the link alone is newer."""
    target, link = Path("elsewhere.nii"), Path("images/a.nii")
    target.write_text("voxels of another")
    before = target.stat().st_ctime + 0.02
    time.sleep(0.05)
    link.unlink()
    link.symlink_to(target.resolve())
    assert target.stat().st_ctime < before < link.lstat().st_ctime
    os.utime(record_path(KEYS[0]), (before + replaced.READING, before + replaced.READING))
    assert replaced.replaced(study, print) == [KEYS[0]]


def test_a_header_s_detached_data_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("it.mhd").write_text("ElementDataFile = it.raw\n")
    Path("it.raw").write_bytes(b"voxels")
    later = Path("it.raw").stat().st_ctime + 3600
    seen = []
    monkeypatch.setattr(replaced, "parts", lambda path: seen.append(path) or [Path("it.raw")])
    assert replaced.last_change(Path("it.mhd")) < later and seen == [Path("it.mhd")]


def test_a_file_that_the_record_does_not_know_is_not_replaced(study):
    """A second outline, say, that the sheet names for the first time: it is read anyway."""
    happened(*KEYS)
    Path("images/second.nii").write_text("an outline")
    study.files = lambda patient, *_: {
        "image": f"images/{patient}.nii",
        "mask_repeat": "images/second.nii",
    }
    assert replaced.replaced(study, print) == []


def test_what_was_known_may_be_unreadable_or_unwritable(study, monkeypatch):
    happened(*KEYS)
    replaced.KNOWN.parent.mkdir(exist_ok=True)
    replaced.KNOWN.write_text('{"half of it')
    assert replaced.replaced(study, print) == []
    monkeypatch.setattr(replaced, "KNOWN", Path("images/a.nii/below/known.json"))
    assert replaced.replaced(study, print) == []
