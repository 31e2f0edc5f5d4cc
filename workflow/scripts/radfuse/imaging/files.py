"""The files that an image or a mask is made of, and what they are by their first bytes."""

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

# memory over size on disk: voxels as they are, of a DICOM series, and compressed
PLAIN, DICOM, COMPRESSED = 3, 6, 15
HEADER_ALONE = (".mhd", ".nhdr")
HEADER_BYTES = 65536  # more than a header with a list of a thousand files has
DATA_FILE = re.compile(rb"^(?:ElementDataFile\s*=|data ?file\s*:)\s*(\S.*?)\s*$", re.I | re.M)
LIST = re.compile(r"LIST(\s+\d+D?)?")  # in place of a name: names follow, a line each
NUMBERED = re.compile(r"%\d*d")  # a name of many, by their numbers
# how a DICOM file begins that has no preamble (group 2 or 8, little endian)
NO_PREAMBLE = (b"\x02\x00\x00\x00", b"\x08\x00\x00\x00", b"\x08\x00\x05\x00", b"\x08\x00\x08\x00")


def there(path: Path) -> bool:
    """Whether there is a file or a folder that may be read; no name that cannot be one raises."""
    try:
        if path.is_dir():
            return os.access(path, os.R_OK | os.X_OK)
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:
        return False


def lack(path: Path) -> str:
    """What keeps a path from being `there`, in words."""
    try:
        if path.is_file() or path.is_dir():
            return "may not be read by you (look at its permissions)"
        if path.parts[:1] and path.parts[0].startswith("~") and not os.path.lexists(path):
            return "does not exist (~ is no home folder here: write the whole path)"
        return "is neither a file nor a folder" if os.path.lexists(path) else "does not exist"
    except OSError as error:
        return f"cannot be looked at ({error.strerror})"


def beginning(path: Path, count: int = 512) -> bytes:
    """The first bytes of a file, by which its format is known; none of a folder."""
    if path.is_dir():
        return b""
    with path.open("rb") as file:
        return file.read(count)


def marked(start: bytes) -> bool:
    """Whether a file begins as DICOM does, with its preamble or (old exports) without."""
    return start[128:132] == b"DICM" or start[:4] in NO_PREAMBLE


def is_dicom(path: Path) -> bool:
    return path.is_dir() or marked(beginning(path))


def shown(folder: Path) -> Iterator[Path]:
    """The files of a folder that may belong to a series: none of its subfolders, none that is
    hidden."""
    return (path for path in folder.iterdir() if path.name[0] != "." and path.is_file())


def listed(folder: Path) -> list[Path]:
    """The files of `shown`, by name."""
    return sorted(shown(folder))


def dicom_files(folder: Path) -> list[Path]:
    """The DICOM files of a folder, by name; not those of its subfolders, nor hidden ones.

    Files that were meant to be DICOM and are not are among them, so that they are not left out.
    """
    return list(filter(meant, listed(folder)))


def holds_dicom(folder: Path) -> bool:
    """Whether there is any of `dicom_files`, by as few looks as it takes."""
    return any(map(meant, shown(folder)))


def meant(path: Path) -> bool:
    """Whether a file is DICOM, is called so, or is empty or zeros, as a broken copy leaves it."""
    start = beginning(path)
    return marked(start) or path.suffix.lower() in (".dcm", ".ima") or not start.strip(b"\0")


def no_dicom(folder: Path) -> str:
    """What a folder without any DICOM file is, and what to do."""
    folders = sorted(each.name for each in folder.iterdir() if each.is_dir())
    if folders:
        return (
            f"has no DICOM file in it, but folders ({', '.join(folders[:10])}), which are not "
            "searched; name the one that holds the series"
        )
    return "has no DICOM file in it; name the folder that holds the series"


def parts(path: Path) -> list[Path]:
    """The files whose bytes make the voxels: a folder's, or the file and its detached data."""
    if path.is_dir():
        return listed(path)
    detached = detached_data(path) if path.suffix.lower() in HEADER_ALONE else []
    return [path, *(each for each in detached if each != path and each.is_file())]


def detached_data(path: Path) -> list[Path]:
    """The files that a header names: one, a list below it, or those of a pattern (`%03d`)."""
    start = beginning(path, HEADER_BYTES)
    data = DATA_FILE.search(start)
    if not data:
        return []
    name = data[1].decode(errors="replace")
    if (path.parent / name).is_file():
        return [path.parent / name]
    if LIST.fullmatch(name):
        below = start[data.end() :].decode(errors="replace").splitlines()
        return [path.parent / line.strip() for line in below if line.strip()]
    pattern = path.parent / NUMBERED.sub("*", name.split()[0])
    return sorted(pattern.parent.glob(pattern.name)) if NUMBERED.search(name) else []


def memory_mb(paths: Collection[Path]) -> float:
    """Megabytes that files take once they are read, by their sizes: a guess at the high side. A
    folder stands for the files in it; what is not there takes nothing."""
    found = 0.0
    for path in paths:
        if path.parent in paths or not there(path):
            continue
        size = sum(each.stat().st_size for each in (listed(path) if path.is_dir() else [path]))
        plain = path.suffix.lower() in (".nii", ".raw")
        found += size / 1e6 * (PLAIN if plain else DICOM if path.is_dir() else COMPRESSED)
    return found


def b_value_file(path: Path) -> Path:
    """Where the b-values of a 4D NIfTI stand, if anywhere: beside it, of the same name."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".nii") + ".bval")


def beside(path: Path) -> list[Path]:
    """What else has to be newer than nothing made of it: detached data, b-values, and of a folder
    its newest file, so that a slice that is replaced is seen."""
    if not there(path):
        return []
    if path.is_dir():
        return sorted(listed(path), key=lambda file: file.stat().st_mtime)[-1:]
    return [each for each in (*parts(path)[1:], b_value_file(path)) if each.is_file()]
