"""The report's caveats: said where they hold, silent where they do not."""

import numpy as np
import pandas as pd
import pytest

from radfuse.imaging.quality import A_CT
from radfuse.report import caveats, radiology_caveats, size_caveats
from radfuse.validation import fit_caveats


def performance(**events: tuple[int, int]) -> pd.DataFrame:
    rows = [
        [cohort, model, n, positive, 0.9, 0.8, 1.0, 0.7, 0.98]
        for cohort, (n, positive) in events.items()
        for model in ("R_CT", "fused")
    ]
    names = ["cohort", "model", "n", "events", "auc", "auc_low", "auc_high"]
    return pd.DataFrame(rows, columns=[*names, "auc_newcombe_low", "auc_newcombe_high"])


def model(name: str, **more: object) -> dict:
    return {"model": name, "separated": False, "note": "", **more}


def test_training_only_is_said() -> None:
    assert "no other cohort" in caveats.of_validation(performance(train=(124, 28)))[0]
    both = caveats.of_validation(performance(train=(124, 28), test=(54, 11), external=(9, 4)))
    assert "the test cohort and the external cohort" in both[0]
    assert "one division of the patients" in both[1]
    one_class = performance(train=(124, 28), external=(9, 9))
    one_class.loc[one_class["cohort"] == "external", "auc"] = None
    assert "No other cohort has patients of both outcomes" in caveats.of_validation(one_class)[0]
    # cohorts that nobody drew are no draw
    assert len(caveats.of_validation(performance(train=(124, 28), external=(54, 11)))) == 1


def test_a_network_that_learnt_from_the_training_patients_is_said() -> None:
    assert caveats.of_transfer({"transfer": "frozen"}) == []
    said = caveats.of_transfer({"transfer": "finetune"})
    assert "cross-fitted results included, is apparent only" in said[0]


def test_small_cohorts_are_named_with_the_width_of_the_interval() -> None:
    small = size_caveats.of_size(performance(train=(124, 28), test=(54, 11)), "fused")
    assert small == [
        "In the test cohort Fused is judged on 11 positive and 43 negative patients; 100 of each "
        "is the usual minimum to validate a model. The 95% CI of its AUC there is 0.800–1.000 by "
        "DeLong’s method and 0.700–0.980 by Newcombe’s, which holds better of few patients."
    ]
    perfect = performance(test=(54, 11)).assign(auc_low=0.7, auc_high=0.98)  # Newcombe's, printed
    assert size_caveats.of_size(perfect, "fused")[0].endswith(
        "The 95% CI of its AUC there is 0.700–0.980."
    )
    assert size_caveats.of_size(performance(train=(124, 28), test=(300, 100)), "fused") == []
    # a model that tells no patient from another
    constant = performance(test=(54, 11)).assign(auc=0.5, auc_low=np.nan, auc_high=np.nan)
    assert "95% CI" not in size_caveats.of_size(constant, "fused")[0]
    # 250 positives are no help where only 50 are negative
    assert len(size_caveats.of_size(performance(train=(124, 28), test=(300, 250)), "fused")) == 1


def test_separated_models_and_characteristics_are_named() -> None:
    table = pd.DataFrame({"characteristic": ["Necrosis", "Cirrhosis"], "separated": ["yes", "no"]})
    said = fit_caveats.of_fits([model("R_CT", separated=True), model("fused")])
    said += radiology_caveats.of_characteristics({"CT": table})
    assert said[0].startswith("R CT: the covariates separate")
    assert said[1].endswith("marked in the table): Necrosis.")
    assert fit_caveats.of_fits([model("R_CT")]) == []
    assert radiology_caveats.of_characteristics({"CT": table[1:]}) == []


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        (
            {
                "R_CT": "Nothing was selected.",
                "DLRS_CT": "The score is constant.",
                "DLRR_CT": "Nothing was selected. The score is constant.",
                "DLRS_MRI": "The score is constant.",
                "fused": "Nothing was selected. And something else.",
            },
            [
                "R CT: Nothing was selected.",
                "DLRS CT: The score is constant.",
                "DLRS MRI: The score is constant.",
                "Fused: And something else.",
            ],
        ),
        (  # one note begins another
            {
                "DLRS_CT": "Fewer folds.",
                "DLRS_MRI": "Fewer folds. Constant.",
                "DLRR_MRI": "Fewer folds. Constant.",
            },
            ["DLRS CT: Fewer folds.", "DLRS MRI: Fewer folds. Constant."],
        ),
    ],
)
def test_a_note_is_told_once_though_combined_models_repeat_it(notes, told) -> None:
    models = [model(name, note=note) for name, note in notes.items()]
    assert fit_caveats.of_fits(models) == told


def test_unassessed_stability_is_said() -> None:
    both = pd.DataFrame({"n_intra": [12, 12], "n_inter": [0, 0]})
    assert fit_caveats.of_stability({"CT": both})[0].startswith("CT: inter-reader stability")
    few = fit_caveats.of_stability({"CT": both.assign(n_inter=31)})
    assert few == [
        "CT: the stability of the features rests on 12 (intra-reader) patients who were outlined "
        "or measured again, too few to estimate an ICC well."
    ]
    assert fit_caveats.of_stability({"CT": both + 31}) == []


def test_optimism_needs_a_model_that_leans_on_a_score() -> None:
    leaning = [model("DLRS_CT"), model("DLRR_CT")]
    rows = [("published", "train", "DLRS_CT", 0.987), ("published", "train", "DLRR_CT", 0.9)]
    table = pd.DataFrame(rows, columns=["protocol", "cohort", "model", "auc"])
    (sentence,) = caveats.of_optimism(leaning, table)
    assert "cross-fitted" not in sentence
    both = pd.concat([table, table.assign(protocol="crossfit", auc=[0.712, 0.8])])
    (sentence,) = caveats.of_optimism(leaning, both)
    assert "DLRS CT 0.987 and 0.712." in sentence
    # a score that selected nothing does not fit its patients too well
    constant = pd.concat([table.assign(auc=0.5), table.assign(protocol="crossfit", auc=0.583)])
    assert not caveats.of_optimism(leaning, constant)
    assert not caveats.of_optimism([model("DLRS_CT"), model("R_CT")], both)


def test_models_on_fewer_patients_are_named() -> None:
    frame = performance(train=(124, 28))
    assert caveats.of_missing(frame) == []
    frame.loc[0, "n"] = 120
    assert "(R CT 120; the others 124)" in caveats.of_missing(frame)[0]


def test_too_many_candidates_for_the_patients_are_said() -> None:
    row = {"protocol": "published", "model": "fused", "n": 124, "events": 25, "candidates": 112}
    table = pd.DataFrame([{**row, "events_per_candidate": 25 / 112, "n_required": 10029.0}])
    (sentence,) = size_caveats.of_candidates(table, "fused")
    assert "112 candidate parameters with 124 patients, 25 positive (0.2 of" in sentence
    assert "would need 10029 patients" in sentence
    assert size_caveats.of_candidates(table.assign(n_required=100), "fused") == []
    assert size_caveats.of_candidates(table, None) == [sentence]  # nothing is fused: each model
    assert size_caveats.of_candidates(pd.DataFrame(), "fused") == []


def test_other_divisions_give_the_final_model_s_spread_and_what_failed():
    assert caveats.of_resampling(pd.DataFrame(), "fused") == []
    table = pd.DataFrame({"model": ["R_CT", "fused", "fused"], "measure": ["auc", "auc", "slope"]})
    table[["against", "resamples", "failed"]] = [None, 50, 0]
    table[["median", "low", "high"]] = [[0.7, 0.6, 0.8], [0.9, 0.812, 0.97], [1.1, 0.2, 3.0]]
    [told] = caveats.of_resampling(table, "fused")
    assert told == (
        "Built anew on 50 other divisions of the patients, Fused had a median test AUC of 0.900 "
        "(2.5th to 97.5th percentile 0.812–0.970)."
    )
    table.loc[0, "failed"] = 3
    *each, failed = caveats.of_resampling(table, None)
    assert failed == "Of 50 other divisions of the patients some could not be fitted: R CT 3."
    assert ["R CT had" in each[0], "Fused had" in each[1]] == [True, True]  # nothing is fused


def test_tests_on_few_patients_are_rough():
    """4 positive of 12: DeLong's P can be 3e-12, where no permutation can be below 0.004."""
    row = {"protocol": "published", "cohort": "external", "n": 12, "events": 4, "p": 2.56e-12}
    (sentence,) = size_caveats.of_tests(pd.DataFrame([row]))
    assert "In the external cohort DeLong’s tests rest on 4 positive and 8 negative" in sentence
    assert size_caveats.of_tests(pd.DataFrame([row | {"cohort": "train"}])) == []
    assert size_caveats.of_tests(pd.DataFrame([row | {"n": 40, "events": 20}])) == []
    assert size_caveats.of_tests(pd.DataFrame([row | {"p": float("nan")}])) == []
    assert size_caveats.of_tests(pd.DataFrame()) == []
    many = row | {"n": 60, "events": 30}
    assert size_caveats.of_tests(pd.DataFrame([many, row])) == [sentence]  # of the fewest
    mostly = row | {"n": 40, "events": 36}
    assert "36 positive and 4 negative" in size_caveats.of_tests(pd.DataFrame([mostly]))[0]


def test_few_patients_per_parameter_and_collinear_characteristics_are_named():
    table = pd.DataFrame(
        {
            "characteristic": ["Rim", "Size", "Noise"],
            "n": 124,
            "events": 28,
            "parameters": [1, 2, 1],
            "retained": ["yes", "yes", "no"],
            "vif_retained": [7.0, 1.2, np.nan],
        }
    )
    few, collinear = radiology_caveats.of_selection({"CT": table})
    assert "9.3 patients of the rarer outcome per parameter (3 parameters)" in few
    assert collinear.startswith("R CT: Rim depend") and "Size" not in collinear
    assert (
        radiology_caveats.of_selection({"CT": table.assign(parameters=1, vif_retained=1.0)}) == []
    )
    assert radiology_caveats.of_selection({"CT": table.assign(retained="no")}) == []


def test_models_of_another_study_are_said_to_be():
    said_of = performance(external=(54, 11))
    said = caveats.of_validation(said_of)
    assert said[0].startswith("The models were fitted in another study")
    ours = {"column": "pathology", "positive": ["iCCA"]}
    config = {"outcome": ours, "backbone": {"transfer": "frozen"}, "apply_models": "given"}
    given = model("R_CT", outcome={"column": "pathology", "positive": ["HCC"]})
    frames = {"performance": said_of.assign(protocol="published")}
    nobody = pd.DataFrame(columns=["patient", "cohort"])
    first = caveats.everything(frames, [given], {}, None, config, nobody)[0].text
    assert first.startswith("The models predict pathology = HCC, and here pathology = iCCA counts")
    given |= {"simulated": True, "digest": "of another content"}
    said = caveats.everything(frames, [given], {}, None, config, nobody)
    assert [each.topic for each in said[:3]] == ["The models", "The models", "The data"]
    assert said[0].text.startswith("The models were fitted on simulated patients")
    assert said[1].text.startswith("The files of R CT are not as they were written")
    own = caveats.everything(frames, [given], {}, None, {**config, "apply_models": None}, nobody)
    assert own[0].text == said[1].text  # what is simulated here is said everywhere


def characteristic(name: str, odds: float, low: float, high: float, p: float, **more) -> dict:
    row = {"characteristic": name, "or": odds, "low": low, "high": high, "p": p}
    return {**row, "method": "maximum likelihood", "separated": "no", **more}


def test_what_p_and_interval_say_differently_is_told() -> None:
    nominal = dict.fromkeys(["or", "low", "high"], np.nan)
    rows = [
        characteristic("Rim", 4.5, 1.04, 24.0, 0.0508),
        characteristic("Cirrhosis", 0.1, 0.02, 0.3, 0.001),
        characteristic("Necrosis", 1.2, 0.9, 1.6, 0.2),
        characteristic("Nodule", 9.0, 1.1, 99.0, 0.06, separated="yes"),  # P is no Wald's
        {"characteristic": "Site", "p": 0.2, "method": "likelihood ratio", "separated": "no"}
        | nominal,
        characteristic("Site: right (vs left)", 4.5, 1.04, 24.0, 0.0508),  # screens nothing
    ]
    (told,) = radiology_caveats.of_screening(
        {"CT": pd.DataFrame(rows), "MRI": pd.DataFrame(rows[1:3])}
    )
    assert told.startswith("CT: Wald's P") and told.endswith(
        "disagree for Rim (P = 0.051, OR 4.500 (1.040–24.000))."
    )


def test_a_sign_that_a_model_turns_round_is_told() -> None:
    table = pd.DataFrame([characteristic("Rim", 4.5, 1.2, 24.0, 0.02)])
    rim = {"label": "Rim", "source": "radiology"}
    score = {"label": "DLRS CT", "source": "score", "coefficient": -1.0}
    models = [
        model("R_CT", modality="CT", covariates=[{**rim, "coefficient": 1.5}]),
        model("DLRR_CT", modality="CT", covariates=[{**rim, "coefficient": -0.08}, score]),
        model("DLRR_MRI", modality="MRI", covariates=[{**rim, "coefficient": -0.08}]),
    ]
    assert radiology_caveats.of_reversals({"CT": table}, models) == [
        "DLRR CT: what else the model has turns round the odds ratio of Rim (0.923, alone 4.500), "
        "which so describes no characteristic by itself."
    ]


def test_every_caveat_that_holds_reaches_the_reader():
    """A table that gives a reason for each, and the tables that each points at."""
    rows = performance(train=(124, 28), test=(54, 11)).assign(protocol="published")
    rows.loc[rows["model"].eq("fused") & rows["cohort"].eq("test"), "n"] = 50
    rim = characteristic("Rim", 4.5, 1.04, 24.0, 0.0508)
    turned = {"name": "rim", "label": "Rim", "source": "radiology", "coefficient": -1.0}
    nodule = characteristic("Nodule", 9.0, 1.1, 99.0, 0.06, separated="yes")
    delong = {"protocol": "published", "cohort": "test", "n": 54, "events": 4, "p": 0.01}
    effect = {"cohort": "test", "protocol": None, "r2": 0.1, "p": 0.001, "method": "chi-square"}
    fused = {"tested": "fused", "protocol": "published", "p_adjusted": 0.01}
    frames = {
        "performance": rows,
        "delong": pd.DataFrame([delong]),
        "center_effects": pd.DataFrame(
            [effect | {"tested": "outcome", "p_adjusted": 0.001}, effect | fused]
        ),
        "images": pd.DataFrame({"modality": ["CT"], "notes": [A_CT], "lesion_level": [0.5]}),
        "characteristics_CT": pd.DataFrame([rim, nodule]),
        "selection_CT": pd.DataFrame(
            {"characteristic": ["Rim"], "n": 124, "events": 28, "parameters": [9]}
        ).assign(retained="yes", vif_retained=12.0),
    }
    ours = {"column": "pathology", "positive": ["iCCA"]}
    config = {"outcome": ours, "backbone": {"transfer": "frozen"}, "apply_models": None}
    nobody = pd.DataFrame(columns=["patient", "cohort"])
    fitted = [model("R_CT", modality="CT", outcome=ours, covariates=[turned])]
    found = caveats.everything(frames, fitted, {}, "fused", config, nobody)
    said = {(each.topic, *each.tables) for each in found}
    assert {
        ("Validation", "performance"),
        ("Validation", "delong"),
        ("Centres", "center_effects"),
        ("Missing values", "performance"),
        ("Sample size", "selection_CT"),
        ("The data",),
    } <= said
    starts = ("CT characteristics that separate", "CT: Wald's P", "R CT: what else the model has")
    assert all(any(each.text.startswith(start) for each in found) for start in starts)


def test_a_difference_between_centres_is_one_after_all_tests():
    effect = {"cohort": "test", "r2": 0.6, "method": "chi-square", "protocol": "published"}
    rows = [
        effect | {"tested": "outcome", "p": 0.001, "p_adjusted": 0.001},
        effect | {"tested": "fused", "p": 0.03, "p_adjusted": 0.06},
    ]
    (outcome,) = caveats.of_centers(pd.DataFrame(rows))
    assert "the outcome differs between the centres" in outcome  # and not one alone, with R² 0.6
    rows[1]["p_adjusted"] = 0.04
    assert "Fused (adjusted P = 0.040, 60%)" in caveats.of_centers(pd.DataFrame(rows))[1]


def test_the_other_divisions_of_a_final_model_alone():
    rows = [
        ["fused", None, "auc", 40, 0, 0.81, 0.6, 0.95],
        ["fused", "DLRR_CT", "auc", 40, 0, 0.02, -0.1, 0.1],
        ["R_CT", None, "auc", 40, 2, 0.7, 0.5, 0.9],
    ]
    names = ["model", "against", "measure", "resamples", "failed", "median", "low", "high"]
    frame = pd.DataFrame(rows, columns=names)
    median, failed = caveats.of_resampling(frame, "fused")
    assert "Fused had a median test AUC of 0.810" in median
    assert failed.endswith("some could not be fitted: R CT 2.")
    assert [text for text in caveats.of_resampling(frame, "DLRR_MRI") if "median" in text] == []
    assert len(caveats.of_resampling(frame, None)) == 3


def test_the_rarer_outcome_counts_whichever_it_is():
    row = performance(test=(300, 250)).iloc[0]
    assert size_caveats.other_interval(row) == "0.700–0.980"
    assert size_caveats.other_interval(performance(test=(400, 200)).iloc[0]) == ""
    table = pd.DataFrame(
        {"characteristic": ["Rim"], "n": 124, "events": 110, "parameters": [3]}
    ).assign(retained="yes", vif_retained=1.0)
    (few,) = radiology_caveats.of_selection({"CT": table})
    assert "4.7 patients of the rarer outcome" in few
