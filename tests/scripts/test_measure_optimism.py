"""The table of optimism: where its numbers come from."""

import measure_optimism
import numpy as np
import pandas as pd
import pytest

from radfuse.modelling.models import write_model
from radfuse.statistics.optimism import bootstrap_optimism, log_odds
from radfuse.tables import header_path, read_table, write_table

VALIDATION = {"bootstrap_models": 15, "seed": 3}
SETTINGS = {"reader": "1", "missing": "complete_case", "direction": "both"}
SETTINGS |= {"p_enter": 1, "p_stay": 1}
DICTIONARY = [
    {"name": name, "label": name, "type": "binary", "modalities": [modality]}
    for modality, name in (("CT", "cirrhosis"), ("MRI", "rim"))
]


def covariate(name: str, source: str, coefficient: float) -> dict:
    return {"name": name, "label": name, "source": source, "coefficient": coefficient}


def model(name: str, modality: str, covariates: list[dict]) -> dict:
    return {"model": name, "modality": modality, "intercept": -1.0, "covariates": covariates}


MODELS = [
    model("R_CT", "CT", [covariate("cirrhosis", "radiology", 1.0)]),
    model("DLRS_CT", "CT", [covariate("DLRS_CT", "score", 0.5)]),
    model("R_MRI", "MRI", [covariate("rim", "radiology", 2.0)]),
    model("fused", "", [covariate(name, "model", 1.0) for name in ("DLRS_CT", "R_MRI")]),
]


@pytest.fixture
def covariates() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    outcome = (np.arange(50) % 3 == 0).astype(float)
    frame = pd.DataFrame({"patient": [f"P{place:02d}" for place in range(50)]})
    frame["cohort"], frame["outcome"] = ["train"] * 35 + ["test"] * 15, outcome
    frame["CT:cirrhosis"] = (rng.random(50) < 0.3 + 0.3 * outcome).astype(float)
    frame["DLRS_CT"] = rng.normal(size=50) + outcome
    frame["MRI:rim"] = (rng.random(50) < 0.2 + 0.6 * outcome).astype(float)
    frame.loc[4, "MRI:rim"] = np.nan
    return frame


@pytest.fixture
def performance() -> pd.DataFrame:
    rows = [
        ["published", cohort, each["model"], n, events, 0.8 + place / 100]
        for cohort, n, events in (("train", 35, 12), ("test", 15, 5))
        for place, each in enumerate(MODELS)
    ]
    rows += [
        ["crossfit", "train", each["model"], n, 12, 0.7 + place / 100]
        for place, (each, n) in enumerate(zip(MODELS, (35, 35, 34, 34), strict=True))
    ]
    return pd.DataFrame(rows, columns=["protocol", "cohort", "model", "n", "events", "auc"])


def readings(covariates: pd.DataFrame) -> pd.DataFrame:
    """The sheet that the characteristics among the covariates were read from."""
    sheets = []
    for modality, name in (("CT", "cirrhosis"), ("MRI", "rim")):
        codes = covariates[f"{modality}:{name}"].map({0.0: "0", 1.0: "1"}).fillna("")
        sheet = pd.DataFrame({"patient": covariates["patient"], name: codes})
        sheets.append(sheet.assign(modality=modality, reader="1"))
    return pd.concat(sheets).fillna("")


def crossfitted(covariates: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Scores of the training patients that are worse than the fitted ones."""
    train = covariates[covariates["cohort"] == "train"].sort_values("patient")
    worse = train["DLRS_CT"] + np.random.default_rng(4).normal(size=35)
    return {"CT": pd.DataFrame({"patient": train["patient"], "score": worse})}


def table(
    covariates: pd.DataFrame, performance: pd.DataFrame, scores: dict | None = None
) -> pd.DataFrame:
    return measure_optimism.optimism_table(
        MODELS,
        covariates,
        crossfitted(covariates) if scores is None else scores,
        performance,
        readings(covariates),
        DICTIONARY,
        SETTINGS,
        bootstrap=15,
        seed=3,
    )


def test_every_auc_is_that_of_the_performance_table(covariates, performance) -> None:
    found = table(covariates, performance).set_index("model")
    assert found["auc_apparent"].tolist() == pytest.approx([0.8, 0.81, 0.82, 0.83])
    assert found["auc_test"].tolist() == pytest.approx([0.8, 0.81, 0.82, 0.83])
    assert found["auc_crossfit"].tolist() == pytest.approx([0.7, 0.71, 0.72, 0.73])
    corrected = found["auc_crossfit"] - found["optimism"]
    np.testing.assert_allclose(found["auc_corrected"], corrected)
    assert found["n"].tolist() == [35, 35, 34, 34]
    assert found[["n_test", "events_test"]].to_numpy().tolist() == [[15, 5]] * 4


def test_the_fused_model_is_of_the_others_as_each_resample_builds_them(
    covariates, performance
) -> None:
    """The rim stays in every resample here, so that R of MRI is a plain regression."""
    train = covariates[covariates["cohort"] == "train"].copy()
    outcome = train["outcome"].to_numpy()
    train["DLRS_CT"] = crossfitted(covariates)["CT"]["score"]  # and not those that saw them

    def build(rows: np.ndarray) -> pd.DataFrame:
        parts = [
            log_odds(train[[column]].to_numpy(dtype=float), outcome, rows)
            for column in ("DLRS_CT", "MRI:rim")
        ]
        return pd.DataFrame({"fused": log_odds(np.column_stack(parts), outcome, rows)})

    expected = bootstrap_optimism(build, outcome, bootstrap=15, seed=3).loc["fused"]
    found = table(covariates, performance).set_index("model").loc["fused"]
    assert found["optimism"] == pytest.approx(expected["optimism"], abs=1e-12)
    assert found["optimism"] > 0 and found["resamples"] == 15


def test_without_cross_fitting_nothing_is_said_of_models_of_scores(covariates, performance) -> None:
    published = performance[performance["protocol"] == "published"]
    found = table(covariates, published, {}).set_index("model")
    whole = table(covariates, performance).set_index("model")
    own = ["optimism", "resamples"]
    pd.testing.assert_frame_equal(
        found.loc[["R_CT", "R_MRI"], own],
        whole.loc[["R_CT", "R_MRI"], own],
        check_dtype=False,
    )
    assert found.loc["R_MRI", "auc_corrected"] == pytest.approx(
        0.82 - found.loc["R_MRI", "optimism"]
    )
    blank = found.loc[["DLRS_CT", "fused"], [*own, "auc_corrected", "auc_crossfit"]]
    assert blank.isna().all(axis=None)


def test_test_patients_change_nothing(covariates, performance) -> None:
    found = table(covariates, performance)
    test = covariates["cohort"] == "test"
    covariates.loc[test, "outcome"] = 1 - covariates.loc[test, "outcome"]
    covariates.loc[test, "DLRS_CT"] = 0.0
    again = table(covariates.sample(frac=1, random_state=1), performance)
    pd.testing.assert_frame_equal(found, again)


def test_without_a_test_cohort_its_columns_are_blank(covariates, performance) -> None:
    found = table(covariates, performance.query("cohort == 'train'"))
    assert found["auc_corrected"].notna().all()
    assert found[["n_test", "events_test", "auc_test"]].isna().all(axis=None)


def test_files(tmp_path, covariates, performance) -> None:
    paths = {}
    for name, frame in (("covariates", covariates), ("performance", performance)):
        paths[name] = str(tmp_path / f"{name}.tsv")
        described = dict.fromkeys(frame.columns, "as named")
        write_table(frame, paths[name], title=name, columns=described, simulated=True)
    sheet = tmp_path / "radiology.tsv"
    readings(covariates).to_csv(sheet, sep="\t", index=False)
    (own,) = crossfitted(covariates).values()
    own.to_csv(tmp_path / "scores_CT.tsv", sep="\t", index=False)
    models = []
    for each in MODELS:
        models.append(str(tmp_path / f"{each['model']}.json"))
        write_model(each, models[-1])
    target = tmp_path / "optimism.tsv"
    measure_optimism.main(
        models=models,
        **paths,
        scores=[str(tmp_path / "scores_CT.tsv")],
        radiology=str(sheet),
        dictionary=DICTIONARY,
        settings=SETTINGS,
        validation=VALIDATION,
        caution="The network knows them.",
        table=str(target),
        simulated=True,
    )
    pd.testing.assert_frame_equal(
        read_table(target), table(covariates, performance), rtol=1e-9, check_dtype=False
    )
    header = header_path(target).read_text()
    assert "15 resamples of the training patients, seed 3" in header
    assert "Each repeats the choice of characteristics and every regression" in header
    assert "The scores are the cross-fitted ones" in header and "SIMULATED DATA" in header
    assert "The network knows them." in header


@pytest.mark.parametrize(
    "names, crossfitted, said, unsaid",
    [
        (
            ["R_CT"],
            False,
            ["Each repeats the choice of characteristics and every regression;"],
            ["score"],
        ),
        (["DLRS_CT"], True, ["Each repeats every regression;", "cross-fitted ones"], ["choice"]),
        (["DLRS_CT"], False, ["can be corrected"], ["Harrell", "choice"]),
        (["R_CT", "DLRS_CT"], False, ["the choice of", "can be corrected"], ["cross-fitted ones"]),
    ],
)
def test_the_notes_say_what_was_done(names, crossfitted, said, unsaid) -> None:
    told = " ".join(measure_optimism.notes(names, crossfitted, bootstrap=15, seed=3))
    assert all(text in told for text in said) and not any(text in told for text in unsaid)
