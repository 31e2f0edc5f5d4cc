"""Stability of deep features: which go, why, and that only training patients decide."""

import logging

import numpy as np
import pandas as pd
import pytest
from measure_stability import main

from radfuse.features.stability import COLUMNS, stability_table
from radfuse.inputs.cohort import training
from radfuse.statistics.reliability import FORMS, intraclass
from radfuse.tables import read_table

PATIENTS = [f"P{number:02d}" for number in range(30)]
NAMES = [f"{sequence}_{index:04d}" for sequence in ("AP", "T1_W") for index in range(3)]
FIELDS = ["reason", "stable"]
SETTINGS = {"threshold": 0.75, "form": "ICC(2,1)", "by": "estimate"}


@pytest.fixture
def outcome() -> pd.Series:
    return pd.Series(np.tile([1.0, 0, 0], 10), index=PATIENTS)


@pytest.fixture
def features() -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    return pd.DataFrame(values, index=pd.Index(PATIENTS, name="patient"), columns=NAMES)


def repeated(features: pd.DataFrame, reader: str, noise: float, patients: int) -> pd.DataFrame:
    random = np.random.default_rng(len(reader))
    again = features.iloc[:patients] + noise * random.normal(size=(patients, features.shape[1]))
    return again.astype(np.float32).reset_index().assign(reader=reader)


@pytest.fixture
def repeats(features) -> pd.DataFrame:
    return pd.concat(
        [repeated(features, "repeat", 0.05, 20), repeated(features, "reader2", 0.1, 12)],
        ignore_index=True,
    )


def test_icc_per_feature_and_kind(features, repeats, outcome):
    table = stability_table(features, repeats, outcome, SETTINGS)
    assert list(table.columns) == list(COLUMNS)
    assert table["feature"].tolist() == NAMES
    assert table["sequence"].tolist() == ["AP"] * 3 + ["T1_W"] * 3
    assert table["index"].tolist() == [0, 1, 2] * 2
    assert set(zip(table["n"], table["events"], strict=True)) == {(30, 10)}
    assert set(zip(table["n_intra"], table["n_inter"], strict=True)) == {(20, 12)}
    second = repeats[repeats["reader"] == "reader2"].set_index("patient")[NAMES]
    icc = intraclass(np.stack([features.iloc[:12], second], axis=1))
    assert table["inter"].to_numpy() == pytest.approx(icc.estimate)
    assert table["inter_low"].to_numpy() == pytest.approx(icc.low)
    assert (table["stable"] == "yes").all() and (table["reason"] == "").all()


def test_every_reason(features, repeats, outcome):
    random = np.random.default_rng(9)
    twice, other = repeats["reader"] == "repeat", repeats["reader"] == "reader2"
    repeats.loc[twice, "AP_0000"] = random.normal(size=20)
    repeats.loc[other, "AP_0001"] = random.normal(size=12)
    features["AP_0002"] = repeats["AP_0002"] = 0.25
    features.loc[PATIENTS[:12], "T1_W_0000"] = 0.0  # equal wherever reader 2 outlined
    repeats.loc[other, "T1_W_0000"] = 0.0
    table = stability_table(features, repeats, outcome, SETTINGS).set_index("feature")
    assert table[FIELDS].to_numpy().tolist() == [
        ["intra-reader ICC below threshold", "no"],
        ["inter-reader ICC below threshold", "no"],
        ["constant", "no"],
        ["undefined", "no"],
        ["", "yes"],
        ["", "yes"],
    ]


def test_a_missing_sequence_is_a_matter_of_that_sequence(features, repeats, outcome, caplog):
    repeats.loc[repeats["reader"] == "reader2", NAMES[3:]] = np.nan
    repeats.loc[(repeats["reader"] == "repeat") & (repeats["patient"] != "P00"), NAMES[3:]] = np.nan
    with caplog.at_level(logging.WARNING):
        table = stability_table(features, repeats, outcome, SETTINGS).set_index("sequence")
    assert table.loc["AP", "reason"].eq("").all()
    assert table.loc["T1_W", "reason"].eq("not assessed").all()
    assert table.loc["T1_W", "n_intra"].eq(1).all() and table.loc["T1_W", "intra"].isna().all()
    assert "T1_W: one training patient alone" in caplog.text


def test_without_repeats_all_but_constant_features_stay(features, repeats, outcome):
    features["AP_0000"] = 1.0
    table = stability_table(features, repeats.iloc[:0], outcome, SETTINGS)
    assert table["reason"].tolist() == ["constant"] + ["not assessed"] * 5
    assert table["stable"].tolist() == ["no"] + ["yes"] * 5


def test_one_kind_alone_decides(features, repeats, outcome):
    inter = repeats[repeats["reader"] == "reader2"].copy()
    inter["AP_0001"] = np.random.default_rng(4).normal(size=12)
    table = stability_table(features, inter, outcome, SETTINGS)
    assert table["stable"].tolist() == ["yes", "no", "yes", "yes", "yes", "yes"]
    assert table["intra"].isna().all() and (table["n_intra"] == 0).all()


def test_ids_orders_and_units_do_not_matter(features, repeats, outcome):
    expected = stability_table(features, repeats, outcome, SETTINGS)
    names = dict(zip(PATIENTS, PATIENTS[::-1], strict=True))
    renamed = repeats.assign(patient=repeats["patient"].map(names)).sample(frac=1, random_state=5)
    renamed[NAMES] *= 1000.0
    table = stability_table(
        (features * 1000.0).rename(index=names), renamed, outcome.rename(index=names), SETTINGS
    )
    pd.testing.assert_frame_equal(table, expected, rtol=1e-4)


def test_only_training_patients_decide(features, repeats, outcome, tmp_path):
    split = pd.DataFrame({"patient": PATIENTS, "outcome": outcome.to_numpy()})
    split["cohort"] = np.where(np.arange(30) % 2, "test", "train")

    def run(features: pd.DataFrame, repeats: pd.DataFrame) -> bytes:
        features.to_parquet(tmp_path / "CT.parquet")
        repeats.to_parquet(tmp_path / "CT_repeats.parquet")
        training(split).reset_index().to_csv(tmp_path / "training.tsv", sep="\t", index=False)
        main(
            features=tmp_path / "CT.parquet",
            repeats=tmp_path / "CT_repeats.parquet",
            training=tmp_path / "training.tsv",
            modality="CT",
            stability=SETTINGS,
            simulated=True,
            table=tmp_path / "stability_CT.tsv",
        )
        return (tmp_path / "stability_CT.tsv").read_bytes()

    expected = run(features, repeats)
    table = read_table(tmp_path / "stability_CT.tsv")
    assert table[["n", "n_intra", "n_inter"]].iloc[0].tolist() == [15, 10, 6]
    others = split.loc[split["cohort"] == "test", "patient"]
    features.loc[others] = 7.0
    repeats.loc[repeats["patient"].isin(others), NAMES] = -7.0
    assert run(features, repeats) == expected
    header = (tmp_path / "stability_CT.header.txt").read_text(encoding="utf-8")
    assert "6 features; stable: 6." in header and "SIMULATED" in header


def test_the_lower_limit_may_be_asked_for_and_another_form(features, repeats, outcome):
    strict = {**SETTINGS, "by": "lower", "threshold": 0.9999}
    table = stability_table(features, repeats, outcome, strict)
    assert (table["reason"] == "intra-reader ICC's lower limit below threshold").all()
    halfway = {**SETTINGS, "threshold": float(table[["intra", "inter"]].min(axis=None))}
    assert (stability_table(features, repeats, outcome, halfway)["stable"] == "yes").all()
    lower = stability_table(features, repeats, outcome, {**halfway, "by": "lower"})
    assert (lower["stable"] == "no").any()
    mean_of_two = stability_table(features, repeats, outcome, {**SETTINGS, "form": "ICC(2,k)"})
    assert (mean_of_two["intra"] > table["intra"]).all()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("patients", [3, 5, 10])
def test_noise_never_passes_by_a_lower_limit_that_is_not_there(form, patients):
    random = np.random.default_rng(patients)
    names = [f"AP_{index:04d}" for index in range(3000)]
    index = pd.Index(PATIENTS[:patients], name="patient")
    first, second = (
        pd.DataFrame(random.normal(size=(patients, 3000)), index=index, columns=names)
        for _ in range(2)
    )
    repeats = second.reset_index().assign(reader="repeat")
    outcome = pd.Series(np.arange(patients) % 2.0, index=index)
    settings = {"threshold": 0.75, "form": form, "by": "lower"}
    table = stability_table(first, repeats, outcome, settings)
    stable = table[table["stable"] == "yes"]
    # two chance outlines may agree: as often as the lower of two-sided 95% limits allows
    assert len(stable) <= 0.025 * len(table)
    assert (stable["intra"] >= 0.75).all()


def test_one_column_without_repeated_values_is_a_matter_of_that_column(outcome):
    random = np.random.default_rng(8)
    names = ["volume", "energy", "entropy"]
    own = pd.DataFrame(
        random.normal(size=(30, 3)), index=pd.Index(PATIENTS, name="patient"), columns=names
    )
    again = own.add(0.01).reset_index().assign(reader="repeat")
    again["energy"] = random.normal(size=30)
    again["entropy"] = np.nan
    table = stability_table(own, again, outcome, SETTINGS).set_index("feature")
    assert table["n_intra"].tolist() == [30, 30, 0]
    assert table["reason"].tolist() == ["", "intra-reader ICC below threshold", "undefined"]


def test_a_patient_without_a_value_counts_for_the_other_features(outcome):
    random = np.random.default_rng(8)
    index = pd.Index(PATIENTS, name="patient")
    own = pd.DataFrame(random.normal(size=(30, 3)), index=index, columns=["a", "b", "c"])
    own.loc["P03", "a"] = np.nan
    own["c"] = np.nan  # of no patient: nothing to be stable
    again = (own + 0.05 * random.normal(size=(30, 3))).reset_index().assign(reader="repeat")
    table = stability_table(own, again, outcome, SETTINGS).set_index("feature")
    assert table["n_intra"].tolist() == [29, 30, 0]
    assert table["stable"].tolist() == ["yes", "yes", "no"]
    alone = stability_table(own, again.iloc[:0], outcome, SETTINGS).set_index("feature")
    assert alone["reason"].tolist() == ["not assessed", "not assessed", "undefined"]
    pairs = own["a"].dropna(), again.set_index("patient").loc[own["a"].dropna().index, "a"]
    icc = intraclass(np.stack(pairs, axis=1)[:, :, None])
    assert table.loc["a", "intra"] == pytest.approx(icc.estimate[0], abs=1e-12)
