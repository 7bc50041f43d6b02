"""Journals: ledgers kept as text for hledger and for Ledger, read and written.

Both programs read much the same files, so there is one package for both; where they differ, the reader goes by what
only one of them has (``dialect``). ``entries`` reads what stands on the lines; ``amounts``, ``comments``, ``aliases``
parts of them; ``balancing`` fills in what was left out, ``reader`` makes a book of it, ``writer`` goes the other way.
"""

from farthing.formats.journal.reader import read, recognises
from farthing.formats.journal.writer import TRADING, write

__all__ = ["TRADING", "read", "recognises", "write"]
