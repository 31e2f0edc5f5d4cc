"""What holds for all tests."""

from hypothesis import settings

# the same examples everywhere and every time: a change fails a test, not the day
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
