"""Images whose files are other ones than those that were read, though they are not newer.

Snakemake looks at a file again when it is newer than what was made of it. But `mv`, `cp -p`,
`rsync -t`, unpacking and backups keep a file's old time. The time of the last change of its inode
(ctime) tells that something happened to it; whether its content is another one tells the digest
that its image's record holds.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from radfuse.digests import content_digest
from radfuse.imaging.files import parts, there
from radfuse.inspection import ImageKey, record_path
from radfuse.study import Study

KNOWN = Path(".snakemake/radfuse_digests.json")  # of files that were looked at
READING = 60.0  # seconds that a job may take from reading an image to recording it


def last_change(path: Path) -> float:
    """When any of an image's files was written, renamed, linked or put there, in seconds."""
    return max(max(file.lstat().st_ctime, file.stat().st_ctime) for file in {path, *parts(path)})


def replaced(study: Study) -> list[ImageKey]:
    """The accepted images of which a file that is there has another content than was read."""
    if study.simulated:
        return []
    known = read_known()
    before = dict(known)
    found = [key for key in study.image_keys() if differs(key, study.files(*key), known)]
    if known != before:
        write_known(known)
    return found


def differs(key: ImageKey, files: Mapping[str, str], known: dict[str, list]) -> bool:
    """`known` has time and digest of files that were looked at, and gets those of others."""
    record = record_path(key)
    if not record.exists():
        return False
    made = record.stat().st_mtime - READING
    changed = [
        path for path in files.values() if there(Path(path)) and last_change(Path(path)) > made
    ]
    if not changed:
        return False
    read = json.loads(record.read_text(encoding="utf-8"))["files"]
    digests = {each["path"]: each["sha256"] for each in read.values()}
    return any(path in digests and digest(path, known) != digests[path] for path in changed)


def digest(path: str, known: dict[str, list]) -> str:
    stamp = last_change(Path(path))
    if known.get(path, [None])[0] != stamp:
        known[path] = [stamp, content_digest(path)]
    return known[path][1]


def read_known() -> dict[str, list]:
    try:
        return json.loads(KNOWN.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def write_known(known: Mapping[str, list]) -> None:
    """Kept for the next run; who may only look at the study looks at the files again."""
    try:
        KNOWN.parent.mkdir(exist_ok=True)
        KNOWN.write_text(json.dumps(known), encoding="utf-8")
    except OSError:
        pass
