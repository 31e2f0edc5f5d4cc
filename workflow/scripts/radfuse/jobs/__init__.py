"""What a run and its jobs do around their work: logs, whole outputs, progress, provenance."""
