"""radfuse: what the scripts of the workflow share, by subject. Imports nothing from Snakemake."""
