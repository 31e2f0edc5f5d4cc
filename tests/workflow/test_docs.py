"""The docs: every command is tested as its block says, every link leads somewhere, and what is made
from the code is up to date."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import draw_architecture
import pandas as pd
import pytest
import write_config
import yaml
from pages import PAGES, SHELLS, blocks, commands
from studies import ROOT, read, write

from radfuse.inputs.config import load_schema

pytestmark = pytest.mark.workflow

KINDS = {
    "run": "run here",
    "plan": "a dry run here",
    "ci": "a target of the Makefile, which CI or a person runs",
    "cluster": "run by `make cluster`",
    "environments": "run by `make environments`",
    "r": "run by test_recount_in_r.py, where there is R",
}
# what other tests run
ELSEWHERE = {
    ".venv/bin/snakemake --directory ../my_study --report report.zip": "test_snakemake_report.py"
}


def in_the_shell(command: str, study: Path) -> subprocess.CompletedProcess:
    """Run a command as a reader does, on this study, with the Python of the tests."""
    command = re.sub(r"(\.\./)?\bmy_study\b", str(study), command)
    command = command.replace("my_review", str(ROOT / "resources" / "paper"))
    command = re.sub(r"^make ", "make --assume-old .venv/.installed ", command)
    command = re.sub(r"^\.venv/bin/python", sys.executable, command)
    command = command.replace(".venv/bin/snakemake", f"{sys.executable} -m snakemake")
    return subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_command_says_how_it_is_tested():
    unmarked = [(page.name, text) for page, words, text in blocks(SHELLS) if words not in KINDS]
    assert unmarked == []
    assert commands("run") and commands("plan") and commands("ci")


def test_what_ci_runs_is_a_target():
    for command in commands("ci"):
        assert re.fullmatch(r"make [a-z-]+", command), command
        assert command.removeprefix("make ") in targets(), command


def test_every_target_that_a_page_names_exists():
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
        assert named <= targets(), page.name


@pytest.mark.parametrize("command", commands("run"))
def test_a_command_runs(command, finished, tmp_path):
    if command.startswith("make new-study"):
        study = tmp_path / "new folder" / "begun"
        command = command.replace("../my_study", f'"{study}"')
        assert in_the_shell(command, study).returncode == 0
        assert {path.name for path in study.iterdir()} == {
            path.name for path in (ROOT / "resources" / "new_study").iterdir()
        }
        again = in_the_shell(command, study)
        assert again.returncode != 0 and "is there already" in again.stdout
        return
    study = tmp_path / "study"
    shutil.copytree(finished, study, copy_function=shutil.copy2)
    completed = in_the_shell(command, study)
    assert completed.returncode == 0, completed.stdout + completed.stderr


@pytest.mark.parametrize("command", commands("plan"))
def test_a_command_is_planned(command, finished):
    if command in ELSEWHERE:
        assert "--report" in (Path(__file__).parent / ELSEWHERE[command]).read_text()
        return
    completed = in_the_shell(f"{command} --dry-run", finished)
    assert completed.returncode == 0, completed.stdout + completed.stderr


def python_of(page: str) -> str:
    """The one Python block of a page."""
    (text,) = [text for path, _, text in blocks({"python"}) if path.name == page]
    return text


def python(code: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)


def test_the_first_study_s_sheets_are_written_as_the_page_shows(tmp_path):
    here, study = tmp_path / "radfuse", tmp_path / "my_study"
    study.mkdir()
    for name in ("P1/CT_AP", "P1/CT_AP_mask", "P2/CT_AP", "P2/CT_AP_mask", "P2/MRI_T2WI"):
        path = here / "scans" / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (here / "outcomes.csv").write_text("id,recurrence,age,sex\nP1,1,60,f\nP2,0,51,m\n")
    python(python_of("first-study.md"), here)
    images = read(study / "images.tsv")
    assert images[["patient", "modality", "sequence"]].to_numpy().tolist() == [
        ["P1", "CT", "AP"],
        ["P2", "CT", "AP"],
        ["P2", "MRI", "T2WI"],
    ]
    assert images.loc[1, "mask"] == str(here / "scans" / "P2" / "CT_AP_mask.nii.gz")
    patients = read(study / "patients.tsv")
    assert list(patients) == ["patient", "outcome", "age", "sex"]
    assert patients["outcome"].tolist() == ["1", "0"]


def test_the_cohorts_are_fixed_as_the_page_shows(finished, tmp_path):
    here, study = tmp_path / "radfuse", tmp_path / "my_study"
    here.mkdir()
    split = read(finished / "results" / "cohort" / "split.tsv")
    split.loc[0, "cohort"] = "unlabelled"
    write(split, study / "results" / "cohort" / "split.tsv")
    write(read(finished / "patients.tsv"), study / "patients.tsv")
    python(python_of("adding-patients.md"), here)
    cohorts = read(study / "patients.tsv").set_index("patient")["cohort"]
    expected = split.set_index("patient")["cohort"].replace("unlabelled", "")
    pd.testing.assert_series_equal(cohorts, expected.reindex(cohorts.index))


def test_keys_that_a_page_shows_are_keys_of_the_config():
    known = set(load_schema("config")["properties"])
    shown = [text for page, _, text in blocks({"yaml"}) if page.name != "cluster.md"]  # a profile
    assert shown
    for text in shown:
        assert set(yaml.safe_load(text)) <= known, text


def test_every_section_of_the_report_is_explained():
    scripts = ROOT / "workflow" / "scripts"
    code = "".join(path.read_text() for path in sorted(scripts.rglob("*.py")))
    page = (scripts / "templates" / "report.html.j2").read_text()
    titles = set(re.findall(r'Section\(\s*"[\w-]+",\s*"([^"]+)"', code))
    titles |= set(re.findall(r"<h2[^>]*>([A-Z][^<{]*)</h2>", page))
    explained = (ROOT / "docs" / "reading-the-report.md").read_text(encoding="utf-8")
    parts = {
        part.strip()
        for row in re.findall(r"^\| ([^|]+) \|", explained, re.M)
        for part in row.split(",")
    }
    assert len(titles) > 15
    assert titles - {"Contents"} <= parts


def test_every_link_leads_somewhere():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for address in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if not address.startswith(("http:", "https:")):
                assert (page.parent / address).exists(), f"{page.name}: {address}"


def test_every_page_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in text, page.name


def test_the_page_of_the_config_is_that_of_the_schema():
    schema = load_schema("config")
    assert write_config.PAGE.read_text(encoding="utf-8") == write_config.page(schema), "make docs"
    rows = re.findall(r"^\| `.*$", write_config.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 60
    for row in rows:
        assert row.split("|")[-2].strip(), f"no description: {row}"


@pytest.mark.skipif(not shutil.which("dot"), reason="drawing needs Graphviz; comparing does not")
def test_the_picture_is_drawn_by_graphviz():
    rules, edges = {"split_cohort", "predict"}, {("split_cohort", "predict")}
    text = draw_architecture.description(rules, edges)
    command = ["dot", "-Tsvg"]
    svg = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout
    assert draw_architecture.drawn(svg) == (rules, edges)


def test_the_picture_has_the_rules_and_edges_of_the_code():
    drawn = draw_architecture.drawn(draw_architecture.PICTURE.read_text(encoding="utf-8"))
    assert drawn == draw_architecture.rule_graph(), "make docs"


def test_an_edge_that_others_imply_is_left_out():
    edges = {("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "d")}
    assert draw_architecture.reduced(edges) == {("a", "b"), ("b", "c"), ("c", "d")}
