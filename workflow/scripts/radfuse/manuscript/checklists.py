"""Reporting checklists, as far as a run can fill them: where each item is answered, and by whom.

An item is `filled` where files of the run or statements of the config answer it, `needs the author`
where they cannot, and `not applicable` with a reason. Nothing is scored.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd
import yaml

from radfuse.manuscript.statements import statement

FILLED, AUTHOR, NOT_APPLICABLE = "filled", "needs the author", "not applicable"
IN_THE_MANUSCRIPT = "in the manuscript"
COLUMNS = {
    "item": "its number in the published checklist",
    "section": "the part of the checklist, in short",
    "asks": "what it asks for, in short and in our words",
    "status": f"{FILLED}, {AUTHOR}, or {NOT_APPLICABLE}",
    "where": "files that answer it, or help to, seen from this folder; a # names the section",
    "author": f"what the authors still have to state: keys of the config, or {IN_THE_MANUSCRIPT}",
    "reason": "why it is not applicable",
}


@dataclass(frozen=True)
class Evidence:
    """What a run has to answer items with.

    `files` maps names such as tables/performance.tsv to addresses seen from the checklist;
    `headings` are the draft's, `draft` its address; `has` names the parts that the study has.
    """

    files: Mapping[str, str]
    headings: Collection[str]
    draft: str
    study: Mapping
    has: Collection[str]

    def found(self, patterns: Sequence[str]) -> list[str]:
        return [
            address
            for pattern in patterns
            for name, address in self.files.items()
            if fnmatchcase(name, pattern)
        ]

    def said(self, headings: Sequence[str]) -> list[str]:
        return [f"{self.draft}#{heading}" for heading in headings if heading in self.headings]


def read_checklist(path: str | Path) -> dict:
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def answer(item: Mapping, evidence: Evidence) -> dict[str, str]:
    """Status of an item, where it is answered, what is left to the authors, or why it is none."""
    if "not_applicable" in item and item.get("unless") not in evidence.has:
        return {"status": NOT_APPLICABLE, "reason": item["not_applicable"]}
    if "only" in item and item["only"] not in evidence.has:
        return {"status": NOT_APPLICABLE, "reason": item["without"]}
    keys = item.get("author", [])
    missing = [f"study.{key}" for key in keys if not statement(evidence.study, key)]
    where = evidence.said(item.get("says", [])) + evidence.found(item.get("files", []))
    if keys and len(missing) < len(keys) and not any("#" in link for link in where):
        where.insert(0, evidence.draft)  # it prints the statements
    lacks = not set(item.get("needs", [])) <= set(evidence.has)
    if item.get("manuscript") or item.get("unless") in evidence.has or lacks:
        missing.append(IN_THE_MANUSCRIPT)
    links = "; ".join(where)
    if missing:
        return {"status": AUTHOR, "where": links, "author": ", ".join(missing)}
    if not where:
        reason = item.get("without")
        if reason:
            return {"status": NOT_APPLICABLE, "reason": reason}
        return {"status": AUTHOR, "author": IN_THE_MANUSCRIPT}
    return {"status": FILLED, "where": links}


def filled(checklist: Mapping, evidence: Evidence) -> pd.DataFrame:
    """A row per item."""
    rows = [{**item, "author": "", **answer(item, evidence)} for item in checklist["items"]]
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS)).fillna("")


def headings(markdown: str | Path) -> list[str]:
    """The titles of a draft's sections."""
    text = Path(markdown).read_text(encoding="utf-8")
    return re.findall(r"^### (.+)$", text, re.MULTILINE)
