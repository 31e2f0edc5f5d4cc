"""The config: defaults, and every problem named at once."""

import re
from pathlib import Path

import pytest
import yaml

from radfuse.errors import StudyError
from radfuse.imaging.intensity import configured_limits
from radfuse.inputs.config import load_config, load_schema
from radfuse.inputs.dictionary import load_dictionary
from radfuse.inputs.written import as_written

ROOT = Path(__file__).resolve().parents[3]
MINIMAL = {"outcome": {"column": "y", "positive": [1]}, "modalities": [{"name": "CT"}]}


def problems(raw: dict) -> list[str]:
    with pytest.raises(StudyError) as caught:
        load_config(raw)
    return caught.value.problems


def test_omitted_keys_take_the_documented_defaults():
    config = load_config(MINIMAL)
    assert config["split"] == {"test_fraction": 0.3, "seed": 1}
    assert config["stability"] == {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"}
    assert config["backbone"]["weights"] == "packaged"
    assert config["modalities"][0]["intensity"]["method"] == "auto"
    assert config["outcome"]["positive"] == ["1"]


@pytest.mark.parametrize(("value", "fine"), [(None, True), (1, True), (0, False), (0.5, False)])
def test_a_number_of_components_is_a_whole_one(value, fine):
    raw = {**MINIMAL, "score": {"components": value}}
    if fine:
        assert load_config(raw)["score"]["components"] == value
    else:
        assert "score.components" in problems(raw)[0]


def test_the_config_that_was_given_is_left_alone():
    raw = {**MINIMAL, "split": {"seed": 7}}
    load_config(raw)
    assert raw["split"] == {"seed": 7}


def test_an_unknown_key_names_the_nearest():
    found = problems({**MINIMAL, "splitt": {}, "roi": {"margin": 5}})
    assert any("'splitt'; did you mean 'split'" in text for text in found)
    assert any("'margin'; did you mean 'margin_mm'" in text for text in found)
    assert len(found) == 2


def test_missing_and_wrong_values_are_all_listed():
    found = problems({"modalities": [{}], "score": {"folds": 1}})
    assert any("the key 'outcome' is missing" in text for text in found)
    assert any("modalities.0: the key 'name' is missing" in text for text in found)
    assert any("score.folds" in text for text in found)
    assert all(text.startswith("E01 config") for text in found)


def test_contradictions():
    found = problems(
        {
            "outcome": MINIMAL["outcome"],
            "sheets": {"images": "images.tsv"},
            "modalities": [
                {"name": "CT", "intensity": {"low": 300}, "sequences": ["AP"]},
                {"name": "CT", "sequences": ["VP"]},
            ],
        }
    )
    assert any("stands there 2 times" in text for text in found)
    assert any("300.0 is not below high 240.0" in text for text in found)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"validation": {"thresholds": [0.5, 0.1, 0.2]}}, "nothing up to 0.1"),
        ({"clinical": {"numeric": ["age"], "categorical": ["age"]}}, "'age' is named 2 times"),
        (
            {"clinical": {"numeric": ["age"], "labels": {"agee": "Age, years"}}},
            "'agee' is no column under clinical.numeric or clinical.categorical; did you mean",
        ),
        (
            {"clinical": {"numeric": ["age"], "categorical": ["sex"], "labels": {"sex": "age"}}},
            "2 columns would be printed as 'age'",
        ),
        ({"sheets": {"patients": "a {b}.tsv"}}, "braces cannot stand"),
        ({"outcome": {"column": "y", "positive": [True]}}, "put it in quotes"),
        (
            {"modalities": [{"name": "MRI", "intensity": {"low": -60, "high": 240}}]},
            "do not rise within 0 to 100",
        ),
        ({"modalities": [{"name": "train"}]}, "train"),
        (
            {"modalities": [{"name": "external"}]},
            "'external' cannot stand here: as the sheets call",
        ),
        ({"modalities": [{"name": "external"}]}, "any name but train, test and external"),
        (
            {"validation": {"crossfit_folds": 2}},
            "2 cannot stand here: folds of the training cohort",
        ),
        (
            {"validation": {"subgroups": ["age"]}, "clinical": {"numeric": ["age"]}},
            "'age' is none of clinical.categorical (which names nothing)",
        ),
    ],
)
def test_values_that_cannot_work_are_refused_at_once(section, message):
    found = problems({**MINIMAL, **section})
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_is_finite(value):
    (told,) = problems({**MINIMAL, "roi": {"margin_mm": value}})[-1:]
    assert f"roi.margin_mm: {value} is no finite number" in told


def test_a_number_with_an_exponent_needs_a_point():
    raw = yaml.safe_load("backbone: {finetune: {learning_rate: 1e-4}}")
    (told,) = problems({**MINIMAL, **raw})
    assert "YAML takes a number with an exponent for text" in told


@pytest.mark.parametrize("sheet", ["patients", "images", "radiology"])
def test_a_sheet_s_path_is_not_blank(sheet):
    assert f"sheets.{sheet}" in problems({**MINIMAL, "sheets": {sheet: ""}})[0]


def test_a_config_that_says_a_thing_twice_is_refused(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("roi:\n  margin_mm: 3\nsplit: {seed: 1, seed: 2}\nroi: {spacing_mm: 2}\n")
    assert as_written(path, "E01 config") == [
        f"E01 config: {path} line 3: the key 'seed' stands there already; keep one.",
        f"E01 config: {path} line 4: the key 'roi' stands there already; keep one.",
    ]
    path.write_text("a: &x {k: 1}\nb: {<<: *x, k: 2, <<: *x}\n")
    assert as_written(path, "E01 config") == []
    path.write_text("a: &x {k: 1, k: 2}\nb: *x\n")
    assert len(as_written(path, "E01 config")) == 1


def test_a_config_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_bytes("study: {title: Häufige Tumoren}\n".encode("latin-1"))
    (told,) = as_written(path, "E01 config")
    assert told == f"E01 config: {path} line 1 is not in UTF-8; save the file in that encoding."


def test_intensity_by_modality():
    config = load_config({**MINIMAL, "modalities": [{"name": "CT"}, {"name": "MRI"}]})
    assert configured_limits(config["modalities"][0]) == ("window", -100.0, 240.0)
    assert configured_limits(config["modalities"][1]) == ("percentile", 0.1, 99.9)


def test_random_weights_are_for_simulated_images_alone():
    config = {**MINIMAL, "backbone": {"weights": "random_for_tests"}}
    with pytest.raises(StudyError, match=r"E01 config: backbone\.weights: random_for_tests is for"):
        load_config(config)
    load_config({**config, "simulation": {"sheet": "s.tsv", "images": "images"}})


def test_the_demo_s_config_shows_every_key_and_no_other():
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    assert load_config(config)

    def keys(schema: dict) -> set[str]:
        found = set()
        for key, inner in schema.get("properties", {}).items():
            found |= {key} | {f"{key}.{below}" for below in keys(inner)}
        return found

    def shown(value: dict) -> set[str]:
        found = set()
        for key, inner in value.items():
            found.add(key)
            if isinstance(inner, dict) and key != "labels":  # whose keys are the sheet's columns
                found |= {f"{key}.{below}" for below in shown(inner)}
        return found

    schema = load_schema("config")
    assert shown(config) == keys(schema)
    # features of a study's own, which the demo has none of, stand in the comments
    text = (ROOT / "config" / "config.yaml").read_text()
    own = yaml.safe_load(re.search(r"#\s+(features: .*)", text)[1])
    modality = {key for each in [*config["modalities"], own] for key in shown(each)}
    assert modality == keys(schema["properties"]["modalities"]["items"])


def test_every_key_of_the_schema_has_a_default_or_is_required():
    def check(schema: dict, place: str) -> None:
        for key, inner in schema.get("properties", {}).items():
            has_default = "default" in inner or key in schema.get("required", [])
            assert has_default or (place, key) == ("", "simulation"), f"{place}.{key}"
            check(inner, f"{place}.{key}")
            check(inner.get("items", {}), f"{place}.{key}[]")

    check(load_schema("config"), "")


def test_the_dictionary_of_the_workflow_is_sound():
    entries = load_dictionary(ROOT / "config" / "characteristics.yaml")
    assert len({entry["name"] for entry in entries}) == len(entries)
    published = ROOT / ".." / "shared" / "paper"
    if published.is_dir():
        labels = {entry["label"] for entry in entries}
        for table in ("table2_ct.tsv", "table3_mri.tsv"):
            rows = (published / table).read_text().splitlines()[1:]
            assert {row.split("\t")[0] for row in rows} <= labels


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {
                "name": "reader",
                "label": "R",
                "type": "binary",
                "levels": {"0": "absent", "0.0": "none", "1": "present"},
                "modalities": ["CT"],
            },
            "of this name already.*\n.*has 3 levels.*\n.*are the same number",
        ),
        ({"name": "a b", "label": "A", "type": "binary", "modalities": ["CT"]}, "levels"),
        ({"name": "a", "label": "A", "type": "binery", "modalities": ["CT"]}, "binery"),
        (
            {
                "name": "a",
                "label": "A",
                "type": "ordinal",
                "levels": {"x": "low", "y": "high"},
                "modalities": ["CT"],
            },
            "'x' is none",
        ),
    ],
)
def test_bad_dictionaries_are_refused(tmp_path, entry, message):
    path = tmp_path / "d.yaml"
    path.write_text(yaml.safe_dump([entry]))
    with pytest.raises(StudyError, match=message):
        load_dictionary(path)


def test_two_characteristics_of_a_modality_have_two_labels(tmp_path):
    first = {"name": "a", "label": "Rim", "type": "continuous", "modalities": ["CT", "MRI"]}
    path = tmp_path / "d.yaml"
    path.write_text(yaml.safe_dump([first, {**first, "name": "b", "modalities": ["MRI"]}]))
    with pytest.raises(StudyError, match="2 characteristics of MRI are called 'Rim'"):
        load_dictionary(path)
    path.write_text(yaml.safe_dump([first, {**first, "name": "b", "label": "Edge"}]))
    assert len(load_dictionary(path)) == 2


def test_codes_with_a_decimal_are_text_too(tmp_path):
    entry = {"name": "grade", "label": "Grade", "type": "ordinal", "modalities": ["CT"]}
    path = tmp_path / "d.yaml"
    path.write_text(yaml.safe_dump([{**entry, "levels": {1: "low", 1.5: "middle", 2: "high"}}]))
    assert list(load_dictionary(path)[0]["levels"]) == ["1", "1.5", "2"]


def test_n4_does_not_go_with_a_window():
    modality = {"name": "CT", "intensity": {"bias_correction": "n4"}}
    assert "CT: N4 would change what a window" in problems({**MINIMAL, "modalities": [modality]})[0]


def test_a_level_that_stands_twice_in_the_dictionary_is_an_error(tmp_path):
    path = tmp_path / "characteristics.yaml"
    path.write_text(
        "- name: site\n  label: Site\n  type: nominal\n  modalities: [CT]\n"
        "  levels: {1: left, 2: right, 2: caudate}\n"
    )
    with pytest.raises(StudyError, match=r"^E06 dictionary: .* line 5: the key '2' stands there"):
        load_dictionary(path)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({}, {"label": "Edge"}, "'a' stands there 2 times"),
        ({"type": "binary", "levels": {"no": "no", "1": "yes"}}, None, "'no' is none"),
    ],
)
def test_more_bad_dictionaries_are_refused(tmp_path, first, second, message):
    entry = {"name": "a", "label": "Rim", "type": "continuous", "modalities": ["CT"], **first}
    path = tmp_path / "d.yaml"
    entries = [entry, {**entry, **second}] if second else [entry]
    path.write_text(yaml.safe_dump(entries))
    with pytest.raises(StudyError, match=message):
        load_dictionary(path)
