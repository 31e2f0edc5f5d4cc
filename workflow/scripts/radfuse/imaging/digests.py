"""Digests of files, apart from the rest of the provenance: every job on an image needs them."""

import hashlib
from pathlib import Path

from radfuse.imaging.files import parts


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_digest(path: str | Path) -> str:
    """SHA-256 of a file, or of the files that make an image, whatever their names."""
    files = parts(Path(path))
    if files == [Path(path)]:
        return file_digest(path)
    digests = sorted(map(file_digest, files))
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
