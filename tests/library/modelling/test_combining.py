"""DLRR: what it says of a characteristic that its own patients cannot estimate."""

import numpy as np
from test_resampling import FRACTION, NAMES, SETTINGS, TOPS, Cohort

from radfuse.inputs.cohort import divide, training
from radfuse.modelling.building import build_models
from radfuse.modelling.combining import combined_model


def test_a_level_that_only_patients_without_a_score_have_is_named():
    cohort = Cohort(5, effect=1.0)
    divided, material = divide(cohort.split, FRACTION, 1), cohort.material
    models = build_models(NAMES, TOPS, divided, material, SETTINGS).models
    parts = [models["R_CT"], models["DLRS_CT"]]
    sign = parts[0]["covariates"][0]["name"]
    readings = material.radiology.query("modality == 'CT'").set_index("patient")[sign]
    features = material.features["CT"].copy()

    def combined() -> tuple[dict, float]:
        known = material.radiology, material.dictionary, "1"
        model = combined_model(parts, training(divided), {"CT": features}, *known)
        coefficients = {each["name"]: each["coefficient"] for each in model["covariates"]}
        return model, coefficients[sign]

    model, coefficient = combined()
    assert coefficient != 0 and "cannot estimate" not in model["note"]
    features.loc[readings.index[readings == "1"]] = np.nan
    model, coefficient = combined()
    assert coefficient == 0 and 0 < model["n"] < parts[0]["n"]
    assert model["note"].endswith(f"who have a score as well cannot estimate it: {sign}")


def test_what_is_said_of_an_empty_part_is_not_said_of_the_whole():
    """R without a characteristic gives everybody one probability; with a score DLRR does not."""
    cohort = Cohort(5, effect=1.0)
    divided, material = divide(cohort.split, FRACTION, 1), cohort.material
    models = build_models(NAMES, TOPS, divided, material, SETTINGS).models
    empty = {**models["R_CT"], "covariates": [], "note": "The same probability for every patient."}
    parts = [empty, models["DLRS_CT"]]
    known = material.radiology, material.dictionary, "1"
    model = combined_model(parts, training(divided), material.features, *known)
    assert "same probability" not in model["note"]
    assert model["note"].endswith("R_CT has no covariate to add.")
    assert [each["source"] for each in model["covariates"]] == ["score"]
