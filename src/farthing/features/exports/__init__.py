"""Exports: everything can leave again, as files that other programs read, and as one that makes the book anew.

Promises: an export is of one moment; what is answered is whole; a restored book holds what the archived one held.
"""
