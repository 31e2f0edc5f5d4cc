"""What a manuscript takes from a study: printed tables, text, references, checklists."""
