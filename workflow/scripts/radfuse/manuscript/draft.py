"""A text in parts, sections and paragraphs, written as Markdown and as a Word document."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radfuse.manuscript.archive import plain
from radfuse.manuscript.references import CITATION, cited, reference
from radfuse.manuscript.text import Section
from radfuse.manuscript.word import new_document, save_document
from radfuse.marking import sentence

# what Markdown (pandoc's too) would take for markup
MARKUP = re.compile(r"([\\`*\[\]$~^|]|<(?=[A-Za-z/!?])|&(?=[#\w]+;)|(?<!\w)[_@]|_(?!\w))")


@dataclass(frozen=True)
class Draft:
    """`parts` are (heading, sections); `references` the entries by the keys that are cited."""

    title: str
    parts: Sequence[tuple[str, Sequence[Section]]]
    references: Mapping[str, str]
    simulated: bool | str

    @property
    def texts(self) -> list[str]:
        return [text for _, sections in self.parts for each in sections for text in each.texts]

    @property
    def keys(self) -> list[str]:
        return cited(self.texts)


def escaped(text: str) -> str:
    """A text as Markdown; citations become pandoc's `[@key; @key]`."""
    pieces, start = [], 0
    for found in CITATION.finditer(text):
        pieces.append(MARKUP.sub(r"\\\1", plain(text[start : found.start()])))
        pieces.append(" [" + "; ".join(f"@{key}" for key in found[1].split(",")) + "]")
        start = found.end()
    return "".join([*pieces, MARKUP.sub(r"\\\1", plain(text[start:]))])


def write_markdown(draft: Draft, path: str | Path) -> None:
    lines = [f"# {escaped(draft.title)}", ""]
    lines += [f"**{sentence(draft.simulated)}**", ""] if draft.simulated else []
    for heading, sections in draft.parts:
        lines += [f"## {escaped(heading)}", ""]
        for section in sections:
            lines += [f"### {escaped(section.title)}", ""]
            for text in section.paragraphs:
                lines += [escaped(text), ""]
            lines += [f"- {escaped(text)}" for text in section.items]
            lines += [""] * bool(section.items)
    lines += ["## References", ""]
    lines += [f"- @{key}: {escaped(reference(draft.references[key]))}" for key in draft.keys]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_document(draft: Draft, path: str | Path) -> None:
    """The same text in Word, the references numbered."""
    places = {key: place for place, key in enumerate(draft.keys, start=1)}

    def numbered(text: str) -> str:
        def number(found: re.Match) -> str:
            return " [" + ", ".join(str(places[key]) for key in found[1].split(",")) + "]"

        return plain(CITATION.sub(number, text))

    document = new_document(draft.title, draft.simulated)
    document.add_heading(plain(draft.title), 0)
    for heading, sections in draft.parts:
        document.add_heading(heading, 1)
        for section in sections:
            document.add_heading(section.title, 2)
            for text in section.paragraphs:
                document.add_paragraph(numbered(text))
            for text in section.items:
                document.add_paragraph(numbered(text), style="List Bullet")
    document.add_heading("References", 1)
    for key, place in places.items():
        document.add_paragraph(f"{place}. {reference(draft.references[key])}")
    save_document(document, path)
