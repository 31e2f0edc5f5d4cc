"""Models built again on resampled patients: as the workflow would build them on their copies."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from radfuse.inputs.radiology import Characteristic
from radfuse.modelling.combining import combined_model, fused_model
from radfuse.modelling.covariates import linear_predictors, original_covariates
from radfuse.modelling.fitting import fit_model
from radfuse.modelling.radiological import fit_radiological
from radfuse.modelling.rebuilding import Rebuilding
from radfuse.statistics.optimism import auc_of_known, bootstrap_optimism, log_odds

MODALITIES = ["CT", "MRI"]
NAMES = ["R_CT", "DLRS_CT", "DLRR_CT", "R_MRI", "DLRS_MRI", "DLRR_MRI", "fused"]
TOPS = ["DLRR_CT", "DLRR_MRI"]
SETTINGS = {"reader": "1", "p_enter": 0.1, "p_stay": 0.1, "direction": "both"}
PLACES = {"1": "left", "2": "right", "3": "caudate"}
DICTIONARY: list[Characteristic] = [
    *({"name": f"sign{n}", "label": f"sign {n}", "type": "binary"} for n in range(5)),
    {"name": "size", "label": "size", "type": "continuous"},
    {"name": "place", "label": "place", "type": "nominal", "levels": PLACES},
]
DICTIONARY = [{**entry, "modalities": MODALITIES} for entry in DICTIONARY]


class Patients:
    """70 patients, a third positive, whose signs and scores follow the outcome by `effect`."""

    def __init__(self, seed: int, effect: float, n: int = 70) -> None:
        random = np.random.default_rng(seed)
        self.names = pd.Index([f"P{number:02d}" for number in range(n)], name="patient")
        self.outcome = pd.Series((np.arange(n) % 3 == 0).astype(int), self.names)
        sheets, scores = [], {}
        for modality in MODALITIES:
            shift = effect * self.outcome.to_numpy()[:, None]
            signs = random.normal(size=(n, 5)) + shift * [1, 1, 0.5, 0, 0] > 0.5
            sheet = pd.DataFrame(signs.astype(int).astype(str), columns=[*self.columns()][:5])
            sheet["size"] = random.lognormal(3, 0.4, n).round(1).astype(str)
            sheet["place"] = random.choice(list(PLACES), n, p=[0.55, 0.4, 0.05])
            for column in sheet:
                sheet.loc[random.random(n) < 0.04, column] = ""
            sheets.append(sheet.assign(patient=self.names, modality=modality, reader="1"))
            scores[f"DLRS_{modality}"] = random.normal(size=n) + shift[:, 0]
        self.sheet = pd.concat(sheets, ignore_index=True)
        self.scores = pd.DataFrame(scores, index=self.names)

    @staticmethod
    def columns() -> list[str]:
        return [entry["name"] for entry in DICTIONARY]

    def rebuilding(self, missing: str = "complete_case", **changes: object) -> Rebuilding:
        arguments = {"outcome": self.outcome, "scores": self.scores, "radiology": self.sheet}
        settings = {**SETTINGS, "missing": missing}
        rest = {"dictionary": DICTIONARY, "settings": settings, "tops": TOPS}
        return Rebuilding(**{**arguments, **rest, **changes})

    def features(self) -> dict[str, pd.DataFrame]:
        return {m: self.scores[[f"DLRS_{m}"]].set_axis(["score"], axis=1) for m in MODALITIES}

    def copies(self, rows: Sequence[int]) -> "Patients":
        """Those at `rows` as patients of their own, with the names that the workflow would see."""
        drawn = object.__new__(Patients)
        drawn.names = pd.Index([f"{place:03d}" for place in range(len(rows))], name="patient")
        drawn.outcome = self.outcome.iloc[rows].set_axis(drawn.names)
        drawn.scores = self.scores.iloc[rows].set_axis(drawn.names)
        sheets = []
        for _, sheet in self.sheet.groupby("modality"):
            own = sheet.set_index("patient").reindex(self.names[rows])
            sheets.append(own.reset_index(drop=True).assign(patient=drawn.names))
        drawn.sheet = pd.concat(sheets, ignore_index=True)
        return drawn


def as_the_workflow(drawn: Patients, everyone: Patients, missing: str) -> pd.DataFrame:
    """Log odds of everyone by models that the workflow's own functions fit on `drawn`."""
    shared = (drawn.outcome, drawn.features(), drawn.sheet, DICTIONARY, "1")
    models: list[dict] = []
    for modality in MODALITIES:
        settings = {**SETTINGS, "missing": missing}
        found = fit_radiological(drawn.sheet, drawn.outcome, modality, DICTIONARY, settings, {})
        name = f"DLRS_{modality}"
        score = fit_model(
            name,
            modality,
            drawn.scores[[name]],
            drawn.outcome.to_numpy(),
            labels={name: name},
            source={name: "score"},
            outcome_definition={},
        )
        score["score"] = {"intercept": 0.0, "weights": {"score": 1.0}}
        models += [found.model, score, combined_model([found.model, score], *shared)]
    models.append(fused_model(models, *shared, TOPS))
    covariates = original_covariates(
        models, list(everyone.names), everyone.features(), everyone.sheet, DICTIONARY, "1"
    )
    return linear_predictors(models, covariates)


@pytest.mark.parametrize("missing", ["complete_case", "impute"])
def test_as_the_workflow_builds_them_on_copies_of_the_patients(missing):
    everyone = Patients(3, effect=0.9)
    build, random = everyone.rebuilding(missing), np.random.default_rng(8)
    draws = [np.arange(70), *(random.integers(70, size=70) for _ in range(5))]
    chosen = set()
    for rows in draws:
        found = build.rebuilt(NAMES, rows)
        expected = as_the_workflow(everyone.copies(rows), everyone, missing)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-6, atol=1e-6)
        chosen.add(tuple(build.chosen("CT", rows)))
    assert found["fused"].isna().any() == (missing == "complete_case")
    assert len(chosen) > 2, "every resample chose the same: the test shows nothing"


def test_who_is_no_training_patient_does_not_take_part():
    everyone = Patients(3, effect=0.9)
    rows = np.random.default_rng(2).integers(70, size=70)
    before = everyone.rebuilding("impute").rebuilt(NAMES, rows)
    others = everyone.sheet.assign(patient="T" + everyone.sheet["patient"])
    others[[f"sign{n}" for n in range(5)]] = "1"
    sheet = pd.concat([others, everyone.sheet], ignore_index=True)
    second = everyone.sheet.assign(reader="2", sign0="0", size="1.0")
    sheet = pd.concat([sheet, second]).sample(frac=1, random_state=1)
    after = everyone.rebuilding("impute", radiology=sheet).rebuilt(NAMES, rows)
    pd.testing.assert_frame_equal(before, after)


def test_patients_without_readings_have_no_radiological_model():
    everyone = Patients(3, effect=0.9)
    absent = everyone.names[:4]
    sheet = everyone.sheet[~everyone.sheet["patient"].isin(absent)]
    rows = np.random.default_rng(2).integers(70, size=70)
    found = everyone.rebuilding(radiology=sheet).rebuilt(NAMES, rows)
    assert found.loc[absent, ["R_CT", "DLRR_MRI", "fused"]].isna().all(axis=None)
    assert found["DLRS_CT"].notna().all()
    kept = everyone.copies(rows[rows >= 4])
    rest = as_the_workflow(kept, everyone, "complete_case")
    known = everyone.names[4:]
    pd.testing.assert_series_equal(found.loc[known, "R_CT"], rest.loc[known, "R_CT"], atol=1e-6)


def test_what_cannot_be_built_is_missing_with_all_that_is_made_of_it():
    everyone = Patients(3, effect=2.0)
    positive = everyone.names[everyone.outcome == 1]
    for sign, without in (("sign0", positive[::2]), ("sign1", positive[1::2])):
        blank = everyone.sheet["patient"].isin(without) & (everyone.sheet["modality"] == "CT")
        everyone.sheet.loc[blank, sign] = ""  # no positive patient has both
    found = everyone.rebuilding().rebuilt(NAMES, np.arange(70))
    lost = found.columns[found.isna().all()]
    assert set(lost) == {"R_CT", "DLRR_CT", "fused"}


def test_studies_of_fewer_kinds_of_model():
    everyone, rows = Patients(3, effect=0.9), np.arange(70)
    whole = everyone.rebuilding().rebuilt(NAMES, rows)
    for names, tops in (
        (["R_CT"], []),
        (["DLRS_CT", "DLRS_MRI", "fused"], ["DLRS_CT", "DLRS_MRI"]),
    ):
        sheet = everyone.sheet if "R_CT" in names else None
        found = everyone.rebuilding(tops=tops, radiology=sheet).rebuilt(names, rows)
        assert list(found) == names and found.notna().any().all()
        pd.testing.assert_series_equal(found[names[0]], whole[names[0]])


def test_noise_that_was_chosen_for_its_looks_is_unmasked():
    """Signs that have nothing to do with the outcome: only a bootstrap that chooses again tells."""
    looks, optimism, of_the_fit = [], [], []
    names = [f"sign{number}" for number in range(16)]
    dictionary = [{**DICTIONARY[0], "name": name, "label": name} for name in names]
    for seed in range(6):
        random = np.random.default_rng(seed)
        everyone = Patients(seed, effect=0.0, n=45)
        signs = pd.DataFrame(random.integers(0, 2, (45, 16)).astype(str), columns=names)
        sheet = signs.assign(patient=everyone.names, modality="CT", reader="1")
        build = everyone.rebuilding(radiology=sheet, dictionary=dictionary)
        outcome, rows = everyone.outcome.to_numpy(dtype=float), np.arange(45)
        looks.append(auc_of_known(outcome, build.rebuilt(["R_CT"], rows)["R_CT"].to_numpy()))
        chosen = build.chosen("CT", rows).to_numpy(dtype=float)

        def fit(rows: np.ndarray, chosen=chosen, outcome=outcome) -> pd.DataFrame:
            return pd.DataFrame({"R_CT": log_odds(chosen, outcome, rows)})

        def whole(rows: np.ndarray, build=build) -> pd.DataFrame:
            return build.rebuilt(["R_CT"], rows)

        for found, how in ((optimism, whole), (of_the_fit, fit)):
            told = bootstrap_optimism(how, outcome, bootstrap=20, seed=1)
            found.append(told.loc["R_CT", "optimism"])
    assert np.mean(looks) > 0.6
    assert np.mean(looks) - np.mean(optimism) == pytest.approx(0.5, abs=0.06)
    assert np.mean(of_the_fit) < np.mean(optimism) / 3
