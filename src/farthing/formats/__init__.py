"""Formats: bytes to drafts and back, one module a format. Pure: no database, no network, no files opened."""
