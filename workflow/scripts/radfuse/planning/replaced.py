"""Images whose files are other ones than those that were read, though they are not newer.

Snakemake looks at a file again when it is newer than what was made of it. But `mv`, `cp -p`,
`rsync -t`, unpacking and backups keep a file's old time. The time of the last change of its inode
(ctime) tells that something happened to it; whether its content is another one tells the digest
that its image's record holds.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from radfuse.imaging.digests import content_digest
from radfuse.imaging.files import parts, there
from radfuse.imaging.inspection import ImageKey, record_path
from radfuse.planning.study import Study

KNOWN = Path(".snakemake/radfuse_digests.json")  # of files that were looked at
MANY = 100  # files that are compared without a word
READING = 60.0  # seconds that a job may take from reading an image to recording it


def last_change(path: Path) -> float:
    """When any of an image's files was written, renamed, linked or put there, in seconds."""
    return max(max(file.lstat().st_ctime, file.stat().st_ctime) for file in {path, *parts(path)})


def replaced(study: Study, tell: Callable[[str], None]) -> list[ImageKey]:
    """The accepted images of which a file that is there has another content than was read.

    `tell` gets a sentence where there is much to compare: after a move of all images, say.
    """
    if study.simulated:
        return []
    known, files = read_known(), {key: study.files(*key) for key in study.image_keys()}
    suspected = {key: paths for key in files if (paths := changed(key, files[key]))}
    new = {
        path
        for paths in suspected.values()
        for path in paths
        if known.get(path, [None])[0] != last_change(Path(path))
    }
    if len(new) > MANY:
        tell(
            f"{len(new)} files were moved or written since they were read; whether their content "
            "is the same is looked at once, which reads them whole."
        )
    found = [key for key, paths in suspected.items() if differs(key, paths, known)]
    if new:
        write_known(known)
    return found


def changed(key: ImageKey, files: Mapping[str, str]) -> list[str]:
    """The files of an accepted image to which something happened since it was read."""
    record = record_path(key)
    if not record.exists():
        return []
    made = record.stat().st_mtime - READING
    return [path for path in files.values() if there(Path(path)) and last_change(Path(path)) > made]


def differs(key: ImageKey, changed: Sequence[str], known: dict[str, list]) -> bool:
    """Whether any of these files is another one than was read. `known` has time and digest of files
    that were looked at, and gets those of others."""
    if not changed:
        return False
    read = json.loads(record_path(key).read_text(encoding="utf-8"))["files"]
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
