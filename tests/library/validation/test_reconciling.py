"""Counts that are made anew: who is in a cohort's decision curves."""

import pandas as pd

from radfuse.modelling.models import PROTOCOL
from radfuse.validation.known import Known
from radfuse.validation.reconciling import lines

PATIENTS = ["a", "b", "c", "d"]


def curves(counts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    rows = [[PROTOCOL, "test", name, n, events] for name, (n, events) in counts.items()]
    return pd.DataFrame(rows, columns=["protocol", "cohort", "model", "n", "events"])


def known(**predicted: str) -> Known:
    return Known(
        outcome=pd.Series([1.0, 0.0, 1.0, 0.0], index=PATIENTS),
        cohort=pd.Series("test", index=PATIENTS),
        predicted={(PROTOCOL, name): frozenset(who) for name, who in predicted.items()},
    )


def test_curves_are_of_the_patients_whom_every_model_with_a_curve_predicts():
    table = curves({"R_CT": (2, 1), "DLRS_CT": (2, 1), "treat all": (2, 1)})
    found = lines("decision_curve", table, known(R_CT="abc", DLRS_CT="bcd", fused=""))
    assert len(found) == 3 and all(line.agrees for line in found)
    other = curves({"R_CT": (3, 2), "DLRS_CT": (2, 1), "treat all": (4, 2)})
    found = lines("decision_curve", other, known(R_CT="abc", DLRS_CT="bcd"))
    assert [line.agrees for line in found] == [False, True, False]


def test_without_a_model_that_predicts_nobody_is_decided_on():
    (line,) = lines("decision_curve", curves({"treat all": (0, 0)}), known(R_CT=""))
    assert line.agrees


def centers(counts: dict[str, tuple[int, int]], column: str) -> pd.DataFrame:
    frame = pd.DataFrame(list(counts.values()), columns=["n", "events"])
    return frame.assign(protocol=PROTOCOL, cohort="test", **{column: list(counts)})


def test_centers_are_counted_by_the_sheet():
    who = Known(**{**vars(known(R_CT="abd")), "center": {"a": "X", "b": "Y", "c": "X"}})
    table = centers({"X": (1, 1), "Y": (1, 0), "not stated": (1, 0)}, "center")
    found = lines("centers", table.assign(model="R_CT"), who)
    assert len(found) == 3 and all(line.agrees for line in found)
    table = centers({"outcome": (3, 2), "R_CT": (2, 1)}, "tested")
    assert all(line.agrees for line in lines("center_effects", table, who))
    table = centers({"outcome": (4, 2), "R_CT": (3, 1)}, "tested")
    assert not any(line.agrees for line in lines("center_effects", table, who))
