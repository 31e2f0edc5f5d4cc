"""What was measured of every image, and which of them a person should look at."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from radfuse.imaging.inspection import ImageKey, copied_masks
from radfuse.imaging.intensity import A_CT, NO_CT

FEWEST = 5  # images of a sequence below which none can stand out
MODIFIED_Z = 3.5
NEARLY_ALL = 0.8  # share of a sequence's images in one plane, where those in another stand out
LOW_DICE = 0.7
MOST = 0.5  # share of a modality's images beyond which no chance explains what is odd in them
# measures in which an image may stand out: in words, whether on a log scale, to which side, and the
# standard deviation that is granted to all, so that where nearly all are equal a trifle does not
# stand out
MEASURES = {
    "pixel_spacing_mm": ("pixel spacing {:g} mm", True, "both", 0.02),
    "slice_spacing_mm": ("slice spacing {:g} mm", True, "both", 0.02),
    "area_mm2": ("area {:g} mm²", True, "both", 0.02),
    "lesion_level": ("brightness {:g} of 0 to 1", False, "both", 0.02),
    "dice_repeat": ("Dice of reader 1's outlines {:g}", False, "low", 0.02),
    "dice_reader2": ("Dice of the readers {:g}", False, "low", 0.02),
    "hausdorff_repeat_mm": ("Hausdorff of reader 1's outlines {:g} mm", False, "high", 0.5),
    "hausdorff_reader2_mm": ("Hausdorff of the readers {:g} mm", False, "high", 0.5),
}
COLUMNS = {
    "patient": "patient identifier",
    "modality": "modality",
    "sequence": "sequence",
    "plane": "plane of the acquired slices",
    "slices": "slices of the image",
    "slice": "the slice of largest area, counted from 1 in the order of the file",
    "pixel_spacing_mm": "larger spacing of the pixels within a slice",
    "slice_spacing_mm": "distance of the slices",
    "extent_mm": "longer side of the lesion's box on that slice",
    "area_mm2": "area of the lesion on that slice",
    "volume_mm3": "volume of the outlined lesion (of an outline on one slice: area x spacing)",
    "lesions": "lesions that reader 1 outlined; the largest counts",
    "low": "intensity that became 0",
    "high": "intensity that became 1",
    "lesion_level": "the lesion's median intensity on that scale, 0 to 1 (beyond where clipped)",
    "dice_repeat": "overlap of reader 1's two outlines (Dice)",
    "hausdorff_repeat_mm": "their largest distance (Hausdorff)",
    "dice_reader2": "overlap of the two readers' outlines (Dice)",
    "hausdorff_reader2_mm": "their largest distance (Hausdorff)",
    "clamped_percent": "voxels of the crop where the spline overshot the image's range",
    "outlier": "in which measure the image stands out among those of its sequence",
    "notes": "what was decided while reading, and what may need a look",
}


def measured(key: ImageKey, record: Mapping) -> dict:
    """One image's row, from its record."""
    low, high = record["intensity_limits"]
    row = dict(zip(("patient", "modality", "sequence"), key, strict=True))
    row |= {name: record[name] for name in COLUMNS if name in record and name != "notes"}
    row |= {
        "volume_mm3": record["lesions_mm3"]["reader1"][0],
        "lesions": len(record["lesions_mm3"]["reader1"]),
        "low": low,
        "high": high,
        "lesion_level": round((record["lesion_median"] - low) / (high - low), 4),
        "clamped_percent": round(100 * record["clamped_voxels"] / record["crop_voxels"], 3),
        "notes": "; ".join(record["notes"]),
    }
    for reader, agreement in record["agreement"].items():
        row[f"dice_{reader}"] = agreement["dice"]
        row[f"hausdorff_{reader}_mm"] = agreement["hausdorff_mm"]
    return row


def modified_z(values: np.ndarray, least: float) -> np.ndarray:
    """Distance from the median in robust standard deviations (Iglewicz and Hoaglin 1993, How to
    Detect and Handle Outliers): by the median absolute deviation, at least `least` > 0. Missing
    values stay missing."""
    distance = values - np.nanmedian(values)
    return distance / max(np.nanmedian(np.abs(distance)) / 0.6745, least)


def outliers(images: pd.DataFrame) -> pd.Series:
    """In words, the measures in which each image stands out; images of one sequence.

    Absolute modified z above 3.5; Dice below 0.7, and a lesion beyond the limits of its
    intensities, stand out however many do. So does another plane than nearly all have.
    """
    found: dict = {row: [] for row in images.index}
    for name, (words, logarithmic, side, least) in MEASURES.items():
        values = images[name].to_numpy(float)
        known = ~np.isnan(values)
        if not known.any():
            continue
        odd = np.zeros(len(values), dtype=bool)
        if known.sum() >= FEWEST:
            z = modified_z(np.log(values) if logarithmic else values, least)
            odd = {"both": np.abs(z), "low": -z, "high": z}[side] > MODIFIED_Z
        if name.startswith("dice"):
            odd |= values < LOW_DICE
        if name == "lesion_level":
            odd |= (values < 0) | (values > 1)
        for row, value in images.loc[odd, name].items():
            found[row].append(f"{words.format(value)} (median {np.nanmedian(values):g})")
    for row, plane in other_planes(images["plane"]).items():
        found[row].insert(0, plane)
    return pd.Series({row: "; ".join(odd) for row, odd in found.items()}, dtype=object)


def other_planes(planes: pd.Series) -> dict:
    """In words, the plane of each image that was acquired in another than nearly all."""
    usual = planes.value_counts()
    if usual.sum() < FEWEST or usual.iloc[0] < NEARLY_ALL * usual.sum():
        return {}
    others = planes[planes.notna() & (planes != usual.index[0])]
    return {row: f"plane {plane} (most are {usual.index[0]})" for row, plane in others.items()}


def exchanged(images: pd.DataFrame) -> list[str]:
    """Modalities of which most images look like those of another. `images`: results/roi/images.tsv
    (see `COLUMNS`), empty where a study has none."""
    sentences = []
    for modality, own in images.groupby("modality", sort=False) if len(images) else []:
        notes = own["notes"].fillna("")
        beyond = (own["lesion_level"] < 0) | (own["lesion_level"] > 1)
        odd = notes.str.contains(A_CT, regex=False)
        odd |= notes.str.contains(NO_CT, regex=False) & beyond
        if odd.mean() > MOST:
            sentences.append(
                f"{modality}: {odd.sum()} of {len(own)} images look like those of another "
                "modality, by their voxels (see what is noted of them): look whether modalities "
                "were exchanged in the images sheet."
            )
    return sentences


def describe_images(records: Mapping[ImageKey, Mapping]) -> pd.DataFrame:
    """A row per image, with what it stands out in (see `COLUMNS`)."""
    rows = pd.DataFrame([measured(key, record) for key, record in records.items()])
    rows = rows.reindex(columns=list(COLUMNS))
    copied = copied_masks(records)
    rows["notes"] = [
        "; ".join(filter(None, (notes, copied.get(key))))
        for key, notes in zip(records, rows["notes"], strict=True)
    ]
    rows["outlier"] = ""
    for _, images in rows.groupby(["modality", "sequence"]):
        rows.loc[images.index, "outlier"] = outliers(images)
    return rows
