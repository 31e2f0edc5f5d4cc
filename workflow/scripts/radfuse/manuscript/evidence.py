"""What a study has that items of the checklists ask for."""

from pathlib import Path

from radfuse.planning import targets
from radfuse.planning.study import Study


def artefacts(study: Study) -> list[str]:
    """The files that the items of a checklist may point to, models apart."""
    made = ["results/provenance.json", "results/predictions.tsv", "results/cohort/split.tsv"]
    imaged = ["results/backbone/backbone.json", "results/roi/images.tsv"]
    described = [
        # without clinical variables the baseline table is empty
        *(p for p in targets.tables(study) if study.clinical or Path(p).stem != "baseline"),
        *targets.figures(study),
        *targets.stability(study),
        *targets.matrices(study),
    ]
    printed = [*targets.PRINTED, *targets.DRAFT]
    return [*made, *(imaged if study.imaged_modalities else []), *described, *printed]


def parts(study: Study) -> list[str]:
    """The parts of the study that items of the checklists depend on."""
    kinds = {name.partition("_")[0] for name in study.models}
    scores, fitted = bool(study.scored_modalities), not study.applies
    both = study.split.dropna(subset=["outcome"]).groupby("cohort")["outcome"].nunique() > 1
    has = {
        "images": bool(study.imaged_modalities),
        "own": bool(study.own_features),
        "outlined": bool(study.imaged_modalities or study.own_features),
        "scores": scores,
        "counted": bool(study.imaged_modalities) or fitted,
        "readings": bool(study.read_modalities),
        "fitted": fitted,
        "fitted_scores": scores and fitted,
        "clinical": bool(study.clinical),
        "described": bool(study.clinical or study.read_modalities),
        "developed": fitted and len(study.cohorts) > 1,
        "assessed": bool(study.assessed_modalities),
        "subgroups": bool(study.subgroups),
        "several": len(study.models) > 1,
        "compared": {"R", "DLRS"} <= kinds,
        "test": "test" in study.cohorts,
        "external": "external" in study.cohorts,
        "tested": bool(both.get("test")),
        "tested_elsewhere": bool(both.get("external")) and elsewhere(study),
    }
    return [name for name, present in has.items() if present]


def elsewhere(study: Study) -> bool:
    """Whether the external cohort has a centre of its own, as far as centres are stated."""
    centers = study.centers.replace("", None).groupby(study.split.set_index("patient")["cohort"])
    stated = {cohort: set(own.dropna()) for cohort, own in centers}
    outside = stated.pop("external", set())
    return not outside or bool(outside - set().union(*stated.values()))
