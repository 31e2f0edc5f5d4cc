"""Results are written whole or not at all."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from radfuse.errors import StudyError
from radfuse.jobs import runs
from radfuse.jobs.staging import put_back, staged

SCRIPTS = Path(runs.__file__).parents[2]


@pytest.fixture(autouse=True)
def run(tmp_path, monkeypatch) -> Path:
    """The folder of a run on another machine, seen from the study folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(runs.VARIABLE, "elsewhere_1_1")
    folder = runs.UNFINISHED / "elsewhere_1_1"
    folder.mkdir(parents=True)
    return folder


def write(*paths: str) -> None:
    for path in paths:
        Path(path).write_text("whole")


def test_outputs_come_into_place_together(run, tmp_path):
    outside = str(tmp_path.parent / "outside.txt")
    listed = ["results/a.txt", f"../{tmp_path.name}/results/b.txt"]
    with staged({"table": "results/t.tsv", "both": listed, "outside": outside}) as output:
        assert Path(output.table).name == "t.tsv"
        write(output.table, *output.both, output.outside)
        assert not Path("results/t.tsv").exists()
    for path in ("results/t.tsv", "results/a.txt", "results/b.txt", outside):
        assert Path(path).read_text() == "whole"
    (note,) = run.glob("*.made")  # for the case that the run is killed before it looks
    assert note.read_text().splitlines() == ["results/t.tsv", *listed, outside]


def test_what_was_made_and_taken_away_is_put_back(run):
    place = Path("results/a/a.txt")
    for text in ("first", "second"):  # attempts of one job
        place.parent.mkdir(exist_ok=True)
        with staged({"a": str(place), "b": "results/b.txt"}) as output:
            Path(output.a).write_text(text)
            Path(output.b).write_text(text)
    made = place.stat().st_mtime_ns
    place.unlink()
    place.parent.rmdir()
    write("results/b.txt")
    assert put_back() == [str(place)]
    assert place.read_text() == "second"
    assert place.stat().st_mtime_ns == made
    assert Path("results/b.txt").read_text() == "whole"


def test_after_an_error_nothing_is_written(run):
    write("results/old.txt")
    with pytest.raises(ValueError, match="half"), staged({"old": "results/old.txt"}) as output:
        Path(output.old).write_text("ha")
        raise ValueError("half")
    assert Path("results/old.txt").read_text() == "whole"
    assert list(run.iterdir()) == []


def test_an_output_that_is_missing_keeps_the_others_away():
    with pytest.raises(FileNotFoundError), staged({"a": "results/a", "b": "results/b"}) as output:
        write(output.a)
    assert not Path("results/a").exists()


def test_a_file_that_is_no_output_is_refused():
    with (
        pytest.raises(RuntimeError, match=r"no outputs: .*extra\.txt"),
        staged({"a": "results/a"}) as output,
    ):
        write(output.a, str(Path(output.a).with_name("extra.txt")))
    assert not Path("results/a").exists()


def test_a_job_whose_run_ends_meanwhile_writes_nothing(run):
    with pytest.raises(StudyError, match=r"^E42 run: "), staged({"a": "results/a"}) as output:
        write(output.a)
        run.rename(run.with_name("over"))
    assert not Path("results/a").exists()


def test_killed_in_the_midst_of_writing_the_old_file_stays():
    write("results/a.txt")
    script = (
        "import os, signal\n"
        "from radfuse.jobs.staging import staged\n"
        "with staged({'a': 'results/a.txt'}) as output:\n"
        "    with open(output.a, 'w') as file:\n"
        "        file.write('ha')\n"
        "        file.flush()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    killed = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Path("results/a.txt").read_text() == "whole"


def test_a_full_disk_is_said_in_words(run):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with (
        pytest.raises(StudyError, match=r"^E40 disk: no space is left for ") as said,
        staged({"a": "results/a"}),
        Path("/dev/full").open("w") as file,
    ):
        file.write("x")
    assert str(Path("results").resolve()) in str(said.value)
    assert list(run.iterdir()) == []


def test_results_may_be_linked_to_another_file_system(tmp_path):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system here")
    target = other / f"radfuse-{os.getpid()}"
    target.mkdir()
    try:
        Path("results/roi").symlink_to(target)
        with staged({"a": "results/roi/a"}) as output:
            write(output.a)
        assert [path.name for path in target.iterdir()] == ["a"]
        assert (target / "a").read_text() == "whole"
    finally:
        for path in target.iterdir():
            path.unlink()
        target.rmdir()
