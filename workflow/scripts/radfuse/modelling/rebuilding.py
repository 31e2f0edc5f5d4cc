"""All models but the scores, built again on resampled training patients.

What a bootstrap of a model's AUC must repeat is all that the outcome decided (Harrell, Lee, Mark,
Stat Med 1996; 15: 361-387). Here that is the choice of characteristics and every regression, those
that others are made of first. The scores stay: their penalty is cross-validated, and of a patient
who was drawn twice one copy would be in the folds that are to judge the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from radfuse.errors import StudyError
from radfuse.inputs.radiology import Characteristic, reader_values
from radfuse.modelling.characteristics import choose
from radfuse.statistics.optimism import log_odds


@dataclass(frozen=True)
class Rebuilding:
    """What the models of a study are built on, of its training patients.

    `outcome` (0/1) by patient, `scores` (patients x DLRS models), `radiology` the sheet, None
    without one, `dictionary` the characteristics that it has, `settings` the config's `radiology`;
    `tops` the models that are fused.
    """

    outcome: pd.Series
    scores: pd.DataFrame
    radiology: pd.DataFrame | None
    dictionary: Sequence[Characteristic]
    settings: Mapping
    tops: Sequence[str]

    @cached_property
    def read(self) -> dict[str, tuple[list[Characteristic], pd.DataFrame]]:
        """The characteristics of every modality, and the reader's values of them."""
        found = {}
        for modality in dict.fromkeys(m for each in self.dictionary for m in each["modalities"]):
            own = [each for each in self.dictionary if modality in each["modalities"]]
            values = reader_values(self.radiology, modality, self.settings["reader"], own)
            found[modality] = own, values
        return found

    def chosen(self, modality: str, rows: np.ndarray) -> pd.DataFrame:
        """The columns of R that the patients at `rows` choose, of every patient (missing where a
        characteristic is); one that all miss where they cannot choose (StudyError)."""
        own, values = self.read[modality]
        places = values.index.get_indexer(self.outcome.index[rows])
        outcome = pd.Series(self.outcome.to_numpy()[rows[places >= 0]])
        drawn = values.iloc[places[places >= 0]].reset_index(drop=True)
        try:
            choice = choose(drawn, outcome, own, self.settings)
        except StudyError:
            return pd.DataFrame({"not chosen": np.nan}, self.outcome.index)
        return choice.coded(values.reindex(self.outcome.index))

    def rebuilt(self, names: Sequence[str], rows: np.ndarray) -> pd.DataFrame:
        """Log odds of every training patient, patients x models of `names`, which are built on the
        patients at `rows`, one of them as often as it is drawn.

        Missing where a patient lacks a covariate, and everywhere if a model cannot be built on
        these patients, or is made of one that cannot. `names` have the parts before the whole.
        """
        classes = self.outcome.to_numpy(dtype=float)
        designs: dict[str, pd.DataFrame] = {}
        found = pd.DataFrame(np.nan, self.outcome.index, list(names))
        for name in names:
            kind, _, modality = name.partition("_")
            if kind == "R":
                designs[name] = self.chosen(modality, rows)
            elif kind == "DLRS":
                designs[name] = self.scores[[name]]
            elif kind == "DLRR":
                parts = [designs[part] for part in (f"R_{modality}", f"DLRS_{modality}")]
                designs[name] = pd.concat(parts, axis=1)
            else:
                designs[name] = found[list(self.tops)]
            found[name] = log_odds(designs[name].to_numpy(dtype=float), classes, rows)
        return found
