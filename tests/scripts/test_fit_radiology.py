"""The radiological model of a small study: what the table says, and whom it depends on."""

import numpy as np
import pandas as pd
import pytest
from fit_radiology import COLUMNS, main

from radfuse.errors import StudyError
from radfuse.inputs.cohort import training
from radfuse.modelling.models import read_model
from radfuse.statistics.logistic import fit_logistic
from radfuse.tables import header_path, read_table

PRESENT = {"0": "absent", "1": "present"}
DICTIONARY = [
    {"name": "rim", "label": "Rim", "type": "binary", "levels": PRESENT, "modalities": ["CT"]},
    {"name": "size", "label": "Size", "type": "continuous", "modalities": ["CT"]},
    {
        "name": "site",
        "label": "Site",
        "type": "nominal",
        "levels": {"l": "left", "r": "right", "s": "subcapsular"},
        "modalities": ["CT"],
    },
    {"name": "noise", "label": "Noise", "type": "binary", "levels": PRESENT, "modalities": ["CT"]},
    {"name": "never", "label": "Never", "type": "binary", "levels": PRESENT, "modalities": ["CT"]},
    {"name": "unread", "label": "Unread", "type": "continuous", "modalities": ["CT"]},
]
SETTINGS = {"reader": "1", "p_enter": 0.05, "p_stay": 0.05, "direction": "both"} | {
    "missing": "complete_case"
}
OUTCOME = {"column": "pathology", "positive": ["iCCA"]}


class Study:
    """120 patients, of whom 90 train; `rim` and `site` speak for the outcome, `noise` does not."""

    def __init__(self, folder) -> None:
        random = np.random.default_rng(11)
        patients = [f"P{number:03d}" for number in range(120)]
        outcome = np.tile([1, 0, 0], 40)
        rim = random.random(120) < np.where(outcome == 1, 0.75, 0.2)
        right = random.random(120) < np.where(outcome == 1, 0.8, 0.3)
        self.folder = folder
        self.split = pd.DataFrame({"patient": patients, "outcome": outcome, "cohort": "train"})
        self.split.loc[90:, "cohort"] = "test"
        self.sheet = pd.DataFrame({"patient": patients, "modality": "CT", "reader": "1"})
        self.sheet["rim"] = rim.astype(int).astype(str)
        self.sheet["size"] = random.normal(50, 20, 120).round().astype(int).astype(str)
        self.sheet["site"] = np.where(right, "r", np.where(random.random(120) < 0.5, "l", "s"))
        self.sheet["noise"] = random.integers(0, 2, 120).astype(str)
        self.sheet["never"] = "0"
        self.sheet["unread"] = ""

    def run(self, dictionary=DICTIONARY, **settings) -> tuple[pd.DataFrame, dict, str]:
        paths = {
            name: self.folder / name for name in ("training.tsv", "sheet.tsv", "t.tsv", "m.json")
        }
        training(self.split).reset_index().to_csv(paths["training.tsv"], sep="\t", index=False)
        self.sheet.to_csv(paths["sheet.tsv"], sep="\t", index=False)
        main(
            radiology=paths["sheet.tsv"],
            training=paths["training.tsv"],
            modality="CT",
            dictionary=dictionary,
            settings=SETTINGS | settings,
            outcome=OUTCOME,
            simulated=False,
            model=paths["m.json"],
            table=paths["t.tsv"],
            selection=self.folder / "s.tsv",
        )
        header = header_path(paths["t.tsv"]).read_text(encoding="utf-8")
        return read_table(paths["t.tsv"]), read_model(paths["m.json"]), header

    def outputs(self) -> tuple[bytes, bytes]:
        self.run()
        return (self.folder / "t.tsv").read_bytes(), (self.folder / "m.json").read_bytes()


@pytest.fixture
def study(tmp_path) -> Study:
    return Study(tmp_path)


def test_the_table(study):
    table, _, header = study.run()
    assert list(table.columns) == list(COLUMNS)
    assert table["characteristic"].tolist() == [
        "Rim",
        "Size",
        "Site",
        "Site: right (vs left)",
        "Site: subcapsular (vs left)",
        "Noise",
        "Never",
        "Unread",
    ]
    rows = table.set_index("characteristic")
    assert rows.loc["Unread", "n"] == 0 and rows.loc["Rim", "n"] == 90
    assert rows.loc["Rim", "events"] == 30
    assert rows.loc["Never", "method"] == "not estimable: constant"
    assert rows.loc["Unread", "method"] == "not estimable: no data"
    assert rows.loc["Site", "method"] == "likelihood ratio"
    assert pd.isna(rows.loc["Site", "or"]) and rows.loc["Site", "p"] < 0.05
    assert rows.loc[["Never", "Unread"], ["or", "p", "multi_or"]].isna().all(axis=None)
    assert (rows["low"] < rows["or"])[rows["or"].notna()].all()
    chosen = rows.index[rows["selected"] == "yes"].tolist()
    assert chosen == ["Rim", "Site", "Site: right (vs left)", "Site: subcapsular (vs left)"]
    assert rows.loc["Noise", ["multi_or", "multi_p"]].isna().all()
    assert "Training cohort only" in header and "Rim, Site" in header


def test_the_odds_ratio_is_that_of_the_training_counts(study):
    table, _, _ = study.run()
    both = study.split.merge(study.sheet)
    counts = both[both["cohort"] == "train"].value_counts(["rim", "outcome"])
    expected = counts["1", 1] * counts["0", 0] / counts["1", 0] / counts["0", 1]
    assert table.loc[0, "or"] == pytest.approx(expected, rel=1e-8)


def test_the_model(study):
    table, model, _ = study.run()
    assert (model["model"], model["modality"], model["n"], model["events"]) == (
        "R_CT",
        "CT",
        90,
        30,
    )
    assert [covariate["name"] for covariate in model["covariates"]] == ["rim", "site=r", "site=s"]
    assert {covariate["source"] for covariate in model["covariates"]} == {"radiology"}
    assert model["outcome"] == OUTCOME and model["note"] == ""
    # the stepwise model kept the selected characteristics alone here: the refit is the same
    multi = table.set_index("characteristic").loc["Rim", "multi_or"]
    assert np.exp(model["covariates"][0]["coefficient"]) == pytest.approx(multi, rel=1e-9)


def test_nothing_fitted_depends_on_another_cohort(study):
    expected = study.outputs()
    tests = study.split["cohort"] == "test"
    study.split.loc[tests, "outcome"] = 1 - study.split.loc[tests, "outcome"]
    columns = ["rim", "size", "site", "noise", "never"]
    study.sheet.loc[tests, columns] = ["1", "999", "s", "1", "1"]
    assert study.outputs() == expected
    study.split.loc[tests, "cohort"] = "unlabelled"
    study.split["outcome"] = study.split["outcome"].astype("Int64").mask(tests)
    assert study.outputs() == expected


def test_the_order_of_the_rows_and_the_other_reader_change_no_byte(study):
    expected = study.outputs()
    second = study.sheet.assign(reader="2", rim="1", noise="0")
    study.sheet = pd.concat([study.sheet, second]).sample(frac=1, random_state=3)
    study.split = study.split.sample(frac=1, random_state=4)
    assert study.outputs() == expected


def test_renaming_patients_changes_rounding_at_most(study):
    expected, _, _ = study.run()
    study.split["patient"] = study.sheet["patient"] = [f"X{n:03d}" for n in range(120)][::-1]
    table, _, _ = study.run()
    pd.testing.assert_frame_equal(table, expected, rtol=1e-6)


def test_swapping_the_classes_inverts_the_odds_ratios(study):
    expected, _, _ = study.run()
    study.split["outcome"] = 1 - study.split["outcome"]
    table, _, _ = study.run()
    assert (1 / table["or"]).to_numpy() == pytest.approx(expected["or"], rel=1e-6, nan_ok=True)
    assert (1 / table["high"]).to_numpy() == pytest.approx(expected["low"], rel=1e-6, nan_ok=True)
    assert table["p"].to_numpy() == pytest.approx(expected["p"], rel=1e-6, nan_ok=True)
    assert table["selected"].tolist() == expected["selected"].tolist()


def test_a_characteristic_that_separates_is_marked(study):
    positive = study.split["outcome"] == 1
    study.sheet["rim"] = np.where(positive & (study.sheet["noise"] == "1"), "1", "0")
    table, model, header = study.run()
    rim = table.set_index("characteristic").loc["Rim"]
    assert (rim["separated"], rim["method"]) == ("yes", "Firth penalised likelihood")
    assert np.isfinite(rim[["or", "low", "high", "p"]].astype(float)).all()
    assert (rim["selected"], model["separated"]) == ("yes", True)
    assert "estimated by Firth penalised likelihood" in header


def test_a_measurement_in_the_model_has_its_training_range(study):
    """By which another study sees that its values are in another unit."""
    outcome = study.split["outcome"].to_numpy()
    sizes = np.random.default_rng(2).normal(50 + 25 * outcome, 20).round(1)
    study.sheet["size"] = sizes.astype(str)
    study.sheet.loc[119, "size"] = "999"  # of the test cohort
    _, model, _ = study.run()
    ranges = {each["name"]: each.get("range") for each in model["covariates"]}
    assert ranges.pop("size") == [sizes[:90].min(), sizes[:90].max()]
    assert ranges and set(ranges.values()) == {None}


def test_a_search_that_the_order_decides_says_so(study):
    """Two characteristics that tell the same: the first stays, and which is the first is chance."""
    _, model, _ = study.run()
    assert "order of the dictionary" not in model["note"]
    study.sheet["never"] = study.sheet["rim"]
    table, model, header = study.run()
    told = (
        "from the last to the first it keeps Site and Never in place of Rim and Site, at the same"
    )
    assert told in model["note"] and model["note"] in header
    assert np.isnan(table.set_index("characteristic").loc["Never", "multi_or"])
    _, model, _ = study.run([*reversed(DICTIONARY)])
    assert "it keeps Site and Rim in place of Never and Site, at the same AIC." in model["note"]


def test_an_empty_selection_leaves_the_intercept(study):
    table, model, header = study.run(DICTIONARY[3:])
    assert (table["selected"] == "no").all()
    assert model["covariates"] == [] and model["candidates"] == 1  # the others do not vary
    assert model["intercept"] == pytest.approx(np.log(30 / 60))
    assert "No characteristic was selected (0 passed" in model["note"]
    assert model["note"] in header


def test_a_level_that_training_never_saw_is_left_out_of_the_model(study):
    train = study.split["cohort"] == "train"
    study.sheet.loc[train & (study.sheet["site"] == "s"), "site"] = "l"
    table, model, _ = study.run()
    level = table.set_index("characteristic").loc["Site: subcapsular (vs left)"]
    assert level["method"] == "not estimable: constant" and pd.isna(level["or"])
    assert [covariate["name"] for covariate in model["covariates"]] == ["rim", "site=r"]
    assert "Site: subcapsular (vs left)" in model["note"]
    assert model["candidates"] == 4  # rim, size, noise and one level of site


@pytest.mark.parametrize("lost", ["never", "unreadable"])
def test_odds_ratios_are_against_a_level_that_occurs(study, lost):
    """Left is the first level: nobody has it, or nobody of those who have all characteristics."""
    train, left = study.split["cohort"] == "train", study.sheet["site"] == "l"
    expected = study.sheet.loc[train & ~left]
    if lost == "never":
        study.sheet.loc[train & left, "site"] = "s"
        expected = study.sheet.loc[train]
    else:
        study.sheet.loc[train & left, "rim"] = ""
    table, model, header = study.run()
    rows = table.set_index("characteristic")
    assert "Site: subcapsular (vs right)" in rows.index
    assert not rows.index.str.contains("vs left").any()
    names = [covariate["name"] for covariate in model["covariates"]]
    assert names == ["rim", "site=s"]
    assert list(model["covariates"][1]["levels"]) == ["r", "l", "s"]
    told = "Site is compared with right: no training patient with all characteristics is left."
    assert told in model["note"] and told in header
    # the multivariable odds ratio is that of a plain fit with this reference
    design = pd.DataFrame(
        {
            name: (expected[key] == code).astype(float)
            for name, key, code in (("rim", "rim", "1"), ("site=s", "site", "s"))
        }
    )
    outcome = study.split.loc[design.index, "outcome"].to_numpy(dtype=float)
    fit = fit_logistic(design, outcome)
    assert model["covariates"][1]["coefficient"] == pytest.approx(fit.coefficients[2], rel=1e-6)
    steps = read_table(study.folder / "s.tsv").set_index("characteristic")
    assert np.isfinite(steps.loc["Site", "vif_retained"])


def test_missing_values_are_counted(study):
    study.sheet.loc[:9, "rim"] = ""
    study.sheet = study.sheet.drop(index=[20, 21])
    table, model, _ = study.run()
    assert table.set_index("characteristic").loc[["Rim", "Noise"], "n"].tolist() == [78, 88]
    assert {each["name"].partition("=")[0] for each in model["covariates"]} == {"site"}
    assert model["n"] == 88  # who lacks the rim, which was not selected, is in R


def test_who_lacks_what_was_not_selected_is_in_the_model(study):
    """Noise comes into the stepwise model, not into R: its blanks cost R nobody."""
    study.sheet.loc[:19, "noise"] = ""
    table, model, header = study.run(p_enter=1.0)
    rows = table.set_index("characteristic")
    assert rows.loc["Noise", ["n", "selected"]].tolist() == [70, "no"]
    assert "of the 70 patients" in header and f"R_CT (n = {model['n']}" in header
    assert model["n"] == 90
    train = study.sheet.iloc[:90]
    names = [each["name"] for each in model["covariates"]]
    design = pd.DataFrame({"rim": train["rim"].astype(float)})
    for level in ("r", "s"):
        design[f"site={level}"] = (train["site"] == level).astype(float)
    fit = fit_logistic(design[names], study.split["outcome"].iloc[:90].to_numpy(dtype=float))
    obtained = [each["coefficient"] for each in model["covariates"]]
    assert obtained == pytest.approx(fit.coefficients[1:].tolist(), rel=1e-6)
    told = header_path(study.folder / "s.tsv").read_text(encoding="utf-8")
    assert f"selected {len(names)} ({30 / len(names):.1f})" in told  # of R's patients


def test_a_training_cohort_without_readings_is_an_error(study):
    study.sheet = study.sheet.iloc[90:]
    with pytest.raises(StudyError, match="E21 statistics: 0 of 0 training patients"):
        study.run()


def test_blanks_are_imputed_before_the_fit_and_by_the_model(study):
    train = study.split["cohort"] == "train"
    blank = study.sheet.index[train][[3, 10, 11]]
    study.sheet.loc[blank, "rim"] = ""
    complete, _, _ = study.run()
    assert complete.set_index("characteristic").loc["Rim", "n"] == 87
    table, model, header = study.run(missing="impute")
    rows = table.set_index("characteristic")
    assert rows.loc["Rim", ["n", "events"]].tolist() == [90, 30]
    assert rows.loc["Unread", "n"] == 0
    rim = study.sheet.loc[train, "rim"]
    common = rim[rim != ""].mode()[0]
    counts = pd.crosstab(rim.replace("", common), study.split.loc[train, "outcome"])
    expected = counts.loc["1", 1] * counts.loc["0", 0] / counts.loc["1", 0] / counts.loc["0", 1]
    assert rows.loc["Rim", "or"] == pytest.approx(expected, rel=1e-8)
    imputed = {each["name"]: each["imputed"] for each in model["covariates"]}
    site = study.sheet.loc[train, "site"].mode()[0]
    assert imputed == {
        "rim": float(common),
        "site=r": float(site == "r"),
        "site=s": float(site == "s"),
    }
    assert "imputed before the fit" in header
    selection = read_table(study.folder / "s.tsv").set_index("characteristic")
    assert selection["missing"].to_dict() == {
        **dict.fromkeys(selection.index, 0),
        "Rim": 3,
        "Unread": 90,
    }
    study.sheet.loc[~train, "rim"] = "1"
    assert study.run(missing="impute")[1] == model


def test_the_selection_is_told_with_its_collinearity_and_size(study):
    study.sheet["size"] = np.where(study.sheet["rim"] == "1", 60, 40) + np.arange(120) % 7
    study.run()
    table = read_table(study.folder / "s.tsv").set_index("characteristic")
    assert table.loc["Site", "parameters"] == 2 and (table["n"] == 90).all()
    assert table.loc["Noise", "candidate"] == "no" and pd.isna(table.loc["Noise", "vif_candidates"])
    r = np.corrcoef(*study.sheet.loc[:89, ["rim", "size"]].astype(float).to_numpy().T)[0, 1]
    assert table.loc["Rim", "vif_candidates"] >= 1 / (1 - r**2) > 5
    header = header_path(study.folder / "s.tsv").read_text(encoding="utf-8")
    retained = table.loc[table["retained"] == "yes", "parameters"].sum()
    assert f"retained {retained} ({30 / retained:.1f})" in header
