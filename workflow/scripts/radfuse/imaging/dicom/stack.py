"""Whether DICOM slices lie on one grid."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from radfuse.imaging.dicom.slices import Slice
from radfuse.imaging.volume import by_axes

SAME_MM = 0.01  # slices closer than this lie at the same position
COSINE, SPACING_MM = 1e-3, 1e-3  # how far orientation and pixel spacing may differ
# how far a slice may lie from where regular spacing puts it: files round positions
REGULAR_MM, REGULAR_SHARE = 0.1, 0.2
SHOWN = 5


def named(slices: Sequence[Slice]) -> str:
    """The first names of some slices."""
    names = ", ".join(each.name for each in slices[:SHOWN])
    return names if len(slices) <= SHOWN else f"{names} and {len(slices) - SHOWN} more"


def counted(count: int) -> str:
    return f"{count} slice{'s' * (count != 1)}"


def disagreements(slices: Sequence[Slice]) -> list[str]:
    """Every way in which slices cannot be those of one volume (in any order), with the fix."""
    missing = []
    for attribute, keyword in (
        ("position", "ImagePositionPatient"),
        ("cosines", "ImageOrientationPatient"),
        ("spacing", "PixelSpacing"),
    ):
        without = [each for each in slices if getattr(each, attribute) is None]
        if without:
            missing.append(
                f"has {len(without)} of {len(slices)} images without {keyword} "
                f"({named(without)}); export the original series, not screenshots"
            )
    if missing:
        return missing
    found = []
    for attribute, label, unit, tolerance, fix in (
        ("shape", "rows x columns", "", 0, "export one matrix per series"),
        ("spacing", "pixel spacing", " mm", SPACING_MM, "export one field of view per series"),
        ("cosines", "orientation", "", COSINE, "take out the localizer or the other plane"),
    ):
        values = np.array([getattr(each, attribute) for each in slices], float)
        values = values.reshape(len(slices), -1)
        reference = np.array(Counter(map(tuple, values.round(3))).most_common(1)[0][0])
        off = np.abs(values - reference).max(axis=1) > tolerance + 5e-4
        if off.any():
            odd = [each for each, is_off in zip(slices, off, strict=True) if is_off]
            found.append(
                f"holds slices that differ in {label}: {by_axes(values[off][0])}{unit} in "
                f"{named(odd)}, {by_axes(reference)}{unit} in the {len(slices) - len(odd)} others; "
                f"{fix}"
            )
    return found or not_unit(slices[0])


def not_unit(first: Slice) -> list[str]:
    """Row, column and so their normal must be unit vectors."""
    lengths = np.linalg.norm([*first.cosines, np.cross(*first.cosines)], axis=1)
    if np.abs(lengths - 1).max() < 0.01:
        return []
    return [
        f"has an ImageOrientationPatient ({by_axes(first.cosines.ravel())}) whose row, column and "
        f"normal have a length of {by_axes(lengths)}, not 1; export it again"
    ]


def normal(slices: Sequence[Slice]) -> np.ndarray:
    """The unit normal of parallel slices, row cross column (DICOM PS3.3 C.7.6.2.1.1)."""
    across = np.cross(*slices[0].cosines)
    return across / np.linalg.norm(across)


def distances(slices: Sequence[Slice]) -> np.ndarray:
    """Where slices lie along their normal, in mm."""
    return np.array([each.position for each in slices]) @ normal(slices)


def irregularities(stack: Sequence[Slice], others: Sequence[Slice]) -> list[str]:
    """Every way in which a volume's slices, sorted, are not one per step; with the fix.

    `others` are the slices of all volumes of the series, whose positions must be this one's too.
    """
    along = distances(stack)
    found = copies(stack, along)
    new = np.concatenate([[True], np.diff(along) > SAME_MM])
    once = [each for each, is_new in zip(stack, new, strict=True) if is_new]
    along = along[new]
    lacking = [
        d for d in np.unique(distances(others).round(2)) if np.abs(along - d).min() > 2 * SAME_MM
    ]
    if lacking:
        places = ", ".join(f"{d:.2f}" for d in lacking[:SHOWN])
        found.append(
            f"has {counted(len(once))} of the wanted volume, other volumes of the series have "
            f"{len(lacking)} more (at {places} mm along the normal); export the whole series again"
        )
    elif len(once) > 2:
        found += uneven(once, along)
    return found or sideways(once)


def copies(stack: Sequence[Slice], along: np.ndarray) -> list[str]:
    """Slices at one position."""
    same = np.flatnonzero(np.diff(along) <= SAME_MM)
    if not same.size:
        return []
    pairs = "; ".join(
        f"{stack[i].name} and {stack[i + 1].name} at {along[i]:.2f} mm" for i in same[:SHOWN]
    )
    return [
        f"has {counted(same.size)} at a position that another has, and nothing tells them apart "
        f"({pairs}); take out the copies, or export one volume per series"
    ]


def uneven(stack: Sequence[Slice], along: np.ndarray) -> list[str]:
    """Missing slices, or a spacing that varies; `along` is where they lie, in mm."""
    gaps = np.diff(along)
    mean = (along[-1] - along[0]) / (len(stack) - 1)
    tolerance = min(REGULAR_MM, REGULAR_SHARE * mean)
    if np.abs(along - (along[0] + mean * np.arange(len(stack)))).max() <= tolerance:
        return []
    spacing = float(np.median(gaps))
    steps = np.rint(gaps / spacing)
    tolerance = min(REGULAR_MM, REGULAR_SHARE * spacing)
    if (np.abs(gaps - steps * spacing) <= 2 * tolerance).all() and (steps > 1).any():
        wide = np.flatnonzero(steps > 1)
        where = "; ".join(
            f"{along[i]:.2f} to {along[i + 1]:.2f} mm, {stack[i].name} to {stack[i + 1].name}"
            for i in wide[:SHOWN]
        )
        return [
            f"misses {counted(int((steps - 1).sum()))}: the spacing is {spacing:.4g} mm, but there "
            f"are gaps of {gaps[wide[0]]:.4g} mm ({where}); export or copy the series again"
        ]
    i = int(np.abs(gaps - spacing).argmax())
    return [
        f"has slices at irregular distances: {gaps[i]:.4g} mm between {stack[i].name} "
        f"({along[i]:.2f} mm) and {stack[i + 1].name} ({along[i + 1]:.2f} mm), {spacing:.4g} mm "
        "elsewhere; export one regular stack per series, or resample it with its mask"
    ]


def sideways(stack: Sequence[Slice]) -> list[str]:
    """Slices whose corners do not lie on one line: no affine describes them."""
    positions = np.array([each.position for each in stack])
    line = np.linspace(positions[0], positions[-1], len(stack))
    apart = np.linalg.norm(positions - line, axis=1)
    worst = int(apart.argmax())
    if apart[worst] <= 2 * REGULAR_MM:
        return []
    return [
        f"has slices that are shifted against each other: {stack[worst].name} lies "
        f"{apart[worst]:.2f} mm off the line from the first to the last; export one stack per "
        "series"
    ]
