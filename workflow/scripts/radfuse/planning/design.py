"""The design of a study as its figure tells it: steps, and which needs which, from the rules."""

from radfuse.formatting import COHORT_NAMES, listed, model_label
from radfuse.planning import targets
from radfuse.planning.rule_graph import Edges, reduced
from radfuse.planning.study import Study

# The steps, and the rules that each of them stands for: every rule has its place. Those without
# any are what the study brings.
STEPS: dict[str, tuple[str, ...]] = {
    "patients": (),
    "readings": (),
    "tables": (),
    "given": (),
    "images": ("simulate_image",),
    "cohorts": (
        *("split_cohort", "select_training", "collect_readings"),
        "collect_training_readings",
    ),
    "description": (
        *("describe_baseline", "describe_split", "describe_external", "measure_agreement"),
    ),
    "regions": ("resample_roi", "inspect_images"),
    "network": ("download_weights", "export_backbone"),
    "finetuning": ("finetune_backbone",),
    "features": (
        *("extract_features", "extract_features_cuda", "assemble_features", "assemble_training"),
        *("import_features", "import_training"),
    ),
    "stability": ("measure_stability",),
    "R": ("fit_radiology",),
    "DLRS": ("fit_score",),
    "DLRR": ("fit_combined",),
    "fused": ("fit_fused",),
    "crossfit": ("crossfit_score", "fit_crossfit"),
    "predictions": ("predict",),
    "performance": (
        *("evaluate_performance", "compare_models", "compare_cohorts", "compare_centers"),
        *("compare_subgroups", "measure_calibration", "measure_net_benefit"),
    ),
    "explanation": ("explain_model", "tabulate_nomogram"),
    "optimism": ("measure_optimism", "measure_sample_size"),
    "controls": (
        *("cut_controls", "extract_controls", "extract_controls_cuda", "assemble_controls"),
        *("assemble_training_controls", "fit_control", "compare_controls"),
    ),
    "resampling": ("validate_resample", "collect_resamples"),
    "report": (
        *("draw_contact_sheet", "plot_calibration", "plot_cohort_flow", "plot_controls"),
        *("plot_cost", "plot_decision_curve", "plot_design", "plot_examples", "plot_forest"),
        *("plot_learning_curves", "plot_nomogram", "plot_resampling", "plot_roc", "plot_score"),
        *("plot_shap", "plot_shap_waterfall", "plot_stability", "reconcile_counts"),
        *("record_provenance", "measure_cost", "format_tables", "write_draft"),
        *("fill_checklists", "write_report"),
    ),
}
PLACES = {rule: step for step, rules in STEPS.items() for rule in rules}


def brought(study: Study, path: str, rule: str) -> str:
    """The step that a file of the study's own stands for; of settings there is none."""
    sheets = study.sheets
    if path in (sheets["patients"], sheets["images"]):
        return "patients"
    if path == sheets["radiology"]:
        return "readings"
    if path in (path for tables in study.own_features.values() for path in tables.values()):
        return "tables"
    if study.applies and path in targets.models(study):
        return "given"
    return "images" if PLACES[rule] in ("regions", "controls") else ""


def arrows(study: Study, edges: Edges, given: Edges) -> list[tuple[str, str]]:
    """Which step needs which, sorted, without what longer ways say already."""
    steps = {(PLACES[a], PLACES[b]) for a, b in edges}
    steps |= {(brought(study, path, rule), PLACES[rule]) for path, rule in given}
    return sorted(reduced({(a, b) for a, b in steps if a and a != b}))


def labels(study: Study) -> dict[str, tuple[str, str]]:
    """The title of every step, and what it is in this study."""
    config = study.config
    stability = config["stability"]
    named = ", ".join(study.modalities)
    positive = ", ".join(map(str, config["outcome"]["positive"]))
    sequences = [
        f"{name}: {', '.join(study.modalities[name]['sequences'])}"
        for name in study.imaged_modalities
    ]
    clinical = "clinical data by outcome" if study.clinical else ""
    readers = "agreement of two readers" if study.read_modalities else ""
    score = config["score"]
    kept = (
        f"{score['components']} principal components"
        if score["components"]
        else f"principal components ({100 * score['variance']:g}% of variance)"
    )
    limit = "lower 95% limit of the " if stability["by"] == "lower" else ""
    steady = f"{limit}{stability['form']} ≥ {stability['threshold']:g} within and between readers"
    return {
        "patients": ("Patients", f"{config['outcome']['column']}: {positive} against the rest"),
        "readings": ("Readings", f"by radiologists: {', '.join(study.read_modalities)}"),
        "tables": ("Features from tables", ", ".join(study.own_features)),
        "given": ("Given models", "another study’s, as they are: nothing is fitted"),
        "images": ("Images with outlines", "\n".join(sequences)),
        "cohorts": (
            "Cohorts",
            ", ".join(COHORT_NAMES[name].removesuffix(" cohort").lower() for name in study.cohorts),
        ),
        "description": (
            "Description",
            "\n".join(filter(None, [clinical, readers])) or "of the patients",
        ),
        "regions": (
            "Regions of interest",
            f"{config['roi']['spacing_mm']:g} mm voxels, largest slice, "
            f"{config['roi']['margin_mm']:g} mm margin, checked",
        ),
        "network": (
            "Network",
            f"{config['backbone']['architecture']}, pretrained",
        ),
        "finetuning": ("Fine-tuning", "one network per sequence, training cohort alone"),
        "features": (
            "Deep features" if study.imaged_modalities else "Features",
            "of every sequence and outline" if study.imaged_modalities else named,
        ),
        "stability": (
            "Stable features",
            steady if study.assessed_modalities else "not assessed: no second outlines",
        ),
        "R": ("R", "radiological model of each modality: univariate, then stepwise"),
        "DLRS": ("DLRS", f"score of each modality: {kept}, LASSO"),
        "DLRR": ("DLRR", "R and DLRS of each modality combined"),
        "fused": ("Fused model", f"of {listed(list(map(model_label, study.top_models)))}"),
        "crossfit": ("Cross-fitting", "all models again, on scores of left-out folds"),
        "predictions": ("Predictions", "of every model, for every patient"),
        "performance": (
            "Performance",
            "AUC, DeLong tests, rates, calibration, net benefit",
        ),
        "explanation": (
            "Explanation",
            "SHAP values, nomograms" if study.final_model else "nomograms",
        ),
        "optimism": ("Optimism and size", "bootstrap, patients required"),
        "controls": ("Negative controls", "shuffled lesions, tissue beside them"),
        "resampling": (
            "Resampling",
            f"everything built anew on {study.resamples} other divisions",
        ),
        "report": ("Report", "figures, tables, manuscript, checklists, provenance"),
    }


def design(study: Study, edges: Edges, given: Edges) -> dict:
    """What the figure shows: `boxes` ({step: (title, text)}) and `arrows` between them."""
    drawn = arrows(study, edges, given)
    steps = {step for pair in drawn for step in pair}
    return {
        "boxes": {step: text for step, text in labels(study).items() if step in steps},
        "arrows": drawn,
    }
