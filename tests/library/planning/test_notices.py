"""What a study does not use is said."""

from types import SimpleNamespace

import pandas as pd

from radfuse.planning.notices import (
    applied_models,
    applied_outcome,
    unread_characteristics,
    unused_rows,
    without_controls,
)

MODALITIES = [{"name": "CT", "sequences": ["AP", "VP"]}, {"name": "MRI", "sequences": ["DWI"]}]


def test_rows_outside_the_config_are_counted():
    rows = [["CT", "AP"], ["CT", "NP"], ["PET", "FDG"], ["PET", "FDG"], ["MRI", "DWI"]]
    images = pd.DataFrame(rows, columns=["modality", "sequence"])
    found = unused_rows(images, "images.tsv", MODALITIES)
    assert [text.split(" is not")[0] for text in found] == [
        "images.tsv: CT NP (1 row)",
        "images.tsv: PET FDG (2 rows)",
    ]
    radiology = pd.DataFrame({"modality": ["CT", "MRI", "US"]})
    assert [text.split(" is")[0] for text in unused_rows(radiology, "r.tsv", MODALITIES)] == [
        "r.tsv: US (1 row)"
    ]
    assert unused_rows(None, "", MODALITIES) == []


def test_characteristics_without_a_column():
    radiology = pd.DataFrame(columns=["patient", "cirrhosis"])
    dictionary = [{"name": "cirrhosis"}, {"name": "necrosis"}]
    assert len(unread_characteristics(radiology, dictionary)) == 1
    assert unread_characteristics(None, dictionary) == []


def test_another_outcome_than_the_applied_models_is_told():
    models = {"R_CT": {"outcome": {"column": "pathology", "positive": ["iCCA"]}}}
    same = {"column": "lesion", "positive": ["iCCA"]}
    assert applied_outcome(models, same, ["iCCA", "HCC"]) == []
    assert applied_outcome(models, same, ["", ""]) == []
    assert applied_outcome({}, same, ["HCC"]) == []
    assert applied_outcome(models, same, ["HCC", ""]) == [
        "apply_models: no patient is positive (lesion = iCCA)."
    ]
    (told,) = applied_outcome(models, {"column": "lesion", "positive": ["HCC"]}, ["HCC"])
    assert "predict pathology = iCCA, and here lesion = HCC counts as positive" in told


def test_a_score_that_cannot_have_negative_controls_is_named():
    study = SimpleNamespace(
        config={"validation": {"negative_controls": True}},
        scored_modalities=["CT", "MRI"],
        controlled_modalities=["CT"],
    )
    (notice,) = without_controls(study)
    assert "none for the score of MRI" in notice
    study.config["validation"]["negative_controls"] = False
    assert without_controls(study) == []


def test_models_that_are_left_out_and_other_units_are_told():
    """A folder of which a part cannot be applied used to shrink without a word."""
    diameter = {"name": "diameter", "source": "radiology", "label": "Diameter, mm"}
    entry = {"name": "diameter", "type": "continuous", "modalities": ["CT"]}
    study = SimpleNamespace(
        applies=True,
        applied=[applied := {"model": "R_CT", "modality": "CT", "covariates": [diameter]}],
        config={"apply_models": "given"},
        given={"R_CT": applied},
        readings=None,
        left_out={"no readings of MRI": ["R_MRI", "DLRR_MRI"]},
        dictionary=[{**entry, "label": "Diameter, cm"}],
    )
    left, unit = applied_models(study)
    assert left == "apply_models: left out: R_MRI, DLRR_MRI (no readings of MRI)."
    assert "diameter is 'Diameter, mm' in the model, 'Diameter, cm' here" in unit
    study.dictionary = [{**entry, "label": "Diameter, mm"}]
    assert applied_models(study) == [left]
    applied |= {"simulated": True, "digest": "of another content"}
    diameter["range"] = [20, 90]
    study.readings = pd.DataFrame(
        {"modality": ["CT", "CT", "MRI"], "diameter": ["3.1", "4.5", "50"]}
    )
    study.given["DLRS_CT"] = {}
    told = [
        "apply_models: The models were fitted on simulated patients",
        "apply_models: The files of R CT are not as they were written",
        "apply_models: given has no DLRR_CT, which a study with the other models has",
        left,
        "apply_models: diameter: 2 of 2 values lie outside 20 to 90",
    ]
    found = applied_models(study)
    assert all(each.startswith(start) for each, start in zip(found, told, strict=True))
