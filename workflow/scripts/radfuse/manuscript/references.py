"""The literature that a text cites: BibTeX entries, and a numbered list of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

BEGIN, END = "\ue000", "\ue001"  # around the keys of a citation, which no sheet's text may hold
CITATION = re.compile(f" ?{BEGIN}([^{END}]*){END}")
ACCENTS = {'{\\"o}': "ö", '{\\"e}': "ë", "{\\'e}": "é", "{\\'a}": "á", "{\\~n}": "ñ", "\\&": "&"}
SHOWN_AUTHORS = 3


def cite(*keys: str) -> str:
    """A citation within a text, with the space before it."""
    return f" {BEGIN}{','.join(keys)}{END}"


def uncited(text: str) -> str:
    """A text without its citations."""
    return CITATION.sub("", text)


def cited(texts: Iterable[str]) -> list[str]:
    """The keys that the texts cite, in the order of their first mention."""
    keys = (key for text in texts for found in CITATION.findall(text) for key in found.split(","))
    return list(dict.fromkeys(keys))


def read_entries(path: str | Path) -> dict[str, str]:
    """The entries of a .bib file by key, each as it stands there."""
    text = Path(path).read_text(encoding="utf-8")
    entries = re.findall(r"^@\w+\{([^,]+),\n.*?^\}", text, re.MULTILINE | re.DOTALL)
    whole = re.findall(r"^@.*?^\}", text, re.MULTILINE | re.DOTALL)
    return dict(zip(entries, whole, strict=True))


def with_note(entry: str, note: str) -> str:
    """An entry with the field `note`, such as the version that was used."""
    return re.sub(r"\n\}$", rf",\n  note = {{{note}}}\n}}", entry)


def fields(entry: str) -> dict[str, str]:
    return dict(re.findall(r"^  (\w+) = \{(.*)\},?$", entry, re.MULTILINE))


def without_tex(text: str) -> str:
    for code, letter in ACCENTS.items():
        text = text.replace(code, letter)
    return text.replace("--", "–").replace("{", "").replace("}", "")


def authors(field: str) -> str:
    """`Harris CR, Millman KJ, van der Walt SJ, et al.`; a name without a comma as it is."""
    names = field.split(" and ")
    shown = []
    for name in names[:SHOWN_AUTHORS]:
        family, _, given = without_tex(name).partition(", ")
        initials = "".join(word[0] for word in re.split(r"[ -]", given) if word)
        shown.append("et al." if family == "others" else f"{family} {initials}".strip())
    more = ["et al."] if len(names) > SHOWN_AUTHORS and "et al." not in shown else []
    return ", ".join([*shown, *more])


def reference(entry: str) -> str:
    """An entry as a line of a reference list."""
    found = fields(entry)
    where = found.get("journal") or found.get("booktitle") or found.get("howpublished") or ""
    when = found.get("year", "")
    when += f"; {found['volume']}" if "volume" in found else ""
    when += f": {found['pages']}" if "pages" in found else ""
    parts = [authors(found["author"]), found.get("title", ""), where, when, found.get("note", "")]
    parts += [f"doi: {found['doi']}"] if "doi" in found else []
    return without_tex(". ".join(part.removesuffix(".") for part in parts if part)) + "."


def chosen_entries(
    keys: Sequence[str], entries: Mapping[str, str], notes: Mapping[str, str]
) -> dict[str, str]:
    """The entries of these keys, with their notes. Raises KeyError for a key without an entry."""
    return {
        key: with_note(entries[key], notes[key]) if key in notes else entries[key] for key in keys
    }
