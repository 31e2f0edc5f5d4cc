"""Models of a finished study, applied to other patients: which can be, and are the patients'
features and readings what the models were built on?

A weight means something for one feature only: that of one network on one crop. What decides that is
in the model (`features`, and the levels of its characteristics), and is compared.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

import pandas as pd

from radfuse.errors import StudyError
from radfuse.formatting import listed, model_label
from radfuse.inputs.radiology import Characteristic
from radfuse.modelling.models import digest, model_names, parts

# what is cut out; the other keys of `roi` say which masks are accepted
CUT = ("spacing_mm", "margin_mm", "box", "background", "channels", "neighbour_mm")
NETWORK = ("architecture", "weights_sha256", "input")


def positive_where(outcome: Mapping) -> str:
    """`pathology = iCCA or CHC`."""
    return f"{outcome['column']} = {' or '.join(outcome['positive'])}"


def other_outcomes(models: Iterable[Mapping], outcome: Mapping) -> list[str]:
    """What models predict that call other values positive than a study does."""
    theirs = {
        positive_where(model["outcome"]): None
        for model in models
        if sorted(model["outcome"]["positive"]) != sorted(outcome["positive"])
    }
    return [
        f"The models predict {each}, and here {positive_where(outcome)} counts as positive. If "
        "that is not the same outcome, every measure is of something else."
        for each in theirs
    ]


def altered(models: Iterable[Mapping]) -> list[str]:
    """Models whose files say something else than when they were written."""
    names = [model["model"] for model in models if model.get("digest") not in (None, digest(model))]
    if not names:
        return []
    return [
        f"The files of {listed(list(map(model_label, names)))} are not as they were written: "
        "something in them was changed since, or by another program, and these are results of the "
        "changed models."
    ]


def fictitious(models: Iterable[Mapping]) -> list[str]:
    """That models were fitted on simulated patients, where any were."""
    if not any(model.get("simulated") for model in models):
        return []
    return ["The models were fitted on simulated patients: what they predict means nothing."]


def absent(models: Collection[str]) -> list[str]:
    """The models that a study with these ones has, and that are not there."""
    kinds = [name.partition("_") for name in models if name != "fused"]
    modalities = list(dict.fromkeys(modality for _, _, modality in kinds))
    read = [modality for kind, _, modality in kinds if kind in ("R", "DLRR")]
    scored = [modality for kind, _, modality in kinds if kind in ("DLRS", "DLRR")]
    return [name for name in model_names(modalities, read, scored) if name not in models]


def strange_measures(model: Mapping, readings: pd.DataFrame) -> list[str]:
    """Measurements of which most lie outside the model's training cohort: in another unit?

    `readings`: patients x characteristics of the model's modality.
    """
    found = []
    for each in model["covariates"]:
        if "range" not in each or each["name"] not in readings:
            continue
        values = pd.to_numeric(readings[each["name"]], errors="coerce").dropna()
        low, high = each["range"]
        outside = int(((values < low) | (values > high)).sum())
        if 2 * outside > len(values):
            found.append(
                f"{each['name']}: {outside} of {len(values)} values lie outside {low:g} to "
                f"{high:g}, all there was in the model's training cohort"
            )
    return found


def hindrance(
    model: Mapping,
    models: Mapping[str, Mapping],
    read: Sequence[str],
    scored: Sequence[str],
    order: Sequence[str],
) -> str:
    """What a study lacks to apply one of `models`; "" where it has everything.

    `read` are the modalities with readings, `scored` those with features, `order` all of them.
    """
    modality = model["modality"]
    sources = {each["source"] for each in model["covariates"]}
    if modality and modality not in order:
        return f"the config has no modality {modality}"
    if "radiology" in sources and modality not in read:
        return f"no readings of {modality}"
    if "score" in sources and modality not in scored:
        return f"no features of {modality}"
    lacking = [p for p in parts(model) if hindrance(models[p], models, read, scored, order)]
    return f"made of {', '.join(lacking)}" if lacking else ""


def applicable(
    models: Mapping[str, Mapping], read: Sequence[str], scored: Sequence[str], order: Sequence[str]
) -> dict[str, dict]:
    """The models that a study has everything for, in the order of fitting (see `hindrance`)."""
    return {
        name: dict(models[name])
        for name in model_names(order, order, order)
        if name in models and not hindrance(models[name], models, read, scored, order)
    }


def left_out(
    models: Mapping[str, Mapping], read: Sequence[str], scored: Sequence[str], order: Sequence[str]
) -> dict[str, list[str]]:
    """The models that something hinders (see `hindrance`), by what does."""
    found: dict[str, list[str]] = {}
    for name, model in models.items():
        reason = hindrance(model, models, read, scored, order)
        if reason:
            found.setdefault(reason, []).append(name)
    return found


def different(place: str, theirs: Mapping, ours: Mapping, keys: Sequence[str]) -> list[str]:
    """`place.key: ... in the model, ... here` for every key with two values."""
    pairs = ((key, theirs.get(key), ours.get(key)) for key in keys)
    return [
        f"{place}.{key}: {json.dumps(there)} in the model, {json.dumps(here)} here"
        for key, there, here in pairs
        if there != here
    ]


def different_features(theirs: Mapping, ours: Mapping) -> list[str]:
    """Where the config makes other features than a DLRS model's (see `Study.features_made_of`)."""
    if ("roi" in theirs) != ("roi" in ours):
        return ["features: of images on one side, of a table on the other"]
    if "roi" not in theirs:
        return []
    return [
        *different("modalities", in_order(theirs), in_order(ours), ["sequences"]),
        *different("intensity", theirs["intensity"], ours["intensity"], list(theirs["intensity"])),
        *different("roi", theirs["roi"], ours["roi"], CUT),
    ]


def in_order(made_of: Mapping) -> dict:
    """Features are named by their sequences, whose order in the config means nothing."""
    return {"sequences": sorted(made_of["sequences"])}


def entries_for(model: Mapping, dictionary: Sequence[Characteristic]) -> dict[str, Characteristic]:
    """The characteristics that the dictionary defines for a model's modality, by name."""
    return {each["name"]: each for each in dictionary if model["modality"] in each["modalities"]}


def different_levels(model: Mapping, dictionary: Sequence[Characteristic]) -> list[str]:
    """The model's characteristics that the dictionary lacks or codes otherwise."""
    entries, found = entries_for(model, dictionary), []
    for covariate in model["covariates"]:
        if covariate["source"] != "radiology":
            continue
        name = covariate["name"].partition("=")[0]
        if name not in entries:
            found.append(f"{name}: a covariate of the model, not among the readings here")
            continue
        found += different(name, covariate, entries[name], ["type", "levels"])
    return list(dict.fromkeys(found))


def other_measures(model: Mapping, dictionary: Sequence[Characteristic]) -> list[str]:
    """Measurements that the dictionary calls otherwise than the model: in another unit?"""
    entries = entries_for(model, dictionary)
    return [
        f"{each['name']} is '{each['label']}' in the model, '{entry['label']}' here"
        for each in model["covariates"]
        if each["source"] == "radiology"
        and (entry := entries.get(each["name"]))
        and entry["type"] == "continuous"
        and entry["label"] != each["label"]
    ]


def refusal(model: Mapping, differences: Sequence[str]) -> list[str]:
    """E27, once per model; nothing where there is no difference."""
    if not differences:
        return []
    return [
        f"E27 model: {model['model']} was not built on what it would be applied to: "
        f"{'; '.join(differences)}. Take the settings of the study that it comes from."
    ]


def check_columns(models: Sequence[Mapping], features: Mapping[str, pd.DataFrame]) -> None:
    """Whether every feature with a weight is there (patients x features, by modality).

    Raises StudyError E27 with every model that misses any.
    """
    problems = []
    for model in models:
        weights = model.get("score", {}).get("weights", {})
        here = features[model["modality"]] if weights else ()
        lacking = [name for name in weights if name not in here]
        if lacking:
            told = f"{len(lacking)} of {len(weights)} features are not here, {lacking[0]} for one"
            problems += refusal(model, [told])
    if problems:
        raise StudyError(*problems)


def check_networks(models: Sequence[Mapping], backbone: Mapping) -> None:
    """Whether features come from the network that the models' features came from.

    `backbone` is this study's record (results/backbone/backbone.json). Raises StudyError E27 with
    every model that has another.
    """
    problems = []
    for model in models:
        theirs = model.get("features", {}).get("backbone")
        if theirs:
            problems += refusal(model, different("backbone", theirs, backbone, NETWORK))
    if problems:
        raise StudyError(*problems)
