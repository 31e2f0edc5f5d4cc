"""The Methods of a run in sentences, from the readings to the statistics."""

from collections.abc import Mapping

import pandas as pd

from radfuse.formatting import listed, model_label
from radfuse.inputs.cohort import OUTCOME
from radfuse.manuscript.references import cite
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph
from radfuse.modelling.models import CROSSFIT, correctable, repeated
from radfuse.report.center_caveats import untested


def readings(run: Run) -> Section:
    """Radiologists' readings and the radiological model."""
    radiology = run.config["radiology"]
    agreement = [name for name in run.results.frames if name.startswith("reader_agreement_")]
    told = paragraph(run.stated("readers"))
    if agreement:
        told += paragraph(
            f"The agreement of the two readers was measured by Cohen’s kappa{cite('cohen1960')}, "
            f"with quadratic weights where the levels are ordered{cite('cohen1968')}, and by "
            f"ICC(2,1){cite('shrout1979')} for measurements."
        )
    if run.read and not run.applied:
        missing = (
            "A blank characteristic took the training cohort’s most frequent level, or the median "
            "of a measurement, before the fit."
            if radiology["missing"] == "impute"
            else "Each fit used the patients who had all of its characteristics."
        )
        told += paragraph(
            f"The radiological model (R) of a modality used the readings of reader "
            f"{radiology['reader']}. Each characteristic was entered into a univariate logistic "
            "regression in the training cohort; ordered levels were entered as numbers, and a "
            "nominal characteristic as a whole. Those with P < "
            f"{radiology['p_enter']:g} (Wald’s test; the likelihood ratio’s of a nominal "
            "characteristic) entered a stepwise search by Akaike’s information criterion"
            f"{cite('akaike1974')} (direction: {radiology['direction']}, from the model of "
            f"{'none' if radiology['direction'] == 'forward' else 'all'} of them; of equal moves "
            "the first in the dictionary), and those with P < "
            f"{radiology['p_stay']:g} there were refitted as R.",
            missing,
            "Odds ratios are given with profile-likelihood 95% confidence intervals"
            f"{cite('venzon1988')}. Where the outcome separates the data or nearly so, Firth’s "
            f"penalised likelihood{cite('firth1993', 'heinze2002')} and its likelihood ratio test "
            "were used, and the estimates are marked; the criterion took the likelihood’s supremum "
            "there.",
        )
    return Section("Radiological characteristics", told)


def models(run: Run) -> Section:
    """Combined and fused models, and the second protocol."""
    names = list(run.results.models)
    told = []
    combined = [name for name in names if name.startswith("DLRR_")]
    if combined and not run.applied:
        told += paragraph(
            "The combined model (DLRR) of a modality is a logistic regression on the "
            "characteristics of R and the DLRS."
        )
    if "fused" in names and not run.applied:
        told += paragraph(
            "The fused model is a logistic regression on the linear predictors of the modalities’ "
            "fullest models."
        )
    if told:
        told[0] = f"The design follows Cheng et al.{cite('cheng2025')}. {told[0]}"
    firth = [name for name, model in run.results.models.items() if "Firth" in model["method"]]
    if not run.read and not run.applied and firth:
        told += paragraph(
            "Where the outcome separates the data, Firth’s penalised likelihood"
            f"{cite('firth1993', 'heinze2002')} was used: for {listed([*map(model_label, firth)])}."
        )
    if CROSSFIT in run.results.protocols:
        validation = run.config["validation"]
        told += paragraph(
            "A score that was fitted on the training patients fits them too well, and models that "
            "are built on it lean on it too much. Beside this published protocol every model was "
            "therefore fitted on cross-fitted scores too: each training patient’s DLRS came from "
            f"fits without that patient’s fold ({validation['crossfit_folds']} folds, or as many "
            f"as the smaller class has patients; seed {validation['seed']}), in which the "
            f"{'stability filter, ' * run.steady}standardisation, components, penalty and LASSO "
            "were learnt anew; the scores of all folds were brought to one level.",
            "The characteristics of R were those selected on all training patients: in these "
            "models, too, they fit them too well." * run.read,
        )
    return Section("Combined and fused models", told)


def in_subgroups(table: pd.DataFrame) -> str:
    """How models were evaluated in subgroups; `table`: results/tables/subgroups.tsv."""
    names = listed(list(dict.fromkeys(table["variable"])))
    if table["p"].isna().all():
        return f"In the levels of {names} every model was evaluated apart."
    return (
        f"In the levels of {names} every model was evaluated apart, and its AUCs were compared "
        f"between them by Cochran’s Q{cite('cochran1954')} with DeLong’s variances; P was adjusted "
        "by Holm’s method for all models and variables of a cohort."
    )


def between_centers(effects: pd.DataFrame) -> str:
    """`effects`: results/tables/center_effects.tsv."""
    told = ["Every model was also evaluated in each centre."]
    methods = effects.loc[(effects["tested"] == OUTCOME) & effects["p"].notna(), "method"]
    if len(methods):
        names = [f"{'the ' * name[0].islower()}{name} test" for name in methods.unique()]
        told.append(f"Whether the outcome differs between centres was tested by {listed(names)}.")
    asked = "Whether log odds differ between centres among patients of the same outcome"
    reason = untested(effects)
    told.append(
        f"{asked} could not be tested ({reason})."
        if reason
        else f"{asked} was tested by analysis of covariance, P adjusted for all models of a cohort "
        "by Holm’s method."
    )
    return " ".join(told)


def comparisons(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """How AUCs were compared, as far as there was anything to compare."""
    told = []
    if len(frames.get("delong", ())):
        told.append(
            "AUCs on the same patients were compared by DeLong’s paired test, two-sided, with P "
            "adjusted for all pairs of a cohort by Holm’s method"
            f"{cite('holm1979')} beside the raw one."
        )
    if len(frames.get("delong_cohorts", ())):
        told.append("AUCs of two cohorts were compared by DeLong’s unpaired test.")
    return told


def bootstrapped(run: Run) -> str:
    """Of which AUCs the optimism was found, and how; "" where of none."""
    names, validation = list(run.results.models), run.config["validation"]
    of = "in the training cohort"
    if run.scored:
        crossfitted = CROSSFIT in run.results.protocols
        names = correctable(names, crossfitted)
        of += " on cross-fitted scores" if crossfitted else " of the radiological models"
    if not names:
        return ""
    return (
        f"The optimism of the AUCs {of} was estimated by Harrell’s bootstrap{cite('harrell1996')} "
        f"({validation['bootstrap_models']} resamples, seed {validation['seed']}), which repeated "
        f"{listed(repeated(names))}."
    )


def evaluation(run: Run) -> Section:
    validation, frames = run.config["validation"], run.results.frames
    told = paragraph(
        "Discrimination is given as the area under the receiver operating characteristic curve "
        f"(AUC) with DeLong’s 95% confidence interval{cite('delong1988')}, and Newcombe’s"
        f"{cite('newcombe2006')} where an AUC is exactly 0 or 1 or a class has one patient; of the "
        "final model in a cohort of few patients both are given. "
        "Accuracy, sensitivity, specificity and predictive values, with Wilson’s intervals"
        f"{cite('wilson1927')}, and F1, with percentiles of {validation['bootstrap']} bootstrap "
        "resamples, were computed at the threshold that maximises Youden’s index"
        f"{cite('youden1950')} in the training cohort.",
        *comparisons(frames),
    )
    told += paragraph(
        "Calibration was assessed by the intercept and slope of logistic recalibration"
        f"{cite('cox1958')}, in the large, in {validation['calibration_groups']} groups of "
        f"predicted risk, and by a restricted cubic spline{cite('austin2020')} with three knots "
        f"and its integrated calibration index{cite('austin2019')}; overall error by the Brier "
        f"score{cite('brier1950')}. Clinical usefulness was assessed by decision curves"
        f"{cite('vickers2006')} with percentile bands of {validation['bootstrap']} bootstrap "
        "resamples."
    )
    optimism = bootstrapped(run) if "optimism" in frames else ""
    resampling = ""
    given = listed(["features"] * run.scored + ["readings"] * run.read)
    if not run.results.frame("resampling").empty:
        resampling = (
            f"On {validation['resamples']} other divisions of the patients all models were built "
            f"anew, with every choice that follows the {given}, and judged on the test part."
        )
    controls = ""
    if "negative_controls" in frames:
        controls = (
            "As negative controls every score was also built, on the features that were stable in "
            "the lesions, from the lesions with their voxels in random order and from tissue of "
            "the same size beside them, where the images have it, and their AUCs were compared "
            "with the lesions’ in the same patients."
        )
    centers = between_centers(frames["center_effects"]) if "center_effects" in frames else ""
    subgroups = in_subgroups(frames["subgroups"]) if "subgroups" in frames else ""
    size = ""
    if "sample_size" in frames:
        size = (
            "The sizes that models of so many candidate parameters need were computed by the "
            f"criteria of Riley et al.{cite('riley2020', 'vansmeden2019')}."
        )
    told += paragraph(optimism, resampling, centers, subgroups, controls, size)
    if any(name.startswith("nomogram_") for name in frames):
        told += paragraph("Nomograms were drawn from the coefficients of the fullest models.")
    if "shap" in frames:
        told += paragraph(
            "The final model was explained by exact SHAP values"
            f"{cite('lundberg2017')} over its original covariates, in log odds relative to the "
            "training cohort’s mean."
        )
    return Section("Statistical analysis", told)
