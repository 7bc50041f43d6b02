"""OFX and QFX: the statements that banks write for programs.

Open Financial Exchange 1.6 (SGML) and 2.x (XML), sections "Statement Download", "Credit Card Statement Download" and
"Investment Statement Download". Real files break the specification in many small ways, so aggregates close by their
rank and not by their closing tags, unknown tags are passed over, and missing parts of the header are no matter.
"""

from farthing.formats.ofx.reader import read, recognises
from farthing.formats.ofx.writer import takes, write

__all__ = ["read", "recognises", "takes", "write"]
