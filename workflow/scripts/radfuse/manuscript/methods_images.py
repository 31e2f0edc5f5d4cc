"""The Methods of a run in sentences: images and regions of interest."""

from collections.abc import Mapping

from radfuse.formatting import listed
from radfuse.imaging.intensity import configured_limits, in_hounsfield
from radfuse.manuscript.references import cite
from radfuse.manuscript.run import Run
from radfuse.manuscript.text import Section, paragraph

REGIONS = {
    "image": "of the acquired image",
    "foreground": f"of the image above Otsu’s threshold{cite('otsu1979')}",
    "roi": "of the crop",
}


def whole(value: float) -> str:
    """A limit as it was written, with a true minus sign."""
    return f"{value:g}".replace("-", "−")


def intensities(config: Mapping) -> str:
    told = []
    for modality in config["modalities"]:
        if not modality["sequences"]:
            continue
        method, low, high = configured_limits(modality)
        region = REGIONS[modality["intensity"]["region"]]
        limits = (
            f"{whole(low)} and {whole(high)}{' HU' * in_hounsfield(modality)}"
            if method == "window"
            else f"the percentiles {low:g} and {high:g} {region}"
        )
        told.append(f"{limits} for {modality['name']}")
    return listed(told)


def images(run: Run) -> Section:
    """How images became patches."""
    config, roi = run.config, run.config["roi"]
    if not run.images:
        stated = paragraph(run.stated("scanners", "segmentation"))
        return Section("Images and regions of interest", stated)
    corrected = [
        modality["name"]
        for modality in config["modalities"]
        if modality["sequences"] and modality["intensity"]["bias_correction"] == "n4"
    ]
    sequences = [
        f"{modality['name']} ({', '.join(modality['sequences'])})"
        for modality in config["modalities"]
        if modality["sequences"]
    ]
    bias = (
        f"The bias field of {listed(corrected)} was corrected by N4{cite('tustison2010')}."
        if corrected
        else ""
    )
    grid = (
        " Masks on another grid than their image’s were resampled to it."
        if roi["mask_grid"] == "resample"
        else ""
    )
    square = (
        ", each outline having its own slice and square"
        if roi["box"] == "own"
        else ", the same slice and square for the outlines of all readers"
    ) * run.steady
    margin_mm = round(roi["margin_mm"] / roi["spacing_mm"]) * roi["spacing_mm"]  # whole voxels
    outside = " Voxels outside the lesion were set to 0." if roi["background"] == "mask" else ""
    neighbours = f"{roi['neighbour_mm']:g} mm" if roi["neighbour_mm"] else "one acquired slice"
    channels = (
        "This slice was repeated on the network’s three channels."
        if roi["channels"] == "slice"
        else "The network’s three channels were this slice and those before and after it, "
        f"{neighbours} apart."
    )
    return Section(
        "Images and regions of interest",
        [
            *paragraph(f"The sequences were {listed(sequences)}.", run.stated("scanners")),
            *paragraph(run.stated("segmentation")),
            *paragraph(
                bias,
                f"Images were resampled to voxels of {roi['spacing_mm']:g} mm with a cubic "
                "B-spline, held within each image’s own range, and masks by nearest neighbour."
                + grid,
                "Of several lesions the largest was analysed, on the slice where its area was "
                f"largest, in a square with a margin of {margin_mm:g} mm{square}." + outside,
                channels,
                f"Intensities were scaled from 0 to 1 between {intensities(config)}; no filter was "
                "applied.",
            ),
        ],
    )
