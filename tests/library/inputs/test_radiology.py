"""The readers' codes as numbers and design columns."""

import numpy as np
import pandas as pd
import pytest

from radfuse.inputs.radiology import (
    design_columns,
    design_matrix,
    reader_values,
    typical_values,
    with_references,
)

DICTIONARY = [
    {"name": "site", "label": "Site", "type": "nominal", "levels": {"l": "left", "r": "right"}},
    {"name": "size", "label": "Size", "type": "continuous"},
    {"name": "shape", "label": "Shape", "type": "ordinal", "levels": {"1": "round", "2": "odd"}},
]


@pytest.fixture
def sheet() -> pd.DataFrame:
    rows = [
        ("P2", "CT", "1", "l", "12.5", "1"),
        ("P1", "CT", "1", "r", "", "2"),
        ("P1", "CT", "2", "l", "9", "2"),
        ("P1", "MRI", "1", "l", "7", "2"),
        ("P3", "CT", "1", "", "30", ""),
    ]
    return pd.DataFrame(rows, columns=["patient", "modality", "reader", "site", "size", "shape"])


def test_one_reader_of_one_modality_sorted_and_typed(sheet):
    values = reader_values(sheet, "CT", "1", DICTIONARY)
    assert list(values.index) == ["P1", "P2", "P3"]
    assert values["size"].tolist()[1:] == [12.5, 30.0] and np.isnan(values.at["P1", "size"])
    assert values["shape"].isna().tolist() == [False, False, True]
    assert reader_values(sheet, "CT", "2", DICTIONARY).index.tolist() == ["P1"]
    assert reader_values(sheet, "PET", "1", DICTIONARY).empty


def test_the_first_level_is_the_reference():
    assert design_columns(DICTIONARY[0]) == {"site=r": "Site: right (vs left)"}
    assert design_columns(DICTIONARY[1]) == {"size": "Size"}


def test_missing_codes_stay_missing(sheet):
    design = design_matrix(reader_values(sheet, "CT", "1", DICTIONARY), DICTIONARY)
    assert list(design) == ["site=l", "site=r", "size", "shape"]
    assert design.dtypes.eq(float).all()
    assert design["site=r"].tolist()[:2] == [1.0, 0.0] and np.isnan(design.at["P3", "site=r"])


def test_what_stands_in_is_the_median_or_the_most_frequent_level_of_equals_the_first():
    values = pd.DataFrame(
        {"site": ["r", "l", None, None], "size": [1.0, 2.0, 90.0, np.nan], "shape": [2, 1, 2, 1.0]}
    )
    assert typical_values(values, DICTIONARY) == {"site": "l", "size": 2.0, "shape": 1.0}


def test_where_nobody_has_all_the_first_level_that_occurs_is_the_reference():
    values = pd.DataFrame({"site": ["r", None], "size": [np.nan, 1.0], "shape": [1.0, 2.0]})
    site = with_references(DICTIONARY, values)[0]
    assert list(site["levels"]) == ["r", "l"]
