"""What a report can show of a study: its result files as figures and tables, found by name."""

import base64
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from radfuse.report.captions import caption
from radfuse.report.forms import Form, form_of, in_form
from radfuse.report.measures import read_tables
from radfuse.report.reporting import Table
from radfuse.tables import header_path


@dataclass(frozen=True)
class Picture:
    """A figure to show: `uri` holds the picture itself; the first link is its file."""

    uri: str
    size: tuple[int, int]  # width and height, pixels
    caption: str
    links: list[tuple[str, str]]
    breadth: str = "wide"  # or narrow, one journal column: two stand side by side; or medium


@dataclass(frozen=True)
class Thumbnail:
    """One image's crop with its outlines; `outlier` says in words what stands out, if anything."""

    patient: str
    modality: str
    sequence: str
    outlier: str
    address: str
    uri: str
    size: tuple[int, int]


@dataclass(frozen=True)
class Gallery:
    """Thumbnails of all the study's images, or of those that stand out among them."""

    pictures: list[Thumbnail]
    images: int

    @property
    def modalities(self) -> list[str]:
        return list(dict.fromkeys(picture.modality for picture in self.pictures))

    @property
    def sequences(self) -> list[str]:
        return list(dict.fromkeys(picture.sequence for picture in self.pictures))


@dataclass(frozen=True)
class Section:
    """A part of the report; one that shows nothing is left out."""

    id: str
    title: str
    text: str = ""
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    gallery: Gallery | None = None

    @property
    def shown(self) -> bool:
        return bool(self.pictures or self.tables or self.links)


def embed(picture: Image.Image, **how: object) -> str:
    """A picture as an address that holds it: WebP, of a figure a third as large as PNG."""
    content = io.BytesIO()
    picture.save(content, "WEBP", **how)
    return "data:image/webp;base64," + base64.b64encode(content.getvalue()).decode("ascii")


def show_png(path: Path, text: str, links: list[tuple[str, str]]) -> Picture:
    """A figure's PNG file, embedded without loss; figures have 300 dpi."""
    with Image.open(path) as picture:
        colours = picture.convert("RGB")
    width_mm = colours.width / 300 * 25.4
    breadth = "narrow" if width_mm < 100 else "medium" if width_mm < 150 else "wide"
    return Picture(embed(colours, lossless=True), colours.size, text, links, breadth)


class Files:
    """The study's result files by name, with their addresses seen from the report."""

    def __init__(self, tables: Sequence[str], figures: Sequence[str], home: Path) -> None:
        """`home` is the folder of the report."""
        self.home = home
        self.paths = {Path(path).stem: Path(path) for path in tables}
        self.frames = read_tables(self.paths)
        self.figures = {Path(path).stem: Path(path) for path in figures}
        self.used: set[str] = set()

    def address(self, path: str | Path) -> str:
        return Path(os.path.relpath(path, self.home)).as_posix()

    def links(self, path: Path) -> list[tuple[str, str]]:
        header = header_path(path)
        return [(path.name, self.address(path)), ("columns explained", self.address(header))]

    def table(self, name: str, form: Form | None = None) -> list[Table]:
        """The table of this name in its own form or in this one, if the study has it and rows."""
        self.used.add(name)
        if name not in self.frames:
            return []
        return in_form(self.frames[name], form or form_of(name), self.links(self.paths[name]))

    def picture(self, name: str) -> list[Picture]:
        self.used.add(name)
        if name not in self.figures:
            return []
        path = self.figures[name]
        links = [(file.name, self.address(file)) for file in (path, path.with_suffix(".svg"))]
        return [show_png(path, caption(name), links)]

    def rest(self) -> Section:
        """Whatever other stages added, so that no result goes unshown."""
        pictures, tables = [], []
        others = sorted((set(self.figures) | set(self.frames)) - self.used)
        for name in others:
            pictures += self.picture(name)
            tables += self.table(name)
        return Section("other", "Further results", "", pictures, tables)
