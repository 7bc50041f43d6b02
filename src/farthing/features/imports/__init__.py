"""Imports: files from banks, read, compared with what is known, and booked.

Promises: an import is booked whole or not at all; importing a file again books nothing; each line of the file is
accounted for as created, duplicate or skipped.
"""
