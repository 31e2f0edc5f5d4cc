"""How simulated data says so."""

SIMULATED = "SIMULATED DATA: these numbers describe no real patient."
SIMULATED_SHORT = "Simulated data"
