"""What is known of whom, by which a table's counts can be made anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

Patients = frozenset[str]


@dataclass(frozen=True)
class Known:
    """What is known of whom.

    `outcome` (0/1, missing = unlabelled) and `cohort` by patient; `predicted` by protocol and
    model: who has a probability; `clinical` by variable: who has a value; `read` by modality,
    reader and label of the characteristic: whose was read; `candidates` by modality: the labels
    that entered the stepwise model; `imputed`: whether a blank counts as read in the fits;
    `center` by patient, of whom it is stated; `test_part`: size of the resamples' test part, as `n`
    and `events`; `reader`: whose readings the models use.
    """

    outcome: pd.Series
    cohort: pd.Series
    predicted: Mapping[tuple[str, str], Patients] = field(default_factory=dict)
    clinical: Mapping[str, Patients] = field(default_factory=dict)
    read: Mapping[str, Mapping[str, Mapping[str, Patients]]] = field(default_factory=dict)
    candidates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    center: Mapping[str, str] = field(default_factory=dict)
    imputed: bool = False
    test_part: tuple[int, int] = (0, 0)
    reader: str = "1"

    def of(self, *cohorts: str) -> Patients:
        """The labelled patients of cohorts."""
        inside = self.cohort.isin(cohorts) & self.outcome.notna()
        return frozenset(self.cohort.index[inside])

    def count(self, patients: Patients) -> tuple[int, int]:
        return len(patients), int(self.outcome.reindex(sorted(patients)).sum())

    def fitted_on(self, modality: str, labels: Sequence[str]) -> Patients:
        """Training patients with all of these characteristics, as the fits see them."""
        train, readings = self.of("train"), self.read[modality][self.reader]
        for label in labels:
            had = readings[label] & train
            train = train if self.imputed and had else train & had
        return train


@dataclass(frozen=True)
class Line:
    """One count of a table, and what it must be (at most, where `bound`)."""

    place: str
    stated: tuple[int, int]
    expected: tuple[int, int]
    bound: bool = False

    @property
    def agrees(self) -> bool:
        if self.bound:
            return all(a <= b for a, b in zip(self.stated, self.expected, strict=True))
        return self.stated == self.expected
