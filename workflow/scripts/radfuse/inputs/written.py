"""A YAML file as it is written, before YAML makes of it what a program reads."""

from collections.abc import Iterator
from pathlib import Path

import yaml


def as_written(path: Path, code: str) -> list[str]:
    """What a YAML file says that a reader would not pass on: bytes that are no UTF-8, keys that
    stand twice in one section, of which the last would count. A file that is none is left to its
    reader. `code` begins every sentence."""
    content = path.read_bytes()
    try:
        tree = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [f"{code}: {path} line {line} is not in UTF-8; save the file in that encoding."]
    except yaml.YAMLError:
        return []
    twice = {key.start_mark.index: key for key in repeated(tree)}  # an alias repeats its anchor
    return [
        f"{code}: {path} line {key.start_mark.line + 1}: the key '{key.value}' stands there "
        "already; keep one."
        for _, key in sorted(twice.items())
    ]


def repeated(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Keys of a YAML tree that stand in their section a second time."""
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from repeated(each)
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen and key.value != "<<":
                    yield key
                seen.add(key.value)
            yield from repeated(value)
