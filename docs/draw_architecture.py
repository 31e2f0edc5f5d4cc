"""Draw docs/architecture.svg: the rules of the demo study, which feeds which, by stage.

Run by `make docs`; needs Graphviz's `dot`. Snakemake says which rule feeds which; an edge that
follows from others is left out (transitive reduction), as is `all`.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"
# also one that is another with changes
RULE = r"^ *(?:use rule \w+ as|rule) (\w+)"
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
from radfuse.planning.rule_graph import Edges, reduced  # noqa: E402


def rule_graph() -> tuple[set[str], Edges]:
    """The rules that a run of the demo study has, and which feeds which."""
    command = [sys.executable, "-m", "snakemake", "--rulegraph"]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)', run.stdout, re.MULTILINE))
    pairs = re.findall(r"^\s*(\d+) -> (\d+)", run.stdout, re.MULTILINE)
    edges = {(names[a], names[b]) for a, b in pairs if names[b] != "all"}
    return set(names.values()) - {"all"}, reduced(edges)


def stages() -> dict[str, list[str]]:
    """The rules of every stage: those of one file of workflow/rules."""
    return {
        path.stem: re.findall(RULE, path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    }


def description(rules: set[str], edges: Edges) -> str:
    """The picture in Graphviz's language."""
    lines = [
        "digraph radfuse {",
        'bgcolor="white"; rankdir=LR; ranksep=0.35; nodesep=0.12; fontname="Helvetica";',
        'node [shape=box, style="rounded,filled", fillcolor="white", fontname="Helvetica",',
        'fontsize=11, height=0.3, margin="0.08,0.04"]; edge [color="#707070", arrowsize=0.6];',
    ]
    for stage, members in stages().items():
        names = "; ".join(f'"{name}"' for name in members if name in rules)
        if names:
            lines.append(
                f'subgraph "cluster_{stage}" {{ label="{stage.replace("_", " ")}"; fontsize=12; '
                f'style="rounded,filled"; color="#c8d3dd"; fillcolor="#eef3f7"; {names} }}'
            )
    return "\n".join([*lines, *(f'"{a}" -> "{b}"' for a, b in sorted(edges)), "}"])


def drawn(svg: str) -> tuple[set[str], Edges]:
    """The rules and the edges that a picture has."""
    titles = re.findall(r'<g id="(node|edge)\d+"[^>]*>\s*<title>(.*?)</title>', svg)
    pairs = [title.split("&#45;&gt;") for kind, title in titles if kind == "edge"]
    return {title for kind, title in titles if kind == "node"}, {(a, b) for a, b in pairs}


def main() -> None:
    command = ["dot", "-Tsvg"]
    text = description(*rule_graph())
    run = subprocess.run(command, input=text, check=True, capture_output=True, text=True)
    PICTURE.write_text(run.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
