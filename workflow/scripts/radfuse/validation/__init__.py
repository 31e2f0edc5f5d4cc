"""The models on cohorts, centres and subgroups, and every table counted anew."""
