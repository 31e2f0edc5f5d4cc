"""What stands below each figure, in the report and in the manuscript."""

from radfuse.formatting import model_label

CAPTIONS = {
    "cohort_flow": "The patients from registration to analysis.",
    "design": "The steps of the study and which needs which. An arrow that follows from others is "
    "left out; lines that cross without a dot are not joined.",
    "examples": "Typical lesions with the outline of reader 1; a row per patient. The white "
    "square is what the network sees.",
    "learning_curves": "Fine-tuning of the network on the training cohort, a network per sequence: "
    "weighted cross-entropy by epoch.",
    "roc_train": "ROC curves in the training cohort: apparent performance. Of curves that coincide "
    "the last is seen.",
    "roc_test": "ROC curves in the test cohort; markers are the training cohort’s thresholds. Of "
    "curves that coincide the last is seen.",
    "roc_external": "ROC curves in the external cohort; markers are the training cohort’s "
    "thresholds. Of curves that coincide the last is seen.",
    "calibration": "Observed against predicted probability: groups with 95% CIs, and, where there "
    "are five patients of each outcome, the smooth curve of each model, with its pointwise 95% "
    "band for the fullest model of a panel; the diagonal is perfect calibration.",
    "decision_curve": "Decision curves: net benefit over the threshold probability, with the "
    "pointwise 95% bootstrap interval of the last model.",
    "forest": "AUC with its 95% CI, of all patients and by centre or subgroup, published "
    "protocol. The larger a square, the more patients; dotted: all patients of the cohort. P of a "
    "subgroup’s variable: whether the AUC differs between its levels (Cochran’s Q, Holm).",
    "resampling": "Test AUC (a), calibration slope (b) and, where models are compared, differences "
    "between AUCs (c) on other divisions of the patients; slopes beyond the panel are triangles at "
    "its border.",
    "negative_controls": "One lesion’s patch, its voxels in random order and the tissue beside it "
    "(a patient with the outcome, each modality’s first sequence), and the AUCs of the scores that "
    "are built from such patches of all patients.",
    "shap_summary": "SHAP values of the final model: a point is a patient.",
    "shap_importance": "Mean absolute SHAP value of each covariate of the final model.",
}
# those of one modality, model or patient, whose name stands at the end of the file's
KINDS = {
    "roc": "ROC curves of the {} models.",
    "stability": "{}: ICCs of the features, intra-reader above and inter-reader below the axis; "
    "bars are filled where the threshold is reached.",
    "score": "The score of {}: (a) cross-validated deviance over the penalty; (b) the components’ "
    "coefficients, in colour those that the used penalty selects; (c) the patients’ scores. Those "
    "of the training cohort are apparent: the score was fitted on them.",
    "nomogram": "Nomogram of the model {}.",
    "shap_waterfall": "How the final model comes to its probability for {}.",
}


def caption(figure: str) -> str:
    """The caption of a figure by the name of its file: `roc_test`, `nomogram_DLRR_CT`. One that
    nobody described is called by its name."""
    if figure in CAPTIONS:
        return CAPTIONS[figure]
    for kind, text in KINDS.items():
        if figure.startswith(f"{kind}_"):
            of = figure.removeprefix(f"{kind}_")
            return text.format(model_label(of) if kind == "nomogram" else of)
    return figure.replace("_", " ").capitalize() + "."
