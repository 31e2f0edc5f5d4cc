"""The study as the workflow sees it: what it has, what it lacks, which files it makes."""
