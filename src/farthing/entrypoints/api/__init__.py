"""The HTTP API: the doorkeeper, the translation of faults, health, documentation."""
