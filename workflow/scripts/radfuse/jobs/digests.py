"""Digests of values, apart from the rest of the provenance: models hold some."""

import hashlib
import json
from typing import Any


def value_digest(value: Any) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
