"""How results that describe no patient say so: simulated images, a network of random weights, or
models of simulated patients.

A study's mark is False, True where its images are simulated, RANDOM where its network's weights are
random as well, which only simulated studies may have, or FICTITIOUS where its patients are real and
the models that are applied to them were fitted on simulated ones.
"""

SIMULATED = "SIMULATED DATA: these numbers describe no real patient."
SIMULATED_SHORT = "Simulated data"
RANDOM = "random weights"
FICTITIOUS = "Models of simulated patients"
FICTITIOUS_MODELS = f"{FICTITIOUS.upper()}: what they predict means nothing."


def sentence(mark: bool | str) -> str:
    """What stands in a table's header, a figure's description and the report; "" for real data."""
    if mark == FICTITIOUS:
        return FICTITIOUS_MODELS
    if mark == RANDOM:
        return f"{SIMULATED} The network's weights are RANDOM: its features mean nothing."
    return SIMULATED if mark else ""


def short(mark: bool | str) -> str:
    """What stands in a picture; "" for real data."""
    if mark == FICTITIOUS:
        return FICTITIOUS
    if mark == RANDOM:
        return f"{SIMULATED_SHORT}, {RANDOM}"
    return SIMULATED_SHORT if mark else ""
