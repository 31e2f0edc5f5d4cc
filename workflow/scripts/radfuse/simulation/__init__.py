"""The simulated liver study: anatomy, enhancement, readers."""
