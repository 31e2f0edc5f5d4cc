"""Intervals of the controls' AUCs: DeLong's, and Newcombe's where DeLong has none."""

import numpy as np
import pytest
from compare_controls import interval_of

from radfuse.statistics.auc_score import newcombe_interval
from radfuse.statistics.delong import auc_interval

SCORES = np.array([0.1, 0.4, 0.35, 0.8, 0.7, 0.2, 0.6, 0.5])


def test_delong_s_where_it_has_one():
    outcome = np.array([0, 0, 1, 1, 0, 0, 1, 0])
    assert interval_of(outcome, SCORES) == auc_interval(outcome, SCORES)


@pytest.mark.parametrize("positive", [[4], [3], [3, 4, 6]])
def test_newcombe_s_of_one_patient_and_of_an_auc_of_1(positive):
    outcome = np.isin(np.arange(8), positive).astype(float)
    area, low, high = interval_of(outcome, SCORES)
    assert (low, high) == newcombe_interval(area, len(positive), 8 - len(positive))
    assert high > low


def test_nothing_of_one_outcome():
    assert np.isnan(interval_of(np.zeros(8), SCORES)).all()
