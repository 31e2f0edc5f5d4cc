"""A study that is killed, run twice at once or out of space goes on with the same command."""

import base64
import contextlib
import getpass
import os
import platform
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import psutil
import pytest
from studies import ROOT, digests, planned, read, run, simulated_study, snakemake

pytestmark = pytest.mark.workflow

KILLS = 15
LONGEST_S = 300  # that the jobs which are going may need to end
SEED = int(os.environ.get("RADFUSE_KILL_SEED", "1"))


def tiny_study(folder: Path) -> Path:
    return simulated_study(folder, 9, {"CT": ["AP"]}, radiology=False)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    folder = tiny_study(tmp_path_factory.mktemp("undisturbed"))
    run(folder)
    return folder


class Run(subprocess.Popen):
    """The workflow at work on a study, in a process group of its own."""

    started: ClassVar[list["Run"]] = []

    def __init__(self, folder: Path, *targets: str) -> None:
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", str(folder)]
        self.folder, self.printed = folder, folder / "printed.txt"
        with self.printed.open("w") as file:
            super().__init__(
                [*command, *targets], cwd=ROOT, stdout=file, stderr=file, start_new_session=True
            )
        self.started.append(self)

    def until(self, reached: Callable[[], object]) -> None:
        """Wait for it, or for the end of the run."""
        while self.poll() is None and not reached():
            time.sleep(0.02)

    def at_work(self) -> list[Path]:
        """The rooms of the jobs that are writing."""
        return list((self.folder / "results" / ".unfinished").glob(f"*_{self.pid}_*/*"))

    def kill_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # none of the group is left
            os.killpg(self.pid, number)


def jobs_of(folder: Path) -> list[psutil.Process]:
    """The scripts that are running for a study, orphans too."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = process.cmdline()
            if command[1:] and command[1].startswith(f"{folder}/.snakemake/scripts/"):
                found.append(process)
    return found


@pytest.fixture
def study(tmp_path) -> Iterator[Path]:
    folder = tiny_study(tmp_path / "study")
    yield folder
    while Run.started:  # after a failure
        Run.started.pop().kill_group(signal.SIGKILL)


def finished_jobs(folder: Path) -> int:
    return sum(1 for _ in (folder / "results" / "benchmarks").rglob("*.tsv"))


def kill(running: Run, kind: str, draw: random.Random | None = None) -> None:
    """End a run as a kind of interruption does, and wait for the process that was started."""
    if kind == "scheduler":  # its jobs go on
        running.kill()
    elif kind == "group":
        running.kill_group(signal.SIGKILL)
    elif kind == "job":  # one for want of memory; then the run is ended
        jobs = jobs_of(running.folder)
        if jobs:
            with contextlib.suppress(psutil.NoSuchProcess):
                draw.choice(jobs).kill()
        running.terminate()
    elif kind == "terminate":
        running.terminate()
    elif kind == "time limit":  # as SLURM does, with less patience
        running.kill_group(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(1)
        running.kill_group(signal.SIGKILL)
    running.wait(LONGEST_S)


KINDS = ("scheduler", "group", "job", "terminate", "time limit")


def test_killed_at_random_moments_it_ends_as_if_undisturbed(undisturbed, study):
    """RADFUSE_KILL_SEED=2 draws others; a failure says its own."""
    draw, total = random.Random(SEED), finished_jobs(undisturbed)
    kinds = draw.sample(KINDS * (KILLS // len(KINDS)), KILLS)
    done, told = sorted(draw.choices(range(total), k=KILLS)), []
    for kind, jobs in zip(kinds, done, strict=True):
        delay = draw.uniform(0, 0.6)
        running = Run(study)
        running.until(lambda jobs=jobs: finished_jobs(study) >= jobs)
        time.sleep(delay)
        kill(running, kind, draw)
        told.append(f"{kind} {delay:.2f} s after job {jobs}: {finished_jobs(study)} done")
    history = "\n".join([f"RADFUSE_KILL_SEED={SEED}", *told])
    ended = snakemake(study)
    assert ended.returncode == 0, f"{history}\n{ended.stdout}{ended.stderr}"
    expected, obtained = digests(undisturbed), digests(study)
    differing = sorted(
        name for name in expected | obtained if expected.get(name) != obtained.get(name)
    )
    assert differing == [], history
    # everything is known of every file, so that the next change runs what it must
    plan = run(study, "--dry-run")
    assert "Nothing to be done" in plan, history
    assert "missing provenance" not in plan, history


def first_image(folder: Path) -> str:
    return read(folder / "images.tsv")["image"].iloc[0]


def test_a_job_that_outlives_its_run_leaves_nothing(study):
    image = first_image(study)
    running = Run(study, image)
    running.until(running.at_work)
    kill(running, "scheduler")
    assert jobs_of(study)
    while jobs_of(study):
        time.sleep(0.05)
    assert digests(study) == {}
    (log,) = (study / "results" / "logs" / "simulate_image").rglob("*.log")
    assert log.read_text().startswith("ERROR E42 run: this job is of a run that has ended")
    run(study, image)
    assert image in digests(study)
    assert not (study / "results" / ".unfinished").exists()


def test_what_a_killed_run_took_no_note_of_is_made_again(study):
    """On a cluster: the job has ended, and its run was killed before it heard so."""
    images = list(read(study / "images.tsv")["image"][:2])
    run(study, *images)
    for record in (study / ".snakemake" / "metadata").iterdir():
        if base64.urlsafe_b64decode(record.name).decode() == images[0]:
            record.unlink()
    made = study / "results" / ".unfinished" / "elsewhere_1_1" / "job.made"
    made.parent.mkdir(parents=True)
    made.write_text("\n".join(images))
    assert planned(study, *images) == {"simulate_image": 1}
    assert not made.exists()
    assert planned(study, *images) == {"simulate_image": 1}, "it was said once, and is known"
    run(study, *images)
    assert planned(study, *images) == {}


def test_nothing_of_a_run_stays_that_was_killed_at_its_very_end(study):
    """Every job has ended and is recorded: the next run has nothing to do."""
    image = first_image(study)
    run(study, image)
    before = digests(study)
    kept = study / "results" / ".unfinished" / "elsewhere_1_1" / "job.kept"
    kept.mkdir(parents=True)
    (kept / "0").hardlink_to(study / image)
    kept.with_suffix(".made").write_text(image)
    assert "Nothing to be done" in run(study, image)
    assert digests(study) == before


def test_a_second_run_says_who_is_at_work_and_changes_nothing(study):
    image = first_image(study)
    first = Run(study, image)
    first.until(first.at_work)
    first.kill_group(signal.SIGSTOP)
    before = digests(study)
    second = snakemake(study, image)
    assert second.returncode == 1
    (said,) = re.findall("^E41 run: .*", second.stdout + second.stderr, re.MULTILINE)
    since = datetime.now().astimezone().isoformat(" ")[:11]
    assert f"another run has been at work in {study} since {since}" in said
    assert f"process {first.pid} of {getpass.getuser()} on {platform.node()}. " in said
    assert "Traceback" not in second.stdout + second.stderr
    assert digests(study) == before
    run(study, image, "--dry-run")  # looking on is free
    first.kill_group(signal.SIGCONT)
    assert first.wait() == 0, first.printed.read_text()


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """A file system of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_said_and_leaves_nothing_half_written(disk, monkeypatch):
    monkeypatch.setenv("COLUMNS", "500")  # sentences in one line
    study = simulated_study(disk / "study", 9, {"CT": ["AP"]}, radiology=False)
    images = list(read(study / "images.tsv")["image"])
    full = snakemake(study, *images)
    printed = full.stdout + full.stderr
    assert full.returncode == 1
    assert f"E40 disk: no space is left for {study}/results: " in printed
    assert not re.search(r'scripts/\S+\.py", line', printed)  # no traceback of ours
    assert not (study / "results" / ".unfinished").exists()
    left = digests(study)
    assert 0 < len(set(images) & set(left)) < len(images)
    subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
    run(study, *images)
    done = digests(study)
    assert set(images) <= set(done)
    assert {name: done[name] for name in left} == left
