"""What holds for all tests."""

import pytest
from hypothesis import settings

# the same examples everywhere and every time: a change fails a test, not the day
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole studies first: the many short tests then fill what time is left beside them."""
    items.sort(key=lambda item: item.get_closest_marker("workflow") is None)
