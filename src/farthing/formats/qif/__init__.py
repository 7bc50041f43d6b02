"""QIF: the Quicken Interchange Format, read and written.

``records`` parts a file into sections and records, ``reader`` makes statements of them, ``writer`` goes the other way.
"""

from farthing.formats.qif.reader import read, recognises
from farthing.formats.qif.writer import write

__all__ = ["read", "recognises", "write"]
