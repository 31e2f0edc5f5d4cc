"""Which images are others than those that were read, whatever the times of their files."""

import json
import os
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
