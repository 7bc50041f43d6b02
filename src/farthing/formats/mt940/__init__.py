"""MT940 and MT942: the statements and interim reports of SWIFT, as banks hand them to their customers.

Field by field as SWIFT's "Category 9, Cash Management and Customer Status" has it, and free where banks are: headers
may be absent, fields may be out of order, and what stands in field 86 is each country's own.
"""

from farthing.formats.mt940.reader import read, recognises

__all__ = ["read", "recognises"]
