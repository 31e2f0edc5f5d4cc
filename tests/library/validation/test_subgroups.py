"""Models in subgroups, and whether their AUCs differ: closed forms, DeLong's unpaired test."""

import numpy as np
import oracles
import pandas as pd
import pytest
from compare_subgroups import COLUMNS, main
from scipy.special import expit
from scipy.stats import chi2

from radfuse.statistics.delong import auc, auc_interval, placements, variance
from radfuse.tables import read_table
from radfuse.validation.evaluation import Group
from radfuse.validation.known import Known
from radfuse.validation.reconciling import lines
from radfuse.validation.subgroups import by_subgroup, heterogeneity


def group(outcome, probability) -> Group:
    arrays = np.asarray(outcome, float), np.asarray(probability, float)
    return Group("published", "test", "R_CT", *arrays)


@pytest.fixture
def patients() -> pd.DataFrame:
    """The reference's patients by two variables; some have no value."""
    source = oracles.raw()
    index = pd.Index([f"P{place:03d}" for place in range(len(source))], name="patient")
    cut = pd.cut(source["mean fractal dimension"], [0, 0.06, 0.065, 9], labels=["a", "b", "c"])
    sheet = pd.DataFrame({"kind": cut.astype(str).to_numpy()}, index=index)
    sheet["sex"] = np.where(source["mean smoothness"] > 0.095, "male", "female")
    sheet.iloc[[0, 1, 130], 1] = ""
    return sheet


@pytest.fixture
def predictions(patients) -> pd.DataFrame:
    source = oracles.raw()
    frame = pd.DataFrame({"patient": patients.index, "protocol": "published"})
    frame["cohort"] = ["train"] * oracles.TRAIN + ["test"] * oracles.TEST
    frame["outcome"] = source["malignant"].to_numpy(dtype=float)
    texture = frame.assign(model="R_CT", probability=expit((source["mean texture"] - 18) / 5))
    symmetry = frame.assign(model="R_MRI", probability=source["mean symmetry"])
    return pd.concat([texture, symmetry], ignore_index=True)


def test_of_two_groups_q_is_the_square_of_the_unpaired_z():
    train, test = oracles.cohorts()
    both = [group(each["malignant"], each["texture"]) for each in (train, test)]
    areas = [auc(each.outcome, each.probability) for each in both]
    spread = sum(variance(*placements(each.outcome, each.probability)) for each in both)
    found = heterogeneity(both)
    assert found["q"] == pytest.approx((areas[0] - areas[1]) ** 2 / spread, rel=1e-10)
    assert found["df"] == 1 and found["p"] == pytest.approx(chi2.sf(found["q"], 1))


def test_q_of_three_groups_by_hand_and_no_test_where_an_auc_has_no_variance():
    random = np.random.default_rng(4)
    three = [group([0] * 15 + [1] * 10, random.normal(size=25)) for _ in range(3)]
    areas = np.array([auc(each.outcome, each.probability) for each in three])
    weights = 1 / np.array([variance(*placements(g.outcome, g.probability)) for g in three])
    expected = (weights * areas**2).sum() - (weights * areas).sum() ** 2 / weights.sum()
    found = heterogeneity(three)
    assert found["q"] == pytest.approx(expected, rel=1e-9) and found["df"] == 2
    perfect, lone = group([0, 0, 1, 1], [1, 2, 3, 4]), group([0, 0, 1], [1, 3, 2])
    one_class = group([0, 0], [0.1, 0.2])
    assert heterogeneity([*three, one_class]) == found
    # without the group that differs most the test would be of another question
    for unknown in (perfect, lone):
        assert np.isnan(heterogeneity([*three, unknown])["p"])


def test_every_model_in_every_level(predictions, patients):
    table = pd.DataFrame(by_subgroup(predictions, patients, ["sex", "kind"]))
    assert table["cohort"].unique().tolist() == ["train", "test"]
    test = table[(table["cohort"] == "test") & (table["model"] == "R_MRI")]
    assert test["level"].tolist() == ["", "female", "male", "", "a", "b", "c"]
    assert test.groupby("variable")["n"].first().to_dict() == {"sex": 53, "kind": 54}
    sums = test[test["level"] != ""].groupby("variable")[["n", "events"]].sum()
    assert sums["n"].to_dict() == {"sex": 53, "kind": 54}
    inside = predictions["patient"].map(patients["sex"]) == "male"
    own = predictions[
        inside & (predictions["model"] == "R_MRI") & (predictions["cohort"] == "test")
    ]
    male = test[test["level"] == "male"].iloc[0]
    expected = auc_interval(own["outcome"], own["probability"])
    assert male[["auc", "auc_low", "auc_high"]].tolist() == pytest.approx(list(expected))
    assert male["observed"] == own["outcome"].mean()
    assert male["predicted"] == pytest.approx(own["probability"].mean())
    heads = table[table["level"] == ""]
    assert heads["p"].notna().all() and table.loc[table["level"] != "", "p"].isna().all()
    for _, rows in heads.groupby("cohort"):  # two models, two variables
        assert rows["p_adjusted"].min() == pytest.approx(min(1, 4 * rows["p"].min()))


def test_order_and_names_of_levels_change_what_they_should(predictions, patients):
    table = pd.DataFrame(by_subgroup(predictions, patients, ["kind"]))
    mixed = predictions.sample(frac=1, random_state=1).sort_values("model", kind="stable")
    again = pd.DataFrame(by_subgroup(mixed, patients[::-1], ["kind"]))
    pd.testing.assert_frame_equal(again, table)
    renamed = patients.replace({"a": "z"})
    other = pd.DataFrame(by_subgroup(predictions, renamed, ["kind"]))
    assert other["q"].dropna().tolist() == pytest.approx(table["q"].dropna().tolist(), rel=1e-9)


def test_the_table_and_its_counts_made_anew(predictions, patients, tmp_path):
    predictions.to_csv(tmp_path / "predictions.tsv", sep="\t", index=False)
    patients.reset_index().to_csv(tmp_path / "patients.tsv", sep="\t", index=False)
    main(
        predictions=str(tmp_path / "predictions.tsv"),
        patients=str(tmp_path / "patients.tsv"),
        variables=["sex"],
        labels={"sex": "Sex"},
        simulated=False,
        table=str(tmp_path / "subgroups.tsv"),
    )
    table = read_table(tmp_path / "subgroups.tsv")
    assert list(table.columns) == list(COLUMNS)
    assert set(table["label"]) == {"Sex"}
    own = predictions.drop_duplicates("patient").set_index("patient")
    everybody = frozenset(own.index)
    known = Known(
        outcome=own["outcome"],
        cohort=own["cohort"],
        predicted={("published", name): everybody for name in ("R_CT", "R_MRI")},
        clinical={"sex": frozenset(patients.index[patients["sex"] != ""])},
    )
    assert all(line.agrees for line in lines("subgroups", table, known))
    table.loc[table["level"] == "male", "events"] += 1
    assert not all(line.agrees for line in lines("subgroups", table, known))
