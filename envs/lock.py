"""Resolve requirements.in into requirements.lock, then write the lock's pins into every env.

Run by `make lock`, in a fresh virtual environment, so that nothing else leaks into the lock.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Every version radfuse is tested with; made from requirements.in by `make lock`.\n"


def normalised(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def resolve() -> str:
    """`pip freeze` of a fresh environment with requirements.in, without local version suffixes."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        install = [python, "-m", "pip", "install", "--requirement", str(ROOT / "requirements.in")]
        subprocess.run(install, check=True)
        freeze = subprocess.run(
            [python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True
        )
    return re.sub(r"\+\S+$", "", freeze.stdout, flags=re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """Versions by normalised name."""
    rows = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)$", lock, re.MULTILINE)
    return {normalised(name): version for name, version in rows}


def pinned(env: str, versions: dict[str, str]) -> str:
    """An env's text with the versions of its pip block replaced by the lock's."""

    def pin(match: re.Match) -> str:
        return f"{match[1]}{match[2]}=={versions[normalised(match[2])]}"

    return re.sub(r"^( +- )([A-Za-z0-9_.-]+)==\S+$", pin, env, flags=re.MULTILINE)


def main() -> None:
    lock = resolve()
    (ROOT / "requirements.lock").write_text(HEADER + lock, encoding="utf-8")
    for path in sorted((ROOT / "envs").glob("*.yaml")):
        path.write_text(pinned(path.read_text(encoding="utf-8"), pins(lock)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
