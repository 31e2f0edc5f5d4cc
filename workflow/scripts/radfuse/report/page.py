"""The report's page from its templates, closed to everything that is not in it."""

import base64
import hashlib
from collections.abc import Mapping

from radfuse.report.templates import TEMPLATES, environment


def digest(text: str) -> str:
    """What a Content-Security-Policy calls an inline script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def render(context: Mapping) -> str:
    """The page. All text is escaped: whatever a sheet holds, it never becomes markup.

    Its policy lets a browser run the templates' own script and style alone.
    """
    pages = environment()
    pages.filters["digest"] = digest
    own = {
        kind: (TEMPLATES / name).read_text(encoding="utf-8")
        for kind, name in (("style", "report.css"), ("script", "report.js"))
    }
    return pages.get_template("report.html.j2").render({**context, **own})
