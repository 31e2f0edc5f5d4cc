"""What `make setup` says before it installs anything."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "envs" / "ready.py"


def problems(*known: object) -> list[str]:
    spec = importlib.util.spec_from_file_location("ready", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.problems(*known)


@pytest.mark.parametrize("version", [(3, 11, 7), (3, 12, 0), (3, 13, 9)])
def test_most_need_no_compiler(version):
    assert problems(version, "Linux", "x86_64", False, False) == []
    assert problems(version, "Darwin", "arm64", False, False) == []


def test_what_is_too_old_or_has_no_packages():
    (told,) = problems((3, 9, 6), "Linux", "x86_64", True, True)
    assert "this is 3.9" in told and "make setup PYTHON=" in told
    (told,) = problems((3, 12, 1), "Darwin", "x86_64", True, True)
    assert "Intel" in told


def test_a_python_without_wheels_needs_a_compiler_and_headers():
    assert problems((3, 14, 0), "Linux", "x86_64", True, True) == []
    (told,) = problems((3, 14, 0), "Linux", "x86_64", False, True)
    assert "a C++ compiler is not here" in told and "build-essential python3-dev" in told
    (told,) = problems((3, 15, 0), "Linux", "aarch64", True, False)
    assert "For Python 3.15" in told and "Python's headers are not here" in told


def test_this_python_is_ready():
    assert subprocess.run([sys.executable, SCRIPT], check=False).returncode == 0
