"""A run at hand: its results, the config that made them, and what they were made with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radfuse.manuscript.results import Results
from radfuse.manuscript.statements import statement


@dataclass(frozen=True)
class Run:
    """A study's results, the config that made them, and the record of what they were made with."""

    results: Results
    config: Mapping
    provenance: Mapping
    images: int  # how many were analysed

    @property
    def applied(self) -> bool:
        return self.config["apply_models"] is not None

    @property
    def scored(self) -> bool:
        return any(name.startswith("DLRS_") for name in self.results.models)

    @property
    def read(self) -> bool:
        return any(name.startswith("R_") for name in self.results.models)

    def stated(self, *keys: str) -> str:
        """The authors' statements under these keys, one after the other."""
        return " ".join(text for key in keys for text in statement(self.config["study"], key))


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
