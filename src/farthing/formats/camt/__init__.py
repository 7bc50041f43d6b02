"""CAMT: the account reports (052), statements (053) and notifications (054) of ISO 20022, in all their versions.

Elements are known by their local names alone, which have meant the same from version 1 on; where a version moved one,
it is looked for in both places. Banks deliver several files in one ZIP archive; that is read like one.
"""

from farthing.formats.camt.reader import read, recognises

__all__ = ["read", "recognises"]
