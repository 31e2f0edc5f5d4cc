"""The Methods of a run in sentences: patients, features and scores."""

from collections.abc import Mapping

from radfuse.formatting import count, listed, model_label
from radfuse.manuscript.references import cite
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph

FAMILIES = {"resnet": "he2016", "efficientnet": "tan2019"}


def patients(run: Run) -> Section:
    split = run.config["split"]
    told = paragraph(run.stated("design", "period", "centres", "eligibility", "treatment"))
    told += paragraph(
        f"Patients with {run.results.positive} were positive and those with any other value "
        "negative; patients without one were predicted only.",
        run.stated("ground_truth", "interval"),
    )
    if run.applied:
        return Section(
            "Patients and outcome",
            told
            + paragraph(
                "The models of another study were applied as they were: nothing was fitted, and "
                "their thresholds are those of their own training cohort.",
                *(
                    f"{listed([*map(model_label, names)])} could not be applied ({reason})."
                    for reason, names in run.provenance["models_left_out"].items()
                ),
            ),
        )
    if any(cohort != "train" for cohort in run.results.cohorts):
        told += paragraph(
            "Patients whom the study had assigned to a cohort, if any, stayed there; of all others "
            f"{100 * split['test_fraction']:g}% of each outcome class were assigned to the test "
            f"cohort, once and at random (seed {split['seed']}). All that follows was learnt on "
            "the training cohort alone and applied to the other patients unchanged."
        )
    else:
        told += paragraph("All patients with an outcome were in the training cohort.")
    told += paragraph("In no regression was an outcome weighted or resampled.")
    told += paragraph(run.stated("clinical_data"))
    return Section("Patients and outcome", told + paragraph(*groups(run)))


def groups(run: Run) -> list[str]:
    """Which groups of patients were compared, and how."""
    frames = run.results.frames
    clinical = ["clinical variables"] * any(run.config["clinical"].values())
    read = ["radiological characteristics"] * any(n.startswith("split_balance_") for n in frames)
    compared = []
    if clinical:
        compared.append(
            "Clinical variables were compared between patients with and without the outcome."
        )
    if read:
        compared.append(
            "Radiological characteristics were compared between the training and the test cohort."
        )
    if "external_balance" in frames:
        shared = listed(["the outcome", *clinical, *read])
        compared.append(f"The external and the training cohort were compared in {shared}.")
    if not compared:
        return []
    return [
        *compared,
        "Numeric values were compared by Welch’s t test where both groups passed the Shapiro-Wilk "
        "test and by the Mann-Whitney test where not (exact in groups of fewer than 50 without "
        "ties), categorical ones by the chi-square test (with Yates’s correction for two levels), "
        "or by Fisher’s exact test where an expected count was below 5. Beside P stands the "
        f"absolute standardised mean difference{cite('austin2009')}.",
    ]


def features(run: Run) -> Section:
    """The network, the stability filter and the score."""
    config, score, stability = run.config, run.config["score"], run.config["stability"]
    told = []
    network = run.provenance["backbone"]
    if network:
        family = [key for name, key in FAMILIES.items() if name in network["architecture"]]
        size = network["input"]
        packaged = config["backbone"]["weights"] == "packaged"
        imagenet = f", pretrained on ImageNet{cite('deng2009')}" if packaged else ""
        told += paragraph(
            f"Deep features were the {count(size['features'])} pooled activations of "
            f"{network['architecture']}{cite(*family) if family else ''} (weights: "
            f"{network['weights']}{imagenet}) for inputs of {size['height']} × {size['width']} "
            "pixels, one set per sequence and outline.",
            finetuning(config["backbone"]),
        )
    own = [modality["name"] for modality in config["modalities"] if modality["features"]]
    if own:
        told += paragraph(
            f"The features of {listed(own)} came from tables of the study’s own. Patients without "
            "a value of a feature that a score uses have no score: no fit that rests on it had "
            "them, and they have no probability of it."
        )
    if not run.scored or run.applied:
        return Section("Features and scores", told)
    limit = "lower 95% limit of the " if stability["by"] == "lower" else ""
    told += paragraph(
        "Lesions that had been outlined again, by the same reader or by a second one, showed which "
        f"features are stable: a feature was dropped where the {limit}intra- or inter-reader "
        f"{stability['form']}{cite('shrout1979')} in the training cohort was below "
        f"{stability['threshold']:g} or undefined."
        if run.steady
        else "Too few lesions had been outlined again to assess the features’ stability; those "
        "that do not vary in the training cohort were dropped."
    )
    kept = (
        f"the first {score['components']} principal components"
        if score["components"]
        else f"as many principal components as explain {100 * score['variance']:g}% of the variance"
    )
    rule = (
        "least cross-validated deviance"
        if score["lambda_rule"] == "min"
        else "the one-standard-error rule"
    )
    score_name = (
        "deep-learning radiomics score (DLRS)"
        if network
        else "radiomics score (DLRS in tables and figures, though no network made its features)"
    )
    scaled = "scaled to unit variance" if score["whiten"] else "kept on their own scale"
    told += paragraph(
        f"For each modality the {'stable ' * run.steady}features"
        f"{' of all its sequences' if network else ''} were standardised and reduced to {kept}, "
        f"which were {scaled}.",
        f"LASSO logistic regression{cite('tibshirani1996')} chose among them, its penalty set by "
        f"{rule} in {folds_used(run)} cross-validation (seed {score['seed']}) over "
        f"{score['n_lambdas']} penalties down to {score['lambda_ratio']:g} of the largest.",
        f"Its linear predictor is the {score_name}; logistic regression on it gives the "
        "probability.",
    )
    return Section("Features and scores", told)


def folds_used(run: Run) -> str:
    """`10-fold`; by modality where a class was too small for as many folds as configured."""
    scores = {
        name: model["score"] for name, model in run.results.models.items() if "score" in model
    }
    folds = {name.removeprefix("DLRS_"): score["folds"] for name, score in scores.items()}
    if len(set(folds.values())) == 1:
        return f"{next(iter(folds.values()))}-fold"
    return listed([f"{number}-fold ({modality})" for modality, number in folds.items()])


def finetuning(backbone: Mapping) -> str:
    if backbone["transfer"] == "frozen":
        return "The network was used as it had been pretrained."
    chosen = backbone["finetune"]
    return (
        "For every sequence it was trained further on the training cohort’s lesions as reader 1 "
        "had outlined them, with class-weighted cross-entropy and AdamW"
        f"{cite('loshchilov2019')} (learning rate {chosen['learning_rate']:g}, weight decay "
        f"{chosen['weight_decay']:g}, batches of {chosen['batch_size']}, at most "
        f"{chosen['epochs']} epochs); the epoch with the least loss on "
        f"{100 * chosen['validation_fraction']:g}% of the training patients was used."
    )
