"""Results that are written whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Protocol

from radfuse import runs
from radfuse.disk import check_space


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
        runs.note(folder, Path(room).name, places.values())
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
