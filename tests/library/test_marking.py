"""How results that describe no patient say so."""

from types import SimpleNamespace

import pytest

from radfuse.marking import FICTITIOUS, RANDOM, sentence, short
from radfuse.planning.study import Study


@pytest.mark.parametrize(
    ("mark", "words", "picture"),
    [
        (False, [], ""),
        (True, ["SIMULATED DATA"], "Simulated data"),
        (RANDOM, ["SIMULATED DATA", "RANDOM"], "Simulated data, random weights"),
        (FICTITIOUS, ["MODELS OF SIMULATED PATIENTS"], "Models of simulated patients"),
    ],
)
def test_every_mark_has_a_sentence_and_a_short_form(mark, words, picture):
    assert all(word in sentence(mark) for word in words) and bool(sentence(mark)) == bool(words)
    assert short(mark) == picture


def test_models_of_simulated_patients_mark_what_rests_on_them():
    given = {"R_CT": {"simulated": True}, "R_MRI": {"simulated": False}}
    study = SimpleNamespace(applies=True, models=["R_CT"], given=given)
    study.applied, study.simulated = Study.applied.fget(study), False
    assert study.applied == [given["R_CT"]]
    assert Study.mark.fget(study) == FICTITIOUS
    study.simulated = True  # its own patients are, too
    assert Study.mark.fget(study) is True
    study.simulated, study.models = False, ["R_MRI"]
    study.applied = Study.applied.fget(study)
    assert Study.mark.fget(study) is False
    study.applies, study.models = False, ["R_CT"]
    study.applied = Study.applied.fget(study)
    assert Study.mark.fget(study) is False
