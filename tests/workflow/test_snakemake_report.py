"""Snakemake's own report of a finished study: one file with all that is shown, offline."""

import json
import re
import zipfile

import pytest
from studies import ROOT, run

pytestmark = pytest.mark.workflow
CAPTIONS = ROOT / "workflow" / "report"


def shown() -> dict[str, str]:
    """Category of every output that the rules show, by its name without wildcards."""
    text = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    calls = re.findall(r'shown\("results/(?:\w+/)?([\w{}]+)\.\w+", "([\w ]+)"\)', text)
    assert len(calls) == text.count("shown(") - 1  # but for its definition
    return {re.sub(r"_?{\w+}", "", name): category for name, category in calls}


def test_every_output_that_is_shown_has_a_caption_and_no_caption_is_left_over():
    captions = {path.stem for path in CAPTIONS.glob("*.rst")}
    assert captions == set(shown()) | {"study"}
    for path in CAPTIONS.glob("*.rst"):
        assert path.read_text().rstrip().endswith((".", "?")), path.name


def test_the_report_is_one_file_with_all_figures_and_tables(finished, tmp_path):
    path = tmp_path / "report.zip"
    run(finished, "--report", str(path))
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        page = archive.read("report/report.html").decode()
    files = {name.rsplit("/", 1)[-1] for name in names}
    figures = {path.name for path in (finished / "results" / "figures").glob("*.png")}
    assert figures <= files
    for category in set(shown().values()):
        assert json.dumps(category) in page, category
    assert "counts.tsv" in page and "Patients from the sheet to the cohorts" in page
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="https?:', page)
