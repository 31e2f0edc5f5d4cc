"""Variance inflation: how far the other terms of a model explain one term."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

DEPENDENT = 1e-10  # a determinant of correlations below which columns determine one another


def variance_inflation(
    design: pd.DataFrame, terms: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """GVIF ** (1 / columns) of every term: a term of one column has its VIF, one of several (a
    nominal characteristic) a number that compares with it.

    Fox and Monette 1992 (J Am Stat Assoc 87:178): GVIF = det(A) / det(A - B C^-1 B'), with A the
    correlations of the term's columns, C those of the other terms', B those between them. `design`
    (patients x columns) misses no value. Infinite where other columns, or the term's own, determine
    a column of the term; NaN where all of a term's are constant. A constant column, which no model
    can estimate, is left out.
    """
    columns = [column for listed in terms.values() for column in listed]
    varying = [column for column in columns if (design[column] != design[column].iloc[0]).any()]
    if not varying:
        return dict.fromkeys(terms, float("nan"))
    matrix = np.corrcoef(design[varying].to_numpy(dtype=float), rowvar=False)
    correlation = pd.DataFrame(matrix.reshape(len(varying), len(varying)), varying, varying)
    found: dict[str, float] = {}
    for name, all_listed in terms.items():
        listed = [column for column in all_listed if column in varying]
        if not listed:
            found[name] = float("nan")
            continue
        others = [column for column in varying if column not in listed]
        own, between, rest = (
            correlation.loc[rows, place].to_numpy()
            for rows, place in ((listed, listed), (listed, others), (others, others))
        )
        left = np.linalg.det(own - between @ np.linalg.pinv(rest, hermitian=True) @ between.T)
        gvif = np.linalg.det(own) / left if left > DEPENDENT else np.inf
        found[name] = float(gvif ** (1 / len(listed)))
    return found
