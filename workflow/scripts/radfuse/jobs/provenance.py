"""What a result was made from: digests of code and values, versions, the commit."""

import hashlib
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1]
IMPORT = re.compile(
    r"^[ \t]*(?:from|import) (radfuse[.\w]*)(?: import (\([^)]*\)|.*))?", re.MULTILINE
)


@cache
def imported_modules(path: Path) -> tuple[Path, ...]:
    """The library modules that a Python file imports itself.

    Read off the text: parsing the library's files would be a sixth of every plan.
    """
    names = set()
    for module, listed in IMPORT.findall(path.read_text(encoding="utf-8")):
        names |= {module, *(f"{module}.{name}" for name in re.findall(r"\w+", listed))}
    modules = (
        LIBRARY / f"{name.removeprefix('radfuse.').replace('.', '/')}.py"
        for name in sorted(names)
        if name.startswith("radfuse.")
    )
    return tuple(module for module in modules if module.is_file())


def code_closure(script: Path) -> list[Path]:
    """A script and every library module it imports, directly or through another, in order."""
    seen, waiting = set(), [script]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(imported_modules(path))
    return sorted(seen)


@cache
def code_digest(script: Path, *resources: Path) -> str:
    """Digest of a script, the library modules it depends on and other files it reads.

    A job that carries it among its params runs again when, and only when, its own code changes.
    """
    digest = hashlib.sha256()
    for path in [*code_closure(script), *resources]:
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def git_commit(directory: Path) -> str | None:
    """The checkout's commit, `-dirty` appended when tracked files differ; None outside git."""
    # a clone that somebody else owns, as one that a group shares, is one all the same
    command = ["git", "-c", "safe.directory=*", "-C", str(directory), "describe", "--always"]
    command += ["--dirty", "--abbrev=40"]
    try:
        completed = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return completed.stdout.strip() or None


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Installed version of each package that is installed here."""
    installed = {
        distribution.metadata["Name"].lower(): distribution.version
        for distribution in distributions()
        if distribution.metadata["Name"]
    }
    return {name: installed[name.lower()] for name in packages if name.lower() in installed}


def env_pins(folder: Path) -> dict[str, str]:
    """Version of each package that the envs in a folder name, by its name in lower case."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]
    pins = re.findall(r"^ +- ([\w.-]+)==(\S+)$", "\n".join(texts), re.MULTILINE)
    return {name.lower(): version for name, version in pins}
