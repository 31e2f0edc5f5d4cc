"""One run at a time in a study folder, and nothing more from the jobs of a run that has ended.

A run is a process that starts jobs. It holds a lock, which the operating system releases however
the process ends, so that no lock is ever stale. It has a folder below `results/.unfinished`, in
which its jobs write until what they make is whole. The next run takes the folders of those before
it away: whatever is left of their jobs, here or in a cluster's queue, cannot reach a result.
"""

import atexit
import fcntl
import getpass
import os
import platform
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from radfuse.errors import StudyError
from radfuse.jobs.disk import check_space, full, is_full

LOCK = Path(".snakemake/radfuse.lock")
UNFINISHED = Path("results/.unfinished")
VARIABLE = "RADFUSE_RUN"  # in the environment of a run's jobs: its name, {host}_{process}_{time}
ENDED = (
    "E42 run: this job is of a run that has ended or was killed, and leaves nothing behind; run "
    "the same command again."
)


def name_run() -> None:
    """Name the run that this process may become, for the jobs that it may start."""
    os.environ[VARIABLE] = f"{platform.node()}_{os.getpid()}_{time.time_ns()}"


@contextmanager
def permitted() -> Iterator[None]:
    """Raises StudyError E43 for a file or folder that this user may not write."""
    try:
        yield
    except PermissionError as error:
        raise StudyError(forbidden(error.filename)) from None


@permitted()
def begin() -> str:
    """Make this process the one run of the study in the working directory, until it ends.

    Returns a note where the file system has no locks, else "". Raises StudyError: E41 where
    another run is at work, E40 where the disk is full, E43 where the study is somebody else's.
    """
    LOCK.parent.mkdir(exist_ok=True)
    lock, warning = LOCK.open("a+", encoding="utf-8"), ""
    try:
        take(lock)
    except BlockingIOError:
        lock.seek(0)
        raise StudyError(occupied(lock.read())) from None
    except OSError as error:
        warning = (
            f"the file system of {Path.cwd()} has no locks ({error.strerror}): nothing but your "
            "own care keeps a second run out."
        )
    with check_space(Path()):
        lock.truncate(0)
        lock.write("\t".join(who()))
        lock.flush()
        for over in UNFINISHED.glob("*"):
            # renamed first, and so out of reach at once, even while a job still writes into it
            shutil.rmtree(over.rename(over.with_name(f"over.{time.time_ns()}")), ignore_errors=True)
        (UNFINISHED / os.environ[VARIABLE]).mkdir(parents=True)
    end_on_request()
    atexit.register(end, lock, UNFINISHED.absolute())  # Snakemake leaves the folder before
    return warning


def end_on_request() -> None:
    """Let a thread do what the process has set up for SIGTERM.

    Snakemake's handler waits for a lock that the code it interrupts may hold, and then for ever.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if callable(handler):
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=handler).start())


def end(lock: TextIO, unfinished: Path) -> None:
    if is_full(unfinished):  # whatever could not be written last, if only Snakemake's own notes
        print(full(unfinished.parent), file=sys.stderr)
    shutil.rmtree(unfinished, ignore_errors=True)
    lock.close()


def take(lock: TextIO) -> None:
    """Raises BlockingIOError where another process holds the lock for more than a moment."""
    for _ in range(10):
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)  # a job that looks whether its run goes on has it for as long as that
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def who() -> tuple[str, str, str, str]:
    """Process, user, host and time."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container that does not know its user's name
        user = str(os.getuid())
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    return str(os.getpid()), user, platform.node(), now


def forbidden(path: str) -> str:
    """E43 of a file or folder that this user may not write."""
    place = Path(path)
    while not place.exists():
        place = place.parent
    try:
        owner = place.owner()
    except (KeyError, OSError):  # a container that does not know the user's name
        owner = f"user {place.stat().st_uid}"
    return (
        f"E43 access: {place.resolve()} belongs to {owner}, and you may not write there: a run "
        "keeps its records and results in the study folder. Run as that user, have it opened to "
        "you (chmod -R g+rwX), or work in a copy of the study."
    )


def occupied(holder: str) -> str:
    process, user, host, since = holder.split("\t") if holder else ("?", "?", "?", "?")
    return (
        f"E41 run: another run has been at work in {Path.cwd()} since {since}: process {process} "
        f"of {user} on {host}. This one has changed nothing. Wait until the other has ended, or "
        f"end it (`kill {process}` on {host}: it finishes the jobs that are going), and run the "
        "same command again."
    )


def folder() -> Path:
    """Where this run's jobs write what is unfinished. Raises StudyError E42 where it has ended."""
    name = os.environ.get(VARIABLE)
    if not name:
        raise StudyError(
            f"E42 run: this job does not know which run it is of: let the executor hand on the "
            f"environment variable {VARIABLE}."
        )
    place = UNFINISHED / name
    here = name.rsplit("_", 2)[0] == platform.node()
    if not place.is_dir() or (here and not held()):
        raise StudyError(ENDED)
    return place


def made_by_killed_runs() -> dict[Path, list[str]]:
    """Notes of jobs whose run may have been killed before it heard of their end: the outputs of
    each."""
    if not LOCK.exists() or held():
        return {}
    notes = UNFINISHED.glob("*/*.made")
    return {note: note.read_text(encoding="utf-8").splitlines() for note in notes}


def forget(notes: Iterable[Path]) -> None:
    """Take notes away that have been heard, and the second names of what they tell of."""
    for note in notes:
        shutil.rmtree(note.with_suffix(".kept"), ignore_errors=True)
        note.unlink(missing_ok=True)


def held() -> bool:
    """Whether a process holds the lock, or none can."""
    with LOCK.open(encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
