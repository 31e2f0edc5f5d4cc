"""The whole model-building on other divisions: all is learnt anew, and nothing leaks."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from radfuse.inputs.cohort import divide
from radfuse.inputs.radiology import design_matrix, reader_values
from radfuse.modelling.building import Material, build_models
from radfuse.modelling.distributions import BEST, COLUMNS, Difference, differences
from radfuse.modelling.resampling import difference_rows, predicted, resample
from radfuse.statistics.delong import auc
from radfuse.statistics.selection import screen

MODALITIES = ["CT", "MRI"]
NAMES = ["R_CT", "DLRS_CT", "DLRR_CT", "R_MRI", "DLRS_MRI", "DLRR_MRI", "fused"]
TOPS = ["DLRR_CT", "DLRR_MRI"]
PAIRS = differences(NAMES, TOPS, MODALITIES)
SETTINGS = {
    "stability": {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"},
    "score": {"folds": 3, "n_lambdas": 8, "lambda_ratio": 0.05, "seed": 2},
    "radiology": {"reader": "1", "p_enter": 0.05, "p_stay": 0.05, "direction": "both"}
    | {"missing": "complete_case"},
}
FRACTION = 0.3
SIGNS = [f"sign{number}" for number in range(12)]
FEATURES = [f"AP_{index:04d}" for index in range(80)]


class Cohort:
    """60 patients, a third positive; the first signs and features follow it by `effect`."""

    def __init__(self, seed: int, effect: float) -> None:
        random = np.random.default_rng(seed)
        patients = [f"P{number:02d}" for number in range(60)]
        outcome = np.tile([1, 0, 0], 20)
        self.split = pd.DataFrame({"patient": patients, "outcome": outcome, "cohort": "train"})
        self.split.loc[45:, "cohort"] = "test"
        sheets, features, repeats = [], {}, {}
        index = pd.Index(patients, name="patient")
        for modality in MODALITIES:
            values = random.normal(size=(60, len(FEATURES)))
            values[:, :8] += effect * outcome[:, None]
            features[modality] = pd.DataFrame(values, index=index, columns=FEATURES)
            again = features[modality].iloc[::2] + 0.1 * random.normal(size=(30, len(FEATURES)))
            again.iloc[:, 40:60] += 0.6 * random.normal(size=(30, 20))  # ICCs about the threshold
            again.iloc[:, -20:] = random.normal(size=(30, 20))
            repeats[modality] = again.reset_index().assign(reader="repeat")
            signs = random.normal(size=(60, len(SIGNS)))
            signs[:, :2] += effect * outcome[:, None]
            sheet = pd.DataFrame((signs > 0).astype(int).astype(str), columns=SIGNS)
            sheets.append(sheet.assign(patient=patients, modality=modality, reader="1"))
        dictionary = [
            {"name": sign, "label": sign, "type": "binary", "modalities": MODALITIES}
            for sign in SIGNS
        ]
        self.material = Material(features, repeats, pd.concat(sheets), dictionary)

    def run(self, seed: int = 1, pairs=PAIRS, **changes) -> pd.DataFrame:
        arguments = {"split": self.split, "material": self.material, **changes}
        return resample(
            NAMES, TOPS, pairs, settings=SETTINGS, test_fraction=FRACTION, seed=seed, **arguments
        )


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return Cohort(5, effect=1.0)


def test_a_row_per_model_and_pair_from_the_parts_of_the_seed_s_division(cohort):
    rows = cohort.run(seed=3)
    assert list(rows) == list(COLUMNS)
    assert rows["model"].tolist() == [*NAMES, *[pair.model for pair in PAIRS]]
    assert rows["against"].iloc[len(NAMES) :].tolist() == [pair.against for pair in PAIRS]
    assert rows["problem"].isna().all()
    assert (rows["n"] == 18).all() and (rows["events"] == 6).all()
    models = rows[rows["against"].isna()].set_index("model")
    assert (models["train_n"] == 42).all() and (models["train_events"] == 14).all()
    divided = divide(cohort.split, FRACTION, 3)
    assert set(divided.columns) == {"patient", "outcome", "cohort"}
    built = build_models(NAMES, TOPS, divided, cohort.material, SETTINGS)
    risks = predicted(built.models, divided, cohort.material, "1")
    test = divided["cohort"] == "test"
    outcome = divided.loc[test, "outcome"].to_numpy(dtype=float)
    for name in NAMES:
        area = auc(outcome, risks[name].to_numpy()[test])
        assert models.loc[name, "auc"] == pytest.approx(area, abs=1e-12)
        threshold = built.models[name]["threshold"]
        called = risks[name].to_numpy()[test] >= threshold
        assert models.loc[name, "sensitivity"] == called[outcome == 1].mean()
    pairs = rows[rows["against"].notna()].set_index(["model", "against"])
    gain = models.loc["fused", "auc"] - models.loc["DLRR_CT", "auc"]
    assert pairs.loc[("fused", "DLRR_CT"), "auc"] == pytest.approx(gain)
    best = models.loc[TOPS, "train_auc"].idxmax()
    assert pairs.loc[("fused", BEST), "entered"] == best
    assert pairs.loc[("fused", BEST), "auc"] == pairs.loc[("fused", best), "auc"]


def test_the_same_seed_gives_the_same_and_another_seed_another_division(cohort):
    pd.testing.assert_frame_equal(cohort.run(seed=4), cohort.run(seed=4), check_exact=True)
    parts = [
        set(divide(cohort.split, FRACTION, seed).query("cohort == 'test'")["patient"])
        for seed in (4, 5)
    ]
    assert parts[0] != parts[1]


def test_labelled_patients_of_train_and_test_alone_take_part(cohort):
    split = cohort.split.copy()
    split.loc[[0, 1], "cohort"] = "external"
    split.loc[2, ["cohort", "outcome"]] = ["unlabelled", np.nan]
    divided = divide(split, FRACTION, 1)
    assert set(split["patient"]) - set(divided["patient"]) == {"P00", "P01", "P02"}
    assert set(divided["cohort"]) == {"train", "test"}
    swapped = cohort.split.assign(
        cohort=cohort.split["cohort"].map({"train": "test", "test": "train"})
    )
    pd.testing.assert_frame_equal(divide(swapped, FRACTION, 1), divide(cohort.split, FRACTION, 1))


def changed(cohort: Cohort, patients: set[str], rng: np.random.Generator) -> tuple:
    """Other outcomes, features, second outlines and readings of these patients."""
    split = cohort.split.copy()
    own = split["patient"].isin(patients)
    split.loc[own, "outcome"] = 1 - split.loc[own, "outcome"]
    features, repeats = {}, {}
    for modality, frame in cohort.material.features.items():
        features[modality] = frame.copy()
        rows = frame.index.isin(patients)
        features[modality].loc[rows] = rng.normal(size=(rows.sum(), frame.shape[1])) * 30
        repeats[modality] = cohort.material.repeats[modality].copy()
        again = repeats[modality]["patient"].isin(patients)
        repeats[modality].loc[again, FEATURES] = 50 * rng.normal(size=(again.sum(), len(FEATURES)))
    sheet = cohort.material.radiology.copy()
    read = sheet["patient"].isin(patients)
    sheet.loc[read, SIGNS] = np.where(sheet.loc[read, SIGNS] == "1", "0", "1")
    return split, Material(features, repeats, sheet, cohort.material.dictionary)


def test_nothing_fitted_in_a_resample_depends_on_its_test_part(cohort):
    """All that is known of the test part is changed: no model changes by a digit. All of the
    training part: every model does, and so does every nested choice."""
    divided = divide(cohort.split, FRACTION, 2)
    before = build_models(NAMES, TOPS, divided, cohort.material, SETTINGS).models
    parts = {name: set(rows["patient"]) for name, rows in divided.groupby("cohort")}
    split, material = changed(cohort, parts["test"], np.random.default_rng(1))
    other = divided.assign(outcome=split["outcome"].to_numpy())
    assert build_models(NAMES, TOPS, other, material, SETTINGS).models == before
    _, material = changed(cohort, parts["train"], np.random.default_rng(1))
    after = build_models(NAMES, TOPS, divided, material, SETTINGS).models
    for name in after:
        assert after[name] != before[name], name
    for name in set(after) & {"DLRS_CT", "DLRS_MRI"}:
        for key in ("lambda", "components", "weights"):
            assert after[name]["score"][key] != before[name]["score"][key], (name, key)


def test_every_nested_quantity_is_learnt_again_in_every_resample(cohort):
    found = {}
    for seed in range(1, 7):
        divided = divide(cohort.split, FRACTION, seed)
        models = build_models(NAMES, TOPS, divided, cohort.material, SETTINGS).models
        score = models["DLRS_CT"]["score"]
        choices = {
            "stable": tuple(score["weights"]),
            "components": score["components"],
            "lambda": score["lambda"],
            "characteristics": tuple(each["name"] for each in models["R_CT"]["covariates"]),
            "threshold": models["fused"]["threshold"],
        }
        for name, choice in choices.items():
            found.setdefault(name, set()).add(choice)
    assert [name for name, choices in found.items() if len(choices) < 2] == []


def test_what_cannot_be_fitted_is_said_and_takes_what_is_made_of_it_along(cohort):
    repeats = dict(cohort.material.repeats)
    noise = np.random.default_rng(1).normal(size=(30, len(FEATURES)))
    repeats["CT"] = repeats["CT"].copy()
    repeats["CT"][FEATURES] = noise
    strict = {**SETTINGS, "stability": {**SETTINGS["stability"], "threshold": 0.99}}
    material = Material(
        cohort.material.features, repeats, cohort.material.radiology, cohort.material.dictionary
    )
    rows = (
        resample(NAMES, TOPS, PAIRS, cohort.split, material, strict, test_fraction=FRACTION, seed=1)
        .fillna({"against": ""})
        .set_index(["model", "against"])
    )
    assert rows.loc[("DLRS_CT", ""), "problem"].startswith("E23 statistics: DLRS_CT")
    assert rows.loc[("DLRR_CT", ""), "problem"] == "DLRS_CT could not be fitted"
    assert rows.loc[("fused", BEST), "problem"] == "fused, DLRR_CT could not be fitted"
    assert pd.isna(rows.loc[("R_CT", ""), "problem"]) and rows.loc[("R_CT", ""), "auc"] > 0
    assert rows.loc[("fused", ""), ["n", "auc"]].isna().all()


def permuted(seed: int, leak=lambda cohort: cohort.material) -> pd.Series:
    """Test AUCs by model, where no feature and no sign has to do with the outcome.

    Every seed draws the patients anew: resamples of one cohort share what luck it has.
    """
    cohort = Cohort(100 + seed, effect=0.0)
    shuffled = np.random.default_rng(seed).permutation(cohort.split["outcome"].to_numpy())
    cohort.split["outcome"] = shuffled
    rows = cohort.run(seed=seed, pairs=[], material=leak(cohort))
    return rows.set_index("model")["auc"]


def at_chance(aucs: pd.DataFrame) -> pd.Series:
    """Whether 0.5 lies within the 99% interval of each model's mean AUC (resamples x models)."""
    half = t.ppf(0.995, len(aucs) - 1) * aucs.sem()
    return (aucs.mean() - 0.5).abs() <= half


def leaky(cohort: Cohort) -> Material:
    """Features and characteristics screened on all patients, before anything is divided."""
    outcome = cohort.split.set_index("patient")["outcome"].astype(int)
    features = {}
    for modality, frame in cohort.material.features.items():
        relation = frame.corrwith(outcome).abs().sort_values()
        features[modality] = frame[sorted(relation.index[-8:])]
    repeats = {
        modality: cohort.material.repeats[modality][["patient", "reader", *frame]]
        for modality, frame in features.items()
    }
    chosen = {}
    for modality in MODALITIES:
        values = reader_values(cohort.material.radiology, modality, "1", cohort.material.dictionary)
        design = design_matrix(values, cohort.material.dictionary)
        p = {sign: screen(design, outcome, [sign]).p for sign in SIGNS}
        chosen[modality] = sorted(p, key=p.get)[:2]
    dictionary = [
        {**entry, "modalities": [m for m in MODALITIES if entry["name"] in chosen[m]]}
        for entry in cohort.material.dictionary
    ]
    return Material(features, repeats, cohort.material.radiology, dictionary)


def test_without_any_relation_the_aucs_are_at_chance_unless_something_leaks():
    """The published study screened on all its patients: the same rule catches the same here."""
    seeds = range(24)
    honest = pd.DataFrame([permuted(seed) for seed in seeds])
    assert at_chance(honest).all(), honest.mean()
    low, high = honest["fused"].quantile([0.025, 0.975])
    assert low < 0.5 < high
    leaking = pd.DataFrame([permuted(seed, leaky) for seed in seeds])
    caught = ["DLRS_CT", "DLRS_MRI", "DLRR_CT", "DLRR_MRI", "fused"]
    assert not at_chance(leaking)[caught].any(), leaking.mean()
    assert (leaking[caught].mean() > 0.6).all()


@pytest.mark.parametrize("order", [TOPS, TOPS[::-1]])
def test_no_order_chooses_among_equally_good_single_models(order):
    """Perfect in the training part, as fitted scores are, the mean of their test AUCs counts."""
    test = pd.DataFrame(
        {
            "outcome": [0, 0, 1, 1],
            "fused": [0.1, 0.2, 0.3, 0.4],
            "DLRR_CT": [0.1, 0.4, 0.3, 0.5],
            "DLRR_MRI": [0.4, 0.3, 0.2, 0.1],
        }
    )
    rows = {name: {"problem": None, "train_auc": 1.0} for name in ("fused", *TOPS)}
    (row,) = difference_rows(rows, order, [Difference("fused", BEST)], test)
    assert row["auc"] == pytest.approx(1 - (0.75 + 0) / 2)
    assert set(row["entered"].split(", ")) == set(TOPS)
    rows["DLRR_MRI"]["train_auc"] = 0.99
    (row,) = difference_rows(rows, order, [Difference("fused", BEST)], test)
    assert (row["auc"], row["entered"]) == (0.25, "DLRR_CT")
