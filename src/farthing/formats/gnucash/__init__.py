"""GnuCash: books kept as XML (``gnc-v2``, plain or gzip) and as SQLite databases.

``xml`` and ``sql`` take a file apart into the same :class:`~farthing.formats.gnucash.kept.Kept`; ``drafting`` makes
drafts of it.
"""

from farthing.formats.gnucash.reader import read, recognises

__all__ = ["read", "recognises"]
