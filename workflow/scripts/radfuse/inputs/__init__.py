"""What a study's people write: config, data dictionary, sheets, and the cohorts in them."""
