"""A run at hand: its results, the config that made them, and what they were made with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radfuse.features.second_outlines import assessed
from radfuse.manuscript.results import Results, read_results
from radfuse.manuscript.statements import statement
from radfuse.tables import read_table


@dataclass(frozen=True)
class Run:
    """A study's results, the config that made them, and the record of what they were made with."""

    results: Results
    config: Mapping
    provenance: Mapping
    images: int  # how many were analysed
    covariates: pd.DataFrame  # of the models, of every patient

    @property
    def applied(self) -> bool:
        return self.config["apply_models"] is not None

    @property
    def scored(self) -> bool:
        return any(name.startswith("DLRS_") for name in self.results.models)

    @property
    def read(self) -> bool:
        return any(name.startswith("R_") for name in self.results.models)

    @property
    def steady(self) -> bool:
        """Whether the features' stability was assessed, of any modality."""
        return any(map(assessed, self.results.stability.values()))

    def stated(self, *keys: str) -> str:
        """The authors' statements under these keys, one after the other."""
        return " ".join(text for key in keys for text in statement(self.config["study"], key))


def read_run(
    *,
    tables: Sequence[str],
    models: Sequence[str],
    stability: Sequence[str],
    images: str | None,
    covariates: str,
    provenance: str,
    config: Mapping,
    simulated: bool | str,
    dictionary: Sequence[Mapping] = (),
) -> Run:
    """Read the files that these paths name."""
    return Run(
        results=read_results(
            tables=tables,
            models=models,
            stability=stability,
            modalities=[modality["name"] for modality in config["modalities"]],
            outcome=config["outcome"],
            simulated=simulated,
            dictionary=dictionary,
        ),
        config=config,
        provenance=json.loads(Path(provenance).read_text(encoding="utf-8")),
        images=len(read_table(images)) if images else 0,
        covariates=read_table(covariates),
    )
