"""Whether second outlines told which features are stable."""

import pandas as pd

NO_SEQUENCE = "-"  # of features of a user's own


def assessed(marks: pd.DataFrame) -> bool:
    """Of a table of stability: whether any feature has two patients with a second outline."""
    return bool((marks[["n_intra", "n_inter"]] >= 2).any(axis=None))
