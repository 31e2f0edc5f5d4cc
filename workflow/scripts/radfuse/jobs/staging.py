"""Results that are written whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Protocol

from radfuse.jobs import runs
from radfuse.jobs.disk import check_space


class Outputs(Protocol):
    """A job's outputs by name: a path, or a list of paths."""

    def items(self) -> Iterator[tuple[str, str | Sequence[str]]]: ...


@contextmanager
def staged(outputs: Outputs) -> Iterator[SimpleNamespace]:
    """The same paths in a folder aside: written there, all are moved into place at the end.

    After an error nothing is. Raises StudyError E40 where the disk is full, E42 where the run has
    ended, and RuntimeError for a file that was written and is no output.
    """
    folder, results = runs.folder(), runs.UNFINISHED.parent
    places: dict[Path, str] = {}
    with (
        check_space(results),
        TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as room,
        check_space(results),  # before the room, and what fills the disk, is taken away
    ):

        def aside(path: str) -> str:
            # a path may be absolute, or lead out of the study folder
            inside = [part for part in Path(path).parts if part not in ("/", "..")]
            unfinished = Path(room, *inside)
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            places[unfinished] = path
            return str(unfinished)

        yield SimpleNamespace(
            **{
                name: aside(value) if isinstance(value, str) else [aside(path) for path in value]
                for name, value in outputs.items()
            }
        )
        runs.folder()
        undeclared = {path for path in Path(room).rglob("*") if path.is_file()} - set(places)
        if undeclared:
            raise RuntimeError(f"written, and no outputs: {sorted(map(str, undeclared))}")
        for path in places:
            flush(path)
        keep(folder / Path(room).name, places)
        for path, place in places.items():
            move(path, Path(place))


def flush(path: Path) -> None:
    """Bring a file onto the disk: a name must not outlive a power cut that its content does not."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def move(path: Path, place: Path) -> None:
    try:
        path.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # a part of the results that is linked to another file system
        beside = place.with_name(f".{place.name}.unfinished")
        shutil.copyfile(path, beside)
        flush(beside)
        beside.replace(place)


def keep(job: Path, places: Mapping[Path, str]) -> None:
    """Note in the run's folder what one of its jobs is about to move into place (`job`.made), and
    give each file a second name there."""
    kept = job.with_suffix(".kept")
    kept.mkdir()
    for number, path in enumerate(places):
        with suppress(OSError):  # a file system without links
            (kept / str(number)).hardlink_to(path)
    job.with_suffix(".made").write_text("\n".join(places.values()), encoding="utf-8")


def put_back() -> list[str]:
    """Put back what jobs of this run have made and Snakemake has taken away, because another job of
    their submission to a cluster failed; returns what was. It has been recorded as any success."""
    back = []
    for note in sorted(runs.folder().glob("*.made"), key=lambda path: -path.stat().st_mtime_ns):
        for number, place in enumerate(note.read_text(encoding="utf-8").splitlines()):
            kept = note.with_suffix(".kept") / str(number)
            if kept.exists() and not Path(place).exists():
                Path(place).parent.mkdir(parents=True, exist_ok=True)  # went with its last file
                move(kept, Path(place))
                back.append(place)
    return back
