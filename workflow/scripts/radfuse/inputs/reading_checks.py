"""What the sheet of readings may hold."""

from collections.abc import Sequence

import pandas as pd

from radfuse.inputs.checks import (
    MANY,
    check_columns,
    check_members,
    check_numbers,
    check_unique,
)

RADIOLOGY_KEYS = ["patient", "modality", "reader"]


def check_radiology(
    radiology: pd.DataFrame,
    path: str,
    dictionary: Sequence[dict],
    patients: Sequence[str],
    modalities: Sequence[str],
) -> list[str]:
    """Problems of radiology.tsv: columns, readers, codes, values outside a modality."""
    names = [entry["name"] for entry in dictionary]
    known = [*RADIOLOGY_KEYS, *names]
    home = "the dictionary of characteristics"
    problems = check_columns(radiology, path, RADIOLOGY_KEYS, known, home)
    if not set(RADIOLOGY_KEYS) <= set(radiology.columns):
        return problems
    problems += check_unique(radiology, path, RADIOLOGY_KEYS)
    problems += check_members(radiology, path, patients, modalities)
    defined = {modality for entry in dictionary for modality in entry["modalities"]}
    filled = (radiology[[name for name in names if name in radiology]] != "").any(axis=1)
    unknown = sorted(set(radiology.loc[filled, "modality"]) & set(modalities) - defined)
    problems += [
        f"E05 value: {path}: modality {name}: {home} defines characteristics for "
        f"{', '.join(sorted(defined))} alone; name the modality alike in both, in the config and "
        "the other sheets too, or take its rows out of this sheet."
        for name in unknown
    ]
    for patient, reader in zip(radiology["patient"], radiology["reader"], strict=True):
        if reader not in ("1", "2"):
            problems.append(f"E05 value: {path}: {patient}: reader '{reader}' is neither 1 nor 2.")
    if not set(names) & set(radiology.columns):
        problems.append(
            f"E02 sheet: {path} has no characteristic's column; add some of {', '.join(names)}, "
            "or leave the sheet out of `sheets:`."
        )
    for entry in (entry for entry in dictionary if entry["name"] in radiology):
        name = entry["name"]
        if entry["type"] == "continuous":
            problems += check_numbers(radiology, path, name, RADIOLOGY_KEYS)
        told_of = (radiology[name] != "") & ~radiology["modality"].isin(unknown)
        read = radiology.loc[told_of, [*RADIOLOGY_KEYS, name]]
        wrong: dict[str, list[str]] = {}
        for patient, modality, reader, code in read.itertuples(index=False, name=None):
            place = f"{patient} {modality} reader {reader}"
            if modality in modalities and modality not in entry["modalities"]:
                reason = f"but the dictionary defines {name} for {', '.join(entry['modalities'])} "
                wrong.setdefault(f"is '{code}', {reason}only; leave it blank", []).append(place)
            elif entry["type"] != "continuous" and code not in entry["levels"]:
                levels = ", ".join(f"{key} ({text})" for key, text in entry["levels"].items())
                wrong.setdefault(f"is '{code}', which is none of {levels}", []).append(place)
        problems += [
            line for told, places in wrong.items() for line in in_few(name, told, places, path)
        ]
    return problems


def in_few(name: str, told: str, places: Sequence[str], path: str) -> list[str]:
    """A line per place, or one for many."""
    if len(places) > MANY:
        rows = f"{len(places)} rows: {', '.join(places[:MANY])} ..."
        return [f"E05 value: {path}: {name} {told} ({rows})."]
    return [f"E05 value: {path}: {place}: {name} {told}." for place in places]
