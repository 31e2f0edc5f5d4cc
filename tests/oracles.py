"""Reference numbers computed with R on scikit-learn's breast-cancer data, and that data.

`oracles.tsv` was computed with R 4.2 (pROC 1.18, MASS, glmnet 4.1, psych, rms) on the first 178
rows of `sklearn.datasets.load_breast_cancer`: rows 1-124 are the training cohort, 125-178 the test
cohort, malignant = 1 - target. Keys and comma-separated values.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

TRAIN = 124
TEST = 54

# name in R: (column of the data, factor)
VARIABLES = {
    "texture": ("mean texture", 1),
    "smoothness": ("mean smoothness", 100),
    "symmetry": ("mean symmetry", 100),
    "fractal": ("mean fractal dimension", 1000),
    "texture_err": ("texture error", 1),
    "smoothness_err": ("smoothness error", 1000),
    "symmetry_err": ("symmetry error", 1000),
    "fractal_err": ("fractal dimension error", 1000),
    "compactness_error": ("compactness error", 1),
    "concavity_error": ("concavity error", 1),
    "area_error": ("area error", 1),
    "radius": ("mean radius", 1),
}


@cache
def _oracles() -> dict[str, list[str]]:
    lines = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    return {key: values.split(",") for key, values in (line.split("\t") for line in lines)}


def oracle(key: str) -> list[str]:
    """The values of one key, as printed."""
    return _oracles()[key]


def numbers(key: str) -> np.ndarray:
    """The values of one key as floats."""
    return np.array([float(value) for value in oracle(key)])


@cache
def raw() -> pd.DataFrame:
    """All 178 rows with scikit-learn's 30 columns under their own names, and `malignant` (0/1)."""
    bunch = load_breast_cancer(as_frame=True)
    frame = bunch.data.iloc[: TRAIN + TEST].copy()
    frame["malignant"] = 1 - bunch.target.iloc[: TRAIN + TEST]
    return frame


def cohorts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and test cohort with the variables named as in the oracles, and `malignant`."""
    source = raw()
    frame = pd.DataFrame({name: source[column] * k for name, (column, k) in VARIABLES.items()})
    frame["malignant"] = source["malignant"]
    return frame.iloc[:TRAIN].copy(), frame.iloc[TRAIN:].copy()
