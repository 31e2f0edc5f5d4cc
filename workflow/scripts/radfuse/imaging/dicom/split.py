"""Which slices of a DICOM series belong to one volume."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from radfuse.imaging.dicom.attributes import TOLD_APART
from radfuse.imaging.dicom.slices import Slice
from radfuse.imaging.dicom.stack import SAME_MM, distances


def levels(along: np.ndarray) -> np.ndarray:
    """The rank of each slice's position (mm), the same for slices at the same position."""
    order = np.argsort(along, kind="stable")
    rank = np.empty(len(along), int)
    rank[order] = np.concatenate([[0], np.cumsum(np.diff(along[order]) > SAME_MM)])
    return rank


def split(slices: Sequence[Slice]) -> dict[str, list[Slice]]:
    """The volumes of a series by their names (`b800`), in the order of `TOLD_APART`'s values.

    Slices that lie at the same positions are told apart by as few attributes as do; an attribute
    that has more values than there are slices at a position varies within a volume, and tells
    nothing. Slices that nothing tells apart stay together.
    """
    at = levels(distances(slices)).tolist()
    most = max(Counter(at).values())
    keys: list[tuple] = [()] * len(slices)
    used: list[str] = []
    b_values = {each.told_apart["b-value"] for each in slices}
    if len(b_values) == 1 and None not in b_values:  # named by it all the same
        keys, used = [tuple(b_values)] * len(slices), ["b-value"]
    for name in TOLD_APART:
        tried = [(*key, each.told_apart[name]) for key, each in zip(keys, slices, strict=True)]
        tells = len(set(zip(at, tried, strict=True))) > len(set(zip(at, keys, strict=True)))
        if tells and len(set(tried)) <= most:
            keys, used = tried, [*used, name]
    volumes: dict[tuple, list[Slice]] = {}
    for key, each in sorted(zip(keys, slices, strict=True), key=lambda pair: ordered(pair[0])):
        volumes.setdefault(key, []).append(each)
    return {volume_name(used, key): stack for key, stack in volumes.items()}


def ordered(key: tuple) -> list[tuple]:
    """A key by which numbers, words and nothing can be sorted: nothing first, words last."""
    return [
        (0, 0.0, "")
        if value is None
        else (2, 0.0, value)
        if isinstance(value, str)
        else (1, value, "")
        for value in key
    ]


def volume_name(used: Sequence[str], key: tuple) -> str:
    parts = []
    for name, value in zip(used, key, strict=True):
        text = f"{value:g}" if isinstance(value, float) else value
        parts.append(f"b{text}" if name == "b-value" and value is not None else f"{name} {text}")
    return " ".join(parts)
