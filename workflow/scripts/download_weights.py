"""Download a timm model's pretrained weights, once, where there is a network."""

import logging
from collections.abc import Mapping
from pathlib import Path

from radfuse.features.backbone import check_digest, download
from radfuse.jobs.job import job

logger = logging.getLogger("radfuse")


def main(backbone: Mapping, downloaded: str) -> None:
    """`backbone`: architecture, weights (the tag), sha256 (of the file that is saved, or None).

    Raises StudyError: E30 where the weights cannot be had, E32 where they are others.
    """
    download(backbone["architecture"], backbone["weights"], Path(downloaded))
    logger.info("SHA-256 %s", check_digest(Path(downloaded), backbone["sha256"]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.output) as output:
        main(backbone=snakemake.params.backbone, downloaded=output.downloaded)
