"""The audit as a target: it runs alone, without images or models, on any folder of tables."""

import shutil

import pytest
from studies import ROOT, planned, run, simulated_study, table

pytestmark = pytest.mark.workflow
PAGE = "results/audit/audit.html"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study without any image file."""
    return simulated_study(tmp_path_factory.mktemp("audited"), 20, {"CT": ["AP"]})


def test_the_page_needs_one_job(study):
    assert planned(study, PAGE) == {"audit": 1}
    run(study, "audit")
    assert set(table(study, "audit/audit.tsv")["verdict"]) == {
        "agrees",
        "disagrees",
        "cannot be checked",
    }
    assert "Cheng et al." in (study / PAGE).read_text()
    assert planned(study, PAGE) == {}


def test_another_publication_is_named_on_the_command_line(study):
    shutil.copytree(ROOT / "resources" / "paper", study / "other")
    (study / "other" / "citation.txt").write_text("Another study\n")
    run(study, "audit", "--config", "audit=other")
    assert "Another study" in (study / PAGE).read_text()
    rows = (study / "other" / "table4.tsv").read_text()
    (study / "other" / "table4.tsv").write_text(rows.replace("0.879", "0.878"))
    assert planned(study, PAGE, "--config", "audit=other") == {"audit": 1}
