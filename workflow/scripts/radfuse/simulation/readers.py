"""Simulated readers: masks that differ from the lesion as a second outline does from a first."""

import numpy as np

# Dice coefficients with the truth (reader 1) and with reader 1's mask (the others)
AGREEMENT = {"reader1": (0.955, 0.98), "repeat": (0.925, 0.965), "reader2": (0.86, 0.925)}


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """2 |A and B| / (|A| + |B|) of two boolean masks; 1 where both are empty."""
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else 1.0


def redraw(distance: np.ndarray, wobble: np.ndarray, agreement: float) -> np.ndarray:
    """A surface near the given one whose inside overlaps with its by the wanted Dice.

    `distance` is signed, in mm, negative inside; `wobble` a smooth random field of the same shape.
    The surface is pushed along the field, and how far is found by bisection (up to 12 mm per unit
    of the field; voxels may not allow the exact value). Returns the new signed distance.
    """
    original = distance < 0
    low, high = 0.0, 12.0
    for _ in range(9):
        middle = (low + high) / 2
        if dice(original, distance + np.float32(middle) * wobble < 0) > agreement:
            low = middle
        else:
            high = middle
    return distance + np.float32(low) * wobble


def read_masks(
    distance: np.ndarray, wobbles: dict[str, np.ndarray], random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Masks (uint8) of reader 1, its repeat and reader 2 from the lesions' signed distance (mm).

    `wobbles` holds a smooth random field of variance about 1 per reader. The repeat and reader 2
    are redrawn from reader 1's outline, the second farther from it.
    """
    targets = {reader: random.uniform(*limits) for reader, limits in AGREEMENT.items()}
    outlines = {"reader1": redraw(distance, wobbles["reader1"], targets["reader1"])}
    for reader in ("repeat", "reader2"):
        outlines[reader] = redraw(outlines["reader1"], wobbles[reader], targets[reader])
    return {reader: (outline < 0).astype(np.uint8) for reader, outline in outlines.items()}
