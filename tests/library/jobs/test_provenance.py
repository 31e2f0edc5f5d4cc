"""Digests of code and values."""

import os
import subprocess
from pathlib import Path

import pytest
from test_house import LIBRARY, SCRIPTS, imports, modules

from radfuse.imaging.digests import content_digest, file_digest
from radfuse.jobs.digests import value_digest
from radfuse.jobs.provenance import (
    code_closure,
    code_digest,
    git_commit,
    imported_modules,
    versions,
)


def closure(script: str) -> set[str]:
    return {path.stem for path in code_closure(SCRIPTS / f"{script}.py")}


def test_the_closure_follows_imports_of_imports():
    found = closure("resample_roi")
    assert {"resample_roi", "roi", "lesion", "grid", "overlay", "marking"} <= found
    assert "logistic" not in found
    assert "backbone" not in found


def test_every_script_s_imports_are_found():
    for script in SCRIPTS.glob("*.py"):
        assert "job" in closure(script.stem), script.stem


def parsed(path: Path) -> set[Path]:
    """What a file imports of the library, as Python itself understands it."""
    return {modules()[name] for name in imports(path)}


def test_imports_are_those_that_python_sees():
    files = [*SCRIPTS.glob("*.py"), *LIBRARY.rglob("*.py")]
    assert sum(map(len, map(parsed, files))) > 500
    for path in files:
        assert set(imported_modules(path)) == parsed(path), path


@pytest.mark.parametrize(
    "text",
    [
        "import radfuse.statistics.delong\n",
        "import radfuse.statistics.delong as comparing\n",
        "from radfuse.statistics import delong\n",
        "from radfuse.statistics import (\n    auc_score,\n    delong as d,  # the test\n)\n",
        "def late():\n    from radfuse.statistics.delong import delong_test  # noqa\n",
        "if True:\n\tfrom radfuse.statistics.delong import (  # why\n\t\tdelong_test)\n",
    ],
)
def test_every_way_to_import_is_seen(tmp_path, text):
    script = tmp_path / "a.py"
    script.write_text(text)
    assert LIBRARY / "statistics" / "delong.py" in imported_modules(script)
    assert set(imported_modules(script)) == parsed(script)


def test_the_digest_is_of_content(tmp_path):
    script = tmp_path / "a.py"
    script.write_text("from radfuse.jobs.job import logged\n")
    copy = tmp_path / "other" / "a.py"
    copy.parent.mkdir()
    copy.write_text(script.read_text())
    assert code_digest(script) == code_digest(copy)
    changed = tmp_path / "changed" / "a.py"
    changed.parent.mkdir()
    changed.write_text("from radfuse.jobs.job import logged  # now\n")
    assert code_digest(script) != code_digest(changed)


def test_a_value_s_digest_ignores_the_order_of_keys():
    assert value_digest({"a": 1, "b": [1, 2]}) == value_digest({"b": [1, 2], "a": 1})
    assert value_digest({"a": 1}) != value_digest({"a": 2})


def test_versions_of_what_is_installed():
    found = versions(["numpy", "no-such-package"])
    assert list(found) == ["numpy"]


def test_a_folder_is_known_by_its_files_whatever_their_names(tmp_path):
    for folder, names in (("a", "xy"), ("b", "yx"), ("c", "xx")):
        (tmp_path / folder).mkdir()
        for name, content in zip(names, ("1", "2"), strict=True):
            (tmp_path / folder / name).write_text(content)
    digests = [content_digest(tmp_path / folder) for folder in "abc"]
    assert digests[0] == digests[1] != digests[2]
    assert content_digest(tmp_path / "a" / "x") == file_digest(tmp_path / "a" / "x")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to somebody else")
def test_a_clone_that_somebody_else_owns_has_its_commit(tmp_path):
    """git refuses to look into one, by itself."""
    who = ["-c", "user.name=x", "-c", "user.email=x@y"]
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    subprocess.run(
        ["git", "-C", str(tmp_path), *who, "commit", "--quiet", "--allow-empty", "-m", "x"],
        check=True,
    )
    known = git_commit(tmp_path)
    assert known and len(known) == 40
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 12345, 12345)
    assert subprocess.run(["git", "-C", str(tmp_path), "log"], capture_output=True).returncode
    assert git_commit(tmp_path) == known
