"""The pages for users and developers, and the commands in them by how they are tested."""

import re
from pathlib import Path

from studies import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "resources").rglob("*.md")]
FENCE = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
SHELLS = {"sh", "bash", "shell", "console"}


def blocks(language: set[str]) -> list[tuple[Path, str, str]]:
    """Page, the words after the language, and text of every fenced block."""
    return [
        (page, words.strip(), re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for page in sorted(PAGES)
        for indent, name, words, text in FENCE.findall(page.read_text(encoding="utf-8"))
        if name in language
    ]


def commands(kind: str) -> list[str]:
    """Every command of the blocks of this kind, once, without its comment."""
    found = []
    for _, words, text in blocks(SHELLS):
        if words == kind:
            lines = text.replace("\\\n", " ").splitlines()
            found += [re.sub(r"\s+#.*|^#.*", "", line).strip() for line in lines]
    return list(dict.fromkeys(filter(None, found)))
