"""Beancount: ledgers kept as text for Martin Blais's program, read and written.

``lines`` parts the text, ``directives`` reads what stands on it, ``booking`` finds lots and fills in what was left
out, ``reader`` makes a book of it, ``writer`` goes the other way. What beancount itself would make of a file is read.
"""

from farthing.formats.beancount.reader import read, recognises
from farthing.formats.beancount.writer import write

__all__ = ["read", "recognises", "write"]
