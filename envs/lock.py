"""Resolve requirements.in into requirements.lock, then write the lock's pins into every env.

Run by `make lock`, in a fresh virtual environment, so that nothing else leaks into the lock. With
`--envs` the lock stays as it is and the envs follow it.
"""

import json
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
HEADER = "# Every version radfuse is tested with; made from requirements.in by `make lock`.\n"
NEEDED = "      # what those need; written by `make lock`\n"
PIN = re.compile(r"^(?: +- )?([A-Za-z0-9_.-]+)==(\S+)$", re.MULTILINE)


def normalised(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip(python: str, *arguments: str) -> str:
    command = [python, "-m", "pip", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def resolve(python: str) -> str:
    """`pip freeze` after installing requirements.in, without local version suffixes."""
    pip(python, "install", "--quiet", "--requirement", str(ROOT / "requirements.in"))
    return re.sub(r"\+\S+$", "", pip(python, "freeze"), flags=re.MULTILINE)


def closure(python: str, names: Iterable[str]) -> set[str]:
    """Normalised names of all that pip installs for these packages in the lock's versions."""
    choose = ["--quiet", "--dry-run", "--ignore-installed", "--constraint", str(LOCK)]
    report = json.loads(pip(python, "install", *choose, "--report", "-", *names))
    return {normalised(each["metadata"]["name"]) for each in report["install"]}


def pinned(env: str, python: str) -> str:
    """An env's text: the packages that its author named, then what those need, all as locked."""
    own = env.partition(NEEDED)[0]
    locked = {normalised(name): (name, version) for name, version in PIN.findall(LOCK.read_text())}
    named = [normalised(name) for name, _ in PIN.findall(own)]
    for name in named:
        pattern = rf"^( +- )({re.escape(locked[name][0])})==\S+$"
        own = re.sub(pattern, rf"\1\2=={locked[name][1]}", own, flags=re.IGNORECASE | re.MULTILINE)
    needed = closure(python, named) - set(named)
    pins = ["==".join(pin) for name, pin in locked.items() if name in needed]
    return own + (NEEDED if pins else "") + "".join(f"      - {pin}\n" for pin in pins)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        if sys.argv[1:] != ["--envs"]:
            LOCK.write_text(HEADER + resolve(python), encoding="utf-8")
        for path in sorted((ROOT / "envs").glob("*.yaml")):
            path.write_text(pinned(path.read_text(encoding="utf-8"), python), encoding="utf-8")


if __name__ == "__main__":
    main()
