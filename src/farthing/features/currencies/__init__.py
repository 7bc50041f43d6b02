"""Currencies: those of ISO 4217, the same for everyone, and a book's own: coins, shares, miles.

Promises: what was posted has a currency that the book or ISO 4217 knows, and no more digits than it; a book's own
currency that something is kept in stays.
"""
