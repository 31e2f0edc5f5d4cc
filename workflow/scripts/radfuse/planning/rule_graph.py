"""The graph of a workflow's rules: which feeds which, asked of the rules themselves."""

from collections.abc import Iterable, Sequence
from typing import Any

Edges = set[tuple[str, str]]


def rule_graph(
    rules: Sequence[Any], targets: Iterable[str], patients: Iterable[str]
) -> tuple[Edges, Edges]:
    """Which rule feeds which on the way to the targets, and which files that no rule makes feed
    which: (file, rule). `rules` are Snakemake's.

    Of what differs by patient alone one patient's is followed: a study of thousands gets the same
    graph as one of ten, in the same time.
    """
    edges, given = set(), set()
    words = {part for rule in rules for out in rule.output for part in str(out).split("/")}
    known, producers, seen = set(patients) - words, {}, set()
    waiting = [(str(path), "") for path in targets]
    while waiting:
        path, consumer = waiting.pop()
        place = tuple(part for part in path.split("/") if part not in known)
        if place not in producers:
            producers[place] = producer(rules, path)
        rule = producers[place]
        if rule is None:
            given.add((path, consumer))
            continue
        if consumer:
            edges.add((rule.name, consumer))
        wildcards = rule.get_wildcards(path)
        job = (rule.name, *(wildcards[name] for name in sorted(wildcards) if name != "patient"))
        if job not in seen:
            seen.add(job)
            waiting += [(str(each), rule.name) for each in rule.expand_input(wildcards)[0]]
    return edges, given


def producer(rules: Sequence[Any], path: str) -> Any:
    """The rule that makes a file, or None."""
    return next((r for r in rules if any(out.match(path) for out in r.output)), None)


def reduced(edges: Edges) -> Edges:
    """The edges of a directed graph without circles that no longer way says already."""
    after: dict[str, set[str]] = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)

    def reached(start: str) -> set[str]:
        return set().union(*({each} | reached(each) for each in after.get(start, ())))

    return {
        (a, b) for a, b in edges if not any(b in reached(other) for other in after[a] if other != b)
    }
