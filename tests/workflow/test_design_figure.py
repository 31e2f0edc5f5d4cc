"""The figure of the design: the steps and arrows that Snakemake's own plan of the study has."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from plot_design import draw
from studies import ROOT, change_config, simulated_study, without_simulation

from radfuse.figures.flowchart import GRID, STAGES, layout, way
from radfuse.planning.design import PLACES, STEPS

pytestmark = pytest.mark.workflow
SEQUENCES = {"CT": ["AP", "VP"], "MRI": ["DWI"]}
# what the study brings
BROUGHT = {"patients.tsv": "patients", "images.tsv": "patients", "radiology.tsv": "readings"}


def whole(folder: Path) -> None:
    change_config(folder, validation={"resamples": 2, "negative_controls": True})


def finetuned(folder: Path) -> None:
    change_config(folder, backbone={"transfer": "finetune"})


def readings_only(folder: Path) -> None:
    without_simulation(folder)
    change_config(folder, sheets={"images": None})


def no_readings(folder: Path) -> None:
    change_config(folder, sheets={"radiology": None}, validation={"crossfit_folds": 0})


KINDS = [whole, finetuned, readings_only, no_readings]


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def designed(request, tmp_path_factory) -> dict:
    folder = simulated_study(tmp_path_factory.mktemp("designed"), 20, SEQUENCES)
    request.param(folder)
    return plan(folder) | {"kind": request.param.__name__}


def plan(folder: Path) -> dict:
    command = [sys.executable, str(Path(__file__).parent / "designed.py"), str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def reached(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Every pair of steps that arrows lead from and to, by any way."""
    pairs = set(arrows)
    while more := {(a, d) for a, b in pairs for c, d in arrows if b == c} - pairs:
        pairs |= more
    return pairs


def planned_steps(found: dict) -> set[tuple[str, str]]:
    """The plan of the jobs, told in steps."""
    steps = {(PLACES[a], PLACES[b]) for a, b in found["edges"]}
    for path, rule in found["given"]:
        kind = next((kind for name, kind in BROUGHT.items() if path == name), "")
        steps |= {(kind, PLACES[rule])} if kind else set()
    return {(a, b) for a, b in steps if a != b}


def test_every_rule_has_its_place_and_every_step_has_one_in_the_figure():
    text = "".join(path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    rules = set(re.findall(r"^ *(?:use rule \w+ as|rule) (\w+)", text, re.MULTILINE))
    assert set(PLACES) == rules - {"audit", "check"}
    assert len(PLACES) == sum(map(len, STEPS.values()))
    assert set(GRID) == set(STEPS)
    assert {row for row, _ in GRID.values()} == {row for rows in STAGES.values() for row in rows}


def test_the_arrows_are_those_of_the_plan(designed):
    arrows = {tuple(pair) for pair in designed["design"]["arrows"]}
    assert reached(arrows) == reached(planned_steps(designed))
    for arrow in arrows:
        assert arrow not in reached(arrows - {arrow}), f"{arrow} follows from others"


def test_the_boxes_are_the_steps_of_the_plan(designed):
    boxes = designed["design"]["boxes"]
    assert set(boxes) == {step for pair in planned_steps(designed) for step in pair}
    assert {
        "whole": {"controls", "resampling", "crossfit", "fused", "readings", "images"},
        "finetuned": {"network", "finetuning", "images"},
        "readings_only": {"readings", "R"},
        "no_readings": {"DLRS", "images"},
    }[designed["kind"]] <= set(boxes)
    said = " ".join(" ".join(text) for text in boxes.values())
    assert ("Fine-tuning" in said) == (designed["kind"] == "finetuned")
    assert ("SHAP" in said) == ("DLRS" in boxes)
    assert ("CT: AP, VP" in said) == ("images" in boxes)


def test_the_drawing_has_every_title_and_no_line_runs_through_a_box(designed):
    boxes, arrows = designed["design"]["boxes"], designed["design"]["arrows"]
    said = [text.get_text() for text in draw(boxes, arrows).axes[0].texts]
    assert {title for title, _ in boxes.values()} <= set(said)
    placed, height = layout(boxes)
    for box in placed.values():
        assert 0 < box.bottom < box.top < height
    for a, b in itertools.combinations(placed.values(), 2):
        apart = abs(a.x - b.x) >= (a.width + b.width) / 2 or a.bottom > b.top or b.bottom > a.top
        assert apart, (a.name, b.name)
    for source, target in arrows:
        corners = way(placed, placed[source], placed[target])
        assert placed[source].row <= placed[target].row, (source, target)
        for (x1, y1), (x2, y2) in itertools.pairwise(corners):
            for box in placed.values():
                beside = (
                    max(x1, x2) <= box.x - box.width / 2 or min(x1, x2) >= box.x + box.width / 2
                )
                if not beside:
                    assert max(y1, y2) <= box.bottom or min(y1, y2) >= box.top, (
                        f"{source} to {target} runs through {box.name}"
                    )


def test_a_dollar_of_a_sheet_is_no_formula():
    boxes = {"patients": ("Patients", "a$x$b: yes"), "cohorts": ("Cohorts", "training")}
    figure = draw(boxes, [("patients", "cohorts")])
    (text,) = (text for text in figure.axes[0].texts if text.get_text() == "a$x$b: yes")
    assert not text.get_parse_math()


def test_one_more_patient_changes_nothing_of_it(tmp_path):
    before, after = (
        simulated_study(tmp_path / str(patients), patients, SEQUENCES) for patients in (20, 21)
    )
    assert plan(before)["design"] == plan(after)["design"]
