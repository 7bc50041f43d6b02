"""Bounds: how much of anything is taken at once. One page, so that an operator can see them all.

Beyond them: 413 (bodies), 422 (lists, texts, amounts) or 503 with ``Retry-After`` (waiting). How long things may take
is in the settings.
"""

BODY_BYTES = 10_000_000
"""The largest request body, files aside."""
IMPORT_BYTES = 50_000_000
"""The largest file an import takes."""
ATTACHMENT_BYTES = 20_000_000
"""The largest file that is attached."""
ARCHIVE_BYTES = 500_000_000
"""The largest archive that a book is restored from over HTTP."""
ARCHIVE_UNPACKED_BYTES = 4_000_000_000
"""How much an archive is unpacked to."""
ARCHIVE_LINE_BYTES = 8_000_000
"""The longest line of an archive: a record, or a change."""
ARCHIVE_ENTRIES = 200_000
"""How many files an archive is made of."""
FORM_OVERHEAD_BYTES = 100_000
"""What a multipart form may add around its file."""
IMPORT_ROWS = 100_000
"""The most rows one file to import has."""
BATCH = 500
"""How many transactions are recorded with one request."""
BATCH_POSTINGS = 10_000
"""How many postings those have together."""
OPERATIONS = 100
"""How many operations on transactions are done with one request."""
BULK = 5_000
"""How many transactions are changed or deleted with one request."""
BULK_POSTINGS = 50_000
"""How many postings those have together."""
RECONCILED_AT_ONCE = 5_000
"""How many postings an account may have unreconciled when it is reconciled."""
BOOKS_PER_PERSON = 100
"""How many books a person is a member of."""
MEMBERS_PER_BOOK = 100
"""How many people share a book."""
ADMISSIONS = 1_000
"""How many invitations to the instance wait to be used."""
INVITATIONS_PER_BOOK = 100
"""How many invitations to a book wait for an answer."""
IMPORTS_AT_ONCE = 2
"""How many files are read at once; others wait."""
ATTACHMENTS_EACH = 200
"""How many files one transaction or account has."""
EXPORTS_AT_ONCE = 2
"""How many exports each worker brings together at once, a connection for each; others wait."""
FILES_MADE_AT_ONCE = 2
"""How many reports each worker makes files of at once; others wait."""
FILES_MADE_SECONDS = 10.0
"""How long that takes at most, the wait included."""
FILES_AT_ONCE = 4
"""How many files to attach each worker has whole in memory; others wait."""
ROWS_AT_ONCE = 5_000
"""How many records a request writes by itself; more of them are put off, and written by a job."""
JOBS_AT_ONCE = 2
"""How many jobs each worker does at once."""
JOB_CONNECTIONS = 2 * JOBS_AT_ONCE + 3
"""How many connections it uses for that at most: two for each job, one of them for its progress, and three more."""
JOBS_PER_BOOK = 100
"""How many jobs of a book wait or are being done at once."""
HEADER_LENGTH = 8_000
"""The longest query string that is looked at."""
