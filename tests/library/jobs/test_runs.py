"""One run at a time, and nothing more from the jobs of a run that has ended."""

import atexit
import errno
import fcntl
import os
import platform
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from radfuse.errors import StudyError
from radfuse.jobs import runs

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow" / "scripts"


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch) -> Path:
    """A study folder; what a run leaves for the end of its process is not done in pytest's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(runs.VARIABLE, "")
    kept = []  # the lock, as atexit would
    monkeypatch.setattr(atexit, "register", lambda *what: kept.append(what))
    handler = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, handler)


def test_a_study_of_somebody_else_is_told_with_its_owner(study, monkeypatch):
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    runs.name_run()
    monkeypatch.setattr(Path, "open", refuse)  # root may write anywhere
    with pytest.raises(StudyError, match=r"E43 access: .*\.snakemake belongs to \w+, and you may"):
        runs.begin()


HOLD = """
import sys
from radfuse.jobs import runs
runs.name_run()
runs.begin()
print("begun", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(study):
    """Another process's lock on the study, until it is let go."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def test_a_second_run_says_who_the_first_is(held, study):
    runs.name_run()
    with pytest.raises(StudyError, match=r"^E41 run: another run has been at work in ") as said:
        runs.begin()
    assert f"{study} since 20" in str(said.value)
    assert f": process {held.pid} of " in str(said.value)
    assert f" on {platform.node()}. This one has changed nothing. " in str(said.value)


def test_a_killed_run_leaves_no_lock(held):
    held.kill()
    held.wait()
    runs.name_run()
    assert runs.begin() == ""


def test_the_next_run_takes_away_where_the_last_one_s_jobs_write():
    elsewhere = Path("results/.unfinished/elsewhere_1_1")
    (elsewhere / "room").mkdir(parents=True)
    os.environ[runs.VARIABLE] = elsewhere.name
    assert runs.folder() == elsewhere
    runs.name_run()
    runs.begin()
    assert list(runs.UNFINISHED.iterdir()) == [runs.UNFINISHED / os.environ[runs.VARIABLE]]
    os.environ[runs.VARIABLE] = elsewhere.name
    with pytest.raises(StudyError, match=r"^E42 run: this job is of a run that has ended"):
        runs.folder()


def test_on_the_same_machine_a_job_sees_that_its_run_was_killed():
    runs.name_run()
    (runs.UNFINISHED / os.environ[runs.VARIABLE]).mkdir(parents=True)
    runs.LOCK.parent.mkdir()
    runs.LOCK.touch()
    with pytest.raises(StudyError, match=r"^E42 run: this job is of a run that has ended"):
        runs.folder()
    with runs.LOCK.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert runs.folder().name == os.environ[runs.VARIABLE]


def test_a_job_that_does_not_know_its_run_is_refused():
    with pytest.raises(StudyError, match=f"^E42 run: .* the environment variable {runs.VARIABLE}"):
        runs.folder()


def test_a_file_system_without_locks_is_said(monkeypatch):
    def no_locks(*_) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    runs.name_run()
    assert "has no locks (No locks available): nothing but your own care" in runs.begin()
    assert runs.folder().is_dir()


def test_a_request_to_end_does_not_wait_for_what_it_interrupts():
    lock, ended = threading.Lock(), threading.Event()

    def handler(*_) -> None:
        with lock:
            ended.set()

    signal.signal(signal.SIGTERM, handler)
    runs.name_run()
    runs.begin()
    with lock:
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.wait(10)
