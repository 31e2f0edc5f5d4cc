"""What a manuscript's text is made of."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """Paragraphs under a heading; `items` are bullets below them."""

    title: str
    paragraphs: Sequence[str] = ()
    items: Sequence[str] = ()

    @property
    def texts(self) -> list[str]:
        return [*self.paragraphs, *self.items]


def paragraph(*sentences: str) -> list[str]:
    """One paragraph of these sentences; none without any."""
    told = [sentence for sentence in sentences if sentence]
    return [" ".join(told)] if told else []
