"""Checklists: all items are there, and each gets the answer that the run and the authors give."""

from types import SimpleNamespace

import pandas as pd
import pytest
from fill_checklists import CHECKLISTS

from radfuse.manuscript.checklists import COLUMNS, Evidence, answer, filled, read_checklist
from radfuse.manuscript.evidence import parts
from radfuse.manuscript.statements import meanings, statement, unstated

LISTS = {path.stem: read_checklist(path) for path in CHECKLISTS}
KEYS = {"item", "section", "asks", "author", "manuscript", "files", "says", "only", "without"}
KEYS |= {"not_applicable", "unless", "needs"}
PARTS = {"images", "own", "scores", "readings", "fitted", "fitted_scores", "compared"}
PARTS |= {"test", "external", "clinical", "described", "developed", "assessed"}
PARTS |= {"outlined", "counted", "tested", "tested_elsewhere", "several", "subgroups"}


def evidence(has: set[str] = PARTS, **study: str) -> Evidence:
    names = ("tables/performance.tsv", "tables/characteristics_CT.tsv", "models/R_CT.json")
    files = {name: f"../{name}" for name in names}
    return Evidence(files, ["Patients and outcome"], "draft.docx", study, has)


@pytest.mark.parametrize(("name", "count"), [("clear", 58), ("metrics", 30), ("tripod_ai", 52)])
def test_every_item_of_the_published_checklist_is_there_once(name, count):
    items = [item["item"] for item in LISTS[name]["items"]]
    assert len(items) == len(set(items)) == count
    assert LISTS[name]["doi"].startswith("10.")
    if name != "tripod_ai":
        assert items == [str(place) for place in range(1, count + 1)]
    else:
        assert sorted({int(item.rstrip("abcdefg")) for item in items}) == list(range(1, 28))


@pytest.mark.parametrize("name", LISTS)
def test_items_use_what_there_is(name):
    for item in LISTS[name]["items"]:
        assert set(item) <= KEYS
        assert set(item.get("author", [])) <= set(meanings())
        named = {item.get("only"), item.get("unless"), *item.get("needs", [])}
        assert named - {None} <= PARTS
        assert ("only" in item) <= ("without" in item)
        assert {"author", "manuscript", "files", "says", "not_applicable"} & set(item)


def studied(**other: object) -> SimpleNamespace:
    patients = list("abcdef")
    cohorts = ["train", "train", "test", "test", "external", "external"]
    columns = {"patient": patients, "outcome": [0, 1] * 3, "cohort": cohorts}
    known = {
        "models": ["R_CT", "DLRS_CT"],
        "scored_modalities": ["CT"],
        "imaged_modalities": ["CT"],
        "own_features": {"CT": {}},
        "read_modalities": ["CT"],
        "applies": False,
        "assessed_modalities": ["CT"],
        "clinical": ["age"],
        "subgroups": ["sex"],
        "cohorts": ["train", "test", "external"],
        "split": pd.DataFrame(columns),
        "centers": pd.Series(dict(zip(patients, ["A"] * 4 + ["B"] * 2, strict=True))),
    }
    return SimpleNamespace(**{**known, **other})


def test_the_parts_are_those_that_a_study_may_have():
    study = studied()
    assert set(parts(study)) == PARTS
    for cohorts in (["train", "test"], ["train", "external"]):
        assert "developed" in parts(studied(cohorts=cohorts))
    assert "developed" not in parts(studied(cohorts=["train"]))
    nothing = {name: type(value)() for name, value in vars(study).items()}
    nothing |= {"applies": True, "split": study.split[:0], "centers": study.centers[:0]}
    assert parts(SimpleNamespace(**nothing)) == []


def test_a_test_needs_both_outcomes_and_an_external_one_another_centre():
    positive = studied().split.assign(outcome=[0, 1, 1, 1, 1, 1])
    assert not {"tested", "tested_elsewhere"} & set(parts(studied(split=positive)))
    assert "tested_elsewhere" not in parts(studied(centers=pd.Series(dict.fromkeys("abcdef", "A"))))
    for unknown in (pd.Series(dtype=str), pd.Series(dict.fromkeys("abcdef", ""))):
        assert "tested_elsewhere" in parts(studied(centers=unknown))


def test_what_only_the_authors_know_of_features_of_their_own():
    """The run saw neither how they were extracted nor how their lesions were outlined."""
    own = evidence(PARTS - {"images"})
    for name, items in {"clear": "21 22 24 25 26 28", "metrics": "11 13"}.items():
        answers = {item["item"]: answer(item, own) for item in LISTS[name]["items"]}
        for item in items.split():
            assert answers[item]["status"] == "needs the author"
    outlined = evidence(PARTS - {"images"}, segmentation="One radiologist outlined all.")
    (item,) = [item for item in LISTS["clear"]["items"] if item["item"] == "19"]
    assert answer(item, own)["author"] == "study.segmentation"
    assert answer(item, outlined)["status"] == "filled"


def test_an_item_is_not_filled_by_a_file_without_what_it_needs():
    item = {"item": "1", "needs": ["clinical", "test"], "files": ["tables/performance.tsv"]}
    assert answer(item, evidence())["status"] == "filled"
    left = answer(item, evidence(PARTS - {"clinical"}))
    assert left["status"] == "needs the author" and left["where"] == "../tables/performance.tsv"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"files": ["tables/*.tsv"]}, ("filled", "", "")),
        ({"says": ["Patients and outcome"]}, ("filled", "", "")),
        ({"files": ["nothing"], "without": "none here"}, ("not applicable", "", "none here")),
        ({"files": ["nothing"]}, ("needs the author", "in the manuscript", "")),
        (
            {"manuscript": True, "files": ["tables/*"]},
            ("needs the author", "in the manuscript", ""),
        ),
        ({"author": ["ethics"]}, ("filled", "", "")),
        ({"author": ["ethics", "funding"]}, ("needs the author", "study.funding", "")),
        ({"only": "absent", "without": "no part"}, ("not applicable", "", "no part")),
        ({"not_applicable": "never"}, ("not applicable", "", "never")),
        (
            {"not_applicable": "deep", "unless": "own"},
            ("needs the author", "in the manuscript", ""),
        ),
    ],
)
def test_answers(item, expected):
    found = answer(item, evidence(ethics="Approved."))
    assert (found["status"], found.get("author", ""), found.get("reason", "")) == expected
    assert (found["status"] == "filled") <= bool(found.get("where"))


def test_links_are_seen_from_the_checklist():
    item = {"says": ["Patients and outcome"], "files": ["models/*.json"]}
    assert (
        answer(item, evidence())["where"] == "draft.docx#Patients and outcome; ../models/R_CT.json"
    )


@pytest.mark.parametrize("has", [PARTS, set(), {"images", "scores", "external"}])
@pytest.mark.parametrize("name", LISTS)
def test_no_item_is_left_without_an_answer(name, has):
    rows = filled(LISTS[name], evidence(has))
    assert list(rows.columns) == list(COLUMNS)
    assert set(rows["status"]) <= {"filled", "needs the author", "not applicable"}
    said = (rows["where"] != "") | (rows["author"] != "") | (rows["reason"] != "")
    assert said.all()
    assert (rows.loc[rows["status"] == "needs the author", "author"] != "").all()
    assert (rows.loc[rows["status"] == "not applicable", "reason"] != "").all()


def test_statements_are_sentences_and_blank_ones_are_listed():
    study = {"ethics": " Approved\nby the board ", "funding": "", "period": None}
    assert statement(study, "ethics") == ["Approved by the board."]
    assert statement({"ethics": "Why?"}, "ethics") == ["Why?"]
    assert statement(study, "funding") == statement(study, "period") == []
    assert statement({"ethics": "a\ue000holm1979\ue001b"}, "ethics") == ["aholm1979b."]
    assert set(meanings()) - set(unstated(study)) == {"ethics"}
