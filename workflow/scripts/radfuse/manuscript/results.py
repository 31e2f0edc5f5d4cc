"""A study's result files at hand, for what is written from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from radfuse.modelling.models import PROTOCOL, final_model, read_model
from radfuse.report.measures import read_tables
from radfuse.tables import read_table

EMPTY = pd.DataFrame()


@dataclass(frozen=True)
class Results:
    """Tables by name, models in the order they are fitted, the stability table of each modality."""

    paths: dict[str, Path]  # of tables and models, by name
    frames: dict[str, pd.DataFrame]
    models: dict[str, dict]
    stability: dict[str, pd.DataFrame]
    modalities: list[str]
    outcome: Mapping
    simulated: bool | str
    dictionary: Sequence[Mapping] = ()  # of the radiological characteristics

    def frame(self, name: str, protocol: str = "") -> pd.DataFrame:
        """The table of this name, of one protocol where it has several; empty without it."""
        frame = self.frames.get(name, EMPTY)
        return frame[frame["protocol"] == protocol] if protocol and not frame.empty else frame

    @cached_property
    def final(self) -> str | None:
        return final_model(list(self.models), self.modalities)

    @cached_property
    def protocols(self) -> list[str]:
        return list(dict.fromkeys(self.frame("performance")["protocol"]))

    @cached_property
    def cohorts(self) -> list[str]:
        """Those that the models were evaluated in, in their order."""
        present = set(self.frame("performance", PROTOCOL)["cohort"])
        return [cohort for cohort in ("train", "test", "external") if cohort in present]

    @cached_property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Patients and events of every cohort, by the ledger."""
        counts = self.frame("counts").dropna(subset=["cohort"])
        return {row.cohort: (int(row.n), int(row.events)) for row in counts.itertuples()}

    @property
    def positive(self) -> str:
        """What counts as an event: `pathology iCCA`."""
        return f"{self.outcome['column']} {' or '.join(self.outcome['positive'])}"


def read_results(
    *,
    tables: Sequence[str],
    models: Sequence[str],
    stability: Sequence[str],
    modalities: Sequence[str],
    outcome: Mapping,
    simulated: bool | str,
    dictionary: Sequence[Mapping] = (),
) -> Results:
    """Read the files that these paths name."""
    steady = {Path(path).stem.removeprefix("stability_"): Path(path) for path in stability}
    paths = {Path(path).stem: Path(path) for path in tables}
    fitted = [read_model(path) for path in models]
    return Results(
        paths={path.stem: path for path in (*paths.values(), *steady.values(), *map(Path, models))},
        frames=read_tables(paths),
        models={model["model"]: model for model in fitted},
        stability={name: read_table(path) for name, path in steady.items()},
        modalities=list(modalities),
        outcome=outcome,
        simulated=simulated,
        dictionary=dictionary,
    )
