"""The patches of one image's negative controls: the lesion shuffled, and what lies beside it."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from radfuse.imaging.controls import background, least_signal, shuffled
from radfuse.imaging.prepared import prepare
from radfuse.imaging.roi import extract_roi, patch
from radfuse.inputs.controls import BACKGROUND, SHUFFLED
from radfuse.jobs.job import job, logger


def main(
    files: Mapping[str, str],
    label: str,
    wanted: str,
    place: str,
    roi: Mapping,
    intensity: Mapping,
    source: str,
    seed: int,
    patches: str,
) -> None:
    """`files` by role as of `resample_roi`, which has accepted the image and left its record
    (`source`). What has no tissue beside its lesion gets no such patch."""
    prepared = prepare(files, label, wanted, roi, intensity, place)
    volume, outlined = prepared.image, prepared.masks
    region = extract_roi(volume, outlined, roi)
    record = json.loads(Path(source).read_text(encoding="utf-8"))
    low, high = record["intensity_limits"]
    air = low if intensity["hounsfield"] else least_signal(volume, region)
    # another order for every image, whatever its patient is called
    order = shuffled(region, [seed, int(record["voxels_sha256"], 16)])
    cuts = {
        SHUFFLED: patch(order, "reader1", low, high, roi["background"]),
        BACKGROUND: background(volume, outlined, region, (low, high), air, roi),
    }
    if cuts[BACKGROUND] is None:
        logger.warning("%s: no tissue of the lesion's size beside it", place)
        del cuts[BACKGROUND]
    np.savez(patches, **cuts)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(
            files=snakemake.params.files,
            label=snakemake.params.within["label"],
            wanted=snakemake.params.within["volume"],
            place=" ".join(snakemake.wildcards),
            roi=snakemake.params.roi,
            intensity=snakemake.params.intensity,
            source=snakemake.input.source,
            seed=snakemake.params.seed,
            patches=output.patches,
        )
