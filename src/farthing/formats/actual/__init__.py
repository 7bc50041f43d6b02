"""Actual: the archive of a budget that it exports (a database beside ``metadata.json``), and its CSV."""

from farthing.formats.actual.reader import read, recognises

__all__ = ["read", "recognises"]
