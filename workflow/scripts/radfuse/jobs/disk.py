"""A full disk, said in words."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radfuse.errors import StudyError

FULL = (errno.ENOSPC, errno.EDQUOT)
PROBE_BYTES = 2**20


@contextmanager
def check_space(folder: Path) -> Iterator[None]:
    """Raises StudyError E40 for an OSError that came from want of space where `folder` is."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL or is_full(folder):
            raise StudyError(full(folder)) from error
        raise


def is_full(folder: Path) -> bool:
    """Whether nothing more can be written there: not every library says why it could not."""
    probe = folder / f".probe{os.getpid()}"
    try:
        with probe.open("wb") as file:
            file.write(bytes(PROBE_BYTES))
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno in FULL
    finally:
        probe.unlink(missing_ok=True)
    return False


def full(folder: Path) -> str:
    usage, files = shutil.disk_usage(folder), os.statvfs(folder).f_favail
    return (
        f"E40 disk: no space is left for {folder.resolve()}: {usage.free / 1e6:.1f} MB of "
        f"{usage.total / 1e9:.1f} GB are free on its file system, and {files} files may be added; "
        "or your quota, of space or of files, is used up. Nothing half written was left. Make "
        "space and run the same command again; what is done is not computed again."
    )
