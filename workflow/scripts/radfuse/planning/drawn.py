"""What the figures of a study show: which models, patients and cohorts."""

from radfuse.inputs.cohort import COHORTS
from radfuse.planning.study import Study


def nomogram_models(study: Study) -> list[str]:
    """The models that the report shows as nomograms: every modality's fullest, and the fusion."""
    return [name for name in study.models if name in study.top_models or name == "fused"]


def examples(study: Study) -> list[str]:
    """The first patient with and the first without the outcome, as typical images: of the training
    cohort, of which there are both, or of the one that models are applied to."""
    first = study.split[study.split["cohort"] == (study.cohorts or [""])[0]]
    return [
        first.loc[first["outcome"] == value, "patient"].iloc[0]
        for value in (1, 0)
        if (first["outcome"] == value).any()
    ]


def example_patient(study: Study) -> str:
    """Whose prediction the report explains: the test cohort's first patient with the outcome, else
    the first training patient with it. Any other patient's figure is a target too."""
    test = study.split[(study.split["cohort"] == "test") & (study.split["outcome"] == 1)]
    return test["patient"].iloc[0] if len(test) else examples(study)[0]


def forest_models(study: Study) -> list[str]:
    """The models in the forest plots: what the study is about. None without a cohort that no model
    was fitted on, or without centres and subgroups to look at apart."""
    apart = (study.several_centers or study.subgroups) and set(study.cohorts) - {"train"}
    return ([study.final_model] if study.final_model else study.top_models) if apart else []


def shows_examples(study: Study) -> bool:
    """Whether there are images of a patient with the outcome and of one without."""
    return bool(study.imaged_modalities) and len(examples(study)) == 2


def roc_panels(study: Study) -> list[str]:
    """The ROC figures: of every cohort, and where models are fitted of every modality's."""
    if study.applies:
        return study.cohorts
    return study.cohorts + [name for name in study.modalities if study.models_of(name)]


def roc_view(study: Study, panel: str) -> dict:
    """What a ROC figure shows: all models in one cohort, or one modality's in train and test."""
    if panel in COHORTS:
        return {"cohort": panel, "models": study.models}
    return {"cohort": "", "models": study.models_of(panel)}
