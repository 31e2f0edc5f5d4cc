"""The look of the house: sizes, one script per rule, envs that equal the lock, no circles."""

import ast
import json
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import slurm
import yaml
from studies import simulated_study

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow" / "scripts"
LIBRARY = SCRIPTS / "radfuse"
RULES = ROOT / "workflow" / "rules"


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def rules() -> dict[str, str]:
    """The text of every rule, by its name, which is its script's."""
    found = {}
    for path in sorted(RULES.glob("*.smk")):
        parts = re.split(r"^ *rule (\w+):\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            assert re.search(r"scripts/(\w+)\.py", text)[1] == name
            found[name] = text
    return found


def imports(path: Path) -> set[str]:
    """The library modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("radfuse"):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name in modules()}


@cache
def modules() -> dict[str, Path]:
    """The library's modules by their dotted names."""
    paths = [path for path in LIBRARY.rglob("*.py") if path.stem != "__init__"]
    return {".".join(path.relative_to(SCRIPTS).with_suffix("").parts): path for path in paths}


def packages(path: Path) -> set[str]:
    """The top-level packages that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
    return names


@pytest.mark.parametrize(
    ("paths", "most"),
    [
        ([ROOT / "Snakefile"], 45),
        (RULES.glob("*.smk"), 150),
        (SCRIPTS.rglob("*.py"), 250),
    ],
    ids=["Snakefile", "rules", "scripts"],
)
def test_short_files(paths, most):
    long = {path.name: lines(path) for path in paths if lines(path) > most}
    assert not long, f"more than {most} lines: give a part of it a file of its own"


def test_one_script_per_rule_and_one_rule_per_script():
    assert set(rules()) == {path.stem for path in SCRIPTS.glob("*.py")}


@pytest.mark.parametrize("name", sorted(rules()))
def test_every_rule_says_what_it_does_and_needs(name):
    text = rules()[name]
    assert re.match(r'\s+"""[A-Z].*\."""', text)
    directives = ["log:", "conda:", "threads:", "mem_mb="]
    if name != "check":  # whose benchmark would make a second check look done
        directives.append("benchmark:")
    for directive in directives:
        assert directive in text, directive
    env = re.search(r"envs/(\w+)\.yaml", text)[1]
    assert f'code=code("{name}", "{env}"' in text
    # so that a second attempt gets more
    assert re.search(r"mem_mb=(memory\(\d+\)|image_memory),", text)


def test_every_rule_is_in_a_group_of_the_cluster_s_or_submitted_alone():
    profile = yaml.safe_load(slurm.PROFILE.read_text(encoding="utf-8"))
    text = "".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.smk"))
    names = re.findall(r"^ *(?:rule|use rule \w+ as) (\w+)(?::| with:)$", text, re.MULTILINE)
    ungrouped = set(names) - set(profile["groups"]) - slurm.ALONE - slurm.SUBMITTED_FROM
    assert not ungrouped, "give it a group in profiles/slurm/config.yaml"
    assert set(profile["group-components"]) == set(profile["groups"].values())


def test_what_the_digest_of_the_code_does_not_see_holds_no_code():
    for path in LIBRARY.rglob("__init__.py"):
        assert [type(each) for each in ast.parse(path.read_text()).body] == [ast.Expr], path


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_script_gets_its_outputs_from_its_job_alone(path):
    """So that all are written whole or not at all: `radfuse/jobs/staging.py`."""
    text = path.read_text(encoding="utf-8")
    assert text.count("    with job(snakemake.log[0], snakemake.output) as output:\n") == 1
    assert text.count("snakemake.output") == 1
    assert '"results/' not in text, "a path that is no parameter"


@pytest.mark.parametrize("path", sorted((ROOT / "profiles").iterdir()), ids=lambda path: path.name)
def test_every_profile_goes_on_after_an_interruption(path):
    profile = yaml.safe_load((path / "config.yaml").read_text(encoding="utf-8"))
    assert profile["rerun-incomplete"] is True
    assert profile["nolock"] is True, "a killed run would leave Snakemake's lock behind"


def test_the_library_knows_nothing_of_snakemake():
    for path in LIBRARY.rglob("*.py"):
        assert "snakemake" not in packages(path), path.name


def test_no_import_circle():
    graph = {name: imports(path) for name, path in modules().items()}
    list(TopologicalSorter(graph).static_order())


def test_a_room_imports_only_from_the_rooms_above_it():
    """The rooms of the library in the order in which docs/architecture.md lists them."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^  \| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(rooms) == sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))
    place = {room: number for number, room in enumerate(rooms)}
    for name, path in modules().items():
        for imported in imports(path):
            # what belongs to no room, such as the errors, stands above them all
            here, there = (place.get(each.split(".")[1], -1) for each in (name, imported))
            assert there <= here, f"{name} imports {imported}"


def test_the_methods_name_modules_that_there_are():
    page = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+/[a-z_]*)`", page))
    there = {(path.parent.name, path.stem) for path in modules().values()}
    there |= {(room, "") for room, _ in there}
    assert named and {tuple(each.split("/")) for each in named} - there == set()


def test_every_library_module_is_used():
    used = imports_of_rules()
    for path in [*SCRIPTS.rglob("*.py"), *(ROOT / "resources").glob("*.py")]:
        used |= imports(path)
    assert set(modules()) - used == set()


def imports_of_rules() -> set[str]:
    """The library modules that workflow/rules/common*.smk import."""
    text = "".join(path.read_text(encoding="utf-8") for path in RULES.glob("common*.smk"))
    lines = [line for line in text.splitlines() if line.startswith("from radfuse")]
    found = set()
    for line in lines:
        module, names = re.fullmatch(r"from (\S+) import (.*)", line).groups()
        found |= {module, *(f"{module}.{name}" for name in names.split(", "))}
    return found & set(modules())


def locked() -> dict[str, str]:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return {
        name.lower(): version for name, version in re.findall(r"^([\w.-]+)==(\S+)$", text, re.M)
    }


@pytest.mark.parametrize("env", sorted((ROOT / "envs").glob("*.yaml")), ids=lambda path: path.stem)
def test_envs_are_pinned_to_the_lock(env):
    asked = yaml.safe_load(env.read_text())
    # of conda itself nothing but an interpreter, from one channel
    assert asked["channels"] == ["conda-forge", "nodefaults"]
    python, pip, others = asked["dependencies"]
    assert (python, pip, list(others)) == ("python=3.11", "pip", ["pip"])
    block = others["pip"]
    for requirement in block:
        name, version = requirement.split("==")
        assert locked()[name.lower()] == version, requirement
    assert any(f"envs/{env.name}" in text for text in rules().values()), "no rule uses it"


def test_the_containers_hold_the_lock_on_the_envs_python():
    place = ROOT / "containers"
    docker, apptainer = ((place / name).read_text() for name in ("Dockerfile", "radfuse.def"))
    (python,) = {
        re.search(r"python=(\S+)", env.read_text())[1] for env in (ROOT / "envs").glob("*.yaml")
    }
    base = re.escape(f"python:{python}-slim")
    assert re.search(rf"^FROM {base}$", docker, re.MULTILINE)
    assert re.search(rf"^From: {base}$", apptainer, re.MULTILINE)
    assert all("sh containers/install.sh" in text for text in (docker, apptainer))
    script = (place / "install.sh").read_text()
    assert "pip install --no-cache-dir --requirement requirements.lock" in script
    subprocess.run(["sh", "-n", str(place / "install.sh")], check=True)


def test_the_containers_start_the_workflow_in_the_study_folder(tmp_path):
    """What an image starts, on this checkout in place of the image's."""
    place = ROOT / "containers"
    entry = json.loads(re.search(r"^ENTRYPOINT (.*)$", (place / "Dockerfile").read_text(), re.M)[1])
    script = re.search(r"exec (.*) \"\$@\"", (place / "radfuse.def").read_text())[1]
    assert entry == script.split()
    simulated_study(tmp_path, 20, {"CT": ["AP"]})
    command = [sys.executable, "-m", *entry, "--cores", "1", "--dry-run", "write_report"]
    command = [each.replace("/opt/radfuse", str(ROOT)) for each in command]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "profiles/default" in printed.stderr


DISTRIBUTIONS = {
    "PIL": "pillow",
    "docx": "python-docx",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


@pytest.mark.parametrize("name", sorted(rules()))
def test_a_rule_s_env_has_what_its_code_imports(name):
    from radfuse.jobs.provenance import code_closure

    env = re.search(r"envs/(\w+\.yaml)", rules()[name])[1]
    text = (ROOT / "envs" / env).read_text().lower()
    known = locked()
    for path in code_closure(SCRIPTS / f"{name}.py"):
        for package in packages(path):
            distribution = DISTRIBUTIONS.get(package, package).lower()
            if distribution in known:
                assert f"- {distribution}==" in text, (
                    f"{path.name} imports {package}; {env} has it not"
                )


def test_how_results_are_told_makes_none_be_computed_again():
    """An edit of the report, say: no rule but those of the design's last step depends on it."""
    from radfuse.jobs.provenance import code_closure
    from radfuse.planning.design import PLACES

    for name in rules():
        if name not in ("audit", "check") and PLACES[name] != "report":
            rooms = {path.parent.name for path in code_closure(SCRIPTS / f"{name}.py")}
            assert not rooms & {"report", "figures", "manuscript"}, name


CODE = re.compile(r"\bE\d\d\b")


def codes(*paths: Path) -> set[str]:
    return {code for path in paths for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_code_is_explained_and_provoked_by_a_test():
    raised = codes(*SCRIPTS.rglob("*.py"))
    assert raised == codes(ROOT / "docs" / "troubleshooting.md")
    assert raised - codes(*(ROOT / "tests").rglob("test_*.py")) == set()
