"""What a user's shell and identifiers may hold changes nothing."""

import os
import shutil

import pytest
from studies import digests, read, run, simulated_study, write

pytestmark = pytest.mark.workflow
TARGETS = ["results/tables/counts.tsv", "results/figures/cohort_flow.png"]


def test_variables_of_other_programs_change_nothing(tmp_path, monkeypatch):
    """Another radfuse where Python looks first, and a notebook's way to draw."""
    plain = simulated_study(tmp_path / "plain", 9, {"CT": ["AP"]}, radiology=False)
    other = shutil.copytree(plain, tmp_path / "other")
    run(plain, *TARGETS)
    foreign = tmp_path / "foreign" / "radfuse"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text("raise ImportError('another radfuse')\n")
    monkeypatch.setenv("PYTHONPATH", str(foreign.parent))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    settings = tmp_path / "matplotlibrc"
    settings.write_text("text.usetex: True\nfont.size: 30\n")
    monkeypatch.setenv("MATPLOTLIBRC", str(settings))
    run(other, *TARGETS)
    assert digests(other) == digests(plain) != {}
    assert "PYTHONPATH" in os.environ


def test_patients_may_be_called_as_folders_are(tmp_path):
    study = simulated_study(tmp_path, 9, {"CT": ["AP"]}, radiology=False)
    names = ["training", "roi", "CT", "AP", "features", "tables", "results", "stability", "figures"]
    for sheet in ("patients.tsv", "images.tsv", "simulation.tsv"):
        rows = read(study / sheet)
        called = dict(zip(read(study / "patients.tsv")["patient"], names, strict=True))
        if sheet != "patients.tsv":
            rows["patient"] = rows["patient"].map(called)
            write(rows, study / sheet)
    rows = read(study / "patients.tsv")
    write(rows.assign(patient=names), study / "patients.tsv")
    run(study, "results/figures/design.png", *TARGETS)
