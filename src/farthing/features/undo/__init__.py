"""Undo: any write to a book taken back, and the taking back, too.

Promises: what a write touched is again what it was before, all of it or nothing; what was done since, or refers to what
would go, is never lost: it is named instead.
"""
