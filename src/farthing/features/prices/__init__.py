"""Prices: what a unit of a currency, a coin or a share was worth on a day, as a book has it.

Promises: of each pair and day there is one; both currencies are known to the book, and stay while a price is in them.
"""
